//go:build unix

package cli_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/wxauth/wxauth/internal/cli"
	"github.com/wxauth/wxauth/internal/config"
)

// prose returns a page without its code blocks.
func prose(page string) string {
	return regexp.MustCompile("(?ms)^ *```.*?^ *```").ReplaceAllString(page, "")
}

// Inline commands and PowerShell commands on the pages exist, and have the flags that are used.
func TestEveryCommandInASentence(t *testing.T) {
	t.Parallel()
	spans := regexp.MustCompile("`(?:[A-Z_]+=\\S+ )?(wxauth [^`]+)`")
	seen := 0
	for path, text := range pages(t) {
		if path == "CHANGELOG.md" {
			continue
		}
		var lines []string
		for _, m := range spans.FindAllStringSubmatch(prose(text), -1) {
			lines = append(lines, m[1])
		}
		for _, l := range fenced(text, "powershell") {
			if i := strings.Index(l, "wxauth "); i >= 0 && !strings.Contains(l, "-TaskName") && !strings.Contains(l, "New-Scheduled") {
				l, _, _ = strings.Cut(l[i:], " | ")
				l, _, _ = strings.Cut(l, ")")
				lines = append(lines, strings.TrimRight(l, " }"))
			}
		}
		for _, l := range lines {
			seen++
			l = strings.NewReplacer(" …", "", "…", "", " D", " 1d", " N", " 1").Replace(l)
			if err := cli.CheckLine(words(l)[1:]); err != nil {
				t.Errorf("%s: `%s`: %v", path, l, err)
			}
		}
	}
	if seen < 120 {
		t.Errorf("only %d commands were found", seen)
	}
}

// words splits a line like a shell, as far as the pages need it.
func words(line string) (out []string) {
	for _, m := range regexp.MustCompile(`"([^"]*)"|(\S+)`).FindAllStringSubmatch(strings.ReplaceAll(line, `\|`, "|"), -1) {
		out = append(out, m[1]+m[2])
	}
	return out
}

// Each TOML block is a valid configuration.
func TestEveryConfigurationOfTheDocuments(t *testing.T) {
	t.Parallel()
	blocks := regexp.MustCompile("(?ms)^ *```toml\n(.*?)^ *```")
	seen := 0
	for path, text := range pages(t) {
		for _, m := range blocks.FindAllStringSubmatch(text, -1) {
			seen++
			file := filepath.Join(t.TempDir(), "config.toml")
			if err := os.WriteFile(file, []byte(m[1]), 0o600); err != nil {
				t.Fatal(err)
			}
			cfg, err := config.Load(file, func(string) string { return "" })
			if err == nil {
				err = cli.CheckKeys(cfg)
			}
			if err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
	if seen < 4 {
		t.Errorf("only %d configurations were found", seen)
	}
}

// Every link leads to an existing page and heading.
func TestEveryLinkOfTheDocuments(t *testing.T) {
	t.Parallel()
	all := pages(t)
	links := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	headings := func(page string) map[string]bool {
		out := map[string]bool{}
		drop := regexp.MustCompile(`[^\p{L}\p{N}_ -]`)
		for _, m := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(regexp.MustCompile("(?ms)^```.*?^```").ReplaceAllString(page, ""), -1) {
			out[strings.ReplaceAll(drop.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-")] = true
		}
		return out
	}
	for path, text := range all {
		for _, m := range links.FindAllStringSubmatch(prose(text), -1) {
			to, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(to, "://") {
				continue
			}
			target := path
			if to != "" {
				target = filepath.ToSlash(filepath.Join(filepath.Dir(path), to))
			}
			if _, err := os.Stat(filepath.Join("../..", target)); err != nil {
				t.Errorf("%s: %s does not exist", path, m[1])
			}
			if anchor != "" && !headings(all[target])[anchor] {
				t.Errorf("%s: %s has no heading %q", path, target, anchor)
			}
		}
	}
}

var update = flag.Bool("update", false, "write docs/reference.md anew")

// The reference equals the help of the commands.
func TestTheReferenceIsTheCommands(t *testing.T) {
	t.Parallel()
	const path = "../../docs/reference.md"
	want := cli.Reference()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("docs/reference.md differs from the help (%v): run go test ./internal/cli -run TheReference -update", err)
	}
}
