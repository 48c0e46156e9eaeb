package inventory

import (
	"encoding/hex"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/wxauth/wxauth/internal/nearest"
	"github.com/wxauth/wxauth/webex"
)

// Person is a person whose authorizations a sweep reads. ID or Email may be empty, but not
// both.
type Person struct {
	ID    webex.PersonID
	Email webex.Untrusted
	Name  webex.Untrusted
}

// Who returns the person for a request to Webex.
func (p Person) Who() webex.Person {
	if p.ID != "" {
		return webex.ByID(p.ID)
	}
	return webex.ByEmail(string(p.Email))
}

// Words returns the person's address or, without one, the id.
func (p Person) Words() string {
	if p.Email != "" {
		return p.Email.String()
	}
	return p.ID.String()
}

// State is the progress of reading a person's authorizations.
type State uint8

// The states of a person.
const (
	Waiting State = iota // not requested yet
	Read
	Gone   // Webex does not know the person any more
	Failed // the list could not be read
)

// Failure is a person whose authorizations could not be read, with the reason.
type Failure struct {
	Person Person
	Reason string
}

// Inventory is the result of a sweep, finished or not.
type Inventory struct {
	Started  time.Time
	Finished time.Time // zero if unfinished
	// Listed means that the list of people is complete. [Inventory.Left] returns how many of
	// them are not read yet.
	Listed bool
	What   string // description of a partial sweep; empty for everybody
	// ServiceApps are known from the admin audit events, not from the lists of people.
	ServiceApps []ServiceApp

	prefixes []string
	texts    []string // ids without a UUID
	people   []member
	apps     []app
	rows     []row
	failures map[int]string
	counts   [Failed + 1]int
	counted  int // tokens
	mode     mode
	outline  outline

	clients []int32 // the client of each app; set by index
	grants  []Grant
	// The grants of client c are byClient[starts[c]:starts[c+1]].
	byClient, starts []int32

	owners map[webex.PersonID]int32 // built on first use
}

// member is a person and the range of that person's rows.
type member struct {
	Person
	state    State
	from, to int32
	grants   [2]int32
}

// row is a token.
type row struct {
	uuid    [16]byte
	created int64 // seconds since the epoch; noTime if unknown
	nanos   int32
	app     int32
	prefix  int32 // 0 if text is the number of the whole id
	text    int32
	kind    int32 // 0 access, 1 refresh, otherwise the number of its text plus 2
	foreign int32 // the number of another person's id plus 1
}

const noTime = math.MinInt64

// New returns an empty inventory; read a stream into it with [Inventory.Take].
func New() *Inventory { return &Inventory{failures: map[int]string{}} }

// NewCounting is like [New], but the inventory only counts tokens, and cannot be queried
// for apps. It is meant for writing a sweep.
func NewCounting() *Inventory {
	v := New()
	v.mode = counting
	return v
}

// mode selects which parts of a stream are kept.
type mode uint8

const (
	everything mode = iota
	counting
	outlined // see [NewOutline]
)

// Take reads a part of a stream, which must contain complete entries. Errors match
// [ErrFormat]; entries before the error are kept.
func (v *Inventory) Take(part []byte) error {
	d := &decoder{b: part}
	for len(d.b) > 0 {
		if v.entry(d); d.err != nil {
			return d.err
		}
	}
	return nil
}

func (v *Inventory) entry(d *decoder) {
	switch kind := d.byte(); kind {
	case entryHead:
		if n := d.uint(); n != version && d.err == nil {
			d.fail("a newer wxauth wrote it")
		}
		if begun, what := d.time(), d.text(); d.err == nil {
			v.Started, v.What = begun, what
		}
	case entryPrefix:
		v.prefixes = append(v.prefixes, d.text())
	case entryPerson:
		p := Person{ID: webex.PersonID(v.takeID(d)), Email: webex.Untrusted(d.text()), Name: webex.Untrusted(d.text())}
		if d.err == nil && v.mode == outlined {
			v.outline.addPerson(p)
			p = Person{}
		}
		if d.err == nil {
			v.people = append(v.people, member{Person: p})
			v.counts[Waiting]++
		}
	case entryApp:
		a := app{client: webex.ClientID(d.text()), application: v.takeID(d), name: webex.Untrusted(d.text())}
		v.apps = append(v.apps, a)
	case entryRead:
		v.takeRows(d)
	case entryGone:
		v.setState(d, d.uint(), Gone)
	case entryFailed:
		n, reason := d.uint(), d.text()
		if v.setState(d, n, Failed) {
			v.failures[n] = reason
		}
	case entryPeople:
		v.Listed = true
	case entryEnd:
		v.Finished = d.time()
	default:
		d.fail("it holds an entry of an unknown kind")
	}
}

func (v *Inventory) takeID(d *decoder) string {
	n, u, text := d.id(len(v.prefixes))
	if n == 0 || d.err != nil {
		return text
	}
	return whole(v.prefixes[n-1], u)
}

// setState sets the state of a person.
func (v *Inventory) setState(d *decoder, n int, s State) bool {
	if d.err != nil || n >= len(v.people) {
		d.fail("it speaks of somebody who is not in it")
		return false
	}
	p := &v.people[n]
	v.counts[p.state]--
	v.counts[s]++
	p.state = s
	if s != Read { // discard what was read before
		p.from, p.to = 0, 0
	}
	delete(v.failures, n)
	return true
}

func (v *Inventory) takeRows(d *decoder) {
	n, rows := d.uint(), d.uint()
	from := len(v.rows)
	for range rows {
		if v.takeRow(d); d.err != nil {
			v.rows = v.rows[:from]
			return
		}
	}
	if !v.setState(d, n, Read) {
		v.rows = v.rows[:from]
		return
	}
	switch v.counted += rows; v.mode {
	case counting:
		v.rows, v.texts = v.rows[:0], v.texts[:0]
		return
	case outlined:
		v.people[n].from, v.people[n].to = v.outline.addRows(v.rows)
		v.rows, v.texts = v.rows[:0], v.texts[:0]
		return
	}
	v.people[n].from, v.people[n].to = int32(from), int32(len(v.rows)) //nolint:gosec // far below
}

func (v *Inventory) takeRow(d *decoder) {
	flags := d.byte()
	r := row{app: int32(d.uint()), created: noTime} //nolint:gosec // checked below
	if int(r.app) >= len(v.apps) || r.app < 0 {
		d.fail("a token is of no app")
		return
	}
	prefix, u, text := d.id(len(v.prefixes))
	r.uuid, r.prefix = u, int32(prefix) //nolint:gosec // checked
	if prefix == 0 {
		r.text = v.keep(text)
	}
	switch {
	case flags&rowOther != 0:
		r.kind = v.keep(d.text()) + 2
	case flags&rowRefresh != 0:
		r.kind = 1
	}
	if flags&rowCreated != 0 {
		r.created = v.Started.Unix() - d.int()
	}
	if flags&rowNanos != 0 {
		r.nanos = int32(d.uint()) //nolint:gosec // less than a second
	}
	if flags&rowForeign != 0 {
		r.foreign = v.keep(v.takeID(d)) + 1
	}
	if d.err == nil {
		v.rows = append(v.rows, r)
	}
}

func (v *Inventory) keep(text string) int32 {
	v.texts = append(v.texts, text)
	return int32(len(v.texts) - 1) //nolint:gosec // far below
}

// People returns the number of people.
func (v *Inventory) People() int { return len(v.people) }

// Person returns a person by number.
func (v *Inventory) Person(n int) (Person, State) { return v.people[n].Person, v.people[n].state }

// Count returns the number of people in a state.
func (v *Inventory) Count(s State) int { return v.counts[s] }

// Left returns how many people are not read yet.
func (v *Inventory) Left() int { return v.counts[Waiting] }

// Authorizations returns the number of tokens.
func (v *Inventory) Authorizations() int { return v.counted }

// Failures returns the people whose authorizations could not be read, in order.
func (v *Inventory) Failures() []Failure {
	out := make([]Failure, 0, len(v.failures))
	for n := range v.people {
		if reason, ok := v.failures[n]; ok {
			out = append(out, Failure{v.people[n].Person, reason})
		}
	}
	return out
}

// Whole reports whether the inventory covers everyone, and is not a partial sweep.
func (v *Inventory) Whole() bool { return v.What == "" }

// authorization restores a token.
func (v *Inventory) authorization(m *member, r *row) webex.Authorization {
	a := v.apps[r.app]
	out := webex.Authorization{
		ApplicationID: webex.Untrusted(a.application), ApplicationName: a.name, ClientID: a.client, PersonID: m.ID, Type: webex.TypeAccess,
	}
	if r.prefix > 0 {
		out.ID = webex.AuthorizationID(whole(v.prefixes[r.prefix-1], r.uuid))
	} else {
		out.ID = webex.AuthorizationID(v.texts[r.text])
	}
	switch {
	case r.kind == 1:
		out.Type = webex.TypeRefresh
	case r.kind > 1:
		out.Type = webex.Type(v.texts[r.kind-2])
	}
	if r.created != noTime {
		out.Created = time.Unix(r.created, int64(r.nanos)).UTC()
	}
	if r.foreign > 0 {
		out.PersonID = webex.PersonID(v.texts[r.foreign-1])
	}
	return out
}

// AuthorizationsOf returns the tokens of the person with an address.
func (v *Inventory) AuthorizationsOf(email webex.Untrusted) (out []webex.Authorization) {
	for i := range v.people {
		m := &v.people[i]
		if !strings.EqualFold(string(m.Email), string(email)) {
			continue
		}
		for j := m.from; j < m.to; j++ {
			out = append(out, v.authorization(m, &v.rows[j]))
		}
	}
	return out
}

// Find returns the tokens that each text names: a whole id, a UUID, or the beginning of a UUID;
// see [webex.AuthorizationID.NamedBy]. A text that names none is omitted.
func (v *Inventory) Find(wanted []webex.AuthorizationID) map[webex.AuthorizationID][]Token {
	found := map[webex.AuthorizationID][]Token{}
	exact := map[webex.AuthorizationID]bool{}
	sought := make([]soughtID, len(wanted))
	for i, text := range wanted {
		sought[i] = newSoughtID(string(text))
	}
	for i := range v.people {
		m := &v.people[i]
		for j := m.from; j < m.to; j++ {
			r := &v.rows[j]
			for n, text := range wanted {
				if exact[text] || !v.mayBe(r, &sought[n]) {
					continue
				}
				a := v.authorization(m, r)
				switch {
				case a.ID == text:
					exact[text] = true
					found[text] = []Token{{Person: m.Person, Authorization: a}}
				case a.ID.NamedBy(string(text)):
					found[text] = append(found[text], Token{Person: m.Person, Authorization: a})
				}
			}
		}
	}
	return found
}

// soughtID is a text that may name ids, parsed for comparison with many rows.
type soughtID struct {
	text    string
	uuid    [16]byte
	isWhole bool    // text is a whole id with this UUID
	start   [4]byte // of the UUID
	isStart bool
}

func newSoughtID(text string) soughtID {
	s := soughtID{text: text}
	if _, s.uuid, s.isWhole = split(text); s.isWhole || len(text) < webex.ShortestID {
		return s
	}
	_, err := hex.Decode(s.start[:], []byte(strings.ToLower(text[:webex.ShortestID])))
	s.isStart = err == nil
	return s
}

// mayBe reports quickly whether a row's id may be the one sought.
func (v *Inventory) mayBe(r *row, s *soughtID) bool {
	switch {
	case r.prefix == 0:
		return v.texts[r.text] == s.text
	case s.isWhole:
		return r.uuid == s.uuid
	}
	return s.isStart && [4]byte(r.uuid[:4]) == s.start
}

// Search returns at most n people whose name or address contains every word of text, with or without
// the accents of its letters.
func (v *Inventory) Search(text string, n int) []Person {
	words := strings.Fields(strings.ToLower(text))
	var out []Person
	for i := range v.people {
		if len(out) == n || len(words) == 0 {
			break
		}
		hay := strings.ToLower(string(v.people[i].Name) + "\n" + string(v.people[i].Email))
		if bare := withoutAccents(hay); bare != hay {
			hay += "\n" + bare
		}
		hit := true
		for _, w := range words {
			hit = hit && strings.Contains(hay, w)
		}
		if hit && v.people[i].state != Gone {
			out = append(out, v.people[i].Person)
		}
	}
	return out
}

// withoutAccents replaces letters such as ü by their base, u.
func withoutAccents(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return r > unicode.MaxASCII }) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(s))
}

// Nearest returns at most n people whose address, the part of it before the @, or name differs from
// text by a few letters, the most similar first.
func (v *Inventory) Nearest(text string, n int) []Person {
	type near struct {
		Person
		by int
	}
	var found []near
	for i := range v.people {
		p := v.people[i].Person
		if v.people[i].state == Gone {
			continue
		}
		local, _, _ := strings.Cut(string(p.Email), "@")
		best := near{by: -1}
		for _, name := range []string{string(p.Email), local, string(p.Name)} {
			if by, ok := nearest.Distance(text, name); ok && (best.by < 0 || by < best.by) {
				best = near{p, by}
			}
		}
		if best.by >= 0 {
			found = append(found, best)
		}
	}
	slices.SortStableFunc(found, func(a, b near) int { return a.by - b.by })
	var out []Person
	for _, f := range found[:min(n, len(found))] {
		out = append(out, f.Person)
	}
	return out
}
