package ui

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// segment is a piece of a line with one meaning.
type segment struct {
	text  string
	tone  tone
	width int // cells that the text is filled up to, 0 for none; negative: at the right
	known int // cells of the text where they were counted, one more than there are; else 0
}

// Text is text of that meaning.
func (t tone) Text(text string) segment { return segment{text: text, tone: t} }

// column is a segment of exactly w cells.
func column(t tone, text string, w int) segment {
	w = max(w, 0)
	n := cells(text)
	if n > w {
		text = cut(text, w)
		n = cells(text)
	}
	return segment{text, t, w, n + 1}
}

// columnRight is a column whose text stands at the right.
func columnRight(t tone, text string, w int) segment {
	s := column(t, text, w)
	s.width = -s.width
	return s
}

// textCells is the width of a segment's text.
func (s *segment) textCells() int {
	if s.known > 0 {
		return s.known - 1
	}
	return cells(s.text)
}

// cells is the width of a segment on screen.
func (s *segment) cells() int { return max(s.textCells(), s.width, -s.width) }

// cells is the width of text on screen: the sum of its characters' widths, as most
// terminals, tmux and the renderer count. (By grapheme cluster, Devanagari and some
// emoji come out narrower than they are drawn, and borders move.)
func cells(s string) int {
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

// cut shortens text to at most w cells, with an ellipsis where something is missing.
func cut(s string, w int) string {
	if w <= 0 {
		return ""
	}
	if cells(s) <= w {
		return s
	}
	return head(s, w-1) + "…"
}

// head returns the beginning of plain text that fits w cells.
func head(s string, w int) string {
	n := 0
	for i, r := range s {
		if n += cells(string(r)); n > w {
			return s[:i]
		}
	}
	return s
}

// tail returns what of plain text lies from cell w on. A wide character that the cut
// goes through gives way.
func tail(s string, w int) string {
	n := 0
	for i, r := range s {
		if n >= w && (cells(string(r)) > 0 || n == 0) {
			return s[i:]
		}
		n += cells(string(r))
	}
	return ""
}

// pad makes text exactly w cells wide.
func pad(s string, w int) string {
	s = cut(s, w)
	return s + spaces(w-cells(s))
}

// padLeft makes text exactly w cells wide, at the right edge.
func padLeft(s string, w int) string {
	s = cut(s, w)
	return spaces(w-cells(s)) + s
}

const blanks = "                                                                                                                                "

func spaces(n int) string {
	switch {
	case n <= 0:
		return ""
	case n <= len(blanks):
		return blanks[:n]
	}
	return strings.Repeat(" ", n)
}

// paint renders segments on a line of exactly w cells. What does not fit is cut at
// the right.
func paint(set *[tones]style, w int, segs ...segment) string {
	var b strings.Builder
	b.Grow(w + len(segs)*styleBytes)
	paintTo(&b, set, w, segs...)
	return b.String()
}

// styleBytes is about what the styling of a segment takes.
const styleBytes = 24

// paintTo is paint into a builder.
func paintTo(b *strings.Builder, set *[tones]style, w int, segs ...segment) {
	left := w
	for i := range segs {
		s := &segs[i]
		if s.text == "" && s.width == 0 || left <= 0 {
			continue
		}
		text, n, before, after := s.text, s.textCells(), "", ""
		if blank := max(s.width, -s.width) - n; blank > 0 && s.width < 0 {
			before, n = spaces(blank), n+blank
		} else if blank > 0 {
			after, n = spaces(blank), n+blank
		}
		if n > left {
			before, text, after = "", cut(before+text+after, left), ""
			n = cells(text)
		}
		left -= n
		st := &set[s.tone]
		if isBlank(text) {
			st = &set[plain] // a blank looks the same in all of them
		}
		b.WriteString(st.before)
		b.WriteString(before)
		b.WriteString(text)
		b.WriteString(after)
		b.WriteString(st.after)
	}
	if left > 0 {
		st := &set[plain]
		b.WriteString(st.before)
		b.WriteString(spaces(left))
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

// paintSides renders left segments and, at the right edge, right ones. The left
// side gives way first.
func paintSides(set *[tones]style, w int, left, right []segment) string {
	rw := total(right)
	if rw > w {
		return paint(set, w, right...)
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

// wrap breaks text into lines of at most w cells, at blanks where it can.
func wrap(text string, w int) []string {
	if w <= 0 {
		return nil
	}
	if n, ok := quickCells(text); ok && n <= w {
		return []string{text}
	}
	return strings.Split(ansi.WrapWc(text, w, ""), "\n")
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// repeat is strings.Repeat of a rune that lines are drawn with, most often without
// making a new one.
func repeat(r string, n int) string {
	long := ""
	switch r {
	case drawnGlyphs.rule:
		long = rules
	case drawnGlyphs.left:
		long = lefts
	}
	if n = max(n, 0); n*len(r) <= len(long) {
		return long[:n*len(r)]
	}
	return strings.Repeat(r, n)
}

func joinSegments(segs []segment, sep string) []segment {
	var out []segment
	for i, s := range segs {
		if i > 0 {
			out = append(out, dim.Text(sep))
		}
		out = append(out, s)
	}
	return out
}

func total(segs []segment) int {
	n := 0
	for i := range segs {
		n += segs[i].cells()
	}
	return n
}
