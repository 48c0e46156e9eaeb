//go:build unix

package bench

import (
	"fmt"
	"testing"
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

// grown is what each size costs.
type grown struct {
	what  string
	sizes []string
	costs []string
	worst float64 // the exponent between the last two sizes: 1 is linear
}

// report says what was measured, and fails the benchmark where a bar is not kept.
type report struct{ b *testing.B }

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
	text := l.what + ": " + l.ours
	for _, more := range []string{l.beside, l.ratio, l.bar} {
		if more != "" {
			text += " | " + more
		}
	}
	if l.free || l.inside {
		fmt.Println("   ", text) // the log of a benchmark keeps ten lines
	} else {
		r.b.Error(text + " | not kept")
	}
}

func (r *report) grew(g grown) {
	fmt.Printf("    %s: %v cost %v; the last step is n to the power of %.2f\n", g.what, g.sizes, g.costs, g.worst)
}

func (r *report) leave(what string) { fmt.Println("    left out:", what) }

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
