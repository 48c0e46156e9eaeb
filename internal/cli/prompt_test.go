package cli

import (
	"errors"
	"io"
	"strings"
	"testing"
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
		if got, err := readRawLine(strings.NewReader(typed)); got != want || err != nil {
			t.Errorf("%.40q: %.40q, %v", typed, got, err)
		}
	}
	for typed, want := range map[string]error{"": io.EOF, "\x04": io.EOF} {
		if _, err := readRawLine(strings.NewReader(typed)); !errors.Is(err, want) {
			t.Errorf("%q: %v", typed, err)
		}
	}
	if _, err := readRawLine(strings.NewReader("sec\x03ret\r")); classify(t.Context(), err).exit != exitInterrupt {
		t.Errorf("ctrl+c: %v", err)
	}
	if _, err := readRawLine(strings.NewReader(strings.Repeat("x", maxTyped+1))); err == nil {
		t.Error("a line without end was read")
	}
	rest := strings.NewReader("one\rtwo\r")
	for _, want := range []string{"one", "two"} {
		if got, _ := readRawLine(rest); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
