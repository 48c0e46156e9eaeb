package output

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/webex"
)

// hostileNames are malicious app names.
var hostileNames = []string{
	"=HYPERLINK(\"http://evil.example\")", "+1+1", "-2+3", "@SUM(A1)", "  =1", "\t=1", "\u00a0=1", "＝1", "＋1", "－1", "＠x", "\ufeff=1", "\u200b=1", "\x00=1",
	"a,b", "a\"b", "a\nb", "a\r\nrefresh\t89d", "\x1b]0;pwned\x07", "\u202egpj", "a\tb", "\u2028x", "'quoted", "|pipe", "日本語", "=cmd|' /C calc'!A0", "\x85next", "%0A=1", ";=1",
}

func rowsWith(name string) []app.RowJSON {
	r := app.Row{
		Authorization: webex.Authorization{
			ID: webex.AuthorizationID(name), ApplicationID: webex.Untrusted(name), ApplicationName: webex.Untrusted(name), ClientID: webex.ClientID(name),
			PersonID: webex.PersonID(name), Type: webex.Type(name), Created: time.Unix(0, 0),
		},
		Email: webex.Untrusted(name),
	}
	return []app.RowJSON{r.JSON(time.Unix(1, 0)), r.JSON(time.Unix(1, 0))}
}

// checkCSV verifies that each row has as many cells as the header, and that a spreadsheet would
// not evaluate any cell.
func checkCSV(t *testing.T, name string) {
	t.Helper()
	var b bytes.Buffer
	if err := WriteCSV(&b, rowsWith(name)); err != nil {
		t.Fatal(err)
	}
	got, err := csv.NewReader(bytes.NewReader(b.Bytes())).ReadAll()
	if err != nil || len(got) != 3 {
		t.Fatalf("%q: %d rows, %v", name, len(got), err)
	}
	for _, cell := range got[1] {
		start := strings.TrimLeft(cell, " \t\u00a0\u3000\ufeff\u200b\x00")
		if start != "" && strings.ContainsRune("=+-@＝＋－＠\t\r", []rune(start)[0]) {
			t.Errorf("%q became the cell %q", name, cell)
		}
		if strings.ContainsAny(cell, "\n\r\x1b\x00\u202e") {
			t.Errorf("%q became the cell %q", name, cell)
		}
	}
	if n := strings.Count(b.String(), "\n"); n != 3 {
		t.Errorf("%q: %d lines", name, n)
	}
}

// S-51: no cell starts a formula, and no name forges a row.
func TestCSVSurvivesHostileNames(t *testing.T) {
	for _, name := range hostileNames {
		checkCSV(t, name)
	}
}

// In tab-separated tables, each row is one line with as many cells as the header.
func TestTSVSurvivesHostileNames(t *testing.T) {
	for _, name := range hostileNames {
		f, err := os.Create(filepath.Join(t.TempDir(), "out"))
		if err != nil {
			t.Fatal(err)
		}
		tab := Table{Columns: []Column{{Name: "APP"}, {Name: "TYPE"}, {Name: "ID"}}}
		tab.Add(name, name, name)
		if err := tab.Print(f, nil); err != nil {
			t.Fatal(err)
		}
		_ = f.Close()
		out, _ := os.ReadFile(f.Name())
		lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
		if len(lines) != 2 || strings.Count(lines[1], "\t") != 2 || bytes.ContainsAny(out, "\x1b\r\x00\u202e") {
			t.Errorf("%q became %q", name, out)
		}
	}
}

func TestCSVIsWhatTheJSONIs(t *testing.T) {
	type inner struct {
		Expires *string `json:"expires"`
	}
	type row struct {
		Name   string   `json:"name"`
		Scopes []string `json:"scopes"`
		Access inner    `json:"access"`
		Fresh  *inner   `json:"refresh"`
		Left   int      `json:"left"`
		Own    bool     `json:"own"`
	}
	when := "2026-11-21T00:00:00Z"
	var b bytes.Buffer
	if err := WriteCSV(&b, []row{{"a", []string{"x", "y"}, inner{&when}, nil, -5, true}, {"b", nil, inner{}, &inner{&when}, 0, false}}); err != nil {
		t.Fatal(err)
	}
	want := "name,scopes,access.expires,refresh.expires,left,own\na,x y,2026-11-21T00:00:00Z,,-5,true\nb,,,2026-11-21T00:00:00Z,0,false\n"
	if b.String() != want {
		t.Errorf("%s\nwant\n%s", &b, want)
	}
	b.Reset()
	if err := WriteCSV(&b, []row{}); err != nil || strings.Count(b.String(), "\n") != 1 {
		t.Errorf("no rows: %q, %v", &b, err)
	}
}

func FuzzCSV(f *testing.F) {
	for _, n := range hostileNames {
		f.Add(n)
	}
	f.Fuzz(checkCSV)
}
