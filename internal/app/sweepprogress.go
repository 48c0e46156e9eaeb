package app

import (
	"sync"
	"time"

	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/webex"
)

// SweepStage is how far a sweep has come.
type SweepStage int

// The stages of a sweep, in their order.
const (
	SweepListing  SweepStage = iota // who there is
	SweepPriced                     // it is known what it will cost; told once
	SweepReading                    // person by person
	SweepRetrying                   // those that failed, once more
	SweepSaving
	// SweepPutAway: an earlier run had read everybody, and this one puts that away before
	// it begins its own.
	SweepPutAway
)

// SweepProgress is how far a sweep has come. It is told now and then, not for each person.
type SweepProgress struct {
	Stage          SweepStage
	Begun          time.Time // of the sweep; long ago for one that is gone on with
	Resumed        bool
	People         int // that are known so far
	Done           int // of them: read, gone, or failed so far
	Failed         int
	Authorizations int
	Rate           float64       // people a second of late; 0 while it is not known
	Left           time.Duration // until all are read; 0 while it is not known
	Pauses         int           // that Webex asked for
	PausedUntil    time.Time
	BestTime       time.Duration // with SweepPriced: about how long it takes if no pause is asked for; 0 while that is not known
}

type rateMark struct {
	at   time.Time
	done int
}

// toldEvery is how often progress is told.
const toldEvery = 100 * time.Millisecond

// tellEverySecond tells progress also while nobody is read, such as in a pause, until stop
// is called.
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

// rateOver is the time over which the rate is measured.
const rateOver = 20 * time.Second

// rate is how many people a second were read of late.
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
