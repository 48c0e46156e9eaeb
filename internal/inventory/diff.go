package inventory

import (
	"slices"
	"strings"

	"github.com/wxauth/wxauth/webex"
)

// Diff is the difference between two sweeps.
type Diff struct {
	Added, Removed []Ref // Added is from the later sweep, Removed from the earlier
	// Skipped is the number of people who were not compared, because one of the sweeps could not
	// read their authorizations.
	Skipped int
}

// Compare returns the grants (an app for a person) that are in only one of two sweeps. It
// ignores people whose authorizations could not be read in one of them, but includes people
// who joined or left. If one is a partial sweep, only its people are compared.
func Compare(before, after *Inventory) Diff {
	var out Diff
	skipped := map[webex.PersonID]bool{}
	out.Added = after.missingIn(before, skipped)
	out.Removed = before.missingIn(after, skipped)
	out.Skipped = len(skipped)
	return out
}

// member returns a person of an inventory by id or address, or nil.
func (v *Inventory) member(p Person) *member {
	if v.owners == nil {
		v.owners = make(map[webex.PersonID]int32, len(v.people))
		for i := range v.people {
			v.owners[personKey(v.people[i].Person)] = int32(i) //nolint:gosec // far below
		}
	}
	if n, ok := v.owners[personKey(p)]; ok {
		return &v.people[n]
	}
	return nil
}

func personKey(p Person) webex.PersonID {
	if p.ID != "" {
		return p.ID
	}
	return webex.PersonID("@" + strings.ToLower(string(p.Email)))
}

// missingIn returns the grants of v that other doesn't have. It adds people who could not be
// compared to skipped.
func (v *Inventory) missingIn(other *Inventory, skipped map[webex.PersonID]bool) (out []Ref) {
	v.index()
	other.index()
	held := map[identity]bool{}
	for i := range v.people {
		m := &v.people[i]
		o := other.member(m.Person)
		switch {
		case m.state == Failed || m.state == Waiting || o != nil && (o.state == Failed || o.state == Waiting):
			skipped[personKey(m.Person)] = true
			continue
		case o == nil && !other.Whole():
			continue // not requested in the other sweep
		}
		clear(held)
		if o != nil {
			for n := o.grants[0]; n < o.grants[1]; n++ {
				held[Ref{other, n}.app().identity()] = true
			}
		}
		for n := m.grants[0]; n < m.grants[1]; n++ {
			if r := (Ref{v, n}); !held[r.app().identity()] {
				out = append(out, r)
			}
		}
	}
	return out
}

// Token is a token in an inventory and its owner.
type Token struct {
	webex.Authorization
	Person Person
}

// CompareTokens is like [Compare] for single tokens. In a large organization it finds thousands
// of differences, because each refresh adds and removes tokens.
func CompareTokens(before, after *Inventory) (added, removed []Token) {
	return after.tokensMissingIn(before), before.tokensMissingIn(after)
}

func (v *Inventory) tokensMissingIn(other *Inventory) (out []Token) {
	for i := range v.people {
		m := &v.people[i]
		o := other.member(m.Person)
		if m.state != Read || o != nil && (o.state == Failed || o.state == Waiting) || o == nil && !other.Whole() {
			continue
		}
		for j := m.from; j < m.to; j++ {
			r := &v.rows[j]
			if o != nil && slices.ContainsFunc(other.rows[o.from:o.to], func(x row) bool { return v.sameID(r, other, &x) }) {
				continue
			}
			out = append(out, Token{v.authorization(m, r), m.Person})
		}
	}
	return out
}

func (v *Inventory) sameID(r *row, other *Inventory, x *row) bool {
	switch {
	case r.prefix > 0 && x.prefix > 0:
		return r.uuid == x.uuid && v.prefixes[r.prefix-1] == other.prefixes[x.prefix-1]
	case r.prefix == 0 && x.prefix == 0:
		return v.texts[r.text] == other.texts[x.text]
	}
	return false
}
