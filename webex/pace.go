package webex

import (
	"context"
	"math"
	"sync"
	"time"
)

// The rate of a paced client after a pause that Webex asked for.
const (
	// paceAbove is the factor over the accepted rate. At two percent, using up a limiter's
	// burst takes fifty times as long as refilling it, and the whole limit is used.
	paceAbove = 1.02
	// paceSteady is how long the rate stays constant, and paceGrowth how long it then takes to
	// grow e-fold: a raised limit is found within minutes.
	paceSteady = 25 * time.Second
	paceGrowth = 60 * time.Second
	countFor   = 30 * time.Second
	slowest    = 0.2 // calls per second: anything slower would look stuck
)

// pacer spaces the requests of a client that sends many. Until Webex has asked for two
// pauses only the pool limits the rate. After that, requests are sent slightly faster than
// the rate that was accepted between pauses, so that the limit is used and pauses are rare.
type pacer struct {
	mu       sync.Mutex
	rate     float64   // accepted calls per second; 0 while unknown
	from     time.Time // when that rate took effect
	next     time.Time // when the next request may be sent
	refusals int
	// Accepted requests are counted since the last refusal or, if that is long ago, over
	// the last one to two periods of countFor.
	counting, half           time.Time // when the two counts started
	accepted, acceptedInHalf int
}

// Paced returns a client for bulk reads, such as every person in an organization. After
// rate limits it adapts its rate to what Webex accepts, and then slowly increases it. It
// shares the connection pool and pauses with c.
func (c *Client) Paced() *Client {
	other := c.withToken(c.token)
	other.pace = &pacer{}
	return other
}

// Pace is the current rate of a paced client.
type Pace struct {
	PerSecond float64 // maximum requests per second; 0 while unlimited
	Pauses    int     // how often Webex has asked for a pause
}

// Pace returns the current rate of a client from [Client.Paced], and zero for any other
// client. Each call of [Client.Paced] starts from scratch.
func (c *Client) Pace() Pace {
	if c.pace == nil {
		return Pace{}
	}
	c.pace.mu.Lock()
	defer c.pace.mu.Unlock()
	return Pace{PerSecond: c.pace.at(time.Now()), Pauses: c.pace.refusals}
}

// at returns the rate at a time. The caller holds the lock.
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

// wait blocks until the next request may be sent.
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

// answered counts an accepted request.
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

// refused learns from a refusal that asks for a pause. A request sent before the last
// refusal is ignored. At each refusal the limiter's burst is used up, so the requests
// accepted between two refusals show its rate. The first refusal does not, because the
// burst before it is unknown.
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
