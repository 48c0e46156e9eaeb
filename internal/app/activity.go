package app

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/wxauth/wxauth/webex"
)

// ActivityRow is an act on the common timeline of the audit log and Webex's record.
type ActivityRow struct {
	Time time.Time
	// Record is the entry of the audit log, nil if only Webex recorded the act.
	Record *Record
	// Event is what Webex recorded, nil if it recorded nothing or could not be asked.
	Event *webex.AdminAuditEvent
	// State says whether Webex recorded an entry of the audit log; empty if that is not known
	// or does not apply.
	State Recorded
}

// Activity is what was revoked and authorized in a period, from both records.
type Activity struct {
	Since time.Time
	Rows  []ActivityRow // newest first
	// States says, by sequence number, whether Webex recorded an entry of the audit log.
	States map[int64]Recorded
	// Err is why Webex's record could not be read. The rows are then those of the audit log.
	Err error
}

// Activity merges records of the audit log with Webex's events since a time.
func (s *Service) Activity(ctx context.Context, records []Record, since time.Time) Activity {
	now := s.opts.Now()
	out := Activity{Since: since, States: map[int64]Recorded{}}
	var revokes []webex.AdminAuditEvent
	from := since.Add(-sameAct)
	for e, err := range s.Events(ctx, EventQuery{From: from, To: now.Add(time.Minute)}) {
		switch {
		case err != nil:
			out.Err = err
		case e.IsRevoke():
			revokes = append(revokes, e)
		case !e.Created.Before(since):
			out.Rows = append(out.Rows, ActivityRow{Time: e.Created, Event: &e})
		}
	}
	org, err := s.eventOrg(ctx)
	out.Err = cmp.Or(out.Err, err)
	var all acts
	for _, r := range records {
		all.add(r, org, from)
	}
	ours := all.all()
	if out.Err == nil {
		c := compare(ours, revokes, since, now, DefaultEventDelay)
		events := map[int64]*webex.AdminAuditEvent{}
		for i := range c.Ours {
			o := &c.Ours[i]
			out.States[o.Seq] = o.State
			if o.State == RecordedYes {
				events[o.Seq] = &o.Event
			}
		}
		for i := range ours {
			if r := &ours[i].Record; !r.Time.Before(since) {
				out.Rows = append(out.Rows, ActivityRow{Time: r.Time, Record: r, Event: events[r.Seq], State: out.States[r.Seq]})
			}
		}
		for i := range c.Foreign {
			e := &c.Foreign[i]
			out.Rows = append(out.Rows, ActivityRow{Time: e.Created, Event: e})
		}
	} else {
		out.Rows = nil
		for i := range ours {
			if r := &ours[i].Record; !r.Time.Before(since) {
				out.Rows = append(out.Rows, ActivityRow{Time: r.Time, Record: r})
			}
		}
	}
	slices.SortStableFunc(out.Rows, func(a, b ActivityRow) int { return b.Time.Compare(a.Time) })
	return out
}

// ActivityJSON is a row of the timeline for export.
type ActivityJSON struct {
	Time       *string `json:"time"`
	Source     string  `json:"source"` // audit, webex, or both
	What       string  `json:"what"`
	Actor      *string `json:"actor"`
	Person     *string `json:"person"`
	State      *string `json:"state"`
	IP         *string `json:"ip"`
	UserAgent  *string `json:"userAgent"`
	TrackingID *string `json:"trackingId"`
	ID         *string `json:"id"`
	ClientID   *string `json:"clientId"`
	Event      *string `json:"event"`
}

// JSON returns the row for output.
func (r ActivityRow) JSON() ActivityJSON {
	out := ActivityJSON{Time: TimeJSON(r.Time), What: r.Words(), Actor: orNull(r.Actor()), State: orNull(r.State)}
	out.Source = "both"
	switch {
	case r.Record == nil:
		out.Source = "webex"
	case r.Event == nil:
		out.Source = "audit"
	}
	if r.Record == nil && r.Event.IsRevoke() {
		out.State = orNull("foreign")
	}
	if r.Record != nil {
		out.ClientID = orNull(r.Record.Row.ClientID)
		out.Person, out.TrackingID, out.ID = orNull(r.Record.Person), orNull(r.Record.TrackingID), orNull(r.Record.Row.ID)
	}
	if e := r.Event; e != nil {
		out.IP, out.UserAgent, out.TrackingID, out.Event = orNull(e.IP), orNull(e.UserAgent), orNull(e.TrackingID), orNull(e.ID)
		if out.ID == nil {
			out.ID = orNull(e.TokenID)
		}
		if out.ClientID == nil {
			out.ClientID = orNull(e.ClientID)
		}
	}
	return out
}

// Actor returns who acted.
func (r ActivityRow) Actor() webex.Untrusted {
	if r.Record != nil {
		return r.Record.Actor
	}
	return EventActor(*r.Event)
}

// Words describes the act in one line.
func (r ActivityRow) Words() string {
	if r.Record == nil {
		return EventWords(*r.Event)
	}
	what := "client " + ShortClient(r.Record.Row.ClientID)
	if !r.Record.IsAppWide() {
		what = ShortName(r.Record.Row) + " " + Kind(r.Record.Row.Type)
	}
	if r.Record.Outcome == "" {
		return what + ": no outcome logged yet"
	}
	return what + ": " + r.Record.Outcome.Words()
}

// Words describes whether Webex recorded an entry of the audit log.
func (r Recorded) Words() string {
	switch r {
	case RecordedYes:
		return "recorded"
	case RecordPending:
		return "not yet"
	case RecordMissing:
		return "missing"
	case NotComparable:
		return "none expected"
	}
	return "—"
}
