package draw

import (
	"testing"

	"github.com/charmbracelet/x/ansi"
)

// quickCells and the slow count agree, for every character that quickCells accepts and for drawn
// lines.
func TestCellsAreCountedAlike(t *testing.T) {
	for r := rune(0x20); r < 0x30000; r++ {
		if n, ok := quickCells(string(r)); ok && n != ansi.StringWidthWc(string(r)) {
			t.Errorf("%U: %d, want %d", r, n, ansi.StringWidthWc(string(r)))
		}
	}
	st := NewStyles(Look{Dark: true})
	drawn := Paint(&st.Selected, 40, Strong.Text(" Jane"), Dim.Text(" · "), ColumnRight(Bad, "日本語", 12), Link.Text("…"))
	texts := []string{"", "\x1b[1;38;2;1;2;3mJane\x1b[m", "\x1b[31", "\x1b[2Jx", "\x1b]0;x\x07", "日本\x1b[m", "a\u0301", "\x7f", "\t", "\xff", "…—–━─▸●▾│"}
	for _, text := range append(texts, drawn) {
		if n := Cells(text); n != ansi.StringWidthWc(text) {
			t.Errorf("%q: %d, want %d", text, n, ansi.StringWidthWc(text))
		}
	}
}
