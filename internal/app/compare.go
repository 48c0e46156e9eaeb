package app

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/wxauth/wxauth/webex"
)

// DefaultEventDelay is how long Webex may take to record a revoke before its event counts as
// missing. Webex does not document this time.
const DefaultEventDelay = 15 * time.Minute

// sameAct is how far apart the times of a request and its event may be, because the clocks differ.
const sameAct = 10 * time.Minute

// Recorded says whether Webex recorded a revoke of the audit log.
type Recorded string

// The values of [Recorded].
const (
	RecordedYes   Recorded = "recorded"
	RecordPending Recorded = "pending" // the revoke is recent: its event may still appear
	RecordMissing Recorded = "missing"
	// NotComparable marks what Webex does not record as an admin's revoke, such as a token that
	// was revoked along with its refresh token, or a request without a response.
	NotComparable Recorded = "not-comparable"
)

// Compared is a revoke of the audit log and what Webex recorded of it.
type Compared struct {
	Record
	State Recorded
	Event webex.AdminAuditEvent // zero if Webex recorded none
}

// Comparison is the audit log beside Webex's admin audit events.
type Comparison struct {
	Since, Until time.Time
	Ours         []Compared              // oldest first
	Foreign      []webex.AdminAuditEvent // revokes that the audit log lacks, newest first
}

// Count returns the number of revokes in a state.
func (c Comparison) Count(state Recorded) (n int) {
	for _, o := range c.Ours {
		if o.State == state {
			n++
		}
	}
	return n
}

// Compare compares the audit log since a time with what Webex recorded. Entries younger than
// delay count as pending. Each event matches one entry: by the authorization's id or the
// tracking id, and an app-wide revoke by the client id; the times must fit, too.
func (s *Service) Compare(ctx context.Context, records iter.Seq2[Record, error], since time.Time, delay time.Duration) (Comparison, error) {
	now := s.opts.Now()
	org, err := s.eventOrg(ctx)
	if err != nil {
		return Comparison{}, err
	}
	// Both records begin earlier than asked, so that an act at the boundary has its counterpart.
	from := since.Add(-sameAct)
	var events []webex.AdminAuditEvent
	for e, err := range s.Events(ctx, EventQuery{From: from, To: now.Add(time.Minute), Categories: []string{webex.CategoryUsers}}) {
		if err != nil {
			return Comparison{}, err
		}
		if e.IsRevoke() {
			events = append(events, e)
		}
	}
	var acts acts
	for r, err := range records {
		if err != nil {
			return Comparison{}, err
		}
		acts.add(r, org, from)
	}
	return compare(acts.all(), events, since, now, delay), nil
}

// act is a request of the audit log that Webex may have recorded: an outcome with the time of
// its intent, or an intent without an outcome.
type act struct {
	Record
	sent time.Time
}

// acts collects them from the records of the log, which come in order.
type acts struct {
	intents map[int64]Record
	done    []act
}

// add takes a record since from of an organization. The log is shared by all profiles.
func (a *acts) add(r Record, org webex.OrgID, from time.Time) {
	if r.Time.Before(from) || r.IsRun() || r.Row.ID == "" && (!r.IsAppWide() || r.Row.ClientID == "") || !ofOrg(r, org) {
		return
	}
	if r.Outcome == "" {
		if a.intents == nil {
			a.intents = map[int64]Record{}
		}
		a.intents[r.Seq] = r
		return
	}
	sent := r.Time
	if intent, ok := a.intents[r.Intent]; ok && r.Intent != 0 {
		sent = intent.Time
		delete(a.intents, r.Intent)
	}
	a.done = append(a.done, act{r, sent})
}

// all returns the acts by sequence number, the open intents among them.
func (a *acts) all() []act {
	out := slices.Clone(a.done)
	for _, r := range a.intents {
		out = append(out, act{r, r.Time})
	}
	slices.SortFunc(out, func(x, y act) int { return cmp.Compare(x.Seq, y.Seq) })
	return out
}

// ofOrg reports whether a record is of an organization, as far as it says. Records name it by
// its UUID, by its id, or as "Name (UUID)".
func ofOrg(r Record, org webex.OrgID) bool {
	return r.Org == "" || org == "" || webex.OrgID(r.Org).UUID() == org.UUID() || strings.Contains(strings.ToLower(string(r.Org)), org.UUID())
}

// mayHaveEvent reports whether Webex may have recorded an act: not a token that was kept, or a
// request that was rejected.
func (a act) mayHaveEvent() bool {
	switch a.Outcome {
	case "", Revoked, Cascaded, StillListed, Unknown:
		return true
	}
	return false
}

// accepted reports whether Webex accepted the request.
func (a act) accepted() bool { return a.Intent != 0 && 200 <= a.Status && a.Status < 300 }

// compare does the matching for [Service.Compare].
func compare(ours []act, events []webex.AdminAuditEvent, since, now time.Time, delay time.Duration) Comparison {
	out := Comparison{Since: since, Until: now, Ours: []Compared{}}
	m := newEventIndex(events)
	// Accepted requests choose first: an event of a refresh token must not go to a token revoked
	// with it.
	order := slices.Clone(ours)
	slices.SortStableFunc(order, func(a, b act) int { return btoi(!a.accepted()) - btoi(!b.accepted()) })
	matched := map[int64]webex.AdminAuditEvent{}
	for _, a := range order {
		if !a.mayHaveEvent() {
			continue
		}
		if e, ok := m.take(a); ok {
			matched[a.Seq] = e
		}
	}
	for _, a := range ours {
		if a.sent.Before(since) || !a.mayHaveEvent() {
			continue
		}
		e, ok := matched[a.Seq]
		c := Compared{Record: a.Record, Event: e}
		switch {
		case ok:
			c.State = RecordedYes
		case !a.accepted():
			c.State = NotComparable
		case now.Sub(a.sent) < delay:
			c.State = RecordPending
		default:
			c.State = RecordMissing
		}
		out.Ours = append(out.Ours, c)
	}
	for i, e := range events {
		if !m.used[i] && !e.Created.Before(since) {
			out.Foreign = append(out.Foreign, e)
		}
	}
	return out
}

// eventIndex finds the event of an act. Each event is taken once.
type eventIndex struct {
	events []webex.AdminAuditEvent
	byID   map[string][]int
	byTrk  map[webex.Untrusted][]int
	byApp  map[webex.ClientID][]int
	used   []bool
}

func newEventIndex(events []webex.AdminAuditEvent) *eventIndex {
	m := &eventIndex{events: events, byID: map[string][]int{}, byTrk: map[webex.Untrusted][]int{}, byApp: map[webex.ClientID][]int{}, used: make([]bool, len(events))}
	for i, e := range events {
		switch {
		case e.TokenID != "":
			m.byID[e.TokenID.UUID()] = append(m.byID[e.TokenID.UUID()], i)
		case e.ClientID != "":
			m.byApp[e.ClientID] = append(m.byApp[e.ClientID], i)
		}
		if e.TrackingID != "" {
			m.byTrk[e.TrackingID] = append(m.byTrk[e.TrackingID], i)
		}
	}
	return m
}

// take returns the event of an act and marks it as used.
func (m *eventIndex) take(a act) (webex.AdminAuditEvent, bool) {
	i := -1
	if a.TrackingID != "" {
		i = m.nearest(m.byTrk[a.TrackingID], a)
	}
	switch {
	case i >= 0:
	case a.Row.ID != "":
		i = m.nearest(m.byID[a.Row.ID.UUID()], a)
	default:
		i = m.nearest(m.byApp[a.Row.ClientID], a)
	}
	if i < 0 {
		return webex.AdminAuditEvent{}, false
	}
	m.used[i] = true
	return m.events[i], true
}

// nearest returns the unused event that is nearest to the request, or -1. Only events between
// the request and its outcome fit, with [sameAct] on both sides.
func (m *eventIndex) nearest(candidates []int, a act) int {
	best := -1
	away := func(i int) time.Duration { return m.events[i].Created.Sub(a.sent).Abs() }
	for _, i := range candidates {
		at := m.events[i].Created
		fits := !at.Before(a.sent.Add(-sameAct)) && !at.After(a.Time.Add(sameAct))
		if !m.used[i] && fits && (best < 0 || away(i) < away(best)) {
			best = i
		}
	}
	return best
}

// ComparisonJSON is a comparison as "audit compare" prints it.
type ComparisonJSON struct {
	Since   string           `json:"since"`
	Until   string           `json:"until"`
	Ours    []ComparedJSON   `json:"ours"`
	Foreign []ForeignJSON    `json:"foreign"`
	Counts  ComparisonCounts `json:"counts"`
}

// ComparedJSON is one revoke of the audit log. Event is the id of Webex's event.
type ComparedJSON struct {
	Seq    int64    `json:"seq"`
	ID     *string  `json:"id"`
	Person string   `json:"person"`
	Time   string   `json:"time"`
	State  Recorded `json:"state"`
	Event  *string  `json:"event"`
}

// Rows returns the comparison as one list for CSV: our revokes, then the foreign ones.
func (j ComparisonJSON) Rows() []ComparisonRow {
	out := []ComparisonRow{}
	for _, o := range j.Ours {
		out = append(out, ComparisonRow{State: string(o.State), Time: &o.Time, Seq: &o.Seq, Person: &o.Person, ID: o.ID, Event: o.Event})
	}
	for _, f := range j.Foreign {
		out = append(out, ComparisonRow{State: "foreign", Time: f.Time, ID: f.ID, ClientID: f.ClientID, Actor: f.Actor, IP: f.IP})
	}
	return out
}

// ComparisonRow is a row of a comparison as CSV.
type ComparisonRow struct {
	State    string  `json:"state"`
	Time     *string `json:"time"`
	Seq      *int64  `json:"seq"`
	Person   *string `json:"person"`
	ID       *string `json:"id"`
	ClientID *string `json:"clientId"`
	Event    *string `json:"event"`
	Actor    *string `json:"actor"`
	IP       *string `json:"ip"`
}

// ForeignJSON is a revoke that Webex recorded and the audit log lacks.
type ForeignJSON struct {
	Time       *string `json:"time"`
	Actor      *string `json:"actor"`
	IP         *string `json:"ip"`
	ID         *string `json:"id"` // of the revoked authorization
	ClientID   *string `json:"clientId"`
	TrackingID *string `json:"trackingId"`
}

// ComparisonCounts counts the revokes of a comparison.
type ComparisonCounts struct {
	Recorded int `json:"recorded"`
	Pending  int `json:"pending"`
	Missing  int `json:"missing"`
	Foreign  int `json:"foreign"`
}

// Counts returns the counts for output.
func (c Comparison) Counts() ComparisonCounts {
	return ComparisonCounts{c.Count(RecordedYes), c.Count(RecordPending), c.Count(RecordMissing), len(c.Foreign)}
}

// JSON returns the comparison for output.
func (c Comparison) JSON() ComparisonJSON {
	out := ComparisonJSON{
		Since: c.Since.UTC().Format(time.RFC3339), Until: c.Until.UTC().Format(time.RFC3339),
		Ours: []ComparedJSON{}, Foreign: []ForeignJSON{}, Counts: c.Counts(),
	}
	for _, o := range c.Ours {
		out.Ours = append(out.Ours, ComparedJSON{o.Seq, orNull(o.Row.ID), string(o.Person), o.Time.UTC().Format(time.RFC3339), o.State, orNull(o.Event.ID)})
	}
	for _, e := range c.Foreign {
		out.Foreign = append(out.Foreign, ForeignJSON{TimeJSON(e.Created), orNull(EventActor(e)), orNull(e.IP), orNull(e.TokenID), orNull(e.ClientID), orNull(e.TrackingID)})
	}
	return out
}
