package inventory

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/wxauth/wxauth/webex"
)

// The kinds of entries. A stream begins with entryHead; a complete one ends with entryEnd.
const (
	entryHead   = 'H' // version, start time, description of a partial sweep
	entryPerson = 'P' // a person to request; numbered from 0 in stream order
	entryApp    = 'A' // an app; numbered from 0 in stream order
	entryPrefix = 'X' // a prefix that ids share; numbered from 1
	entryRead   = 'R' // a person's authorizations
	entryGone   = 'G' // a person whom Webex no longer knows
	entryFailed = 'F' // a person whose authorizations could not be read
	entryPeople = 'L' // all people have been listed
	entryEnd    = 'E' // the sweep is finished
)

const version = 1

// ErrFormat means that the data is not a stream that a [Writer] wrote.
var ErrFormat = errors.New("this is no inventory that can be read")

// app is an app as tokens name it. Readers group apps by client id.
type app struct {
	client      webex.ClientID
	application string
	name        webex.Untrusted
}

// identity is what apps are compared by: the client id or, without one, the name.
type identity struct{ client, name string }

func (a app) identity() identity {
	if a.client != "" {
		return identity{client: string(a.client)}
	}
	return identity{name: strings.ToLower(string(a.name))}
}

// ids compresses ids. Most ids are the base64 encoding of a text that ends with a UUID
// (ciscospark://us/AUTHORIZATION/…). Their prefix is stored once, and each id as 16 bytes.
type ids struct {
	prefixes []string
	number   map[string]int
}

// split returns the prefix and the UUID of an id; ok is false if [whole] could not restore the
// id.
func split(id string) (prefix string, uuid [16]byte, ok bool) {
	text, err := base64.RawURLEncoding.DecodeString(id)
	if err != nil || len(text) < 36 {
		return "", uuid, false
	}
	prefix, tail := string(text[:len(text)-36]), string(text[len(text)-36:])
	plain := strings.ReplaceAll(tail, "-", "")
	if len(plain) != 2*len(uuid) {
		return "", uuid, false
	}
	if _, err := hex.Decode(uuid[:], []byte(plain)); err != nil {
		return "", uuid, false
	}
	return prefix, uuid, whole(prefix, uuid) == id
}

// whole restores an id from its prefix and UUID.
func whole(prefix string, u [16]byte) string {
	b := make([]byte, 0, len(prefix)+36)
	b = append(b, prefix...)
	b = hex.AppendEncode(b, u[:4])
	for _, part := range [][]byte{u[4:6], u[6:8], u[8:10], u[10:]} {
		b = hex.AppendEncode(append(b, '-'), part)
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// encoder appends entries. Its numbering must match the stream.
type encoder struct {
	b     []byte
	begun time.Time
	ids   ids
	apps  map[app]int
	// people is the number of people so far.
	people int
}

func newEncoder() *encoder {
	return &encoder{ids: ids{number: map[string]int{}}, apps: map[app]int{}}
}

func (e *encoder) uint(n int)    { e.b = binary.AppendUvarint(e.b, uint64(max(n, 0))) } //nolint:gosec // never negative
func (e *encoder) int(n int64)   { e.b = binary.AppendVarint(e.b, n) }
func (e *encoder) text(s string) { e.uint(len(s)); e.b = append(e.b, s...) }

func (e *encoder) time(t time.Time) {
	e.int(t.Unix())
	e.uint(t.Nanosecond())
}

// prefix numbers the prefix of an id, if it is new. It must be called before the entry that
// contains the id.
func (e *encoder) prefix(id string) {
	p, _, ok := split(id)
	if !ok || e.ids.number[p] != 0 {
		return
	}
	e.ids.prefixes = append(e.ids.prefixes, p)
	e.ids.number[p] = len(e.ids.prefixes)
	e.b = append(e.b, entryPrefix)
	e.text(p)
}

// id writes an id: 0 and the text, or the number of its prefix and 16 bytes.
func (e *encoder) id(id string) {
	p, u, ok := split(id)
	if n := e.ids.number[p]; ok && n != 0 {
		e.uint(n)
		e.b = append(e.b, u[:]...)
		return
	}
	e.uint(0)
	e.text(id)
}

func (e *encoder) head(begun time.Time, what string) {
	e.begun = begun
	e.b = append(e.b, entryHead)
	e.uint(version)
	e.time(begun)
	e.text(what)
}

func (e *encoder) person(p Person) {
	e.prefix(string(p.ID))
	e.b = append(e.b, entryPerson)
	e.id(string(p.ID))
	e.text(string(p.Email))
	e.text(string(p.Name))
	e.people++
}

// Bits of a row's first byte.
const (
	rowRefresh = 1 << iota
	rowOther   // the type is neither refresh nor access; it follows as text
	rowCreated
	rowNanos   // the creation time has a fraction of a second
	rowForeign // the token names another person than the one who was requested
)

func (e *encoder) read(person int, owner webex.PersonID, rows []webex.Authorization) {
	numbers := make([]int, len(rows))
	for i, r := range rows {
		e.prefix(string(r.ID))
		e.prefix(string(r.PersonID))
		a := app{r.ClientID, string(r.ApplicationID), r.ApplicationName}
		n, known := e.apps[a]
		if !known {
			n = len(e.apps)
			e.apps[a] = n
			e.prefix(a.application)
			e.b = append(e.b, entryApp)
			e.text(string(a.client))
			e.id(a.application)
			e.text(string(a.name))
		}
		numbers[i] = n
	}
	e.b = append(e.b, entryRead)
	e.uint(person)
	e.uint(len(rows))
	for i, r := range rows {
		e.row(r, numbers[i], owner)
	}
}

func (e *encoder) row(r webex.Authorization, app int, owner webex.PersonID) {
	var flags byte
	switch r.Type {
	case webex.TypeAccess:
	case webex.TypeRefresh:
		flags |= rowRefresh
	default:
		flags |= rowOther
	}
	if !r.Created.IsZero() {
		flags |= rowCreated
		if r.Created.Nanosecond() != 0 {
			flags |= rowNanos
		}
	}
	if r.PersonID != owner {
		flags |= rowForeign
	}
	e.b = append(e.b, flags)
	e.uint(app)
	e.id(string(r.ID))
	if flags&rowOther != 0 {
		e.text(string(r.Type))
	}
	if flags&rowCreated != 0 {
		e.int(e.begun.Unix() - r.Created.Unix())
	}
	if flags&rowNanos != 0 {
		e.uint(r.Created.Nanosecond())
	}
	if flags&rowForeign != 0 {
		e.id(string(r.PersonID))
	}
}

// decoder decodes entries. It never panics, and verifies all lengths.
type decoder struct {
	b   []byte
	err error
}

func (d *decoder) fail(what string) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: %s", ErrFormat, what)
	}
	d.b = nil
}

func (d *decoder) byte() byte {
	if len(d.b) == 0 {
		d.fail("it is cut short")
		return 0
	}
	c := d.b[0]
	d.b = d.b[1:]
	return c
}

func (d *decoder) uint() int {
	n, size := binary.Uvarint(d.b)
	if size <= 0 || n > 1<<40 {
		d.fail("a number is cut short")
		return 0
	}
	d.b = d.b[size:]
	return int(n) //nolint:gosec // bounded above
}

func (d *decoder) int() int64 {
	n, size := binary.Varint(d.b)
	if size <= 0 {
		d.fail("a number is cut short")
		return 0
	}
	d.b = d.b[size:]
	return n
}

func (d *decoder) bytes(n int) []byte {
	if n > len(d.b) {
		d.fail("a text is cut short")
		return nil
	}
	out := d.b[:n]
	d.b = d.b[n:]
	return out
}

func (d *decoder) text() string { return string(d.bytes(d.uint())) }

func (d *decoder) time() time.Time {
	sec, nsec := d.int(), d.uint()
	return time.Unix(sec, int64(nsec)).UTC()
}

// id reads an id: the number of its prefix and a UUID, or a text.
func (d *decoder) id(prefixes int) (n int, u [16]byte, text string) {
	if n = d.uint(); n == 0 {
		return 0, u, d.text()
	}
	if n > prefixes {
		d.fail("an id has no beginning")
	}
	copy(u[:], d.bytes(16))
	return n, u, ""
}
