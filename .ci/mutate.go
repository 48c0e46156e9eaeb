//go:build ignore

// Mutate checks that the tests detect small mistakes. It applies each mutation of
// .ci/mutations.txt to a copy of the working tree and runs the tests of the packages that it
// names, which must fail.
//
//	go run .ci/mutate.go [part of a name]
//	go run .ci/mutate.go -check
//
// With -check it runs no tests: it only verifies that the text of each mutation still exists.
// Each mutation stands for a requirement of docs/security.md.
//
// A mutation is a block of lines, separated from the next by a blank one:
//
//	name of the mutation
//	file [packages to test] [run=which tests] [tags=build tags]
//	- the text to replace, which must occur in the file exactly once
//	+ its replacement
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

type mutation struct {
	name, file string
	packages   []string
	run, tags  string
	old, new   string
}

func main() {
	filter := ""
	if len(os.Args) > 1 {
		filter = os.Args[1]
	}
	all, err := read(".ci/mutations.txt")
	if err != nil {
		fail(err)
	}
	if filter == "-check" {
		check(all)
		return
	}
	dir, err := os.MkdirTemp("", "mutate")
	if err != nil {
		fail(err)
	}
	defer os.RemoveAll(dir)
	if out, err := exec.Command("sh", "-c", "git ls-files -co --exclude-standard | tar cf - -T - | tar xf - -C "+dir).CombinedOutput(); err != nil {
		fail(fmt.Errorf("copy the tree: %w: %s", err, out))
	}
	caught, tried := 0, 0
	for _, m := range all {
		if !strings.Contains(m.name, filter) {
			continue
		}
		tried++
		start := time.Now()
		by, err := try(dir, m)
		switch {
		case err != nil:
			fmt.Printf("BROKEN   %-60s %v\n", m.name, err)
		case by == "":
			fmt.Printf("SURVIVED %-60s %s\n", m.name, m.file)
		default:
			caught++
			fmt.Printf("caught   %-60s %s (%.0f s)\n", m.name, by, time.Since(start).Seconds())
		}
	}
	fmt.Printf("%d of %d caught\n", caught, tried)
	if caught != tried {
		os.Exit(1)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "mutate:", err)
	os.Exit(2)
}

// check exits with 1 if the text of a mutation does not occur exactly once.
func check(all []mutation) {
	lost := 0
	for _, m := range all {
		text, err := os.ReadFile(m.file)
		if n := strings.Count(string(text), m.old); err != nil || n != 1 {
			fmt.Printf("%s: its text occurs %d times in %s (%v)\n", m.name, n, m.file, err)
			lost++
		}
	}
	fmt.Printf("%d of %d mutations find their text\n", len(all)-lost, len(all))
	if lost > 0 {
		os.Exit(1)
	}
}

func read(path string) ([]mutation, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var all []mutation
	for _, block := range strings.Split(strings.TrimSpace(string(data)), "\n\n") {
		lines := strings.Split(block, "\n")
		if len(lines) < 4 {
			return nil, fmt.Errorf("not a mutation: %q", block)
		}
		m := mutation{name: lines[0]}
		fields := strings.Fields(lines[1])
		m.file = fields[0]
		for _, f := range fields[1:] {
			if run, ok := strings.CutPrefix(f, "run="); ok {
				m.run = run
			} else if tags, ok := strings.CutPrefix(f, "tags="); ok {
				m.tags = tags
			} else {
				m.packages = append(m.packages, f)
			}
		}
		var old, repl []string
		for _, l := range lines[2:] {
			switch {
			case strings.HasPrefix(l, "- "):
				old = append(old, l[2:])
			case strings.HasPrefix(l, "+ "):
				repl = append(repl, l[2:])
			case l == "+":
			default:
				return nil, fmt.Errorf("%s: %q", m.name, l)
			}
		}
		m.old, m.new = strings.Join(old, "\n"), strings.Join(repl, "\n")
		all = append(all, m)
	}
	return all, nil
}

// try returns the first failed test, or "" if all passed.
func try(dir string, m mutation) (string, error) {
	path := filepath.Join(dir, m.file)
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	if n := strings.Count(string(text), m.old); n != 1 {
		return "", fmt.Errorf("the text stands %d times in %s", n, m.file)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), m.old, m.new, 1)), 0o644); err != nil {
		return "", err
	}
	defer func() { _ = os.WriteFile(path, text, 0o644) }()
	build := exec.Command("go", "build", "./...")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("does not build: %s", out)
	}
	packages := m.packages
	if len(packages) == 0 {
		packages = []string{"./" + filepath.Dir(m.file)}
	}
	for _, p := range packages {
		args := []string{"test", "-count=1", "-failfast", "-timeout=180s"}
		if m.run != "" {
			args = append(args, "-run="+m.run)
		}
		if m.tags != "" {
			args = append(args, "-tags="+m.tags)
		}
		if p == "./ui" {
			args = append(args, "-scripts=500")
		}
		// Packages come before test flags.
		at := len(args)
		if p == "./ui" {
			at--
		}
		args = slices.Insert(args, at, p)
		cmd := exec.Command("go", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "WXAUTH_TRIAL=whole")
		out, err := cmd.CombinedOutput()
		if err == nil {
			continue
		}
		for _, l := range strings.Split(string(out), "\n") {
			if rest, ok := strings.CutPrefix(strings.TrimSpace(l), "--- FAIL: "); ok {
				return strings.Fields(rest)[0], nil
			}
		}
		return "a panic or time-out in " + p, nil
	}
	return "", nil
}
