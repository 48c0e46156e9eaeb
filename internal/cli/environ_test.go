package cli

import (
	"slices"
	"testing"

	"github.com/wxauth/wxauth/internal/environ"
)

// S-24: wxauth removes the variables with its secrets from the environment.
func TestEverySecretVariableIsTakenAway(t *testing.T) {
	for _, name := range secretVariables {
		if !slices.Contains(environ.Secrets, name) {
			t.Errorf("%s is still in the environment", name)
		}
	}
}

func TestEnvironmentVariableNames(t *testing.T) {
	environment := []string{"PATH=one", "APPDATA=C:\\Users\\jane", "Path=two", "WEBEX_Access_Token=secret", "=C:=C:\\"}
	for _, tt := range []struct {
		name string
		fold bool
		want string
	}{
		{"AppData", true, "C:\\Users\\jane"},
		{"AppData", false, ""},
		{"APPDATA", false, "C:\\Users\\jane"},
		{"PATH", false, "one"},
		{"PATH", true, "two"},
		{"HOME", true, ""},
	} {
		if got := lookupVariable(environment, tt.name, tt.fold); got != tt.want {
			t.Errorf("%s, fold %v: %q, want %q", tt.name, tt.fold, got, tt.want)
		}
	}
	if left := withoutVariables(environment, true, "WEBEX_ACCESS_TOKEN"); len(left) != 4 || slices.Contains(left, environment[3]) {
		t.Errorf("a secret whose name differs in case is still there: %q", left)
	}
	if left := withoutVariables(environment, false, "WEBEX_ACCESS_TOKEN"); len(left) != 5 {
		t.Errorf("another variable was removed: %q", left)
	}
}
