package inventory

import (
	"slices"
	"strings"

	"github.com/wxauth/wxauth/internal/filter"
)

// Sort is the sort order of a list of grants.
type Sort int

// The orders of a [List].
const (
	ByNewest Sort = iota // last issued token first
	ByPerson
	ByApp
	sorts
)

// List is a list of grants for display. Its sort orders and filter texts are computed once,
// so that each keypress is fast for any length.
type List struct {
	refs         []Ref
	mark         []bool // whether each has ended; nil if none has
	person       []int32
	app          []int32
	people, apps []string // searchable text of each person and app
	orders       [sorts][]int32
	class        []Class        // of each app; nil if they are not classified
	unfiltered   [sorts][]int32 // the orders without a filter, if they are
	quiet        int
}

// Class says how prominent the grants of an app are in a list.
type Class int

// The values of [Class].
const (
	Usual Class = iota
	Novel       // first, if the newest come first
	Quiet       // listed only with a filter
)

// Classify sets the classes of the apps. A filter finds them as is:new and is:signin.
func (l *List) Classify(class func(Ref) Class) {
	l.class = make([]Class, len(l.apps))
	known := make([]bool, len(l.apps))
	for i, r := range l.refs {
		app := l.app[i]
		if !known[app] {
			known[app], l.class[app] = true, class(r)
			tag := map[Class]string{Novel: " is:new ", Quiet: " webex is:signin "}[l.class[app]]
			l.apps[app] = strings.Replace(l.apps[app], filter.AppMark, filter.AppMark+tag, 1)
		}
		if l.class[app] == Quiet {
			l.quiet++
		}
	}
	for s := range sorts {
		of := func(n int32) Class { return l.class[l.app[n]] }
		l.unfiltered[s] = slices.DeleteFunc(slices.Clone(l.orders[s]), func(n int32) bool { return of(n) == Quiet })
		if s == ByNewest {
			slices.SortStableFunc(l.unfiltered[s], func(a, b int32) int { return int(of(b) - of(a)) })
		}
	}
}

// Quiet returns the number of grants that are listed only with a filter.
func (l *List) Quiet() int { return l.quiet }

// Class returns the class of a grant's app.
func (l *List) Class(n int32) Class {
	if l.class == nil {
		return Usual
	}
	return l.class[l.app[n]]
}

// NewList returns a list of grants. Those in ended, from an earlier sweep, are marked as
// ended.
func NewList(refs, ended []Ref) *List {
	l := &List{refs: slices.Concat(refs, ended)}
	if len(ended) > 0 {
		l.mark = make([]bool, len(l.refs))
		for i := len(refs); i < len(l.refs); i++ {
			l.mark[i] = true
		}
	}
	l.texts()
	for s := range sorts {
		l.orders[s] = l.order(s)
	}
	return l
}

// Len returns the number of grants.
func (l *List) Len() int { return len(l.refs) }

// Ref returns a grant by number.
func (l *List) Ref(n int32) Ref { return l.refs[n] }

// Ended reports whether a grant has ended.
func (l *List) Ended(n int32) bool { return l.mark != nil && l.mark[n] }

// Find returns the number of the grant for the same app and person, also from another
// inventory, or -1.
func (l *List) Find(r Ref) int32 {
	person, client := personKey(r.Person()), r.ClientID()
	for i, x := range l.refs {
		if personKey(x.Person()) == person && x.ClientID() == client {
			return int32(i) //nolint:gosec // far below
		}
	}
	return -1
}

// texts numbers the people and the apps that occur. There are far fewer of them than grants, so
// the filter searches each text once.
func (l *List) texts() {
	people, apps := map[*Inventory][]int32{}, map[*Inventory][]int32{} // numbers plus one
	l.person, l.app = make([]int32, len(l.refs)), make([]int32, len(l.refs))
	number := func(known map[*Inventory][]int32, r Ref, n int32, texts *[]string, text func() string) int32 {
		of := known[r.inv]
		for int(n) >= len(of) {
			of = append(of, make([]int32, max(int(n)+1-len(of), len(of), 1024))...)
			known[r.inv] = of
		}
		if of[n] == 0 {
			*texts = append(*texts, strings.ToLower(text()))
			of[n] = int32(len(*texts)) //nolint:gosec // far below
		}
		return of[n] - 1
	}
	for i, r := range l.refs {
		g := r.grant()
		l.person[i] = number(people, r, g.person, &l.people, func() string {
			p := r.Person()
			return filter.AppMark + string(p.Name) + "\n" + string(p.Email) + filter.IDMark + string(p.ID)
		})
		l.app[i] = number(apps, r, g.client, &l.apps, func() string {
			a := r.app()
			return string(a.name) + filter.AppMark + filter.IDMark + string(a.client)
		})
	}
}

// ranks returns the sort position of each text.
func ranks(texts []string) []int32 {
	by := make([]int32, len(texts))
	for i := range by {
		by[i] = int32(i) //nolint:gosec // far below
	}
	slices.SortFunc(by, func(a, b int32) int { return strings.Compare(texts[a], texts[b]) })
	out := make([]int32, len(texts))
	for place, i := range by {
		out[i] = int32(place) //nolint:gosec // far below
	}
	return out
}

func (l *List) order(s Sort) []int32 {
	keys := make([]int64, len(l.refs))
	switch s {
	case ByPerson:
		for i, place := 0, ranks(l.people); i < len(keys); i++ {
			keys[i] = int64(place[l.person[i]])
		}
	case ByApp:
		for i, place := 0, ranks(l.apps); i < len(keys); i++ {
			keys[i] = int64(place[l.app[i]])
		}
	default:
		for i, r := range l.refs {
			keys[i] = -max(r.grant().newest, noTime+1)
		}
	}
	return inOrder(keys)
}

// inOrder returns the indexes of keys in ascending order; the sort is stable. It sorts digit by digit,
// beginning with the last: for a million keys that takes a fifth of the time of comparing them.
func inOrder(keys []int64) []int32 {
	out, next := make([]int32, len(keys)), make([]int32, len(keys))
	for i := range out {
		out[i] = int32(i) //nolint:gosec // far below
	}
	if len(keys) == 0 {
		return out
	}
	least := slices.Min(keys)
	span := uint64(slices.Max(keys) - least) //nolint:gosec // a difference that overflows wraps to the right number
	const bits = 11
	for shift := 0; span>>shift > 0; shift += bits {
		digit := func(n int32) uint64 { return uint64(keys[n]-least) >> shift & (1<<bits - 1) } //nolint:gosec // a difference that overflows wraps to the right number
		var starts [1<<bits + 1]int32                                                           // of each digit in next
		for _, n := range out {
			starts[digit(n)+1]++
		}
		for d := 1; d < len(starts); d++ {
			starts[d] += starts[d-1]
		}
		for _, n := range out {
			d := digit(n)
			next[starts[d]] = n
			starts[d]++
		}
		out, next = next, out
	}
	return out
}

// Arrange returns the numbers of the grants that match a filter, sorted. The filter applies
// to names, addresses, ids and token types. The result must not be modified.
func (l *List) Arrange(s Sort, text string) []int32 {
	words := filter.Parse(text)
	switch {
	case len(words) > 0:
	case l.class != nil:
		return l.unfiltered[s]
	default:
		return l.orders[s]
	}
	// One bit per word: whether it is in the person's text, in the app's text, or in the kinds.
	words = words[:min(len(words), 32)]
	all, negated := uint32(1)<<len(words)-1, uint32(0)
	for n, w := range words {
		if w.Not {
			negated |= 1 << n
		}
	}
	hits := func(texts []string) []uint32 {
		out := make([]uint32, len(texts))
		for i, t := range texts {
			for n, w := range words {
				if w.In(t) {
					out[i] |= 1 << n
				}
			}
		}
		return out
	}
	person, app, kind := hits(l.people), hits(l.apps), hits(kinds)
	ofKind := slices.Max(kind) > 0 // otherwise the grants themselves are not read, which takes as long as the rest
	out := make([]int32, 0, 256)
	for _, n := range l.orders[s] {
		hit := person[l.person[n]] | app[l.app[n]]
		if ofKind {
			hit |= kind[l.refs[n].grant().kinds()]
		}
		if hit^negated == all {
			out = append(out, n)
		}
	}
	return out
}

// kinds contains the searchable text for a grant's token kinds, by [Grant.kinds].
var kinds = []string{
	"", filter.AppMark + " refresh type:refresh ", filter.AppMark + " access type:access ", filter.AppMark + " refresh type:refresh access type:access ",
}

func (g *Grant) kinds() int {
	n := 0
	if g.Refresh > 0 {
		n++
	}
	if g.Access > 0 {
		n += 2
	}
	return n
}
