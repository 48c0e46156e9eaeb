package list

import (
	"strings"

	"github.com/wxauth/wxauth/ui/draw"
)

// Order is the order of a list: by one of its columns, in that column's usual direction or the
// other way round.
type Order[By comparable] struct {
	By       By
	Reversed bool
}

// Set sorts by a column, or reverses the order if the list is already sorted by it.
func (o *Order[By]) Set(by By) {
	if o.By == by {
		o.Reversed = !o.Reversed
		return
	}
	*o = Order[By]{By: by}
}

// Heading returns the heading of a column, with a sign for the direction if the list is sorted by it.
func (o Order[By]) Heading(on *draw.Screen, label string, by By) string {
	switch {
	case o.By != by:
		return label
	case o.Reversed:
		return label + on.Glyphs.Reversed
	}
	return label + on.Glyphs.Sorted
}

// Words returns what words say about the order, with the direction if it is the other one.
func (o Order[By]) Words(words string) string {
	switch {
	case !o.Reversed:
		return words
	case strings.HasSuffix(strings.ToLower(words), "newest first"):
		return strings.NewReplacer("Newest", "Oldest", "newest", "oldest").Replace(words)
	}
	return words + ", reversed"
}
