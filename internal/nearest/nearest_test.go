package nearest

import "testing"

func TestWord(t *testing.T) {
	known := []string{"base_url", "theme", "Meeting Sync", "会議メモ", "read_only", "man"}
	for typed, want := range map[string]string{
		"basurl": "base_url", "tehme": "theme", "meeting snc": "Meeting Sync", "会議メ": "会議メモ", "read_only": "read_only",
		"meetign": "Meeting Sync",
		"":        "", "jane": "", "colour": "", "themes and more": "", "x": "",
	} {
		if got := Word(typed, known); got != want {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
	if got := Word("aa", []string{"ac", "ab"}); got != "ab" {
		t.Errorf("of two that are as near: %q", got)
	}
	if len(known) != 6 || known[0] != "base_url" {
		t.Error("what was given is in another order")
	}
}

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		n    int
		ok   bool
	}{
		{"jane.deo@acme.example", "Jane.Doe@acme.example", 2, true},
		{"jane", "john", 2, false},
		{"al", "bo", 2, false},
		{"jane.doe@acme.example", "max.mustermann@acme.example", 0, false},
	} {
		if n, ok := Distance(tt.a, tt.b); ok != tt.ok || ok && n != tt.n {
			t.Errorf("%s, %s: %d, %v", tt.a, tt.b, n, ok)
		}
	}
}
