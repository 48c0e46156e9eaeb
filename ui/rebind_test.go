package ui

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"charm.land/bubbles/v2/key"

	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

func TestAKeyOfTheUsersOwn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		own, err := ParseKeys(map[string][]string{"revoke": {"R", "f8"}, "mark": {"m"}, "inventory": {"f3"}, "help": {"f1"}})
		if err != nil {
			t.Fatal(err)
		}
		d := start(t, webextest.Demo(), webextest.DemoPerson, 120, 40, func(o *Options, _ *[]webex.Option) { o.Keys = own }, sweeps)
		d.see("R revoke", "m mark", "f3 Inventory", "f1 help")
		d.goTo("Meeting Sync")
		d.press("x")
		d.wait(quiet)
		d.dontSee("Revoke Meeting Sync")
		d.see("x does nothing here")
		d.wait(typingFor)
		for _, k := range []string{"R", "f8"} {
			d.press(k)
			d.wait(quiet)
			d.see("Revoke Meeting Sync", "y: revoke")
			d.press("esc")
		}
		d.press("m")
		d.see("1 marked")
		d.press("f1")
		d.see("R f8", "revoke what is marked, or this row")
		d.wait(quiet)
		d.press("?") // closes the help, whatever opens it
		d.press("3")
		d.see("[1 Authorizations]")
		d.press("f3")
		d.see("[f3 Inventory]")
		d.press(":", "text:sweep the org")
		d.wait(quiet)
		d.press("enter")
		d.wait(5 * time.Second)
		d.see("R revoke for all")
	})
}

func TestKeysThatCannotBe(t *testing.T) {
	for _, tt := range []struct {
		own  map[string][]string
		says []string // each problem, in order
	}{
		{map[string][]string{"revoke": {"s"}}, []string{`keys.revoke: "s" is the key of sort too (in Authorizations): give one of them another`}},
		{map[string][]string{"sort": {"S"}}, []string{`keys.sort: "S" is the key of sweep too (in Inventory): give one of them another`}},
		{map[string][]string{"sort": {"o"}, "revoke": {"o"}}, []string{`"o" is the key of`}},
		{map[string][]string{"login": {"p"}}, []string{`keys.login: "p" is the key of paste a token, which stays too`, `keys.login: "p" is the key of use-profile too (in Tokens)`}},
		{map[string][]string{"revoke": {"esc"}}, []string{`keys.revoke: "esc" is reserved`}},
		{map[string][]string{"quit": {"ctrl+c"}}, []string{`keys.quit: "ctrl+c" is reserved`}},
		{map[string][]string{"revoke": {"ctrl+m"}}, []string{"cannot be told from another key"}},
		{map[string][]string{"revoke": {"xx"}}, []string{`keys.revoke: "xx" is no key: write a character`}},
		{map[string][]string{"revoke": {"f13"}}, []string{"is no key"}},
		{map[string][]string{"revoke": {""}}, []string{"is no key"}},
		{map[string][]string{"revoke": {"\x1b"}}, []string{"is no key"}},
		{map[string][]string{"revoke": {}}, []string{"keys.revoke: names no key"}},
		{map[string][]string{"revok": {"R"}}, []string{"keys.revok: there is no such action: did you mean revoke?"}},
		{map[string][]string{"mak": {"m"}}, []string{"keys.mak: there is no such action: did you mean mark?"}},
		{map[string][]string{"escape-hatch": {"m"}}, []string{"wxauth config init writes a file that names them all"}},
		{map[string][]string{"yes": {"j"}, "revoke": {"s"}}, []string{"keys.yes: there is no such action"}},
		{map[string][]string{"revoke": {"s"}, "sort": {"x"}}, nil},      // swapped
		{map[string][]string{"fresh": {"u"}, "check-log": {"x"}}, nil},  // keys of other views
		{map[string][]string{"up": {"up"}, "half-up": {"ctrl+k"}}, nil}, // fewer than before
		{map[string][]string{"revoke": {"é"}, "details": {"d", "f2"}}, []string{`keys.details: "d" is the key of forget too (in Tokens)`}},
	} {
		_, err := ParseKeys(tt.own)
		if (err != nil) != (tt.says != nil) {
			t.Errorf("%v: %v", tt.own, err)
			continue
		}
		if err == nil {
			continue
		}
		lines := strings.Split(err.Error(), "\n")
		if len(lines) != len(tt.says) {
			t.Errorf("%v: %q", tt.own, lines)
			continue
		}
		for _, says := range tt.says {
			if !strings.Contains(err.Error(), says) {
				t.Errorf("%v: %q does not say %q", tt.own, err, says)
			}
		}
	}
}

// Every action can be given a key that no other has, its old one is free then, and every
// place that shows keys shows the new one.
func TestEveryActionCanHaveAnotherKey(t *testing.T) {
	names := ActionNames()
	if len(names) < 40 {
		t.Fatalf("%d actions", len(names))
	}
	for _, a := range names {
		k := newKeyMap(Keys{})
		if p := k.rebind(map[string][]string{a[0]: {"f9"}}); p != nil {
			t.Errorf("%s: %v", a[0], p)
		}
		found := false
		for _, g := range k.groups() {
			for _, b := range g.bindings {
				found = found || slices.Equal(b.Keys(), []string{"f9"}) && b.Help().Key == "f9"
			}
		}
		if !found {
			t.Errorf("%s: the help does not show it", a[0])
		}
		if !key.Matches(pressOf("f9"), key.NewBinding(key.WithKeys("f9"))) {
			t.Error("f9 cannot be pressed")
		}
	}
}

// What a screen's handlers read is in the list of what is read together: else two actions
// could get the same key unseen.
func TestWhatIsReadTogetherIsListed(t *testing.T) {
	matches := regexp.MustCompile(`key\.Matches\(msg, ([^)]*)\)`)
	field := regexp.MustCompile(`\b(?:k|m\.keys)\.([A-Z]\w+)`)
	k := newKeyMap(Keys{})
	together := k.together()
	for screen, files := range map[string][]string{
		"Authorizations": {"input.go", "views.go"}, "Tokens": {"tokenskeys.go", "views.go"}, "Inventory": {"inventorykeys.go", "views.go"}, "Audit": {"audit.go", "views.go"}, "the first screen": {"start.go"},
	} {
		read := 0
		for _, file := range files {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range matches.FindAllStringSubmatch(string(src), -1) {
				for _, f := range field.FindAllStringSubmatch(m[1], -1) {
					read++
					if f[1] == "Press" { // enter, which only questions and inputs read
						continue
					}
					b := k.field(t, f[1])
					if !slices.Contains(together[screen], b) {
						t.Errorf("%s reads %s, which is not in together()[%q]", file, f[1], screen)
					}
				}
			}
		}
		if read < 4 {
			t.Errorf("%s: only %d keys were found to be read", screen, read)
		}
	}
}

// field is a binding by its name in the source.
func (k *keyMap) field(t *testing.T, name string) *key.Binding {
	t.Helper()
	all := map[string]*key.Binding{"Back": &k.Back, "ForceQuit": &k.ForceQuit, "Suspend": &k.Suspend, "Paste": &k.Paste, "Reload": &k.Reload, "CopyTicket": &k.CopyTicket, "CopyReport": &k.CopyReport}
	for _, a := range k.rebindable() {
		words := strings.Split(a.name, "-")
		for i, w := range words {
			words[i] = strings.ToUpper(w[:1]) + w[1:]
		}
		all[strings.NewReplacer("Id", "ID", "Json", "JSON").Replace(strings.Join(words, ""))] = a.binding
	}
	b, ok := all[name]
	if !ok {
		t.Fatalf("the source reads %s, and this test does not know it", name)
	}
	return b
}
