package app

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/wxauth/wxauth/webex"
)

// The actions that stand in a record.
const (
	ActionRevoke    = "revoke"
	ActionOffboard  = "offboard"
	ActionRevokeApp = "revoke-app" // one app across an organization, in one call
)

// Outcomes that only a record has.
const (
	Kept    Outcome = "kept"    // left alone, because the user wanted it so
	Nothing Outcome = "nothing" // a person in whose name no app holds a token
	// Unreadable is a person whose list could not be read: nothing was sent.
	Unreadable Outcome = "unreadable"
	// Done is how a run ends, whatever came of its parts.
	Done Outcome = "done"
)

// Record is what is written down about one attempt: before it (Outcome empty) and
// after it. What was held and not attempted, such as a token that ended with another,
// has an outcome and no intent.
type Record struct {
	Seq     int64 // given by the recorder
	Intent  int64 // for an outcome: the Seq of its intent, 0 when there was none
	Time    time.Time
	Actor   webex.Untrusted // who is signed in
	Action  string
	Person  webex.Untrusted // whose authorization
	Org     webex.Untrusted // of the person signed in
	Row     webex.Authorization
	SignIn  bool // one of Webex's own apps
	Outcome Outcome
	Error   string
	// Status and TrackingID are the server's, where there was an answer.
	Status     int
	TrackingID webex.Untrusted
	// Run is the same for all that one command or dialog did.
	Run string
}

// IsRun reports whether a record is about a run as a whole: its beginning, or its end.
func (r Record) IsRun() bool {
	return r.Person == "" && r.Row == webex.Authorization{} && (r.Outcome == "" || r.Outcome == Done || r.Outcome == Unknown)
}

// Recorder keeps the record of every attempt. A refused intent refuses the revoke.
type Recorder interface {
	// Prepare makes sure that intents can be written, before anybody is asked.
	Prepare(context.Context) error
	// Begin says that a revoke is under way, until end is called, and makes sure that
	// outcomes as expected can be written, even if the disk is full by then.
	Begin(ctx context.Context, expected []Record) (end func(), err error)
	// Intent writes down what is about to be sent, durably, before it is sent.
	Intent(context.Context, Record) (seq int64, err error)
	// Outcome writes down what came of it.
	Outcome(context.Context, Record) (seq int64, err error)
	// Flush makes all outcomes durable.
	Flush(context.Context) error
	// Settle returns the intents of processes that died before their outcome was
	// known, each once.
	Settle(context.Context) ([]Record, error)
	// Records returns the newest records, oldest first, at most n of them, and how many
	// there are in all.
	Records(ctx context.Context, n int) (records []Record, all int, err error)
	// Head identifies the end of the record, for a report; empty if it has none.
	Head() string
	// Durable reports whether the record outlives the process.
	Durable() bool
}

// MemoryRecorder keeps the record as long as the process lives.
type MemoryRecorder struct {
	mu      sync.Mutex
	records []Record
}

// Prepare does nothing: there is nothing that could fail.
func (m *MemoryRecorder) Prepare(context.Context) error { return nil }

// Begin does nothing: nobody else can see the record.
func (m *MemoryRecorder) Begin(context.Context, []Record) (end func(), err error) {
	return func() {}, nil
}

// Intent keeps r.
func (m *MemoryRecorder) Intent(_ context.Context, r Record) (int64, error) { return m.keep(r), nil }

// Outcome keeps r.
func (m *MemoryRecorder) Outcome(_ context.Context, r Record) (int64, error) { return m.keep(r), nil }

// Flush does nothing.
func (m *MemoryRecorder) Flush(context.Context) error { return nil }

// Settle finds nothing: what was in memory is gone.
func (m *MemoryRecorder) Settle(context.Context) ([]Record, error) { return nil, nil }

func (m *MemoryRecorder) keep(r Record) int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	r.Seq = int64(len(m.records)) + 1
	m.records = append(m.records, r)
	return r.Seq
}

// Records returns the newest n records, oldest first, and how many there are.
func (m *MemoryRecorder) Records(_ context.Context, n int) ([]Record, int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := len(m.records)
	return slices.Clone(m.records[max(all-n, 0):]), all, nil
}

// Head is empty: there is nothing to check it against later.
func (m *MemoryRecorder) Head() string { return "" }

// Durable is false.
func (m *MemoryRecorder) Durable() bool { return false }
