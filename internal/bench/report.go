//go:build unix

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// line is a row of the table: what was measured beside what, and the bar for it.
type line struct {
	what, ours, beside string
	ratio              string // or another figure that the bar is about
	bar                string
	inside             bool
	free               bool // there is no bar: for reading only
}

// grown is a row of the other table: what one more size costs.
type grown struct {
	what  string
	sizes []string
	costs []string
	worst float64 // the exponent between the last two sizes: 1 is linear
}

type report struct {
	lines []line
	grown []grown
	left  []string // what was left out
}

// atMost adds a ratio that must not be above its bar.
func (r *report) atMost(what, ours, beside string, ratio, bar float64) {
	r.add(line{what: what, ours: ours, beside: beside, ratio: fmt.Sprintf("%.2f×", ratio), bar: fmt.Sprintf("≤ %g×", bar), inside: ratio <= bar})
}

// atLeast adds how many times faster than a peer we must be.
func (r *report) atLeast(what, ours, beside string, times, bar float64) {
	r.add(line{what: what, ours: ours, beside: beside, ratio: fmt.Sprintf("%.1f× faster", times), bar: fmt.Sprintf("≥ %g×", bar), inside: times >= bar})
}

// below adds a figure that must not be above its bar.
func (r *report) below(what string, value, bar float64, unit string) {
	r.add(line{what: what, ours: figure(value) + " " + unit, ratio: "", bar: fmt.Sprintf("≤ %g %s", bar, unit), inside: value <= bar})
}

// free adds a figure for reading.
func (r *report) free(what, ours, beside, ratio string) {
	r.add(line{what: what, ours: ours, beside: beside, ratio: ratio, free: true})
}

func (r *report) add(l line) {
	r.lines = append(r.lines, l)
	fmt.Fprintf(os.Stderr, "bench:   %s: %s | %s | %s | %s | %s\n", l.what, l.ours, l.beside, l.ratio, l.bar, l.verdict())
}

func (r *report) grew(g grown) {
	r.grown = append(r.grown, g)
	fmt.Fprintf(os.Stderr, "bench:   %s: %v %v, exponent %.2f\n", g.what, g.sizes, g.costs, g.worst)
}

func (r *report) leave(what string) {
	r.left = append(r.left, what)
	fmt.Fprintln(os.Stderr, "bench:   left out:", what)
}

func (l line) verdict() string {
	switch {
	case l.free:
		return ""
	case l.inside:
		return "yes"
	}
	return "**no**"
}

// markdown is the tables.
func (r *report) markdown(ctx context.Context) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", machine(ctx))
	b.WriteString("| what | wxauth | beside it | ratio | bar | inside |\n|---|---|---|---|---|---|\n")
	for _, l := range r.lines {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", l.what, l.ours, l.beside, l.ratio, l.bar, l.verdict())
	}
	for _, g := range r.grown {
		fmt.Fprintf(&b, "\n| %s | %s |\n|---|%s\n| cost | %s |\n", g.what, strings.Join(g.sizes, " | "), strings.Repeat("---|", len(g.sizes)), strings.Join(g.costs, " | "))
		fmt.Fprintf(&b, "\nThe last step is n to the power of %.2f.\n", g.worst)
	}
	for _, l := range r.left {
		fmt.Fprintf(&b, "\nLeft out: %s.\n", l)
	}
	return b.String()
}

const begin, end = "<!-- begin: go run ./internal/bench -write -->\n", "<!-- end -->\n"

// writeTo replaces what stands between the marks of a file.
func (r *report) writeTo(ctx context.Context, path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, ok := bytes.Cut(text, []byte(begin))
	_, after, closed := bytes.Cut(rest, []byte(end))
	if !ok || !closed {
		return fmt.Errorf("%s has no place for the tables: %q and %q", path, begin, end)
	}
	return os.WriteFile(path, fmt.Appendf(nil, "%s%s\n%s\n%s%s", before, begin, r.markdown(ctx), end, after), 0o644)
}

// machine says where and when.
func machine(ctx context.Context) string {
	commit, _ := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty").Output()
	cpu := "?"
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for l := range strings.Lines(string(text)) {
			if k, v, ok := strings.Cut(l, ":"); ok && strings.TrimSpace(k) == "model name" {
				cpu = strings.TrimSpace(v)
				break
			}
		}
	}
	return fmt.Sprintf("Measured on %s at commit %s: %s, %d cores, %s/%s, %s.", time.Now().UTC().Format(time.DateOnly),
		strings.TrimSpace(string(commit)), cpu, runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
}

// figure writes a number with three digits that say something.
func figure(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

// ms writes a duration in milliseconds.
func ms(d time.Duration) string { return figure(float64(d)/float64(time.Millisecond)) + " ms" }

// mib writes bytes.
func mib(b float64) string { return figure(b/(1<<20)) + " MiB" }
