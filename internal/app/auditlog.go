package app

import (
	"context"
	"time"

	"github.com/wxauth/wxauth/internal/audit"
	"github.com/wxauth/wxauth/webex"
)

// LogRecorder is a [Recorder] that writes to the audit log.
type LogRecorder struct{ log audit.Trail }

// NewLogRecorder returns a recorder that writes to log.
func NewLogRecorder(log audit.Trail) *LogRecorder { return &LogRecorder{log} }

// Prepare verifies that the log can be written.
func (l *LogRecorder) Prepare(ctx context.Context) error { return l.log.Prepare(ctx) }

// Begin marks a revoke as running, so that other processes do not take its intents
// for those of a dead process. It reserves disk space for the outcomes.
func (l *LogRecorder) Begin(ctx context.Context, expected []Record) (end func(), err error) {
	over, err := l.log.Begin(ctx)
	if err != nil {
		return nil, err
	}
	entries := make([]audit.Entry, len(expected))
	for n, r := range expected {
		entries[n] = r.entry()
	}
	release, err := l.log.Reserve(entries)
	if err != nil {
		over()
		return nil, err
	}
	return func() { release(); over() }, nil
}

// Intent writes r and syncs it to disk.
func (l *LogRecorder) Intent(ctx context.Context, r Record) (int64, error) {
	return l.log.Append(ctx, r.entry(), true)
}

// Outcome writes r; [LogRecorder.Flush] syncs it to disk.
func (l *LogRecorder) Outcome(ctx context.Context, r Record) (int64, error) {
	return l.log.Append(ctx, r.entry(), false)
}

// Flush syncs all entries to disk and anchors the end of the log.
func (l *LogRecorder) Flush(ctx context.Context) error { return l.log.Flush(ctx) }

// Settle returns the intents of processes that died, once each.
func (l *LogRecorder) Settle(ctx context.Context) ([]Record, error) {
	open, err := l.log.Settle(ctx)
	var out []Record
	for _, e := range open {
		out = append(out, RecordOf(e))
	}
	return out, err
}

// Records returns the newest n entries of the log. It skips invalid lines; "audit
// verify" reports them.
func (l *LogRecorder) Records(ctx context.Context, n int) ([]Record, int, error) {
	entries, all, err := l.log.Newest(ctx, n)
	out := make([]Record, len(entries))
	for i, e := range entries {
		out[i] = RecordOf(e)
	}
	return out, all, err
}

// Head identifies the last entry.
func (l *LogRecorder) Head() string { return l.log.Head().String() }

// Durable returns true.
func (l *LogRecorder) Durable() bool { return true }

// Phase returns the phase of the entry: intent or outcome.
func (r Record) Phase() string {
	if r.Outcome == "" {
		return audit.PhaseIntent
	}
	return audit.PhaseOutcome
}

func (r Record) entry() audit.Entry {
	e := audit.Entry{
		Time: r.Time, Actor: string(r.Actor), Action: r.Action, Person: string(r.Person), Org: string(r.Org),
		ID: string(r.Row.ID), ApplicationName: string(r.Row.ApplicationName), ClientID: string(r.Row.ClientID), Type: string(r.Row.Type),
		Phase: r.Phase(), Outcome: string(r.Outcome), Status: r.Status, TrackingID: string(r.TrackingID), Error: r.Error,
		SignIn: r.SignIn, Run: r.Run, Intent: r.Intent,
	}
	if !r.Row.Created.IsZero() {
		e.Created = r.Row.Created.UTC().Format(time.RFC3339)
	}
	return e
}

// RecordOf returns the record stored in a log entry.
func RecordOf(e audit.Entry) Record {
	created, _ := time.Parse(time.RFC3339, e.Created)
	return Record{
		Seq: e.Seq, Intent: e.Intent, Time: e.Time, Actor: webex.Untrusted(e.Actor), Action: e.Action, Person: webex.Untrusted(e.Person), Org: webex.Untrusted(e.Org),
		Row: webex.Authorization{
			ID: webex.AuthorizationID(e.ID), ApplicationName: webex.Untrusted(e.ApplicationName), ClientID: webex.ClientID(e.ClientID),
			Type: webex.Type(e.Type), Created: created,
		},
		SignIn: e.SignIn, Outcome: Outcome(e.Outcome), Error: e.Error, Status: e.Status, TrackingID: webex.Untrusted(e.TrackingID), Run: e.Run,
	}
}

// RecordJSON is an entry as "audit list" prints it.
type RecordJSON struct {
	Seq             int64  `json:"seq"`
	Time            string `json:"time"`
	Actor           string `json:"actor"`
	Action          string `json:"action"`
	Person          string `json:"person"`
	ID              string `json:"id"`
	ApplicationName string `json:"applicationName"`
	ClientID        string `json:"clientId"`
	Type            string `json:"type"`
	Phase           string `json:"phase"` // intent, outcome
	Outcome         string `json:"outcome"`
	Status          int    `json:"status"`
	TrackingID      string `json:"trackingId"`
	Error           string `json:"error"`
}

// JSON returns the record for output. Text is as received.
func (r Record) JSON() RecordJSON {
	e := r.entry()
	return RecordJSON{
		Seq: r.Seq, Time: r.Time.UTC().Format(time.RFC3339), Actor: e.Actor, Action: e.Action, Person: e.Person, ID: e.ID,
		ApplicationName: e.ApplicationName, ClientID: e.ClientID, Type: e.Type, Phase: e.Phase, Outcome: e.Outcome,
		Status: e.Status, TrackingID: e.TrackingID, Error: e.Error,
	}
}

// ErrorCutOff is the error in the outcome of an intent whose process died.
const ErrorCutOff = audit.ErrorCutOff
