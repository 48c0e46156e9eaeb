package ui

// table is a window onto a list of rows that are known by key: the cursor stays on
// its row through reloads, sorts and filters, and only rows in the window are ever
// looked at, however many there are.
type table[T any] struct {
	rows   []T
	key    func(T) string
	cursor int    // index into rows; 0 when there are none
	on     string // the key of the row under the cursor
	offset int    // the first row in the window
	height int    // rows in the window
}

// set replaces the rows. The cursor follows its key; when that is gone it stays at
// its place, the nearest row, and never jumps to the top: the next key may revoke.
func (t *table[T]) set(rows []T) {
	t.rows = rows
	if i := t.find(t.on); i >= 0 {
		t.cursor = i
	}
	t.moveTo(t.cursor)
}

// find looks for a key, from the cursor outwards: it has rarely moved far.
func (t *table[T]) find(key string) int {
	if key == "" {
		return -1
	}
	for d := 0; d < len(t.rows) || d <= t.cursor; d++ {
		if i := t.cursor + d; i < len(t.rows) && t.key(t.rows[i]) == key {
			return i
		}
		if i := t.cursor - d; i >= 0 && i < len(t.rows) && t.key(t.rows[i]) == key {
			return i
		}
	}
	return -1
}

func (t *table[T]) moveTo(i int) {
	t.cursor = max(0, min(i, len(t.rows)-1))
	t.on = ""
	if len(t.rows) > 0 {
		t.on = t.key(t.rows[t.cursor])
	}
	t.scroll()
}

func (t *table[T]) move(by int) { t.moveTo(t.cursor + by) }

// resize sets how many rows the window shows.
func (t *table[T]) resize(height int) {
	t.height = max(height, 0)
	t.scroll()
}

// margin is how many rows stay in sight beyond the cursor: what ends with a token
// stands below it.
const margin = 2

// scroll keeps the cursor in the window and the window in the list.
func (t *table[T]) scroll() {
	m := min(margin, max(t.height-1, 0)/2)
	if t.cursor < t.offset+m {
		t.offset = t.cursor - m
	}
	if t.height > 0 && t.cursor >= t.offset+t.height-m {
		t.offset = t.cursor - t.height + 1 + m
	}
	t.offset = max(0, min(t.offset, len(t.rows)-t.height))
}

// window returns the bounds of the visible rows.
func (t *table[T]) window() (from, to int) {
	return t.offset, min(t.offset+t.height, len(t.rows))
}

// current returns the row under the cursor.
func (t *table[T]) current() (row T, ok bool) {
	if len(t.rows) == 0 {
		return row, false
	}
	return t.rows[t.cursor], true
}
