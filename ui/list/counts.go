package list

import (
	"slices"

	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/ui/draw"
)

// Count is a number above a list, such as "2 stale", and the filter that shows what it counts.
type Count struct {
	N         int
	Tone      draw.Tone
	One, Many string // what is counted
	Filter    string // empty if there is no such filter
}

// Text returns the number and what it counts.
func (c Count) Text() string {
	if c.N == 1 {
		return english.Thousands(c.N) + " " + c.One
	}
	return english.Thousands(c.N) + " " + c.Many
}

// Counts are the counts above a list.
type Counts []Count

// Present returns the counts that are not 0.
func (c Counts) Present() Counts {
	return slices.DeleteFunc(slices.Clone(c), func(x Count) bool { return x.N == 0 })
}

// Segments returns the counts for drawing.
func (c Counts) Segments() []draw.Segment {
	var out []draw.Segment
	for _, x := range c.Present() {
		out = append(out, x.Tone.Text(x.Text()))
	}
	return draw.JoinSegments(out, " · ")
}

// After returns the filter of the count after the one that a list is filtered by: the first one if
// it has another filter, and none after the last one.
func (c Counts) After(filter string) string {
	var filters []string
	for _, x := range c.Present() {
		if x.Filter != "" && !slices.Contains(filters, x.Filter) {
			filters = append(filters, x.Filter)
		}
	}
	filters = append(filters, "")
	return filters[(slices.Index(filters, filter)+1)%len(filters)]
}

// At returns the filter of the count that is drawn at cell x of a line.
func (c Counts) At(line string, x int) (filter string, ok bool) {
	for _, count := range c.Present() {
		if count.Filter != "" && draw.LabelAt(line, x, count.Text()) == 0 {
			return count.Filter, true
		}
	}
	return "", false
}
