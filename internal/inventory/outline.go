package inventory

import (
	"hash/maphash"
	"slices"
	"strings"
)

// outline contains only what counting changes needs: which person has which apps, in a few bytes
// each.
type outline struct {
	people []uint64 // a hash of each person's key
	held   []int32  // numbers of apps; each person has a range
}

// hashSeed is shared by all outlines of a process. Among a hundred thousand keys, a collision
// has a chance of about one in two billion, and makes the count wrong by one person.
var hashSeed = maphash.MakeSeed()

// NewOutline is like [New], but the inventory can only be used with [CountChanges].
func NewOutline() *Inventory {
	v := New()
	v.mode = outlined
	return v
}

func (o *outline) addPerson(p Person) {
	o.people = append(o.people, maphash.String(hashSeed, string(personKey(p))))
}

func (o *outline) addRows(rows []row) (from, to int32) {
	at := len(o.held)
	for _, r := range rows {
		if !slices.Contains(o.held[at:], r.app) {
			o.held = append(o.held, r.app)
		}
	}
	return int32(at), int32(len(o.held)) //nolint:gosec // far below
}

// clientHashes returns a hash for each app that is the same in every inventory.
func (v *Inventory) clientHashes() []uint64 {
	out := make([]uint64, len(v.apps))
	for i, a := range v.apps {
		key := "c" + string(a.client)
		if a.client == "" {
			key = "n" + strings.ToLower(string(a.name))
		}
		out[i] = maphash.String(hashSeed, key)
	}
	return out
}

// CountChanges returns how many grants were added and how many ended between two sweeps
// loaded with [NewOutline]: the numbers that [Compare] would list.
func CountChanges(before, after *Inventory) (added, ended int) {
	return after.countMissingIn(before), before.countMissingIn(after)
}

func (v *Inventory) countMissingIn(other *Inventory) (n int) {
	at := make(map[uint64]int, len(other.people))
	for i, h := range other.outline.people {
		at[h] = i
	}
	clients, others := v.clientHashes(), other.clientHashes()
	for i := range v.people {
		m := &v.people[i]
		o, known := (*member)(nil), false
		if j, ok := at[v.outline.people[i]]; ok {
			o, known = &other.people[j], true
		}
		switch {
		case m.state == Failed || m.state == Waiting || known && (o.state == Failed || o.state == Waiting), !known && !other.Whole():
			continue
		}
		seen := map[uint64]bool{}
		if known {
			for _, a := range other.outline.held[o.from:o.to] {
				seen[others[a]] = true
			}
		}
		for _, a := range v.outline.held[m.from:m.to] {
			if !seen[clients[a]] {
				seen[clients[a]] = true // count apps with the same client once
				n++
			}
		}
	}
	return n
}
