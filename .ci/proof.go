//go:build ignore

// Proof runs the command in each row of the table in docs/proof.md, and writes the results into the
// page. It exits with 1 if one fails.
//
//	go run .ci/proof.go
package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

const page = "docs/proof.md"

func main() {
	data, err := os.ReadFile(page)
	if err != nil {
		fmt.Fprintln(os.Stderr, "proof:", err)
		os.Exit(2)
	}
	failed := false
	lines := strings.Split(string(data), "\n")
	for i, line := range lines {
		cells := strings.Split(line, " | ") // a command writes \| for a bar
		if len(cells) != 3 || !strings.HasPrefix(cells[1], "`") {
			continue
		}
		command := strings.ReplaceAll(strings.Trim(cells[1], "`"), `\|`, "|")
		began := time.Now()
		out, err := exec.Command("sh", "-c", command).CombinedOutput() //nolint:gosec // the page is ours
		result := "passes"
		if text := string(out); err != nil || strings.Contains(text, "no tests to run") && !strings.Contains(text, "\nok") || strings.Contains(text, "[no tests to run]") {
			failed, result = true, "**fails**"
			fmt.Fprintf(os.Stderr, "%s\n%s\n", command, out)
		}
		fmt.Fprintf(os.Stderr, "%-8s %4.0f s  %s\n", strings.Trim(result, "*"), time.Since(began).Seconds(), command)
		lines[i] = strings.Join([]string{cells[0], cells[1], result + " |"}, " | ")
	}
	commit, err := exec.Command("git", "log", "-1", "--format=%h of %cs").Output()
	if err != nil {
		fmt.Fprintln(os.Stderr, "proof:", err)
		os.Exit(2)
	}
	for i, line := range lines {
		if strings.HasPrefix(line, "Results on commit ") {
			lines[i] = "Results on commit " + strings.TrimSpace(string(commit)) + ":"
		}
	}
	if err := os.WriteFile(page, []byte(strings.Join(lines, "\n")), 0o644); err != nil { //nolint:gosec // a document
		fmt.Fprintln(os.Stderr, "proof:", err)
		os.Exit(2)
	}
	if failed {
		os.Exit(1)
	}
}
