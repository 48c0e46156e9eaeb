package inventory

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/wxauth/wxauth/webex"
)

// Grant is all tokens that one app holds for one person.
type Grant struct {
	Refresh, Access, Other int32 // tokens of each kind
	oldest, newest         int64 // seconds since the epoch; noTime if unknown
	person, client         int32
}

// Tokens returns the number of tokens.
func (g Grant) Tokens() int { return int(g.Refresh + g.Access + g.Other) }

// Oldest returns when the first token was issued; zero if Webex gave no time.
func (g Grant) Oldest() time.Time { return at(g.oldest) }

// Newest returns when the last token was issued; zero if Webex gave no time. It shows when
// the app was last used: access tokens expire after 14 days, so an app in use gets a new
// one at least that often.
func (g Grant) Newest() time.Time { return at(g.newest) }

func at(sec int64) time.Time {
	if sec == noTime {
		return time.Time{}
	}
	return time.Unix(sec, 0).UTC()
}

// Prepare builds the indexes for queries, so that a complete inventory can be queried
// concurrently.
func (v *Inventory) Prepare() {
	v.index()
	v.member(Person{})
}

// index groups the apps by client, and the tokens by person and client. It runs once, before the
// first query; it doesn't include entries that are read later.
func (v *Inventory) index() {
	if v.clients != nil || len(v.apps) == 0 {
		return
	}
	numbers := map[identity]int32{}
	v.clients = make([]int32, len(v.apps))
	for i, a := range v.apps {
		k := a.identity()
		n, ok := numbers[k]
		if !ok {
			n = int32(len(numbers)) //nolint:gosec // far below
			numbers[k] = n
		}
		v.clients[i] = n
	}
	for i := range v.people {
		v.people[i].grants[0] = int32(len(v.grants)) //nolint:gosec // far below
		v.grants = v.grantsOf(int32(i), v.grants)    //nolint:gosec // far below
		v.people[i].grants[1] = int32(len(v.grants)) //nolint:gosec // far below
	}
	v.indexClients(len(numbers))
}

// indexClients sorts the grants by client, in linear time.
func (v *Inventory) indexClients(clients int) {
	v.starts = make([]int32, clients+1)
	for i := range v.grants {
		v.starts[v.grants[i].client+1]++
	}
	for i := range clients {
		v.starts[i+1] += v.starts[i]
	}
	next := slices.Clone(v.starts)
	v.byClient = make([]int32, len(v.grants))
	for i := range v.grants {
		c := v.grants[i].client
		v.byClient[next[c]] = int32(i) //nolint:gosec // far below
		next[c]++
	}
}

// grantsOf appends a person's grants.
func (v *Inventory) grantsOf(n int32, out []Grant) []Grant {
	m, first := &v.people[n], len(out)
	for i := m.from; i < m.to; i++ {
		r := &v.rows[i]
		client := v.clients[r.app]
		var g *Grant
		for j := first; j < len(out) && g == nil; j++ {
			if out[j].client == client {
				g = &out[j]
			}
		}
		if g == nil {
			out = append(out, Grant{person: n, client: client, oldest: noTime, newest: noTime})
			g = &out[len(out)-1]
		}
		g.count(r)
	}
	return out
}

func (g *Grant) count(r *row) {
	switch r.kind {
	case 0:
		g.Access++
	case 1:
		g.Refresh++
	default:
		g.Other++
	}
	if r.created == noTime {
		return
	}
	g.newest = max(g.newest, r.created)
	if g.oldest == noTime || r.created < g.oldest {
		g.oldest = r.created
	}
}

// rowsOf returns a grant's tokens, the newest refresh token first, then by age.
func (v *Inventory) rowsOf(g *Grant) []webex.Authorization {
	m := &v.people[g.person]
	var out []webex.Authorization
	for i := m.from; i < m.to; i++ {
		if r := &v.rows[i]; v.clients[r.app] == g.client {
			out = append(out, v.authorization(m, r))
		}
	}
	slices.SortStableFunc(out, func(a, b webex.Authorization) int {
		if c := cmp.Compare(order(a.Type), order(b.Type)); c != 0 {
			return c
		}
		return b.Created.Compare(a.Created)
	})
	return out
}

func order(t webex.Type) int {
	switch t {
	case webex.TypeRefresh:
		return 0
	case webex.TypeAccess:
		return 1
	}
	return 2
}

// Ref refers to a grant in an inventory.
type Ref struct {
	inv *Inventory
	n   int32
}

func (r Ref) grant() *Grant { return &r.inv.grants[r.n] }

// Grant returns the grant.
func (r Ref) Grant() Grant { return *r.grant() }

// Person returns the person that the grant is for.
func (r Ref) Person() Person { return r.inv.people[r.grant().person].Person }

// ClientID returns the app's client id; empty if Webex gave none.
func (r Ref) ClientID() webex.ClientID { return r.app().client }

// Name returns the app's name.
func (r Ref) Name() webex.Untrusted { return r.app().name }

// app returns the app that the newest token of the grant names.
func (r Ref) app() app {
	g := r.grant()
	m := &r.inv.people[g.person]
	var found *row
	for i := m.from; i < m.to; i++ {
		if x := &r.inv.rows[i]; r.inv.clients[x.app] == g.client && (found == nil || x.created > found.created) {
			found = x
		}
	}
	return r.inv.apps[found.app]
}

// Authorizations returns the grant's tokens: refresh tokens first, then newest first.
func (r Ref) Authorizations() []webex.Authorization { return r.inv.rowsOf(r.grant()) }

// refs returns the grants for which keep returns true.
func (v *Inventory) refs(keep func(*Grant) bool) []Ref {
	v.index()
	var out []Ref
	for i := range v.grants {
		if keep(&v.grants[i]) {
			out = append(out, Ref{v, int32(i)}) //nolint:gosec // far below
		}
	}
	return out
}

// held returns the numbers of an app's grants. Apps of other inventories are matched by client
// id or, without one, by name.
func (v *Inventory) held(a App) []int32 {
	v.index()
	at := int32(-1)
	for i := range v.apps {
		is := v.apps[i].client == a.ClientID && (a.ClientID != "" || strings.EqualFold(string(v.apps[i].name), string(a.Name)))
		if is && (at < 0 || v.clients[i] == a.client) {
			at = v.clients[i]
		}
	}
	if at < 0 {
		return nil
	}
	return v.byClient[v.starts[at]:v.starts[at+1]]
}

// Holders returns the grants of an app, newest first. Apps without a client id are matched
// by name.
func (v *Inventory) Holders(a App) []Ref {
	var out []Ref
	for _, n := range v.held(a) {
		out = append(out, Ref{v, n})
	}
	slices.SortStableFunc(out, func(a, b Ref) int { return cmp.Compare(b.grant().newest, a.grant().newest) })
	return out
}

// NewestHolders returns the first n results of [Inventory.Holders] without sorting all of
// them.
func (v *Inventory) NewestHolders(a App, n int) []Ref {
	var out []Ref
	if n <= 0 {
		return nil
	}
	for _, i := range v.held(a) {
		r := Ref{v, i}
		if len(out) == n && out[n-1].grant().newest >= r.grant().newest {
			continue
		}
		at, _ := slices.BinarySearchFunc(out, r, func(x, r Ref) int {
			if x.grant().newest >= r.grant().newest { // keep the order of equal ones
				return -1
			}
			return 1
		})
		out = slices.Insert(out, at, r)
		out = out[:min(len(out), n)]
	}
	return out
}

// Stale returns the grants whose last token was issued longer than limit before now, oldest
// first. Grants without a date are omitted, because their age is unknown.
func (v *Inventory) Stale(limit time.Duration, now time.Time) []Ref {
	before := now.Add(-limit).Unix()
	refs := v.refs(func(g *Grant) bool { return g.newest != noTime && g.newest < before })
	keys := make([]int64, len(refs))
	for i, r := range refs {
		keys[i] = r.grant().newest
	}
	out := make([]Ref, len(refs))
	for i, n := range inOrder(keys) {
		out[i] = refs[n]
	}
	return out
}
