package inventory

import (
	"slices"
	"strings"
	"time"

	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/webex"
)

// The flags of an app. Each is a verifiable fact, not a verdict.
const (
	FlagNew       = "new"        // not in the earlier sweep
	FlagLookAlike = "look-alike" // its name resembles another app's name
	FlagOddName   = "odd-name"   // its name has no letters or looks like a test
	FlagOnePerson = "one-person" // only one person uses it
)

// Flag is a property of an app that may need attention, with the evidence for it.
type Flag struct {
	Word     string
	Evidence string
}

// App is an OAuth client and its use in an organization.
type App struct {
	ClientID      webex.ClientID
	Name          webex.Untrusted // the newest of its names
	ApplicationID webex.Untrusted
	People        int
	Refresh       int
	Access        int
	Other         int
	Oldest        time.Time // zero if unknown
	Newest        time.Time
	SignIn        bool // one of Webex's own apps, by client id
	Stale         int  // people whose grant looks unused; see [CountStale]
	Flags         []Flag
	Service       *ServiceApp // set for a Service App that an admin authorized

	client int32
}

// Flagged reports whether the app has a flag.
func (a App) Flagged(word string) bool {
	return slices.ContainsFunc(a.Flags, func(f Flag) bool { return f.Word == word })
}

// Words returns the names of the flags, without their evidence.
func (a App) Words() []string {
	out := []string{}
	for _, f := range a.Flags {
		out = append(out, f.Word)
	}
	return out
}

// Apps summarizes the inventory by app. signIn reports whether a client id belongs to Webex
// itself. before is an earlier sweep to compare with, or nil. Flagged apps come first, then
// those with most people.
func (v *Inventory) Apps(signIn func(webex.ClientID) bool, before *Inventory) []App {
	v.index()
	clients := 0
	for _, c := range v.clients {
		clients = max(clients, int(c)+1)
	}
	out := make([]App, clients)
	newest := make([]int64, clients)
	for i := range newest {
		newest[i] = noTime
	}
	for i, c := range v.clients {
		if out[c].Name == "" {
			out[c].Name, out[c].ApplicationID, out[c].ClientID, out[c].client = v.apps[i].name, webex.Untrusted(v.apps[i].application), v.apps[i].client, c
		}
	}
	oldest := slices.Clone(newest)
	for i := range v.grants {
		g := &v.grants[i]
		a := &out[g.client]
		a.People++
		a.Refresh, a.Access, a.Other = a.Refresh+int(g.Refresh), a.Access+int(g.Access), a.Other+int(g.Other)
		if g.oldest != noTime && (oldest[g.client] == noTime || g.oldest < oldest[g.client]) {
			oldest[g.client] = g.oldest
		}
		if g.newest > newest[g.client] {
			newest[g.client] = g.newest
			out[g.client].Name = Ref{v, int32(i)}.Name() //nolint:gosec // far below
		}
	}
	out = slices.DeleteFunc(out, func(a App) bool { return a.People == 0 }) // apps of people who were read again
	for i := range out {
		a := &out[i]
		a.Oldest, a.Newest, a.SignIn = at(oldest[a.client]), at(newest[a.client]), signIn(a.ClientID)
	}
	v.flag(out, before)
	out = v.withServiceApps(out)
	slices.SortStableFunc(out, func(a, b App) int {
		if c := rank(a) - rank(b); c != 0 {
			return c
		}
		if a.People != b.People {
			return b.People - a.People
		}
		return strings.Compare(strings.ToLower(string(a.Name)), strings.ToLower(string(b.Name)))
	})
	return out
}

// rank returns the sort position of an app: flagged apps come first.
func rank(a App) int {
	for n, word := range []string{FlagLookAlike, FlagNew, FlagOddName} {
		if a.Flagged(word) {
			return n
		}
	}
	if a.Service != nil {
		return 3
	}
	return 4 // an app that only its own author uses is common
}

// CountStale counts the stale grants of each app.
func CountStale(apps []App, stale []Ref) {
	counts := map[int32]int{}
	for _, r := range stale {
		counts[r.grant().client]++
	}
	for i := range apps {
		apps[i].Stale = counts[apps[i].client]
	}
}

func (v *Inventory) flag(apps []App, before *Inventory) {
	var known map[webex.ClientID]bool
	names := map[string]bool{} // names of apps without a client id
	if before != nil {
		known = map[webex.ClientID]bool{}
		before.index()
		for i := range before.grants {
			a := Ref{before, int32(i)}.app() //nolint:gosec // far below
			known[a.client] = true
			names[strings.ToLower(string(a.name))] = true
		}
	}
	originals := lookAlikes(apps)
	for i := range apps {
		a := &apps[i]
		if o, ok := originals[i]; ok {
			a.Flags = append(a.Flags, Flag{FlagLookAlike, likeWords(apps[o])})
		}
		if before != nil && !(a.ClientID != "" && known[a.ClientID] || a.ClientID == "" && names[strings.ToLower(string(a.Name))]) {
			a.Flags = append(a.Flags, Flag{FlagNew, "not in the sweep of " + before.Started.Format("2006-01-02 15:04 UTC")})
		}
		if why := OddName(a.Name); why != "" {
			a.Flags = append(a.Flags, Flag{FlagOddName, why})
		}
		if a.People == 1 && !a.SignIn && v.counts[Read] > 1 {
			a.Flags = append(a.Flags, Flag{FlagOnePerson, "only 1 of " + english.Thousands(v.counts[Read]) + " people has it"})
		}
	}
}

func likeWords(o App) string {
	whose := "client " + o.ClientID.String() + ", " + english.Thousands(o.People) + " people"
	if o.SignIn {
		whose = "Webex's own"
	}
	return "like " + webex.Quote(string(o.Name)) + " (" + whose + ")"
}
