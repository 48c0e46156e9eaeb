package ui

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/dialog"
	"github.com/wxauth/wxauth/ui/view"
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
		d.wait(dialog.Quiet)
		d.dontSee("Revoke Meeting Sync")
		d.see("x does nothing here")
		d.wait(view.TypingFor)
		for _, k := range []string{"R", "f8"} {
			d.press(k)
			d.wait(dialog.Quiet)
			d.see("Revoke Meeting Sync", "y: revoke")
			d.press("esc")
		}
		d.press("m")
		d.see("1 marked")
		d.press("f1")
		d.see("R f8", "revoke the marked rows, or this row")
		d.wait(dialog.Quiet)
		d.press("?") // closes the help, whatever key opens it
		d.press("3")
		d.see("[1 Authorizations]")
		d.press("f3")
		d.see("[f3 Inventory]")
		d.press(":", "text:sweep the org")
		d.wait(dialog.Quiet)
		d.press("enter")
		d.wait(5 * time.Second)
		d.see("R revoke for all")
	})
}

func TestKeysThatCannotBe(t *testing.T) {
	for _, tt := range []struct {
		own  map[string][]string
		says []string // text of each problem, in order
	}{
		{map[string][]string{"revoke": {"s"}}, []string{`keys.revoke: "s" is already the key of sort (in Authorizations): choose another key`}},
		{map[string][]string{"sort": {"S"}}, []string{`keys.sort: "S" is already the key of sweep (in Inventory): choose another key`}},
		{map[string][]string{"sort": {"z"}, "revoke": {"z"}}, []string{`"z" is already the key of`}},
		{map[string][]string{"login": {"p"}}, []string{`keys.login: "p" is already the key of paste a token, which is fixed`, `keys.login: "p" is already the key of use-profile (in Tokens)`}},
		{map[string][]string{"revoke": {"esc"}}, []string{`keys.revoke: "esc" is reserved`}},
		{map[string][]string{"quit": {"ctrl+c"}}, []string{`keys.quit: "ctrl+c" is reserved`}},
		{map[string][]string{"revoke": {"ctrl+m"}}, []string{"is the same as another key"}},
		{map[string][]string{"revoke": {"xx"}}, []string{`keys.revoke: "xx" is not a key: write one character`}},
		{map[string][]string{"revoke": {"f13"}}, []string{"is not a key"}},
		{map[string][]string{"revoke": {""}}, []string{"is not a key"}},
		{map[string][]string{"revoke": {"\x1b"}}, []string{"is not a key"}},
		{map[string][]string{"revoke": {}}, []string{"keys.revoke: names no key"}},
		{map[string][]string{"revok": {"R"}}, []string{"keys.revok: there is no such action: did you mean revoke?"}},
		{map[string][]string{"mak": {"m"}}, []string{"keys.mak: there is no such action: did you mean mark?"}},
		{map[string][]string{"escape-hatch": {"m"}}, []string{"wxauth config init writes a file that lists them all"}},
		{map[string][]string{"yes": {"j"}, "revoke": {"s"}}, []string{"keys.yes: there is no such action"}},
		{map[string][]string{"revoke": {"s"}, "sort": {"x"}}, nil},      // swapped
		{map[string][]string{"fresh": {"u"}, "check-log": {"x"}}, nil},  // keys of other views
		{map[string][]string{"up": {"up"}, "half-up": {"ctrl+k"}}, nil}, // fewer keys than the default
		{map[string][]string{"revoke": {"é"}, "details": {"n", "f2"}}, []string{`keys.details: "n" is already the key of add-org (in Tokens)`}},
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
				t.Errorf("%v: %q lacks %q", tt.own, err, says)
			}
		}
	}
}

// Every action can get an unused key. Its old key is then free, and the help and the palette
// show the new one.
func TestEveryActionCanHaveAnotherKey(t *testing.T) {
	bubble(t, func(t *testing.T) {
		named := NamedKeys()
		if len(named) < 40 {
			t.Fatalf("%d actions", len(named))
		}
		d := start(t, webextest.Demo(), webextest.DemoPerson, 120, 40, sweeps, withAccount)
		for _, k := range named {
			own, err := ParseKeys(map[string][]string{k.Name: {"f9"}})
			if err != nil {
				t.Errorf("%s: %v", k.Name, err)
			}
			d.m.keys = own
			inHelp := false // of a view that has it
			for _, tab := range d.m.tabs {
				d.m.open = tab.view
				inHelp = inHelp || slices.ContainsFunc(d.m.helpGroups(), func(g dialog.Group) bool {
					return slices.ContainsFunc(g.Actions, func(a action.Action) bool { return own.Label(a.Key) == "f9" })
				})
			}
			inPalette := slices.ContainsFunc(d.m.paletteEntries(), func(e dialog.Entry) bool { return own.Label(e.Key) == "f9" })
			if !inHelp || !inPalette {
				t.Errorf("%s: in the help %v, in the palette %v", k.Name, inHelp, inPalette)
			}
		}
	})
}

// Texts do not name keys literally, because they would be wrong after the user has changed the
// key.
func TestNoKeyIsWrittenDown(t *testing.T) {
	matched := regexp.MustCompile(`msg\.String\(\) ==|switch msg\.String\(\)`)
	pressed := regexp.MustCompile(`"[^"]*\b(press(es)?|with) [b-zA-Z0-9?/:]([ .,:;)"])`)
	// Names of keys that the user can bind to another action.
	named := regexp.MustCompile(`"[^"]*(\b(enter|space) shows|\b(enter|space): details|\((enter|space|PgDn|PgUp)\))`)
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	below, err := filepath.Glob("*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	files = append(files, below...)
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for n, l := range strings.Split(string(src), "\n") {
			if matched.MatchString(l) || pressed.MatchString(l) || named.MatchString(l) {
				t.Errorf("%s:%d: %s", f, n+1, strings.TrimSpace(l))
			}
		}
	}
}
