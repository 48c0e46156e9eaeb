package draw

import (
	"strings"

	"rsc.io/qr"
)

// QR is a QR code in half blocks: each line of text has two rows of modules.
type QR struct{ lines []string }

// qrMargin is the margin of light modules around the code. The standard requires four, but
// phones read codes with two.
const qrMargin = 2

// NewQR encodes text with the lowest error correction, because a screen has no dirt and a
// smaller code fits more screens. If the text cannot be encoded, the code is empty.
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
			// Below the last row everything is light.
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

// Width returns the width of a line in cells, or 0 for an empty code.
func (q QR) Width() int {
	if len(q.lines) == 0 {
		return 0
	}
	return Cells(q.lines[0])
}

// Height returns the number of lines.
func (q QR) Height() int { return len(q.lines) }

// Lines returns the code for a dark screen: filled blocks are light.
func (q QR) Lines() []string { return q.lines }

// Negative returns the code for a light screen: filled blocks are dark.
func (q QR) Negative() []string {
	swap := strings.NewReplacer("█", " ", " ", "█", "▀", "▄", "▄", "▀")
	out := make([]string, len(q.lines))
	for i, l := range q.lines {
		out[i] = swap.Replace(l)
	}
	return out
}
