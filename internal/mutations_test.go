package internal

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Each mutation of .ci/mutations.txt finds its text exactly once, and the test that it wants
// to fail is there: a list that code has moved away from proves nothing.
func TestMutationsFindTheirText(t *testing.T) {
	seen := 0
	for _, block := range strings.Split(read(t, ".ci/mutations.txt"), "\n\n") {
		var lines []string
		for _, l := range strings.Split(block, "\n") {
			if l != "" && !strings.HasPrefix(l, "#") {
				lines = append(lines, l)
			}
		}
		if len(lines) < 2 {
			continue
		}
		seen++
		var old []string
		for _, l := range lines[2:] {
			if text, ok := strings.CutPrefix(l, "- "); ok {
				old = append(old, text)
			}
		}
		file, rest, _ := strings.Cut(lines[1], " ")
		data, err := os.ReadFile(filepath.Join("..", file))
		if err != nil {
			t.Errorf("%s: %v", lines[0], err)
			continue
		}
		if n := strings.Count(string(data), strings.Join(old, "\n")); n != 1 || len(old) == 0 {
			t.Errorf("%s: its text stands in %s %d times", lines[0], file, n)
		}
		if i := strings.Index(rest, "run="); i >= 0 && !testThere(t, file, rest, strings.Fields(rest[i+len("run="):])[0]) {
			t.Errorf("%s: no test is called like %s", lines[0], rest[i:])
		}
	}
	if seen < 300 {
		t.Errorf("only %d mutations", seen)
	}
}

// testThere reports whether a test of the packages has the first part of a pattern in its
// name.
func testThere(t *testing.T, file, packages, pattern string) bool {
	t.Helper()
	dirs := []string{filepath.Dir(file)}
	for _, f := range strings.Fields(packages) {
		if strings.HasPrefix(f, "./") {
			dirs = append(dirs, f)
		}
	}
	for _, one := range strings.Split(pattern, "|") {
		name, _, _ := strings.Cut(strings.Trim(one, "^$()"), "/")
		for _, d := range dirs {
			files, err := filepath.Glob(filepath.Join("..", d, "*_test.go"))
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range files {
				data, err := os.ReadFile(f)
				if err != nil {
					t.Fatal(err)
				}
				for _, line := range strings.Split(string(data), "\n") {
					if (strings.HasPrefix(line, "func Test") || strings.HasPrefix(line, "func Fuzz")) && strings.Contains(line, name) {
						return true
					}
				}
			}
		}
	}
	return false
}
