package app

import (
	"sync"
	"time"

	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/webex"
)

// SweepStage is the stage of a sweep.
type SweepStage int

// The stages of a sweep, in order.
const (
	SweepListing  SweepStage = iota // listing people
	SweepPriced                     // the cost is known; reported once
	SweepReading                    // reading each person
	SweepRetrying                   // retrying those that failed
	SweepSaving
	// SweepPutAway means that this run saves the sweep of an earlier run before it
	// starts its own.
	SweepPutAway
)

// SweepProgress is the progress of a sweep. It is reported at intervals, not for
// each person.
type SweepProgress struct {
	Stage          SweepStage
	Begun          time.Time // start of the sweep; long ago for a continued one
	Resumed        bool
	People         int // people known so far
	Done           int // people read, gone, or failed so far
	Failed         int
	Authorizations int
	Rate           float64       // recent people per second; 0 if unknown
	Left           time.Duration // estimated remaining time; 0 if unknown
	Pauses         int           // number of pauses that Webex requested
	PausedUntil    time.Time
	BestTime       time.Duration // with SweepPriced: estimated duration without pauses; 0 if unknown
}

type rateMark struct {
	at   time.Time
	done int
}

// toldEvery is the interval of progress reports.
const toldEvery = 100 * time.Millisecond

// tellEverySecond reports progress even while nobody is being read, such as during a
// pause, until stop is called.
func (s *sweep) tellEverySecond() (stop func()) {
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		t := time.NewTicker(time.Second)
		defer t.Stop()
		for {
			select {
			case <-t.C:
				s.mu.Lock()
				if s.stage == SweepListing || s.stage == SweepReading || s.stage == SweepRetrying {
					s.tellLocked(true)
				}
				s.mu.Unlock()
			case <-done:
				return
			}
		}
	})
	return func() { close(done); wg.Wait() }
}

func (s *sweep) tell(now bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tellLocked(now)
}

func (s *sweep) tellLocked(always bool) {
	now := time.Now()
	if !always && now.Sub(s.told) < toldEvery {
		return
	}
	s.told = now
	p := SweepProgress{
		Stage: s.stage, Begun: s.inv.Started, Resumed: s.resumed, People: s.inv.People(), Failed: s.inv.Count(inventory.Failed),
		Done: s.inv.People() - s.inv.Left(), Authorizations: s.inv.Authorizations(), PausedUntil: s.i.paced.PausedUntil(),
	}
	p.Pauses = s.i.paced.Pace().Pauses
	if s.stage == SweepReading {
		p.Rate = s.rate(now, p.Done)
	}
	if left := p.People - p.Done; p.Rate > 0 && left > 0 {
		p.Left = time.Duration(float64(left) / p.Rate * float64(time.Second))
	}
	if s.stage == SweepPriced && s.calls > 0 {
		p.BestTime = time.Duration(p.People-p.Done) * s.peopleIn / webex.PoolSize
	}
	s.observe(p)
}

// rateOver is the time window for measuring the rate.
const rateOver = 20 * time.Second

// rate returns the recent number of people read per second.
func (s *sweep) rate(now time.Time, done int) float64 {
	s.rates = append(s.rates, rateMark{now, done})
	for len(s.rates) > 2 && now.Sub(s.rates[1].at) >= rateOver {
		s.rates = s.rates[1:]
	}
	first := s.rates[0]
	if d := now.Sub(first.at); d >= time.Second {
		return float64(done-first.done) / d.Seconds()
	}
	return 0
}
