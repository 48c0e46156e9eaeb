package draw

import (
	"strings"
	"testing"

	"rsc.io/qr"
)

// Both drawings match the code module by module, with its margin.
func TestTheSquareIsTheCode(t *testing.T) {
	text := "https://oauth-helper-r.wbx2.com/verify?userCode=" + strings.Repeat("6587b053", 8)
	want, err := qr.Encode(text, qr.L)
	if err != nil {
		t.Fatal(err)
	}
	q := NewQR(text)
	// It fits the height of the smallest common terminal.
	if q.Width() != want.Size+2*qrMargin || q.Height() != (want.Size+2*qrMargin+1)/2 || q.Width() > 45 || q.Height() > 23 {
		t.Errorf("%d×%d for %d modules", q.Width(), q.Height(), want.Size)
	}
	light := map[rune][2]bool{'█': {true, true}, '▀': {true, false}, '▄': {false, true}, ' ': {false, false}}
	negative := q.Negative()
	for y, line := range q.Lines() {
		other := []rune(negative[y])
		for x, r := range []rune(line) {
			for half, is := range light[r] {
				row := 2*y + half - qrMargin
				if dark := want.Black(x-qrMargin, row); dark == is {
					t.Fatalf("module %d,%d is drawn light: %v", x-qrMargin, row, is)
				}
			}
			if a, b := light[r], light[other[x]]; a[0] == b[0] || a[1] == b[1] {
				t.Fatalf("%d,%d is the same in Lines and Negative", x, y)
			}
		}
	}
	if empty := NewQR(""); empty.Width() != 0 || empty.Height() != 0 {
		t.Error("empty text has a QR code")
	}
	if long := NewQR(strings.Repeat("x", 1<<16)); long.Width() != 0 {
		t.Error("text that is too long has a QR code")
	}
}
