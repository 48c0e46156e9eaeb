package app

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"time"

	"github.com/wxauth/wxauth/webex"
)

// DefaultEventDelay is how long Webex may take to record a revoke before its event counts as
// missing. Webex does not document this time.
const DefaultEventDelay = 15 * time.Minute

// sameAct is how far the times of a record and of an event of the same app-wide revoke may be
// apart: the clocks differ, and the outcome is logged after the request.
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
// tracking id, and an app-wide revoke by the client id and the time.
func (s *Service) Compare(ctx context.Context, records iter.Seq2[Record, error], since time.Time, delay time.Duration) (Comparison, error) {
	now := s.opts.Now()
	// Both records begin earlier than asked, so that an act at the border has its counterpart.
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
	ours := []Record{}
	for r, err := range records {
		if err != nil {
			return Comparison{}, err
		}
		if hasEvent(r, from) {
			ours = append(ours, r)
		}
	}
	return compare(ours, events, since, now, delay), nil
}

// hasEvent reports whether a record is the outcome of a request since from that Webex may have
// recorded.
func hasEvent(r Record, from time.Time) bool {
	return r.Outcome != "" && !r.Time.Before(from) && (r.Row.ID != "" || r.Action == ActionRevokeApp && r.Row.ClientID != "")
}

// compare does the matching for [Service.Compare].
func compare(ours []Record, events []webex.AdminAuditEvent, since, now time.Time, delay time.Duration) Comparison {
	out := Comparison{Since: since, Until: now, Ours: []Compared{}}
	m := newEventIndex(events)
	// Requests choose first: an event of a refresh token must not go to a token revoked with it.
	order := slices.Clone(ours)
	slices.SortStableFunc(order, func(a, b Record) int { return cmp.Compare(matchRank(a), matchRank(b)) })
	matched := map[int64]webex.AdminAuditEvent{}
	for _, r := range order {
		if e, ok := m.take(r); ok {
			matched[r.Seq] = e
		}
	}
	for _, r := range ours {
		if r.Time.Before(since) {
			continue
		}
		e, ok := matched[r.Seq]
		switch c := (Compared{Record: r, Event: e}); {
		case ok:
			c.State = RecordedYes
			out.Ours = append(out.Ours, c)
		case !accepted2xx(r):
			if r.Outcome == Revoked || r.Outcome == Cascaded || r.Outcome == StillListed || r.Outcome == Unknown {
				c.State = NotComparable
				out.Ours = append(out.Ours, c)
			}
		case now.Sub(r.Time) < delay:
			c.State = RecordPending
			out.Ours = append(out.Ours, c)
		default:
			c.State = RecordMissing
			out.Ours = append(out.Ours, c)
		}
	}
	for i, e := range events {
		if !m.used[i] && !e.Created.Before(since) {
			out.Foreign = append(out.Foreign, e)
		}
	}
	return out
}

// accepted2xx reports whether a record is of a request that Webex accepted.
func accepted2xx(r Record) bool { return r.Intent != 0 && 200 <= r.Status && r.Status < 300 }

func matchRank(r Record) int { return btoi(!accepted2xx(r)) }

// eventIndex finds the event of a record. Each event is taken once.
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

// take returns the event of a record and marks it as used.
func (m *eventIndex) take(r Record) (webex.AdminAuditEvent, bool) {
	i := -1
	if r.TrackingID != "" {
		i = m.nearest(m.byTrk[r.TrackingID], r, 0)
	}
	switch {
	case i >= 0:
	case r.Row.ID != "":
		i = m.nearest(m.byID[r.Row.ID.UUID()], r, 0)
	default:
		i = m.nearest(m.byApp[r.Row.ClientID], r, sameAct)
	}
	if i < 0 {
		return webex.AdminAuditEvent{}, false
	}
	m.used[i] = true
	return m.events[i], true
}

// nearest returns the unused event that is nearest in time, or -1. Events further away than
// within are ignored, unless it is 0.
func (m *eventIndex) nearest(candidates []int, r Record, within time.Duration) int {
	best := -1
	away := func(i int) time.Duration { return m.events[i].Created.Sub(r.Time).Abs() }
	for _, i := range candidates {
		if !m.used[i] && (within == 0 || away(i) <= within) && (best < 0 || away(i) < away(best)) {
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
