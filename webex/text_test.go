package webex_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/wxauth/wxauth/internal/trial"
	"github.com/wxauth/wxauth/webex"
)

// checkClean verifies the invariants of cleaned text.
func checkClean(t *testing.T, in string) {
	t.Helper()
	out := string(webex.Clean(webex.Untrusted(in)))
	if !utf8.ValidString(out) {
		t.Fatalf("Clean(%q) is not UTF-8", in)
	}
	marks := 2
	for _, r := range out {
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Cs, unicode.Co, unicode.Zl, unicode.Zp, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point) ||
			r == '\u115f' || r == '\u1160' || r == '\u3164' || r == '\uffa0' || r == '\u2800' {
			t.Fatalf("Clean(%q) = %q keeps %U", in, out, r)
		}
		if unicode.In(r, unicode.Mn, unicode.Me) {
			if marks++; marks > 2 {
				t.Fatalf("Clean(%q) = %q stacks marks", in, out)
			}
		} else {
			marks = 0
		}
	}
	if again := string(webex.Clean(webex.Untrusted(out))); again != out {
		t.Fatalf("Clean is not idempotent: %q, then %q", out, again)
	}
}

// S-45.
func TestCleanKeepsItsInvariantsForEveryCodePointAndBytePair(t *testing.T) {
	n, step := 0, rune(trial.Sampled(7, 1))
	for r := rune(0); r <= unicode.MaxRune; r += step {
		checkClean(t, "a"+string(r)+"b")
		checkClean(t, string(r)+string(r)+string(r))
		n += 2
	}
	for a := range 256 {
		for b := range 256 {
			checkClean(t, string([]byte{byte(a), byte(b)}))
			n++
		}
	}
	trial.Report(t, trial.Figure{Name: "code points and byte pairs through Clean", Tried: n, Survived: n})
}

func TestCleanLeavesOrdinaryTextAlone(t *testing.T) {
	for _, s := range []string{
		"Meeting Sync", "~!@#$%^&*()_+{}|:\"<>?\\", "株式会社さくら商事", "佐藤　さくら", "Дмитрий Иванов", "דוד לוי", "محمد علي",
		"ประเทศไทย", "हिन्दी", "Zoë Müller", "Ångström", "한국어", "Yılmaz", "🚀",
	} {
		if got := string(webex.Clean(webex.Untrusted(s))); got != s {
			t.Errorf("Clean(%q) = %q", s, got)
		}
	}
}

func TestCleanShowsWhatItTakesAway(t *testing.T) {
	for in, want := range map[string]string{
		"\x1b[31mred\x1b[0m":        `\u001b[31mred\u001b[0m`,
		"Invoice\u202etxt.exe":      `Invoice\u202etxt.exe`,
		"two\nlines":                `two\u000alines`,
		"a\u200bb":                  `a\u200bb`,
		"\u009b2J":                  `\u009b2J`,
		"\xff":                      `\xff`,
		"\U000e0041":                `\U000e0041`,
		"a\u0301\u0302\u0303":       "a\u0301\u0302" + `\u0303`,
		"non\u00a0breaking":         `non\u00a0breaking`,
		"\u0301mark without a base": `\u0301mark without a base`,
	} {
		if got := string(webex.Clean(webex.Untrusted(in))); got != want {
			t.Errorf("Clean(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestPrintingUntrustedTextPrintsItClean(t *testing.T) {
	hostile := "\x1b]0;pwned\x07"
	a := webex.Authorization{
		ApplicationName: webex.Untrusted(hostile), ID: webex.AuthorizationID(hostile), ClientID: webex.ClientID(hostile),
		PersonID: webex.PersonID(hostile), Type: webex.Type(hostile),
	}
	for _, s := range []string{
		fmt.Sprint(a.ApplicationName, a.ID, a.ClientID, a.PersonID, a.Type), fmt.Sprintf("%v %s", a, a), webex.ByEmail(hostile).String(),
	} {
		if strings.ContainsAny(s, "\x1b\x07") {
			t.Errorf("printed raw: %q", s)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"", "Meeting Sync", "\x1b[2J", "a\u202eb", "\xff\xfe", "日本\u0301\u0301\u0301"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { checkClean(t, s) })
}

func TestASecretIsPrintedByNothing(t *testing.T) {
	const canary = "ZDk1ZG-canary-4ca4d1f"
	s := webex.NewSecret(canary)
	holder := struct {
		Token  webex.Secret
		hidden webex.Secret
		P      *webex.Secret
	}{s, s, &s}
	var log strings.Builder
	logger := slog.New(slog.NewTextHandler(&log, nil))
	logger.Info("x", "token", s, "holder", holder)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "token", s, "holder", holder)
	b, _ := json.Marshal(holder)
	out := log.String() + string(b) + fmt.Errorf("wrapped: %v %w", s, fmt.Errorf("%s", s)).Error()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t"} {
		out += fmt.Sprintf(verb, s) + fmt.Sprintf(verb, &s) + fmt.Sprintf(verb, holder) + fmt.Sprintf(verb, []webex.Secret{s})
	}
	if strings.Contains(out, canary) || strings.Contains(out, fmt.Sprintf("%x", canary)) {
		t.Errorf("the secret was printed: %s", out)
	}
	if s.Reveal() != canary || !s.Equal(webex.NewSecret(canary)) || s.Equal(webex.NewSecret("other")) || (webex.Secret{}).Reveal() != "" {
		t.Error("Reveal or Equal is wrong")
	}
}
