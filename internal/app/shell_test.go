package app_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/webex"
)

var hostileArgs = []string{
	"Y2lzY29zcGFyazovL3VzL0E", "jane@acme.example", "", "a b", "it's", "$(touch /tmp/x)", "`id`", "$HOME", "a;b", "a&b", "a|b", "a\nb", `"`, `\`, "*", "~", "#x",
	"!x", "{a,b}", "<x", ">x", "'; rm -rf /; '", "‘quoted’", "-rf", "--user", "(x)", "[x]", "%PATH%", "^x", "@args", "日本", "a\tb", "’",
}

// A POSIX shell parses a quoted command line to the original arguments.
func TestAPOSIXShellReadsWhatWeMeant(t *testing.T) {
	line := app.POSIX.Line(append([]string{"printf", `%s\0`}, hostileArgs...)...)
	out, err := exec.CommandContext(t.Context(), "sh", "-c", line).Output()
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	if len(got) != len(hostileArgs) {
		t.Fatalf("%d arguments, want %d: %q", len(got), len(hostileArgs), got)
	}
	for i, want := range hostileArgs {
		if got[i] != want {
			t.Errorf("%q became %q", want, got[i])
		}
	}
}

// PowerShell's rules (about_Quoting_Rules): inside single quotes, of which it
// accepts five kinds, only a doubled quote is special.
func TestPowerShellReadsWhatWeMeant(t *testing.T) {
	const quotes = "'‘’‚‛"
	for _, want := range hostileArgs {
		q := app.PowerShell.Quote(want)
		if !strings.HasPrefix(q, "'") {
			if strings.ContainsAny(q, "$`\"'(){};&|<>#@, \t\n*?[]~%!^") || q == "" {
				t.Errorf("%q is not quoted", q)
			}
			continue
		}
		var got []rune
		inside := []rune(q)[1 : len([]rune(q))-1]
		for i := 0; i < len(inside); i++ {
			if strings.ContainsRune(quotes, inside[i]) {
				if i++; i == len(inside) || !strings.ContainsRune(quotes, inside[i]) {
					t.Fatalf("%q ends early", q)
				}
			}
			got = append(got, inside[i])
		}
		if string(got) != want {
			t.Errorf("%q became %q", want, string(got))
		}
	}
}

func TestCommandsHoldIDsOnly(t *testing.T) {
	p := app.Plan{
		Who: webex.ByEmail("o'neil@acme.example"), Items: []app.Item{{Row: app.Row{Authorization: webex.Authorization{ID: "A1", ApplicationName: "$(evil)"}}}},
	}
	c := app.Commands{Profile: "prod"}
	if got, want := c.OfPlan(p), `wxauth revoke A1 --user 'o'\''neil@acme.example' --profile prod`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	p.Offboard, p.Person.ID = true, "Y2lzY29zcGFyazovL3VzL1BFT1BMRS8x"
	p.Kept = p.Items[0].Ends
	if got, want := (app.Commands{}).OfPlan(p), `wxauth offboard Y2lzY29zcGFyazovL3VzL1BFT1BMRS8x`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
