package app

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/webex"
)

// Words returns the outcome as shown on a screen and in a report.
func (o Outcome) Words() string {
	switch o {
	case Revoked:
		return "revoked, gone"
	case Cascaded:
		return "revoked too, gone"
	case AlreadyGone:
		return "already gone"
	case StillListed:
		return "still listed"
	case NotSent:
		return "not sent"
	case Nothing:
		return "nothing held"
	case Unreadable:
		return "list not read"
	}
	return string(o)
}

// Verdict is the overall result of a revoke.
type Verdict int

// The verdicts.
const (
	AllGone Verdict = iota // every token of the plan is gone
	SomeGone
	NoneGone
	Listed // accepted, but some are still listed; no other failures
)

// Verdict summarizes the outcomes.
func (r Result) Verdict() Verdict {
	c := r.Counts()
	gone := c[Revoked] + c[Cascaded] + c[AlreadyGone]
	wrong := c[Failed] + c[Unknown] + c[NotSent]
	switch {
	case wrong == 0 && c[StillListed] == 0:
		return AllGone
	case wrong == 0:
		return Listed
	case gone == 0 && c[StillListed] == 0:
		return NoneGone
	}
	return SomeGone
}

// tally is what a verdict depends on.
type tally struct {
	gone, left, kept int  // tokens
	unsure           bool // some of those left may be gone
	keep             int  // apps that keep a refresh token
	offboard         bool
}

// verdict says in a few words what became of the tokens.
func (t tally) verdict() string {
	all, kept := t.gone+t.left, ""
	if t.kept > 0 {
		kept = fmt.Sprintf("; %d kept", t.kept)
	}
	left := "is not gone"
	switch {
	case t.unsure:
		left = "may not be gone"
	case t.left > 1:
		left = "are not gone"
	}
	switch {
	case t.left > 0 && all == 1 && t.unsure:
		return "It may not be gone" + kept
	case t.left > 0 && all == 1:
		return "Not gone" + kept
	case t.left > 0:
		return fmt.Sprintf("%s of %s %s%s", english.Thousands(t.left), english.Count(all, "token"), left, kept)
	case t.keep == 1:
		return "1 app keeps its access"
	case t.keep > 1:
		return fmt.Sprintf("%d apps keep their access", t.keep)
	case t.offboard && t.kept == 0:
		return "Nothing left"
	case t.gone == 0:
		return "Nothing to revoke" + kept
	case t.gone == 1:
		return "Gone" + kept
	}
	if t.gone == 2 {
		return "Both tokens are gone" + kept
	}
	return fmt.Sprintf("All %s are gone%s", english.Count(t.gone, "token"), kept)
}

// Headline returns the verdict in a few words.
func (r Result) Headline() string {
	c := r.Counts()
	gone := c[Revoked] + c[Cascaded] + c[AlreadyGone]
	return tally{
		gone: gone, left: len(r.Items) - gone, kept: len(r.Kept), unsure: c[Unknown]+c[StillListed] > 0,
		keep: len(r.AppsKeepingAccess()), offboard: r.Offboard,
	}.verdict()
}

// Summary returns one line with what is gone and what is not.
func (r Result) Summary() string {
	var gone []ItemResult
	for _, i := range r.Items {
		if i.Outcome.Gone() {
			gone = append(gone, i)
		}
	}
	var parts []string
	switch {
	case len(gone) == len(r.Items):
		parts = append(parts, "Gone: "+describe(gone))
	case len(r.Items) == 1:
		parts = append(parts, "Not gone")
	case len(gone) == 0:
		parts = append(parts, fmt.Sprintf("None of %d gone", len(r.Items)))
	default:
		parts = append(parts, fmt.Sprintf("%d of %d gone", len(gone), len(r.Items)))
	}
	switch keep := r.AppsKeepingAccess(); {
	case r.KeepsAccess():
		parts = append(parts, "The app keeps its access: it has "+leftRefreshToken(r.Items))
	case len(keep) > 0:
		parts = append(parts, "Still has access: "+FewNames(keep)+" ("+leftRefreshToken(r.Items)+")")
	}
	for _, o := range []Outcome{Failed, Unknown, StillListed, NotSent} {
		var those []ItemResult
		for _, i := range r.Items {
			if i.Outcome == o {
				those = append(those, i)
			}
		}
		if len(those) > 0 {
			parts = append(parts, fmt.Sprintf("%d %s: %s", len(those), o.Words(), describe(those)))
		}
	}
	return strings.Join(parts, ". ") + "."
}

// KeepsAccess reports whether no access is taken away: every affected app keeps a
// refresh token.
func (r Result) KeepsAccess() bool {
	gone := 0
	for _, i := range r.Items {
		if i.Outcome.Gone() {
			if !i.Renewable {
				return false
			}
			gone++
		}
	}
	return gone > 0
}

// leftRefreshToken says which refresh token an app keeps its access with.
func leftRefreshToken(items []ItemResult) string {
	if slices.ContainsFunc(items, func(i ItemResult) bool { return i.Renewable && i.Type == webex.TypeRefresh }) {
		return "another refresh token"
	}
	return "a refresh token"
}

// AppsKeepingAccess returns, once each, the names of the affected apps that keep a
// refresh token.
func (r Result) AppsKeepingAccess() []string { return appsKeepingAccess(r.Items) }

func appsKeepingAccess(items []ItemResult) []string {
	var keep namesOnce
	for _, i := range items {
		if i.Outcome.Gone() && i.Renewable {
			keep.add(i.Row)
		}
	}
	return keep.names
}

// FewNames returns up to three names and the number of the others.
func FewNames(names []string) string {
	if len(names) > 3 {
		return strings.Join(names[:3], ", ") + fmt.Sprintf(" and %d more", len(names)-3)
	}
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names, "")
}

// describe says which tokens: "Meeting Sync, 1 refresh and 2 access tokens", or the
// kinds and the number of apps.
func describe(items []ItemResult) string {
	kinds := map[webex.Type]int{}
	apps := map[appKey]string{}
	for _, i := range items {
		kinds[i.Type]++
		apps[keyOf(&i.Authorization)] = ShortName(i.Authorization)
	}
	var parts []string
	for _, t := range []webex.Type{webex.TypeRefresh, webex.TypeAccess} {
		if kinds[t] > 0 {
			parts = append(parts, english.Count(kinds[t], t.String()+" token"))
			delete(kinds, t)
		}
	}
	for t, n := range kinds { // unknown types: rare, at most one per plan
		parts = append(parts, english.Count(n, strings.TrimSpace(t.String()+" token")))
	}
	words := strings.Join(parts, " and ")
	if len(apps) == 1 {
		return apps[keyOf(&items[0].Authorization)] + ", " + words
	}
	return words + " of " + english.Count(len(apps), "app")
}

// shortName is the maximum length of an app's name in a sentence, so that long names
// do not fill the result panel.
const shortName = 44

// Report returns the report of this result, for a ticket.
func (r Result) Report() RunReport {
	out := NewRunReport(r.Records, r.Head, r.Durable)
	out.Keep, out.Problems = r.AppsKeepingAccess(), problems(r.Stopped, r.RecordErr)
	return out
}

// Notes returns remarks on the outcomes: what may remain, what a revoke does not do,
// and where the audit log is.
func (r Result) Notes() []string {
	one := BatchResult{Results: []Result{r}, Durable: r.Durable, Stopped: r.Stopped, RecordErr: r.RecordErr}
	return one.Notes()
}

// keepNotes is the maximum number of separate notes about apps that keep their
// access.
const keepNotes = 5

// Notes returns remarks on the outcomes; see [Result.Notes].
func (r BatchResult) Notes() []string {
	var notes []string
	for n, name := range appsKeepingAccess(r.Items()) {
		if n == keepNotes {
			notes = append(notes, fmt.Sprintf("%d more apps keep a refresh token too.", len(appsKeepingAccess(r.Items()))-n))
			break
		}
		notes = append(notes, name+" keeps a refresh token and can get new access tokens: revoke it to remove the access.")
	}
	notes = append(notes, problems(r.Stopped, r.RecordErr)...)
	if c := r.Counts(); c[Revoked]+c[Cascaded]+c[AlreadyGone]+c[StillListed] > 0 {
		notes = append(notes,
			"Parts of Webex may accept a revoked token for a short while.",
			"Revoking does not block the app: users can authorize it again.")
	}
	if seqs := auditEntries(r.Items()); seqs != "" && r.Durable {
		notes = append(notes, "Audit log: "+seqs+".")
	} else if seqs != "" {
		notes = append(notes, "Audit log: in memory only, lost when wxauth exits.")
	}
	return notes
}

func auditEntries(items []ItemResult) string {
	first, last := int64(0), int64(0)
	for _, i := range items {
		for _, seq := range i.Audit {
			if first == 0 || seq < first {
				first = seq
			}
			last = max(last, seq)
		}
	}
	switch {
	case first == 0:
		return ""
	case first == last:
		return fmt.Sprintf("entry %d", first)
	}
	return fmt.Sprintf("entries %d to %d", first, last)
}

// Span returns when the first request was sent and when the last check was made.
func (r Result) Span() (sent, looked time.Time) {
	for _, i := range r.Items {
		if !i.Sent.IsZero() && (sent.IsZero() || i.Sent.Before(sent)) {
			sent = i.Sent
		}
	}
	return sent, r.Finished
}
