package webex

import (
	"context"
	"math"
	"sync"
	"time"
)

// How a paced client goes on after a pause that Webex asked for.
const (
	// paceAbove is by how much it goes on faster than what was accepted. At two percent
	// it takes fifty times as long to use a limiter's reserve up as to build it, and none
	// of the limit is left unused.
	paceAbove = 1.02
	// paceSteady is how long it keeps to that, and paceGrowth how long it then takes to
	// grow e-fold: a limit that was raised is found within minutes.
	paceSteady = 25 * time.Second
	paceGrowth = 60 * time.Second
	countFor   = 30 * time.Second
	slowest    = 0.2 // calls a second: below this nobody could tell it from standing still
)

// pacer spaces the requests of a client that has much to ask. Until Webex has asked for
// two pauses there is no pace: the pool is the only bound. From then on requests leave at
// the rate that was accepted between them, and a little faster, so that the limit is used
// and the next pause is far.
type pacer struct {
	mu       sync.Mutex
	rate     float64   // calls a second that were accepted; 0 while that is not known
	from     time.Time // when that rate came into force
	next     time.Time // when the next request may leave
	refusals int
	// What was accepted is counted since the last refusal, or, where that is long ago and
	// the rate has grown since, for between one and two of countFor.
	counting, half           time.Time // since when the two counts go
	accepted, acceptedInHalf int
}

// Paced returns the same client for asking much, such as every person of an
// organization: after a pause that Webex asked for it goes on at the rate that was
// accepted, and grows. Pool and pauses are shared with c.
func (c *Client) Paced() *Client {
	other := c.as(c.token)
	other.pace = &pacer{}
	return other
}

// Pace is how fast a paced client goes.
type Pace struct {
	PerSecond float64 // requests a second that it lets through; 0 while nothing bounds them
	Pauses    int     // that Webex asked it for
}

// Pace returns how fast a paced client goes now. That of any other client is zero, and
// each [Client.Paced] learns anew.
func (c *Client) Pace() Pace {
	if c.pace == nil {
		return Pace{}
	}
	c.pace.mu.Lock()
	defer c.pace.mu.Unlock()
	return Pace{PerSecond: c.pace.at(time.Now()), Pauses: c.pace.refusals}
}

// at is the rate at a time. The lock is held.
func (p *pacer) at(now time.Time) float64 {
	if p.rate == 0 {
		return 0
	}
	r := p.rate * paceAbove
	if d := now.Sub(p.from) - paceSteady; d > 0 {
		r *= math.Exp(min(float64(d)/float64(paceGrowth), 10))
	}
	return r
}

// wait blocks until the next request may leave.
func (p *pacer) wait(ctx context.Context) error {
	if p == nil {
		return nil
	}
	p.mu.Lock()
	now := time.Now()
	if p.counting.IsZero() {
		p.counting, p.half = now, now
	}
	r := p.at(now)
	at := p.next
	if at.Before(now) {
		at = now
	}
	if r > 0 {
		p.next = at.Add(time.Duration(float64(time.Second) / r))
	}
	p.mu.Unlock()
	if r == 0 || !at.After(now) {
		return nil
	}
	return sleep(ctx, at.Sub(now))
}

// answered counts a request that was let in.
func (p *pacer) answered() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.accepted++
	p.acceptedInHalf++
	if now := time.Now(); now.Sub(p.half) > countFor {
		p.counting, p.accepted = p.half, p.acceptedInHalf
		p.half, p.acceptedInHalf = now, 0
	}
}

// refused learns from a refusal that asks for a pause. What was sent before the last
// one tells nothing new. A limiter's reserve is used up at each refusal, so what was let
// in between two of them is what it allows. The first tells nothing: what reserve there
// was before it, nobody knows.
func (p *pacer) refused(sent time.Time, pause time.Duration) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if sent.Before(p.from) {
		return
	}
	if p.refusals++; p.refusals > 1 {
		p.rate = max(float64(p.accepted)/max(now.Sub(p.counting), time.Second).Seconds(), slowest)
	}
	p.from = now.Add(pause)
	p.next, p.counting, p.half = p.from, now, now
	p.accepted, p.acceptedInHalf = 0, 0
}
