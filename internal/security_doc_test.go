package internal

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// docs/security.md lists every requirement once, with tests that exist and faults that stand
// in .ci/mutations.txt; a fault that names a requirement stands in its row.
func TestEveryRequirementHasItsTest(t *testing.T) {
	doc, err := os.ReadFile("../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	faults, err := os.ReadFile("../.ci/mutations.txt")
	if err != nil {
		t.Fatal(err)
	}
	titles := map[string]bool{}
	for _, block := range strings.Split(string(faults), "\n\n") {
		title, _, _ := strings.Cut(strings.TrimSpace(block), "\n")
		titles[title] = true
	}
	tests := map[string]bool{}
	naming := map[string]bool{} // test and requirement, where the comment above the one names the other
	number := regexp.MustCompile(`S-\d\d[abc]?\b`)
	above := regexp.MustCompile(`(?m)((?:^//.*\n)+)func ((?:Test|Fuzz)\w+)\(`)
	function := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	err = filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		data, err := os.ReadFile(path)
		for _, m := range function.FindAllStringSubmatch(string(data), -1) {
			tests[m[1]] = true
		}
		for _, m := range above.FindAllStringSubmatch(string(data), -1) {
			for _, id := range number.FindAllString(m[1], -1) {
				naming[m[2]+" "+id] = true
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile(`(?m)^\| (S-\d\d[abc]?) \| .*$`)
	seen, named := map[string]int{}, map[string]bool{}
	for _, m := range row.FindAllStringSubmatch(string(doc), -1) {
		line, id := m[0], m[1]
		seen[id]++
		cells := strings.Split(line, " | ")
		if len(cells) != 4 {
			t.Errorf("%s has %d cells", id, len(cells))
			continue
		}
		for _, name := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cells[2], -1) {
			switch n := name[1]; {
			case strings.HasSuffix(n, ".txtar"):
				story, err := os.ReadFile("cli/testdata/" + n)
				if err != nil {
					t.Errorf("%s: %v", id, err)
				}
				for _, id := range number.FindAllString(string(story), -1) {
					naming[n+" "+id] = true
				}
			case !tests[n]:
				t.Errorf("%s: there is no test %s", id, n)
			}
		}
		if n := regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cells[2], -1); len(n) > 0 && !slices.ContainsFunc(n, func(name []string) bool { return naming[name[1]+" "+id] }) {
			t.Errorf("%s is named by none of its tests", id)
		}
		for _, title := range regexp.MustCompile(`\*([^*]+)\*`).FindAllStringSubmatch(cells[3], -1) {
			named[title[1]] = true
			if !titles[title[1]] {
				t.Errorf("%s: there is no fault %q", id, title[1])
			}
		}
		if !strings.Contains(cells[2], "`") && !strings.Contains(cells[1], "not apply") {
			t.Errorf("%s names no test, and not why", id)
		}
	}
	missing := []int{67, 68, 69, 81, 82, 83, 88, 89} // were never given
	for n := 1; n <= 96; n++ {
		id := fmt.Sprintf("S-%02d", n)
		want := []string{id}
		switch {
		case slices.Contains(missing, n):
			want = nil
		case n == 20:
			want = []string{"S-20a", "S-20b", "S-20c"}
		case n == 44:
			want = []string{"S-44", "S-44b", "S-44c"}
		}
		for _, w := range want {
			if seen[w] != 1 {
				t.Errorf("%s stands there %d times", w, seen[w])
			}
		}
	}
	for title := range titles {
		if strings.HasPrefix(title, "S-") && !named[title] {
			t.Errorf("the fault %q stands in no row", title)
		}
	}
}
