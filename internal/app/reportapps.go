package app

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/wxauth/wxauth/internal/english"
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
	// Our own remark is never beside the name, which an app could end in the same way.
	var tokens []string
	if a.SignIn {
		tokens = append(tokens, "Webex sign-in")
	}
	for _, t := range []webex.Type{webex.TypeRefresh, webex.TypeAccess} {
		if kinds[t] > 0 {
			tokens = append(tokens, fmt.Sprintf("%d %s", kinds[t], t))
		}
	}
	if other := len(rows) - kinds[webex.TypeRefresh] - kinds[webex.TypeAccess]; other > 0 {
		tokens = append(tokens, fmt.Sprintf("%d of unknown type", other))
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

// unread returns how many users' lists could not be read.
func (r RunReport) unread() (n int) {
	for _, p := range r.People {
		n += btoi(p.Error != "")
	}
	return n
}

// tally returns what the verdict depends on. Of an interrupted run, the tokens that were held at its
// start and are not recorded count as left.
func (r RunReport) tally() tally {
	c := r.Counts()
	t := tally{
		gone: c[Revoked] + c[Cascaded] + c[AlreadyGone], left: c[StillListed] + c[Unknown] + c[Failed] + c[NotSent], kept: c[Kept],
		unsure: c[Unknown]+c[StillListed] > 0, keep: len(r.Keep), offboard: r.Action == ActionOffboard,
	}
	if r.CutOff {
		t.left, t.unsure = max(t.left, r.Held-t.gone-t.kept), true
	}
	return t
}

// Headline returns the verdict in a few words.
func (r RunReport) Headline() string {
	t := r.tally()
	switch n := r.unread(); {
	case t.left > 0:
		return t.verdict()
	case r.CutOff:
		return "Interrupted"
	case n > 0:
		return english.Count(n, "user") + " not read: nothing was revoked there"
	}
	return t.verdict()
}

// OK reports whether everything is gone that should be.
func (r RunReport) OK() bool {
	return r.tally().left == 0 && !r.CutOff && r.unread() == 0 && len(r.Keep) == 0
}

// Notice returns a short text for the person whose tokens were revoked, without ids: which apps are
// concerned, and what to do. reason may be empty; it is then left to fill in. Only an offboard is
// known to have removed the access of an app: otherwise it may have kept a token. The error means that
// the report is not about one person.
func (r RunReport) Notice(reason string) (string, error) {
	if len(r.People) != 1 || r.Action == ActionRevokeApp {
		return "", errors.New("this report is not about one user, so there is no text for a user")
	}
	var gone, out, left []string
	some := false // an app that is left has lost tokens
	for _, a := range r.People[0].Apps() {
		switch {
		case !a.OK() || slices.Contains(r.Keep, a.Name):
			left, some = append(left, a.Name), some || a.Gone > 0
		case a.Gone == 0:
		case a.SignIn:
			out = append(out, a.Name)
		default:
			gone = append(gone, a.Name)
		}
	}
	if reason == "" {
		reason = "________"
	}
	by := ""
	if r.By != "" {
		by = " by " + Clean(r.By)
	}
	day := r.Started.UTC().Format(time.DateOnly)
	var b strings.Builder
	b.WriteString("Hello,\n\n")
	if len(gone) > 0 {
		apps, one := "these apps", "one of them"
		if len(gone) == 1 {
			apps, one = "this app", "it"
		}
		what := "tokens that " + apps + " held for your Webex account were revoked"
		if r.Action == ActionOffboard {
			what = "the access of " + apps + " to your Webex account was removed"
		}
		fmt.Fprintf(&b, "On %s, %s%s because %s:\n\n", day, what, by, reason)
		for _, name := range gone {
			fmt.Fprintf(&b, "- %s\n", name)
		}
		fmt.Fprintf(&b, "\nIf you do not recognize %s, do not open it again, and tell us: somebody else may have signed in as you. If you recognize and still need %s, open it and sign in to Webex again; if you are not sure, ask first.\n", one, one)
	}
	if len(out) > 0 {
		again := "them"
		if len(out) == 1 {
			again = "it"
		}
		if len(gone) > 0 {
			fmt.Fprintf(&b, "\nYou were also signed out of %s. To use %s again, sign in.\n", FewNames(out), again)
		} else {
			fmt.Fprintf(&b, "On %s, you were signed out of %s%s because %s. To use %s again, sign in.\n", day, FewNames(out), by, reason, again)
		}
	}
	if len(left) > 0 {
		what := "the access"
		if some {
			what = "all of the access"
		}
		fmt.Fprintf(&b, "\nWe could not remove %s of %s. You can do it yourself: %s\n", what, FewNames(left), OwnTokensPage)
	}
	if len(gone)+len(out)+len(left) == 0 {
		b.WriteString("Nothing was removed from your Webex account.\n")
	}
	return b.String(), nil
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
