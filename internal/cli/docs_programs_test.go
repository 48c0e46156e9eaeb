//go:build unix

package cli_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// The programs in the documentation compile in a separate module, using only the public
// packages.
func TestEveryProgramOfTheDocuments(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	blocks := regexp.MustCompile("(?ms)^```go\n(.*?)^```")
	seen := 0
	for _, text := range pages(t) {
		for _, m := range blocks.FindAllStringSubmatch(text, -1) {
			seen++
			into := filepath.Join(dir, fmt.Sprint("program", seen))
			if err := os.Mkdir(into, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(into, "main.go"), []byte(m[1]), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if seen < 5 {
		t.Fatalf("only %d programs", seen)
	}
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	mod = bytes.Replace(mod, []byte("module github.com/wxauth/wxauth"), []byte("module example.com/theirs"), 1)
	mod = append(mod, "\nrequire github.com/wxauth/wxauth v0.0.0\nreplace github.com/wxauth/wxauth => "+root+"\n"...)
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"go.mod": mod, "go.sum": sum} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "vet", "./...")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
