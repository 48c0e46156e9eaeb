package draw

import (
	"strings"

	"rsc.io/qr"
)

// QR is a QR code as half blocks: two rows of modules in a line of text.
type QR struct{ lines []string }

// qrMargin is the margin of light modules that scanners want; the standard asks for four,
// and phones do with two.
const qrMargin = 2

// NewQR encodes text, with the lowest level of correction: the screen is clean, and the
// smaller code fits more of them. What cannot be encoded gives an empty one.
func NewQR(text string) QR {
	code, err := qr.Encode(text, qr.L)
	if err != nil || text == "" {
		return QR{}
	}
	light := func(x, y int) bool { return !code.Black(x-qrMargin, y-qrMargin) }
	n := code.Size + 2*qrMargin
	var q QR
	for y := 0; y < n; y += 2 {
		var b strings.Builder
		for x := range n {
			// What lies below the last row is light.
			switch top, bottom := light(x, y), y+1 >= n || light(x, y+1); {
			case top && bottom:
				b.WriteString("█")
			case top:
				b.WriteString("▀")
			case bottom:
				b.WriteString("▄")
			default:
				b.WriteString(" ")
			}
		}
		q.lines = append(q.lines, b.String())
	}
	return q
}

// Width is how many cells a line takes, 0 for an empty code.
func (q QR) Width() int {
	if len(q.lines) == 0 {
		return 0
	}
	return Cells(q.lines[0])
}

// Height is how many lines it takes.
func (q QR) Height() int { return len(q.lines) }

// Lines are drawn light on dark: what is filled is light.
func (q QR) Lines() []string { return q.lines }

// Negative are the lines for a screen that is drawn dark on light.
func (q QR) Negative() []string {
	swap := strings.NewReplacer("█", " ", " ", "█", "▀", "▄", "▄", "▀")
	out := make([]string, len(q.lines))
	for i, l := range q.lines {
		out[i] = swap.Replace(l)
	}
	return out
}
