package app

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/wxauth/wxauth/webex"
)

// Record is what is written down about one attempt: before it (Outcome empty) and
// after it.
type Record struct {
	Seq     int64 // given by the recorder
	Intent  int64 // for an outcome: the Seq of its intent
	Time    time.Time
	Actor   webex.Untrusted // who is signed in
	Action  string          // "revoke"
	Person  webex.Untrusted // whose authorization
	Row     webex.Authorization
	Outcome Outcome
	Error   string
	// Status and TrackingID are the server's, where there was an answer.
	Status     int
	TrackingID webex.Untrusted
}

// Recorder keeps the record of every attempt. A refused intent refuses the revoke.
type Recorder interface {
	// Intent writes down what is about to be sent, durably, before it is sent.
	Intent(context.Context, Record) (seq int64, err error)
	// Outcome writes down what came of the intent with that Seq.
	Outcome(context.Context, Record) (seq int64, err error)
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

// Intent keeps r.
func (m *MemoryRecorder) Intent(_ context.Context, r Record) (int64, error) { return m.keep(r), nil }

// Outcome keeps r.
func (m *MemoryRecorder) Outcome(_ context.Context, r Record) (int64, error) { return m.keep(r), nil }

func (m *MemoryRecorder) keep(r Record) int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	r.Seq = int64(len(m.records)) + 1
	m.records = append(m.records, r)
	return r.Seq
}

// Head is empty: there is nothing to check it against later.
func (m *MemoryRecorder) Head() string { return "" }

// Durable is false.
func (m *MemoryRecorder) Durable() bool { return false }

// Records returns all that was kept, oldest first.
func (m *MemoryRecorder) Records() []Record {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.records)
}
