package app

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"sync"
	"time"

	"github.com/wxauth/wxauth/webex"
)

// shared is the state shared by all plans of a batch.
type shared struct {
	s      *Service
	action string
	run    string
	actor  webex.Untrusted
	org    webex.Untrusted
	slots  chan struct{} // limits concurrent revokes

	mu        sync.Mutex
	stopped   error // why nothing more is sent
	records   []Record
	recordErr error // the first error when recording an outcome
}

func (s *Service) newShared(ctx context.Context, action string) *shared {
	sh := &shared{s: s, action: action, slots: make(chan struct{}, workers), run: newRun(s.opts.Now())}
	if me, err := s.signedIn(ctx); err == nil {
		sh.actor, sh.org = me.Email(), s.orgWords(ctx, me.OrgID, action)
		if sh.actor == "" {
			sh.actor = webex.Untrusted(me.ID)
		}
	}
	return sh
}

// orgWords names an organization. For actions that produce a report for people, it
// includes the organization's name.
func (s *Service) orgWords(ctx context.Context, id webex.OrgID, action string) webex.Untrusted {
	uuid := id.UUID()
	if uuid == "" {
		uuid = string(id)
	}
	if action != ActionOffboard {
		return webex.Untrusted(uuid)
	}
	if o, err := s.api.Organization(ctx, id); err == nil && o.DisplayName != "" {
		return o.DisplayName + webex.Untrusted(" ("+uuid+")")
	}
	return webex.Untrusted(uuid)
}

// newRun returns a unique run name made of the time and random bytes.
func newRun(now time.Time) string {
	b := make([]byte, 4)
	_, _ = rand.Read(b) // it never fails
	return now.UTC().Format("20060102T150405Z") + "-" + hex.EncodeToString(b)
}

func (sh *shared) stop(err error) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.stopped == nil {
		sh.stopped = err
	}
}

// mayGoOn returns why nothing more may be sent; nil if sending may go on.
func (sh *shared) mayGoOn(ctx context.Context) error {
	if ctx.Err() != nil {
		sh.stop(context.Cause(ctx))
	}
	sh.mu.Lock()
	defer sh.mu.Unlock()
	return sh.stopped
}

// write records r with the fields common to the batch, and keeps it for the report.
func (sh *shared) write(ctx context.Context, r Record) (int64, error) {
	r.Time, r.Actor, r.Org, r.Action, r.Run = sh.s.opts.Now(), sh.actor, sh.org, sh.action, sh.run
	put := sh.s.rec.Outcome
	if r.Outcome == "" {
		put = sh.s.rec.Intent
	}
	if r.Outcome != "" { // record outcomes even after cancellation
		ctx = context.WithoutCancel(ctx)
	}
	seq, err := put(ctx, r)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if err != nil && r.Outcome == "" {
		return 0, err
	}
	if err != nil && sh.recordErr == nil {
		sh.recordErr = err
	}
	r.Seq = seq
	sh.records = append(sh.records, r) // the report includes it even if recording failed
	return seq, err
}

// keep adds a record that could not be written to the report.
func (sh *shared) keep(r Record) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	r.Time, r.Actor, r.Org, r.Action, r.Run = sh.s.opts.Now(), sh.actor, sh.org, sh.action, sh.run
	sh.records = append(sh.records, r)
}

// heldFormat is the text that records the number of tokens at the start of an
// offboarding.
const heldFormat = "held: %d tokens of %d apps"

// begin records the start of an offboarding and the number of tokens; end records
// its end. If the end is missing, a report from the log knows that it is incomplete.
func (sh *shared) begin(ctx context.Context, plans []Plan) (seq int64, err error) {
	if sh.action != ActionOffboard {
		return 0, nil
	}
	tokens, apps := 0, map[appKey]bool{}
	for _, p := range plans {
		for i := range p.rows {
			tokens++
			apps[keyOf(&p.rows[i].Authorization)] = true
		}
	}
	return sh.write(ctx, Record{Error: fmt.Sprintf(heldFormat, tokens, len(apps))})
}

func (sh *shared) end(ctx context.Context, begun int64) {
	if begun != 0 {
		_, _ = sh.write(ctx, Record{Intent: begun, Outcome: Done})
	}
}
