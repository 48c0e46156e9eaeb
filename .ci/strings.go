//go:build ignore

// Strings prints every text of the program that users may read, as PATH:LINE: TEXT.
//
//	go run .ci/strings.go
//
// It selects string literals that contain a space, except those of tests, of the simulator's
// data and of struct tags.
package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"log"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// leftOut are the directories whose texts users do not see.
var leftOut = []string{".git", ".ci", "testdata", "bench", "trial", "storetest"}

var twoWords = regexp.MustCompile(`[A-Za-z]{2,}.* .*[A-Za-z]{2,}`)

func main() {
	log.SetFlags(0)
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains(leftOut, d.Name()):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		return print(path)
	})
	if err != nil {
		log.Fatal(err)
	}
}

func print(path string) error {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, nil, 0)
	if err != nil {
		return err
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Field:
			n.Tag = nil
		case *ast.BasicLit:
			text, err := strconv.Unquote(n.Value)
			if err != nil || n.Kind != token.STRING {
				return true
			}
			at := files.Position(n.Pos()).Line
			for i, line := range strings.Split(text, "\n") {
				if twoWords.MatchString(line) {
					fmt.Printf("%s:%d: %s\n", filepath.ToSlash(path), at+i, strings.TrimSpace(line))
				}
			}
		}
		return true
	})
	return nil
}
