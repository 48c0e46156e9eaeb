package cli

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

func TestRawLine(t *testing.T) {
	long := strings.Repeat("x", 40_000)
	for typed, want := range map[string]string{
		"secret\r":                   "secret",
		"secret\nnext\n":             "secret",
		"secr\x7f\x7fcret\r":         "secret",
		"äö\x7f\r":                   "ä",
		"\x7f\r":                     "",
		"wrong\x15right\r":           "right",
		"a\x1b[Db\x1b[1;5Cc\x1bOA\r": "abc",
		"ab\x04c\r":                  "abc",
		"no end":                     "no end",
		long + "\r":                  long,
	} {
		if got, err := (&lineReader{from: strings.NewReader(typed)}).read(); got != want || err != nil {
			t.Errorf("%.40q: %.40q, %v", typed, got, err)
		}
	}
	for typed, want := range map[string]error{"": io.EOF, "\x04": io.EOF} {
		if _, err := (&lineReader{from: strings.NewReader(typed)}).read(); !errors.Is(err, want) {
			t.Errorf("%q: %v", typed, err)
		}
	}
	if _, err := (&lineReader{from: strings.NewReader("sec\x03ret\r")}).read(); classify(t.Context(), err).exit != exitInterrupt {
		t.Errorf("ctrl+c: %v", err)
	}
	if _, err := (&lineReader{from: strings.NewReader(strings.Repeat("x", maxTyped+1))}).read(); err == nil {
		t.Error("an endless line was accepted")
	}
	rest := &lineReader{from: strings.NewReader("one\rtwo\r")}
	for _, want := range []string{"one", "two"} {
		if got, _ := rest.read(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// The echo never contains a token: neither one marked as pasted, nor one that arrives at once,
// nor a typed one.
func TestAShownLineHidesWhatLooksLikeAToken(t *testing.T) {
	token := "ZDI3MGEyYzQtNmFlNS00NDNhLWFlNzAt_PF84_1eb65fdf-9643-417f-9974-ad72cae0e10f"
	for name, tt := range map[string]struct{ typed, want, shows string }{
		"an address":            {"jane@acme.example\r", "jane@acme.example", "jane@acme.example"},
		"a correction":          {"jabe\x7f\x7fne\r", "jane", "jabe\b \b\b \bne"},
		"an erased line":        {"no\x15yes\r", "yes", "no\b\b  \b\byes"},
		"a marked token":        {"\x1b[200~" + token + "\x1b[201~\r", token, "(74 characters, not shown)"},
		"a typed token":         {token + "\r", token, "(74 characters, not shown)"},
		"an address and a code": {"\x1b[200~http://127.0.0.1:8765/callback?code=" + token + "&state=x\x1b[201~\r", "http://127.0.0.1:8765/callback?code=" + token + "&state=x", "http://127.0.0.1:8765/callback? (87 characters, not shown)"},
		"a paste of two lines":  {"\x1b[200~http://x/cb?code=a\r\nb&state=c\r\x1b[201~\r", "http://x/cb?code=a b&state=c", "http://x/cb?code=a b&state=c"},
		"a hostile paste":       {"\x1b[200~a\u202eb\x07\x1b[201~\r", "a\u202eb", `a\u202eb`},
		"a wide character":      {"日本\x7f\r", "日", "日本\b\b  \b\b"},
	} {
		var shown strings.Builder
		r := &lineReader{from: strings.NewReader(tt.typed), show: &shown}
		got, err := r.read()
		if err != nil || got != tt.want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		if name == "a typed token" { // the part before it looked like a token is erased
			if r.shown != tt.shows || strings.Contains(shown.String(), token[:24]) || !strings.Contains(shown.String(), strings.Repeat("\b", 23)+"(24 characters, not shown)") {
				t.Errorf("%s: %q", name, shown.String())
			}
			continue
		}
		if shown.String() != tt.shows {
			t.Errorf("%s: shown %q, want %q", name, shown.String(), tt.shows)
		}
	}
	var shown strings.Builder
	in := strings.NewReader(token + "\rnext")
	r := &lineReader{from: in, show: &shown, more: func(time.Duration) bool { return in.Len() > len("\rnext") }}
	if got, _ := r.read(); got != token || shown.String() != "(74 characters, not shown)" {
		t.Errorf("at once: %q, shown %q", got, shown.String())
	}
	parts := strings.NewReader("http://x/cb?code=a\r\nb&state=c\r")
	r = &lineReader{from: parts, joins: true, more: func(time.Duration) bool { return parts.Len() > 0 }}
	if got, _ := r.read(); got != "http://x/cb?code=a b&state=c" {
		t.Errorf("two lines: %q", got)
	}
}
