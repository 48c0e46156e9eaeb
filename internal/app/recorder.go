package app

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/wxauth/wxauth/webex"
)

// The actions in a record.
const (
	ActionRevoke    = "revoke"
	ActionOffboard  = "offboard"
	ActionRevokeApp = "revoke-app" // one app in a whole organization, with one call
)

// Outcomes that occur only in records.
const (
	Kept    Outcome = "kept"    // kept at the user's request
	Nothing Outcome = "nothing" // the person holds no tokens
	// Unreadable means that the person's list could not be read. Nothing was sent.
	Unreadable Outcome = "unreadable"
	// Done ends a run, whatever its outcomes.
	Done Outcome = "done"
)

// Record describes one attempt, before it (Outcome is empty) or after it. A token
// that was not attempted itself, such as one revoked along with another, has an
// outcome but no intent.
type Record struct {
	Seq     int64 // set by the recorder
	Intent  int64 // for an outcome: the Seq of its intent, 0 if there was none
	Time    time.Time
	Actor   webex.Untrusted // who is signed in
	Action  string
	Person  webex.Untrusted // owner of the authorization
	Org     webex.Untrusted // of the person signed in
	Row     webex.Authorization
	SignIn  bool // one of Webex's own apps
	Outcome Outcome
	Error   string
	// Status and TrackingID are from Webex's response, if there was one.
	Status     int
	TrackingID webex.Untrusted
	// Run is the same for all records of one command or dialog.
	Run string
}

// IsRun reports whether a record marks the start or end of a whole run.
func (r Record) IsRun() bool {
	return r.Person == "" && r.Row == webex.Authorization{} && (r.Outcome == "" || r.Outcome == Done || r.Outcome == Unknown)
}

// IsAppWide reports whether a record is that of one call for every user of an organization, which
// names no token.
func (r Record) IsAppWide() bool { return r.Action == ActionRevokeApp && r.Row.ID == "" }

// Recorder records every attempt. If it cannot record an intent, the revoke is not
// sent.
type Recorder interface {
	// Prepare verifies that intents can be written, before the user is asked.
	Prepare(context.Context) error
	// Begin marks a revoke as running until end is called. It ensures that the
	// expected outcomes can be written even if the disk fills up meanwhile.
	Begin(ctx context.Context, expected []Record) (end func(), err error)
	// Intent durably records a request before it is sent.
	Intent(context.Context, Record) (seq int64, err error)
	// Outcome records the outcome of a request.
	Outcome(context.Context, Record) (seq int64, err error)
	// Flush makes all outcomes durable.
	Flush(context.Context) error
	// Settle returns, once each, the intents of processes that died before recording
	// the outcome.
	Settle(context.Context) ([]Record, error)
	// Records returns the newest n records, oldest first, and the total number.
	Records(ctx context.Context, n int) (records []Record, all int, err error)
	// Head identifies the last record, for a report; "" if not supported.
	Head() string
	// Durable reports whether the records outlive the process.
	Durable() bool
}

// MemoryRecorder keeps records in memory only.
type MemoryRecorder struct {
	mu      sync.Mutex
	records []Record
}

// Prepare does nothing: it cannot fail.
func (m *MemoryRecorder) Prepare(context.Context) error { return nil }

// Begin does nothing: no other process sees the records.
func (m *MemoryRecorder) Begin(context.Context, []Record) (end func(), err error) {
	return func() {}, nil
}

// Intent keeps r.
func (m *MemoryRecorder) Intent(_ context.Context, r Record) (int64, error) { return m.keep(r), nil }

// Outcome keeps r.
func (m *MemoryRecorder) Outcome(_ context.Context, r Record) (int64, error) { return m.keep(r), nil }

// Flush does nothing.
func (m *MemoryRecorder) Flush(context.Context) error { return nil }

// Settle returns nothing: records do not outlive the process.
func (m *MemoryRecorder) Settle(context.Context) ([]Record, error) { return nil, nil }

func (m *MemoryRecorder) keep(r Record) int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	r.Seq = int64(len(m.records)) + 1
	m.records = append(m.records, r)
	return r.Seq
}

// Records returns the newest n records, oldest first, and the total number.
func (m *MemoryRecorder) Records(_ context.Context, n int) ([]Record, int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := len(m.records)
	return slices.Clone(m.records[max(all-n, 0):]), all, nil
}

// Head returns "": a memory record cannot be verified later.
func (m *MemoryRecorder) Head() string { return "" }

// Durable returns false.
func (m *MemoryRecorder) Durable() bool { return false }
