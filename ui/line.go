package ui

import (
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/wxauth/wxauth/webex"
)

// segment is a piece of a line with one meaning.
type segment struct {
	text string
	tone tone
}

func seg(t tone, text string) segment { return segment{text, t} }

// clean makes text from elsewhere part of a line.
func clean[T webex.Untrusted | webex.AuthorizationID | webex.ClientID | webex.PersonID | webex.OrgID | webex.Type](text T) string {
	return string(webex.Clean(webex.Untrusted(text)))
}

// kind is a token's type in words, never empty.
func kind(t webex.Type) string {
	if k := clean(t); k != "" {
		return k
	}
	return "(no type)"
}

// cells is the width of text on screen: the sum of its characters' widths, as most
// terminals, tmux and the renderer count. (By grapheme cluster, Devanagari and some
// emoji come out narrower than they are drawn, and borders move.)
func cells(s string) int {
	for i := 0; i < len(s); i++ {
		if s[i] < 0x20 || s[i] > 0x7e {
			return ansi.StringWidthWc(s)
		}
	}
	return len(s)
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

func spaces(n int) string {
	if n <= 0 {
		return ""
	}
	return strings.Repeat(" ", n)
}

// paint renders segments on a line of exactly w cells. What does not fit is cut at
// the right.
func paint(set *[tones]lipgloss.Style, w int, segs ...segment) string {
	var b strings.Builder
	left := w
	for _, s := range segs {
		text := cut(s.text, left)
		if text == "" {
			continue
		}
		left -= cells(text)
		b.WriteString(render(set, s.tone, text))
	}
	if left > 0 {
		b.WriteString(render(set, plain, spaces(left)))
	}
	return b.String()
}

// render skips the styling of what has no style: most of a screen is plain text.
func render(set *[tones]lipgloss.Style, t tone, text string) string {
	if t == plain && set[plain].GetBackground() == (lipgloss.NoColor{}) {
		return text
	}
	return set[t].Render(text)
}

// paintSides renders left segments and, at the right edge, right ones. The left
// side gives way first.
func paintSides(set *[tones]lipgloss.Style, w int, left, right []segment) string {
	rw := 0
	for _, s := range right {
		rw += cells(s.text)
	}
	if rw > w {
		return paint(set, w, right...)
	}
	room := w - rw
	if rw > 0 && room > 0 {
		room-- // a blank between the sides
	}
	out := paint(set, room, left...)
	if room < w-rw {
		out += render(set, plain, " ")
	}
	return out + paint(set, rw, right...)
}

// wrap breaks text into lines of at most w cells, at blanks where it can.
func wrap(text string, w int) []string {
	if w <= 0 {
		return nil
	}
	return strings.Split(ansi.WrapWc(text, w, ""), "\n")
}

// count says a number with its noun: "1 token", "3 tokens".
func count(n int, noun string) string {
	s := thousands(n) + " " + noun
	if n != 1 {
		s += "s"
	}
	return s
}

func thousands(n int) string {
	digits := itoa(n)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
