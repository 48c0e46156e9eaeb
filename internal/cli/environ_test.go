package cli

import (
	"slices"
	"testing"
)

func TestEnvironmentVariableNames(t *testing.T) {
	environ := []string{"PATH=one", "APPDATA=C:\\Users\\jane", "Path=two", "WEBEX_Access_Token=secret", "=C:=C:\\"}
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
		if got := lookupVariable(environ, tt.name, tt.fold); got != tt.want {
			t.Errorf("%s, fold %v: %q, want %q", tt.name, tt.fold, got, tt.want)
		}
	}
	if left := withoutVariables(environ, true, "WEBEX_ACCESS_TOKEN"); len(left) != 4 || slices.Contains(left, environ[3]) {
		t.Errorf("a secret under a name in other case stays: %q", left)
	}
	if left := withoutVariables(environ, false, "WEBEX_ACCESS_TOKEN"); len(left) != 5 {
		t.Errorf("a variable of another name is dropped: %q", left)
	}
}
