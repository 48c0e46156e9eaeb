package cli

import (
	"bufio"
	"bytes"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// A run creates only the command that its arguments begin with, or all of them if they begin
// with something else.
func TestALineMakesTheCommandThatItNames(t *testing.T) {
	names := func(args ...string) (out []string) {
		c := &command{env: Env{Args: args}}
		for _, sub := range c.root().Commands() {
			out = append(out, sub.Name())
		}
		return out
	}
	all := len(names())
	if all < len(makers) {
		t.Fatalf("%d commands of %d", all, len(makers))
	}
	for _, m := range makers {
		if got := m.make(&command{}).Name(); got != m.name {
			t.Errorf("%s creates %s", m.name, got)
		}
		got := names(m.name, "x")
		if m.name == wholeTree[0] || m.name == wholeTree[1] {
			if len(got) != all {
				t.Errorf("%s creates %d of %d commands", m.name, len(got), all)
			}
			continue
		}
		if len(got) != 1 || got[0] != m.name {
			t.Errorf("%s creates %v", m.name, got)
		}
	}
	for _, args := range [][]string{{"help", "list"}, {"--json", "list"}, {"lst"}, {"jane@example.com"}, {"ls"}, {"__complete", "li"}} {
		if got := names(args...); len(got) != all {
			t.Errorf("%v creates %d of %d commands", args, len(got), all)
		}
	}
}

// Every run pays for package initialization. This test detects a library that builds a large
// table at startup: go-runewidth once built one of megabytes, in 50 ms.
func TestPackagesDoLittleBeforeMain(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "wxauth")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "../..").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	cmd := exec.CommandContext(t.Context(), binary, "version")
	cmd.Env = []string{"GODEBUG=inittrace=1"}
	var trace bytes.Buffer
	cmd.Stderr = &trace
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	packages, size, allocs := 0, 0, 0
	for lines := bufio.NewScanner(&trace); lines.Scan(); {
		// init net/http @6.4 ms, 0.037 ms clock, 4712 bytes, 49 allocs
		words := strings.Fields(lines.Text())
		if len(words) < 11 || words[0] != "init" {
			continue
		}
		b, err := strconv.Atoi(words[7])
		n, nerr := strconv.Atoi(words[9])
		if err != nil || nerr != nil {
			t.Fatalf("%q", lines.Text())
		}
		if words[1] == "github.com/itchyny/gojq" { // --jq: it parses its built-in functions, in 0.3 ms
			if b > 300<<10 || n > 3000 {
				t.Errorf("%s: %d bytes, %d allocations", words[1], b, n)
			}
			continue
		}
		if b > 32<<10 || n > 300 {
			t.Errorf("%s: %d bytes, %d allocations", words[1], b, n)
		}
		packages, size, allocs = packages+1, size+b, allocs+n
	}
	if packages < 50 || size > 200<<10 || allocs > 1200 {
		t.Errorf("%d packages, %d bytes, %d allocations", packages, size, allocs)
	}
	t.Logf("%d packages, %d bytes, %d allocations", packages, size, allocs)
}
