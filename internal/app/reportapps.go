package app

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/wxauth/wxauth/webex"
)

// AppReport is what became of one person's tokens of an app.
type AppReport struct {
	Name   string
	SignIn bool // one of Webex's own apps
	Gone   int  // tokens that are gone
	Kept   int
	All    int
	Words  string    // what became of them, in one line
	Done   time.Time // the last outcome
}

// OK reports whether nothing is left that should be gone.
func (a AppReport) OK() bool { return a.Gone+a.Kept == a.All }

// Apps returns what became of each app, by name, those with tokens that are not gone first.
func (p PersonReport) Apps() []AppReport {
	type id struct {
		client webex.ClientID
		name   webex.Untrusted // for apps without a client id
	}
	var order []id
	rows := map[id][]Record{}
	for _, r := range p.Rows {
		k := id{client: r.Row.ClientID}
		if k.client == "" {
			k.name = r.Row.ApplicationName
		}
		if rows[k] == nil {
			order = append(order, k)
		}
		rows[k] = append(rows[k], r)
	}
	var out []AppReport
	for _, k := range order {
		out = append(out, appReport(rows[k]))
	}
	slices.SortStableFunc(out, func(a, b AppReport) int {
		return cmp.Or(cmp.Compare(btoi(a.OK()), btoi(b.OK())), strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)))
	})
	return out
}

func appReport(rows []Record) AppReport {
	a := AppReport{Name: Shorten(AppName(rows[0].Row), 200), SignIn: rows[0].SignIn, All: len(rows)}
	kinds := map[webex.Type]int{}
	counts := map[Outcome]int{}
	why := ""
	for _, r := range rows {
		kinds[r.Row.Type]++
		counts[r.Outcome]++
		a.Gone += btoi(r.Outcome.Gone())
		a.Kept += btoi(r.Outcome == Kept)
		if r.Time.After(a.Done) {
			a.Done = r.Time
		}
		if r.Error != "" && !r.Outcome.Gone() && why == "" {
			why = ": " + Shorten(r.Error, 200)
		}
	}
	var tokens []string
	for _, t := range []webex.Type{webex.TypeRefresh, webex.TypeAccess} {
		if kinds[t] > 0 {
			tokens = append(tokens, fmt.Sprintf("%d %s", kinds[t], t))
		}
	}
	if other := len(rows) - kinds[webex.TypeRefresh] - kinds[webex.TypeAccess]; other > 0 {
		tokens = append(tokens, fmt.Sprintf("%d other", other))
	}
	switch {
	case a.Kept == a.All:
		a.Words = "kept: still signed in"
	case a.OK():
		a.Words = "gone"
	default:
		var parts []string
		if a.Gone > 0 {
			parts = append(parts, fmt.Sprintf("%d of %d gone", a.Gone, a.All))
		}
		for _, o := range []Outcome{StillListed, Unknown, Failed, NotSent} {
			if counts[o] > 0 {
				parts = append(parts, fmt.Sprintf("%d %s", counts[o], o.Words()))
			}
		}
		a.Words = strings.Join(parts, ", ") + why
	}
	a.Words += " (" + strings.Join(tokens, ", ") + ")"
	return a
}

// Headline returns the verdict in a few words.
func (r RunReport) Headline() string {
	c := r.Counts()
	gone, left := c[Revoked]+c[Cascaded]+c[AlreadyGone], 0
	for o, n := range c {
		if o != Kept && !o.Gone() {
			left += n
		}
	}
	all := max(gone+left, r.Held-c[Kept])
	unread := 0
	for _, p := range r.People {
		unread += btoi(p.Error != "")
	}
	left = all - gone
	works := "still works"
	switch {
	case c[Unknown]+c[StillListed] > 0 || r.CutOff:
		works = "may still work"
	case left > 1:
		works = "still work"
	}
	kept := ""
	if n := c[Kept]; n > 0 {
		kept = fmt.Sprintf("; %d kept", n)
	}
	switch {
	case left > 0:
		return fmt.Sprintf("%d of %d %s%s", left, all, works, kept)
	case len(r.Keep) == 1:
		return "1 app keeps its access"
	case len(r.Keep) > 1:
		return fmt.Sprintf("%d apps keep their access", len(r.Keep))
	case unread > 0:
		return plural(unread, "user") + " not read: nothing was revoked there"
	case r.Action == ActionOffboard && c[Kept] == 0:
		return "Nothing left"
	case gone == 0:
		return "Nothing to revoke"
	case gone == 1:
		return "Gone" + kept
	}
	return fmt.Sprintf("All %d gone%s", gone, kept)
}

// OK reports whether everything is gone that should be.
func (r RunReport) OK() bool {
	for _, p := range r.People {
		if p.Error != "" || slices.ContainsFunc(p.Rows, func(row Record) bool { return row.Outcome != Kept && !row.Outcome.Gone() }) {
			return false
		}
	}
	return !r.CutOff && len(r.Keep) == 0
}

// Notice returns a short text for the person whose tokens were revoked: which apps lost their access
// and what to do, without ids. reason may be empty; it is then left to fill in. The report must be
// about one person.
func (r RunReport) Notice(reason string) string {
	var gone, out []string
	if len(r.People) == 1 {
		for _, a := range r.People[0].Apps() {
			switch {
			case a.Gone == 0:
			case a.SignIn:
				out = append(out, a.Name)
			default:
				gone = append(gone, a.Name)
			}
		}
	}
	if reason == "" {
		reason = "________"
	}
	var b strings.Builder
	b.WriteString("Hello,\n\n")
	by := ""
	if r.By != "" {
		by = " by " + Clean(r.By)
	}
	if len(gone) > 0 {
		fmt.Fprintf(&b, "On %s, the access of these apps to your Webex account was removed%s because %s:\n\n", r.Started.UTC().Format(time.DateOnly), by, reason)
		for _, name := range gone {
			fmt.Fprintf(&b, "- %s\n", name)
		}
		b.WriteString("\nThey can no longer read or send anything in your name. If you still need one, open it and sign in to Webex again, or ask first if you are not sure. If you do not know one of them, tell us: somebody else may have signed in as you.\n")
	}
	if len(out) > 0 {
		fmt.Fprintf(&b, "\nYou were signed out of %s%s because %s. To use it again, sign in.\n", FewNames(out), by, reason)
	}
	if len(gone)+len(out) == 0 {
		b.WriteString("Nothing was removed from your Webex account.\n")
	}
	return b.String()
}

// Moment is a second of a run and what was recorded in it.
type Moment struct {
	At    time.Time
	Words string
}

// Timeline returns what happened in a run, second by second.
func (r RunReport) Timeline() []Moment {
	counts := map[time.Time]map[Outcome]int{}
	for _, p := range r.People {
		for _, row := range p.Rows {
			at := row.Time.Truncate(time.Second)
			if counts[at] == nil {
				counts[at] = map[Outcome]int{}
			}
			o := row.Outcome
			if o.Gone() {
				o = Revoked
			}
			counts[at][o]++
		}
	}
	out := []Moment{{r.Started, "started"}}
	for _, at := range slices.SortedFunc(maps.Keys(counts), time.Time.Compare) {
		var parts []string
		for _, o := range []Outcome{Revoked, StillListed, Unknown, Failed, NotSent, Kept} {
			if n := counts[at][o]; n > 0 && o == Revoked {
				parts = append(parts, fmt.Sprintf("%d gone", n))
			} else if n > 0 {
				parts = append(parts, fmt.Sprintf("%d %s", n, o.Words()))
			}
		}
		out = append(out, Moment{at, strings.Join(parts, ", ")})
	}
	return append(out, Moment{r.Finished, "finished"})
}
