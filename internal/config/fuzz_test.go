package config

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/wxauth/wxauth/webex"
)

// FuzzConfig verifies that a file is either read, or every problem is reported with its line, in
// text that is printable and contains no secret.
func FuzzConfig(f *testing.F) {
	example, err := os.ReadFile("example.toml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(example)
	for _, s := range []string{
		"", "base_url = \"https://webexapis.com/v1\"", "base_url = 1", "x", "[profiles.a]\nclient_id = \"C1\"", "[profiles.a]\n[profiles.a]", "a = \"\\u001b[2J\"", "[[lifetimes]]\napp=1",
		"client_secret = \"4f5c-canary-secret-99\"\nclient_secret = 2", "\xef\xbb\xbfkey = \"keyring\"", "key = \"\"\"", "[a.b.c]", "key = {a = 1}", "key = [1, [2]]", "\x00",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c := Default()
		err := c.parse("config.toml", data)
		if err == nil {
			if cerr := webex.CheckBaseURL(c.BaseURL); cerr != nil {
				t.Fatalf("base URL %q was accepted: %v", c.BaseURL, cerr)
			}
			return
		}
		var all Problems
		if !errors.As(err, &all) || len(all) == 0 {
			t.Fatalf("%T: %v", err, err)
		}
		for _, p := range all {
			if p.Line < 1 || p.Line > 1+strings.Count(string(data), "\n")+1 {
				t.Fatalf("line %d of %q", p.Line, data)
			}
			if string(webex.Clean(webex.Untrusted(p.Text))) != p.Text || strings.Contains(p.Text, "4f5c-canary-secret-99") {
				t.Fatalf("not printable: %q", p.Text)
			}
		}
	})
}
