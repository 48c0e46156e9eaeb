package draw

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Segment is a piece of a line with one tone.
type Segment struct {
	Text  string
	Tone  Tone
	width int // cells to pad the text to; 0 for no padding, negative to align right
	known int // cells of the text plus one, if they were counted; otherwise 0
}

// Text returns a segment in this tone.
func (t Tone) Text(text string) Segment { return Segment{Text: text, Tone: t} }

// Column returns a segment of exactly w cells.
func Column(t Tone, text string, w int) Segment {
	w = max(w, 0)
	n := Cells(text)
	if n > w {
		text = Cut(text, w)
		n = Cells(text)
	}
	return Segment{text, t, w, n + 1}
}

// ColumnRight returns a right-aligned segment of exactly w cells.
func ColumnRight(t Tone, text string, w int) Segment {
	s := Column(t, text, w)
	s.width = -s.width
	return s
}

// textCells returns the width of a segment's text.
func (s *Segment) textCells() int {
	if s.known > 0 {
		return s.known - 1
	}
	return Cells(s.Text)
}

// cells returns the width of a segment on screen.
func (s *Segment) cells() int { return max(s.textCells(), s.width, -s.width) }

// Cells returns the width of text on screen. It adds the widths of the characters, as most
// terminals, tmux and the renderer do. By grapheme cluster, Devanagari and some emoji would be
// counted narrower than they are drawn, and borders would move.
func Cells(s string) int {
	if n, ok := quickCells(s); ok {
		return n
	}
	return ansi.StringWidthWc(s)
}

// quickCells counts the cells of a line that has only single-cell characters and the style
// sequences that this package writes. For other lines, ok is false.
func quickCells(s string) (n int, ok bool) {
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c >= 0x20 && c <= 0x7e:
			n, i = n+1, i+1
			continue
		case c == '\x1b':
			end := styleEnd(s, i)
			if end < 0 {
				return 0, false
			}
			i = end
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if !single(r) {
			return 0, false
		}
		n, i = n+1, i+size
	}
	return n, true
}

// styleEnd returns the end of the style sequence that starts at i, or -1 if there is none.
func styleEnd(s string, i int) int {
	if i+1 >= len(s) || s[i+1] != '[' {
		return -1
	}
	for i += 2; i < len(s); i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9', c == ';':
		case c == 'm':
			return i + 1
		default:
			return -1
		}
	}
	return -1
}

// single reports whether a character is known to be one cell wide without a table lookup. That
// covers most text, and everything that this package draws.
func single(r rune) bool {
	return r > 0xa0 && r <= 0x17f && r != 0xad || r >= 0x2500 && r <= 0x25cf ||
		r == '…' || r == '—' || r == '–'
}

// Cut shortens text to at most w cells, with an ellipsis if it is cut.
func Cut(s string, w int) string {
	if w <= 0 {
		return ""
	}
	if Cells(s) <= w {
		return s
	}
	return Head(s, w-1) + "…"
}

// Head returns the start of plain text that fits w cells.
func Head(s string, w int) string {
	n := 0
	for i, r := range s {
		if n += Cells(string(r)); n > w {
			return s[:i]
		}
	}
	return s
}

// Tail returns plain text from cell w on. A wide character at the cut is dropped.
func Tail(s string, w int) string {
	n := 0
	for i, r := range s {
		if n >= w && (Cells(string(r)) > 0 || n == 0) {
			return s[i:]
		}
		n += Cells(string(r))
	}
	return ""
}

// Pad cuts or pads text to exactly w cells.
func Pad(s string, w int) string {
	s = Cut(s, w)
	return s + Spaces(w-Cells(s))
}

// PadLeft cuts or pads text to exactly w cells, aligned right.
func PadLeft(s string, w int) string {
	s = Cut(s, w)
	return Spaces(w-Cells(s)) + s
}

const blanks = "                                                                                                                                "

func Spaces(n int) string {
	switch {
	case n <= 0:
		return ""
	case n <= len(blanks):
		return blanks[:n]
	}
	return strings.Repeat(" ", n)
}

// Paint renders segments on a line of exactly w cells. Text that does not fit is cut on the
// right.
func Paint(set *[Tones]Style, w int, segs ...Segment) string {
	var b strings.Builder
	b.Grow(w + len(segs)*styleBytes)
	paintTo(&b, set, w, segs...)
	return b.String()
}

// styleBytes is the approximate size of a segment's style sequences.
const styleBytes = 24

// paintTo is like Paint, but writes to a builder.
func paintTo(b *strings.Builder, set *[Tones]Style, w int, segs ...Segment) {
	left := w
	for i := range segs {
		s := &segs[i]
		if s.Text == "" && s.width == 0 || left <= 0 {
			continue
		}
		text, n, before, after := s.Text, s.textCells(), "", ""
		if blank := max(s.width, -s.width) - n; blank > 0 && s.width < 0 {
			before, n = Spaces(blank), n+blank
		} else if blank > 0 {
			after, n = Spaces(blank), n+blank
		}
		if n > left {
			before, text, after = "", Cut(before+text+after, left), ""
			n = Cells(text)
		}
		left -= n
		st := &set[s.Tone]
		if isBlank(text) {
			st = &set[Plain] // a blank looks the same in all styles
		}
		b.WriteString(st.before)
		b.WriteString(before)
		b.WriteString(text)
		b.WriteString(after)
		b.WriteString(st.after)
	}
	if left > 0 {
		st := &set[Plain]
		b.WriteString(st.before)
		b.WriteString(Spaces(left))
		b.WriteString(st.after)
	}
}

func isBlank(s string) bool {
	for i := range len(s) {
		if s[i] != ' ' {
			return false
		}
	}
	return true
}

// PaintSides renders left segments and right-aligned ones on one line. If there is too little
// room, the left side is cut first.
func PaintSides(set *[Tones]Style, w int, left, right []Segment) string {
	rw := Total(right)
	if rw > w {
		return Paint(set, w, right...)
	}
	var b strings.Builder
	b.Grow(w + (len(left)+len(right)+1)*styleBytes)
	room := w - rw
	if rw > 0 && room > 0 {
		room-- // a blank between the sides
	}
	paintTo(&b, set, room, left...)
	if room < w-rw {
		paintTo(&b, set, 1)
	}
	paintTo(&b, set, rw, right...)
	return b.String()
}

// Wrap breaks text into lines of at most w cells, at blanks if possible.
func Wrap(text string, w int) []string {
	if w <= 0 {
		return nil
	}
	if n, ok := quickCells(text); ok && n <= w {
		return []string{text}
	}
	return strings.Split(ansi.WrapWc(text, w, ""), "\n")
}

// Repeat is like strings.Repeat for a rune that lines are drawn with. It usually does not
// allocate.
func Repeat(r string, n int) string {
	long := ""
	switch r {
	case DrawnGlyphs.Rule:
		long = rules
	case DrawnGlyphs.Left:
		long = lefts
	}
	if n = max(n, 0); n*len(r) <= len(long) {
		return long[:n*len(r)]
	}
	return strings.Repeat(r, n)
}

func JoinSegments(segs []Segment, sep string) []Segment {
	var out []Segment
	for i, s := range segs {
		if i > 0 {
			out = append(out, Dim.Text(sep))
		}
		out = append(out, s)
	}
	return out
}

func Total(segs []Segment) int {
	n := 0
	for i := range segs {
		n += segs[i].cells()
	}
	return n
}

// LabelAt returns the index of the label that is drawn at cell x of a rendered line, or -1. A label
// includes the blanks beside it: small targets are hard to hit.
func LabelAt(line string, x int, labels ...string) int {
	text := ansi.Strip(line)
	for i, l := range labels {
		at := strings.Index(text, l)
		if at < 0 || l == "" {
			continue
		}
		if from := Cells(text[:at]); x >= from-1 && x <= from+Cells(l) {
			return i
		}
	}
	return -1
}

// Highlight marks every occurrence of words, which are in lower case, in segments.
func Highlight(segs []Segment, words []string) []Segment {
	for _, w := range words {
		var out []Segment
		for _, s := range segs {
			lower := strings.ToLower(s.Text)
			for w != "" && len(lower) == len(s.Text) && s.width == 0 && s.Tone != Match {
				at := strings.Index(lower, w)
				if at < 0 {
					break
				}
				out = append(out, s.Tone.Text(s.Text[:at]), Match.Text(s.Text[at:at+len(w)]))
				s.Text, lower, s.known = s.Text[at+len(w):], lower[at+len(w):], 0
			}
			out = append(out, s)
		}
		segs = out
	}
	return segs
}
