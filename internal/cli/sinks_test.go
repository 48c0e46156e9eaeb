//go:build unix

package cli_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/wxauth/wxauth/internal/trial"
	"github.com/wxauth/wxauth/webex/webextest"
)

// marker is in every hostile sequence, as a parameter or as text: a sequence that contains it
// is not wxauth's.
const marker = "7777"

// hostile are texts that a person, an app or a server may send.
var hostile = []string{
	"\x1b[" + marker + "J", "\x1b[" + marker + "m", "\x1b[1;" + marker + "H", "\x1b]0;" + marker + "\x07", "\x1b]2;" + marker + "\x1b\\", "\x1b]8;;http://" + marker + "\x1b\\", "\x1b]52;c;" + marker + "\x07",
	"\x1b]9;" + marker + "\x07", "\x1bP+q" + marker + "\x1b\\", "\x1b_" + marker + "\x1b\\", "\x1b^" + marker + "\x1b\\", "\x1bX" + marker + "\x1b\\", "\x1b#8", "\x1bc", "\x1b[?" + marker + "h", "\x1b[" + marker + "t",
	"\u009b" + marker + "J", "\u009d0;" + marker + "\u009c", "\u0090" + marker + "\u009c", "\u0085next", "a\nb", "a\r\nrefresh\t89d", "a\rb", "a\tb", "a\bb", "a\x00b", "a\x7fb", "\x0e\x0f", "\u202egpj.exe", "\u2066a\u2069",
	"a\u200bb\u200d\ufeff", "a\u2028b\u2029", "\U000e0041\U000e0042", "a" + strings.Repeat("\u0301", 40), "\xff\xfe\x9b" + marker + "J", "\u00ad\u115f\u3164\u2800",
}

const pile = "a pile of marks"

var escapes = regexp.MustCompile(`\x1b(?:\[[0-9;:?>=<]*[ -/]*[@-~]?|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[P_^X][^\x1b]*(?:\x1b\\)?|.)?`)

// unclean returns the first sequence or character in a program's output that is not plain text:
// a sequence that wxauth would not write, or a character that hides text or moves the cursor.
func unclean(out string, ours map[string]bool) string {
	for _, e := range escapes.FindAllString(out, -1) {
		if strings.Contains(e, marker) || ours != nil && !ours[e] {
			return fmt.Sprintf("the sequence %q", e)
		}
	}
	if !utf8.ValidString(out) {
		return "bytes that are no UTF-8"
	}
	marks := 0
	for _, r := range escapes.ReplaceAllString(out, "") {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me):
			if marks++; marks > 2 {
				return pile
			}
			continue
		case r == '\n' || r == '\r' || r == '\t':
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Cs, unicode.Co, unicode.Zl, unicode.Zp) || strings.ContainsRune("\u115f\u3164\u2800", r):
			return fmt.Sprintf("the character %U", r)
		}
		marks = 0
	}
	return ""
}

// hostileWorld is a server whose person, organization and apps have the hostile texts as names.
// If text is nil, the names are harmless.
func hostileWorld(t *testing.T, texts []string) *webextest.Server {
	t.Helper()
	srv := webextest.NewServer()
	t.Cleanup(srv.Close)
	all := strings.Join(texts, " ")
	max := srv.AddPerson(webextest.Person{Name: "Max " + all, Email: "max@acme.example", Department: all})
	for i, s := range texts {
		srv.Grant(max, srv.AddApp(fmt.Sprintf("%sApp %d", s, i)), time.Now().Add(-time.Duration(i)*time.Hour))
	}
	return srv
}

// S-46, S-49: every hostile string through every output: foreign text reaches a terminal, a
// pipe or a file only as plain text. On a terminal, the sequences are the same as with harmless
// names.
func TestHostileTextThroughEverySink(t *testing.T) {
	t.Parallel()
	harmless := make([]string, len(hostile))
	for i := range harmless {
		harmless[i] = fmt.Sprintf("Name %d ", i)
	}
	bad, good := hostileWorld(t, hostile), hostileWorld(t, harmless)
	ours := map[string]bool{}
	for _, s := range []string{"\x1b[K", "\x1b[0m", "\x1b[m"} {
		ours[s] = true
	}
	sinks, failed := 0, 0
	report := func(what, why string) {
		// The export is the log itself, with unchanged names.
		if why == "" || why == pile && strings.HasPrefix(what, "audit export") {
			return
		}
		failed++
		t.Errorf("%s: %s", what, why)
	}
	home := map[*webextest.Server]string{bad: t.TempDir(), good: t.TempDir()}
	lines := [][]string{
		{"list", "max@acme.example"},
		{"list", "max@acme.example", "--json"},
		{"list", "max@acme.example", "--csv"},
		{"sweep"},
		{"apps"},
		{"apps", "--json"},
		{"app", "App 5"},
		{"stale", "--older-than", "1h"},
		{"diff"},
		{"revoke", "--user", "max@acme.example", "--app", "nobody"},
		{"revoke", "--user", "max@acme.example", "--type", "access", "--dry-run"},
		{"doctor"},
		{"list", "nobody@acme.example"},
		{"offboard", "max@acme.example", "--confirm=max@acme.example", "--report", "r.md"},
		{"offboard", "max@acme.example", "--report", "r.html", "--confirm=max@acme.example"},
		{"audit", "list"},
		{"audit", "list", "--json"},
		{"audit", "export"},
		{"audit", "export", "--format", "syslog"},
		{"audit", "report", "--last"},
		{"audit", "verify"},
		{"audit", "rotate"},
		{"list", "max@acme.example", "--debug"},
	}
	for _, srv := range []*webextest.Server{good, bad} {
		env := []string{"WEBEX_BASE_URL=" + srv.URL + "/v1", "WEBEX_ACCESS_TOKEN=" + srv.AdminToken(), "HOME=" + home[srv], "TERM=xterm-256color", "WXAUTH_KEY=keyfile", "PAGER=", "PATH=" + os.Getenv("PATH")}
		for _, args := range lines {
			what := strings.Join(args, " ")
			cmd := exec.Command("wxauth", args...)
			cmd.Env, cmd.Dir = env, home[srv]
			if args[0] != "offboard" { // offboard works only once
				piped, _ := cmd.CombinedOutput()
				report(what+", piped", unclean(string(piped), map[string]bool{}))
				sinks++
			}
			x := onTerminal(t, 120, 40, env, args...)
			<-x.done
			x.drain()
			if srv == good {
				for _, e := range escapes.FindAllString(x.output(), -1) {
					ours[e] = true
				}
				continue
			}
			sinks++
			report(what+", on a terminal", unclean(x.output(), ours))
		}
	}
	for _, name := range []string{"r.md", "r.html"} {
		sinks++
		data, err := os.ReadFile(filepath.Join(home[bad], name))
		if err != nil {
			continue // an empty offboarding has none
		}
		report(name, unclean(string(data), map[string]bool{}))
	}
	trial.Report(t, trial.Figure{Name: "hostile text × sinks of the command line", Tried: sinks * len(hostile), Survived: (sinks - failed) * len(hostile), Lost: failed, Note: fmt.Sprintf("%d strings, %d sinks", len(hostile), sinks)})
}

// Sequences that turn bracketed paste on and off at a prompt.
const pasteOn, pasteOff = "\x1b[?2004h", "\x1b[?2004l"

// S-46: the same for the question before a revoke, for texts from a server, and for file names
// that the user gives.
func TestHostileTextInQuestionsAndErrors(t *testing.T) {
	t.Parallel()
	srv := hostileWorld(t, hostile)
	env := []string{"WEBEX_BASE_URL=" + srv.URL + "/v1", "WEBEX_ACCESS_TOKEN=" + srv.AdminToken()}
	x := onTerminal(t, 120, 60, env, "revoke", "--user", "max@acme.example", "--type", "refresh", "--max", "500")
	x.see("max@acme.example to confirm: ") // the end of the question
	x.send("n\r")
	<-x.done
	x.drain()
	if why := unclean(x.output(), map[string]bool{pasteOn: true, pasteOff: true, "\x1b[K": true, "\x1b[0m": true, "\x1b[m": true, "\x1b[1m": true, "\x1b[2m": true}); why != "" {
		t.Errorf("the question: %s", why)
	}
	tried, number := 1, 0
	for i, s := range hostile {
		srv.ClearFaults()
		said := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(strings.ToValidUTF8(s, "?"))
		var escaped strings.Builder
		for _, r := range said {
			if r < 0x20 {
				fmt.Fprintf(&escaped, `\u%04x`, r)
				continue
			}
			escaped.WriteRune(r)
		}
		body := `{"message":"` + escaped.String() + `","errors":[{"description":"` + escaped.String() + `"}],"trackingId":"` + escaped.String() + `"}`
		if i%2 == 1 { // and a body that is not JSON
			body = s
		}
		srv.AddFault(webextest.Fault{Status: 400, Body: body, ContentType: "text/plain"})
		given := "x" + strings.ReplaceAll(s, "\x00", "")
		for _, args := range [][]string{
			{"list", "max@acme.example"}, {"list", given + "@acme.example"}, {"list", "--users-from", given}, {"list", "me", "--config", given}, {"list", "me", "--ca-file", given}, {given}, {"list", "--" + given}, {"revoke", given, "--user", "me"},
		} {
			if number++; !trial.Runs(number, 5) {
				continue
			}
			tried++
			cmd := exec.Command("wxauth", args...)
			cmd.Env = append(env, "HOME="+t.TempDir(), "PATH="+os.Getenv("PATH"))
			out, err := cmd.CombinedOutput()
			if why := unclean(string(out), map[string]bool{}); why != "" || err == nil {
				t.Errorf("%q: %s, %v", s, why, err)
			}
		}
	}
	trial.Report(t, trial.Figure{Name: "hostile text in prompts and errors", Tried: tried, Survived: tried})
}
