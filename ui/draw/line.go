package draw

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Segment is a piece of a line with one meaning.
type Segment struct {
	Text  string
	Tone  Tone
	width int // cells that the text is filled up to, 0 for none; negative: at the right
	known int // cells of the text where they were counted, one more than there are; else 0
}

// Text is text of that meaning.
func (t Tone) Text(text string) Segment { return Segment{Text: text, Tone: t} }

// Column is a segment of exactly w cells.
func Column(t Tone, text string, w int) Segment {
	w = max(w, 0)
	n := Cells(text)
	if n > w {
		text = Cut(text, w)
		n = Cells(text)
	}
	return Segment{text, t, w, n + 1}
}

// ColumnRight is a column whose text stands at the right.
func ColumnRight(t Tone, text string, w int) Segment {
	s := Column(t, text, w)
	s.width = -s.width
	return s
}

// textCells is the width of a segment's text.
func (s *Segment) textCells() int {
	if s.known > 0 {
		return s.known - 1
	}
	return Cells(s.Text)
}

// cells is the width of a segment on screen.
func (s *Segment) cells() int { return max(s.textCells(), s.width, -s.width) }

// Cells is the width of text on screen: the sum of its characters' widths, as most
// terminals, tmux and the renderer count. (By grapheme cluster, Devanagari and some
// emoji come out narrower than they are drawn, and borders move.)
func Cells(s string) int {
	if n, ok := quickCells(s); ok {
		return n
	}
	return ansi.StringWidthWc(s)
}

// quickCells counts the cells of a line where it is made of characters of one cell, and
// of styles as we write them.
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

// styleEnd returns where the style that begins at i ends, -1 if it is none.
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

// single reports whether a character is known to be one cell wide without looking it up:
// what most text, and all that is drawn here, is made of.
func single(r rune) bool {
	return r > 0xa0 && r <= 0x17f && r != 0xad || r >= 0x2500 && r <= 0x25cf ||
		r == '…' || r == '—' || r == '–'
}

// Cut shortens text to at most w cells, with an ellipsis where something is missing.
func Cut(s string, w int) string {
	if w <= 0 {
		return ""
	}
	if Cells(s) <= w {
		return s
	}
	return Head(s, w-1) + "…"
}

// Head returns the beginning of plain text that fits w cells.
func Head(s string, w int) string {
	n := 0
	for i, r := range s {
		if n += Cells(string(r)); n > w {
			return s[:i]
		}
	}
	return s
}

// Tail returns what of plain text lies from cell w on. A wide character that the cut
// goes through gives way.
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

// Pad makes text exactly w cells wide.
func Pad(s string, w int) string {
	s = Cut(s, w)
	return s + Spaces(w-Cells(s))
}

// PadLeft makes text exactly w cells wide, at the right edge.
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

// Paint renders segments on a line of exactly w cells. What does not fit is cut at
// the right.
func Paint(set *[Tones]Style, w int, segs ...Segment) string {
	var b strings.Builder
	b.Grow(w + len(segs)*styleBytes)
	paintTo(&b, set, w, segs...)
	return b.String()
}

// styleBytes is about what the styling of a segment takes.
const styleBytes = 24

// paintTo is paint into a builder.
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
			st = &set[Plain] // a blank looks the same in all of them
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

// PaintSides renders left segments and, at the right edge, right ones. The left
// side gives way first.
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

// Wrap breaks text into lines of at most w cells, at blanks where it can.
func Wrap(text string, w int) []string {
	if w <= 0 {
		return nil
	}
	if n, ok := quickCells(text); ok && n <= w {
		return []string{text}
	}
	return strings.Split(ansi.WrapWc(text, w, ""), "\n")
}

// Repeat is strings.Repeat of a rune that lines are drawn with, most often without
// making a new one.
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
