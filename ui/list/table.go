// Package list is a list on the screen: its rows, known by key, of which a window is in
// sight, the filter above them, and the panes that they share with the detail of one row.
package list

// Table is a window onto a list of rows that are known by key: the cursor stays on
// its row through reloads, sorts and filters, and only rows in the window are ever
// looked at, however many there are.
type Table[T any] struct {
	Rows   []T
	Key    func(T) string
	Cursor int    // index into rows; 0 when there are none
	On     string // the key of the row under the cursor
	Offset int    // the first row in the window
	Height int    // rows in the window

	walking bool // the cursor is on its way, and the detail of
	from    int  // this row stands meanwhile
}

// Set replaces the rows. The cursor follows its key; when that is gone it stays at
// its place, the nearest row, and never jumps to the top: the next key may revoke.
func (t *Table[T]) Set(rows []T) {
	t.Rows, t.walking = rows, false
	if i := t.find(t.On); i >= 0 {
		t.Cursor = i
	}
	t.MoveTo(t.Cursor)
}

// find looks for a key, from the cursor outwards: it has rarely moved far.
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

// Resize sets how many rows the window shows.
func (t *Table[T]) Resize(height int) {
	t.Height = max(height, 0)
	t.scroll()
}

// Margin is how many rows stay in sight beyond the cursor: what ends with a token
// stands below it.
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

// Index is where the cursor is.
func (t *Table[T]) Index() int { return t.Cursor }

// Walk says that the cursor was moved from a row and may go on: the detail stays that one's
// until the cursor rests.
func (t *Table[T]) Walk(from int) {
	if !t.walking {
		t.walking, t.from = true, from
	}
}

// Rest lets the detail be that of the row under the cursor.
func (t *Table[T]) Rest() { t.walking = false }

// Detailed returns the row that the detail is of.
func (t *Table[T]) Detailed() (row T, ok bool) {
	if t.walking && t.from < len(t.Rows) {
		return t.Rows[t.from], true
	}
	return t.Current()
}
