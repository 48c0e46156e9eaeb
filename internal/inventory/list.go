package inventory

import (
	"cmp"
	"slices"
	"strings"
)

// Sort is an order of a list of grants.
type Sort int

// The orders of a [List].
const (
	ByNewest Sort = iota // the newest sign of life first
	ByOldest             // the longest silent first
	ByPerson
	ByApp
	sorts
)

// List is a list of grants as a screen shows it. Its orders and the texts that a filter
// looks at are made once, so that a key costs little whatever the length.
type List struct {
	refs   []Ref
	mark   []bool // of each, whether it has ended; nil where none has
	person []int32
	app    []int32
	// The texts of each person and each app that occur, in lower case, and their ids.
	people, apps       []string
	peopleIDs, appsIDs []string
	orders             [sorts][]int32
}

// NewList makes a list of grants; those of ended, of an earlier sweep, are marked.
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

// Len returns how many grants there are.
func (l *List) Len() int { return len(l.refs) }

// Ref returns a grant by number.
func (l *List) Ref(n int32) Ref { return l.refs[n] }

// Ended reports whether a grant is one of those that have ended.
func (l *List) Ended(n int32) bool { return l.mark != nil && l.mark[n] }

// Find returns the number of the grant of the same app for the same person, also one of
// another inventory; -1 where there is none.
func (l *List) Find(r Ref) int32 {
	person, client := personKey(r.Person()), r.ClientID()
	for i, x := range l.refs {
		if personKey(x.Person()) == person && x.ClientID() == client {
			return int32(i) //nolint:gosec // far below
		}
	}
	return -1
}

// texts numbers the people and the apps that occur: there are far fewer than grants, so
// a filter looks at each once.
func (l *List) texts() {
	type key struct {
		inv *Inventory
		n   int32
	}
	people, apps := map[key]int32{}, map[key]int32{}
	l.person, l.app = make([]int32, len(l.refs)), make([]int32, len(l.refs))
	for i, r := range l.refs {
		g := r.grant()
		number := func(known map[key]int32, n int32, texts, ids *[]string, text func() (text, id string)) int32 {
			k := key{r.inv, n}
			at, ok := known[k]
			if !ok {
				at = int32(len(*texts)) //nolint:gosec // far below
				known[k] = at
				t, id := text()
				*texts, *ids = append(*texts, strings.ToLower(t)), append(*ids, id)
			}
			return at
		}
		l.person[i] = number(people, g.person, &l.people, &l.peopleIDs, func() (string, string) {
			p := r.Person()
			return string(p.Name) + "\n" + string(p.Email), string(p.ID)
		})
		l.app[i] = number(apps, g.client, &l.apps, &l.appsIDs, func() (string, string) {
			a := r.app()
			return string(a.name), string(a.client)
		})
	}
}

// ranks returns the place of each text among all in their order.
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
	type item struct {
		key int64
		n   int32
	}
	items := make([]item, len(l.refs))
	var place []int32
	switch s {
	case ByPerson:
		place = ranks(l.people)
	case ByApp:
		place = ranks(l.apps)
	}
	for i, r := range l.refs {
		k := r.grant().newest
		switch s {
		case ByNewest:
			k = -max(k, noTime+1)
		case ByPerson:
			k = int64(place[l.person[i]])
		case ByApp:
			k = int64(place[l.app[i]])
		}
		items[i] = item{k, int32(i)} //nolint:gosec // far below
	}
	slices.SortFunc(items, func(a, b item) int {
		if c := cmp.Compare(a.key, b.key); c != 0 {
			return c
		}
		return cmp.Compare(a.n, b.n)
	})
	out := make([]int32, len(items))
	for i, it := range items {
		out[i] = it.n
	}
	return out
}

// idPart is from how many characters on a filter looks at ids too: all ids of Webex begin
// alike, and any few letters stand in some.
const idPart = 8

// Arrange returns the numbers of the grants whose person or app has text in its name or
// address, or begins with it as an id, in an order; with not those that have not. An empty
// text is in all. What it returns is not to be changed.
func (l *List) Arrange(s Sort, text string, not bool) []int32 {
	if text == "" {
		return l.orders[s]
	}
	lower := strings.ToLower(text)
	hits := func(texts, ids []string) []bool {
		out := make([]bool, len(texts))
		for i, t := range texts {
			out[i] = strings.Contains(t, lower) || len(text) >= idPart && strings.HasPrefix(ids[i], text)
		}
		return out
	}
	person, app := hits(l.people, l.peopleIDs), hits(l.apps, l.appsIDs)
	out := make([]int32, 0, 256)
	for _, n := range l.orders[s] {
		if (person[l.person[n]] || app[l.app[n]]) != not {
			out = append(out, n)
		}
	}
	return out
}
