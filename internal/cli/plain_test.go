package cli_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/wxauth/wxauth/internal/cli"
	"github.com/wxauth/wxauth/internal/config"
	"github.com/wxauth/wxauth/ui"
)

// For screen readers, a bar prints three lines and never overwrites one.
func TestAPlainBarSaysQuarters(t *testing.T) {
	if got, want := cli.PlainBar("Reading", 1000), "Reading: 25 %\nReading: 50 %\nReading: 75 %\n"; got != want {
		t.Errorf("%q", got)
	}
}

// The example lists each action with its default keys, and these do not conflict.
func TestTheExampleListsEveryKey(t *testing.T) {
	_, table, _ := strings.Cut(config.Example(), "\n[keys]\n")
	table, _, _ = strings.Cut(table, "\n\n")
	line := regexp.MustCompile(`(?m)^# ([a-z-]+) = (?:"([^"]+)"|\[(.*)\]) +# (.*)$`)
	own := map[string][]string{}
	listed := map[string][2]string{}
	for _, m := range line.FindAllStringSubmatch(table, -1) {
		keys := []string{m[2]}
		if m[3] != "" {
			keys = strings.Split(strings.ReplaceAll(m[3], `"`, ""), ", ")
		}
		own[m[1]] = keys
		listed[m[1]] = [2]string{strings.Join(keys, " "), m[4]}
	}
	named := ui.NamedKeys()
	if len(listed) != len(named) {
		t.Errorf("%d of %d actions are listed", len(listed), len(named))
	}
	for _, k := range named {
		if want := [2]string{strings.Join(k.Keys, " "), k.Help}; listed[k.Name] != want {
			t.Errorf("%s: the example says %q, want %q", k.Name, listed[k.Name], want)
		}
	}
	if _, err := ui.ParseKeys(own); err != nil {
		t.Error(err)
	}
}
