package inventory

import (
	"time"

	"github.com/wxauth/wxauth/webex"
)

// Writer creates the entries of a sweep. Each method returns bytes that must be appended to
// the stream before the next call.
type Writer struct {
	inv *Inventory
	e   *encoder
}

// NewWriter begins a stream, or continues the one that v was read from. A new stream starts with
// begun and what, the description of a partial sweep (empty for everybody).
func NewWriter(v *Inventory, begun time.Time, what string) (w *Writer, head []byte) {
	w = &Writer{inv: v, e: newEncoder()}
	if v.Started.IsZero() {
		begun = begun.Truncate(time.Second)
		v.Started, v.What = begun, what
		w.e.head(begun, what)
		return w, w.taken()
	}
	w.e.begun, w.e.people = v.Started, len(v.people)
	w.e.ids.prefixes = v.prefixes
	for n, p := range v.prefixes {
		w.e.ids.number[p] = n + 1
	}
	for n, a := range v.apps {
		w.e.apps[a] = n
	}
	return w, nil
}

func (w *Writer) taken() []byte {
	b := w.e.b
	w.e.b = nil
	return b
}

// entry adds the encoded entry to the inventory too, and returns it.
func (w *Writer) entry() []byte {
	b := w.taken()
	if err := w.inv.Take(b); err != nil {
		panic("inventory: what was just encoded cannot be read: " + err.Error()) // a bug in this package
	}
	return b
}

// Person adds a person and returns their number.
func (w *Writer) Person(p Person) (n int, part []byte) {
	w.e.person(p)
	return len(w.inv.people), w.entry()
}

// Read records a person's authorizations.
func (w *Writer) Read(n int, rows []webex.Authorization) []byte {
	w.e.read(n, w.inv.people[n].ID, rows)
	return w.entry()
}

// Gone records that Webex does not know the person any more.
func (w *Writer) Gone(n int) []byte {
	w.e.b = append(w.e.b, entryGone)
	w.e.uint(n)
	return w.entry()
}

// Failed records that a person's authorizations could not be read, and why.
func (w *Writer) Failed(n int, reason string) []byte {
	w.e.b = append(w.e.b, entryFailed)
	w.e.uint(n)
	w.e.text(reason)
	return w.entry()
}

// Listed records that all people were added.
func (w *Writer) Listed() []byte {
	w.e.b = append(w.e.b, entryPeople)
	return w.entry()
}

// Finish ends the stream.
func (w *Writer) Finish(at time.Time) []byte {
	w.e.b = append(w.e.b, entryEnd)
	w.e.time(at.Truncate(time.Second))
	return w.entry()
}
