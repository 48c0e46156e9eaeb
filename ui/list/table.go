// Package list shows lists: the rows, which are identified by key, the visible window, the
// filter, and the layout with the detail of one row.
package list

import (
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/ui/draw"
)

// Table is a window onto a list of rows that are identified by key. The cursor stays on its row
// when the list is reloaded, sorted or filtered. Only the rows in the window are read, so lists
// can be long.
type Table[T any] struct {
	Rows   []T
	Key    func(T) string
	Cursor int      // index into rows; 0 if there are none
	On     string   // the key of the row under the cursor
	Offset int      // the first row in the window
	Height int      // number of rows in the window
	Found  []string // words of the filter, in lower case, to highlight

	marks map[string]bool // by key

	walking bool // the cursor is still moving; the detail
	from    int  // shows this row meanwhile
}

// Set replaces the rows. The cursor follows its key. If the key no longer exists, the cursor
// stays at its position, or on the nearest row. It never jumps to the top, because the next key
// may revoke.
func (t *Table[T]) Set(rows []T) {
	t.Rows, t.walking = rows, false
	if i := t.find(t.On); i >= 0 {
		t.Cursor = i
	}
	t.MoveTo(t.Cursor)
}

// find returns the index of a key. It searches outwards from the cursor, because rows rarely
// move far.
func (t *Table[T]) find(key string) int {
	if key == "" {
		return -1
	}
	for d := 0; d < len(t.Rows) || d <= t.Cursor; d++ {
		if i := t.Cursor + d; i < len(t.Rows) && t.Key(t.Rows[i]) == key {
			return i
		}
		if i := t.Cursor - d; i >= 0 && i < len(t.Rows) && t.Key(t.Rows[i]) == key {
			return i
		}
	}
	return -1
}

func (t *Table[T]) MoveTo(i int) {
	t.Cursor = max(0, min(i, len(t.Rows)-1))
	t.On = ""
	if len(t.Rows) > 0 {
		t.On = t.Key(t.Rows[t.Cursor])
	}
	t.scroll()
}

func (t *Table[T]) Move(by int) { t.MoveTo(t.Cursor + by) }

// Point moves the cursor to the row that is drawn at a line of the window, and reports whether there
// is one.
func (t *Table[T]) Point(line int) bool {
	i := t.Offset + line
	if line < 0 || line >= t.Height || i >= len(t.Rows) {
		return false
	}
	t.MoveTo(i)
	return true
}

// Wheel moves the window by lines. The cursor stays on its row as long as that is visible.
func (t *Table[T]) Wheel(by int) {
	t.Offset = max(0, min(t.Offset+by, len(t.Rows)-t.Height))
	m := min(Margin, max(t.Height-1, 0)/2)
	from, to := t.Offset+m, t.Offset+t.Height-1-m
	if t.Offset == 0 {
		from = 0
	}
	if t.Offset+t.Height >= len(t.Rows) {
		to = len(t.Rows) - 1
	}
	t.MoveTo(max(from, min(t.Cursor, to)))
}

// Mark marks the row under the cursor, or removes its mark, and moves to the next row.
func (t *Table[T]) Mark() {
	if len(t.Rows) == 0 {
		return
	}
	if t.marks == nil {
		t.marks = map[string]bool{}
	}
	if t.marks[t.On] {
		delete(t.marks, t.On)
	} else {
		t.marks[t.On] = true
	}
	t.Move(1)
}

// MarkAll marks all rows shown, or removes their marks if all are marked.
func (t *Table[T]) MarkAll() {
	all := len(t.Marked()) == len(t.Rows)
	if t.marks == nil {
		t.marks = make(map[string]bool, len(t.Rows))
	}
	for _, r := range t.Rows { // those that a filter hides keep their marks
		if all {
			delete(t.marks, t.Key(r))
		} else {
			t.marks[t.Key(r)] = true
		}
	}
}

// ClearMarks removes all marks, and reports whether there were any.
func (t *Table[T]) ClearMarks() bool {
	had := len(t.marks) > 0
	t.marks = nil
	return had
}

// Marks returns the number of marks, including those of rows that a filter hides.
func (t *Table[T]) Marks() int { return len(t.marks) }

// Marked returns the shown rows with a mark, in order.
func (t *Table[T]) Marked() (rows []T) {
	if len(t.marks) == 0 {
		return nil
	}
	for _, r := range t.Rows {
		if t.marks[t.Key(r)] {
			rows = append(rows, r)
		}
	}
	return rows
}

// Chosen returns the marked rows or, without marks, all that are shown.
func (t *Table[T]) Chosen() []T {
	if len(t.marks) == 0 {
		return t.Rows
	}
	return t.Marked()
}

// Status says which row the cursor is on, and how many are marked.
func (t *Table[T]) Status() string {
	words := "row " + english.Thousands(t.Cursor+1) + " of " + english.Thousands(len(t.Rows))
	if n := len(t.marks); n > 0 {
		words = english.Thousands(n) + " marked   " + words
	}
	return words
}

// Resize sets the number of rows in the window.
func (t *Table[T]) Resize(height int) {
	t.Height = max(height, 0)
	t.scroll()
}

// Margin is the number of rows kept visible beyond the cursor: below a token are the tokens that
// are revoked with it.
const Margin = 2

// scroll keeps the cursor in the window and the window in the list.
func (t *Table[T]) scroll() {
	m := min(Margin, max(t.Height-1, 0)/2)
	if t.Cursor < t.Offset+m {
		t.Offset = t.Cursor - m
	}
	if t.Height > 0 && t.Cursor >= t.Offset+t.Height-m {
		t.Offset = t.Cursor - t.Height + 1 + m
	}
	t.Offset = max(0, min(t.Offset, len(t.Rows)-t.Height))
}

// Window returns the bounds of the visible rows.
func (t *Table[T]) Window() (from, to int) {
	return t.Offset, min(t.Offset+t.Height, len(t.Rows))
}

// Current returns the row under the cursor.
func (t *Table[T]) Current() (row T, ok bool) {
	if len(t.Rows) == 0 {
		return row, false
	}
	return t.Rows[t.Cursor], true
}

// Index returns the index of the cursor.
func (t *Table[T]) Index() int { return t.Cursor }

// Walk says that the cursor moved away from the row at from, and may move on. The detail stays
// on that row until Rest is called.
func (t *Table[T]) Walk(from int) {
	if !t.walking {
		t.walking, t.from = true, from
	}
}

// Rest makes the detail show the row under the cursor.
func (t *Table[T]) Rest() { t.walking = false }

// Detailed returns the row that the detail shows.
func (t *Table[T]) Detailed() (row T, ok bool) {
	if t.walking && t.from < len(t.Rows) {
		return t.Rows[t.from], true
	}
	return t.Current()
}

// Lines draws the table in w columns and h lines: the head, and the visible rows. row returns the
// cells of a record.
func (t *Table[T]) Lines(on *draw.Screen, w, h int, head []draw.Segment, row func(T) []draw.Segment) []string {
	if h <= 0 {
		return nil
	}
	for i := range head {
		head[i].Tone = draw.Dim
	}
	out := []string{draw.Paint(&on.Styles.Tone, w, append([]draw.Segment{draw.Plain.Text("   ")}, head...)...)}
	from, to := t.Window()
	for i := from; i < to && len(out) < h; i++ {
		set, cursor, mark := &on.Styles.Tone, "  ", " "
		if i == t.Cursor {
			set, cursor = &on.Styles.Selected, " "+on.Glyphs.Cursor
		}
		if len(t.marks) > 0 && t.marks[t.Key(t.Rows[i])] {
			mark = on.Glyphs.Mark
		}
		out = append(out, draw.Paint(set, w, append([]draw.Segment{draw.Link.Text(cursor), draw.Warn.Text(mark)}, draw.Highlight(row(t.Rows[i]), t.Found)...)...))
	}
	for len(out) < h {
		out = append(out, draw.Spaces(w))
	}
	return out[:h]
}
