//go:build ignore

// Licences lists the modules that are linked into the program, with the licence that each
// carries, and fails on one that is not among those that we may pass on.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// known are licences by what their text has in it.
var known = []struct{ name, text string }{
	{"Apache-2.0", "Apache License"},
	{"MIT", "Permission is hereby granted, free of charge"},
	{"BSD-3-Clause", "Neither the name of"},
	{"BSD-2-Clause", "Redistributions in binary form must reproduce"},
	{"Unlicense", "This is free and unencumbered software"},
}

func main() {
	cmd := exec.Command("go", "list", "-deps", "-json=Module", ".")
	out, err := cmd.Output()
	if err != nil {
		fmt.Fprintln(os.Stderr, "licences: list modules:", err)
		os.Exit(2)
	}
	type module struct {
		Path, Version, Dir string
		Main               bool
	}
	all := map[string]module{}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct{ Module *module }
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			fmt.Fprintln(os.Stderr, "licences:", err)
			os.Exit(2)
		}
		if p.Module != nil && !p.Module.Main {
			all[p.Module.Path] = *p.Module
		}
	}
	var paths []string
	for p := range all {
		paths = append(paths, p)
	}
	slices.Sort(paths)
	bad := 0
	for _, p := range paths {
		name := licence(all[p].Dir)
		if name == "" {
			name = "NOT KNOWN"
			bad++
		}
		fmt.Printf("%-14s %s %s\n", name, p, all[p].Version)
	}
	if bad > 0 {
		os.Exit(1)
	}
}

func licence(dir string) string {
	files, _ := filepath.Glob(filepath.Join(dir, "[LC][IO][CP][EY][NI]*"))
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			continue
		}
		text := strings.Join(strings.Fields(string(data)), " ")
		for _, k := range known {
			if strings.Contains(text, k.text) {
				return k.name
			}
		}
	}
	return ""
}
