package inventory

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

// sweepState is the sweep in progress, and the result of the last one.
type sweepState struct {
	running  bool
	paused   bool
	progress app.SweepProgress
	hold     *hold
	cancel   context.CancelFunc
	looked   time.Time // when its results were last shown
	gen      int
}

// hold blocks a sweep before its next person while it is paused.
type hold struct {
	mu   sync.Mutex
	open chan struct{} // closed while not paused
}

func newHold() *hold {
	h := &hold{open: make(chan struct{})}
	close(h.open)
	return h
}

func (h *hold) wait(ctx context.Context) error {
	h.mu.Lock()
	open := h.open
	h.mu.Unlock()
	select {
	case <-open:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *hold) set(paused bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	select {
	case <-h.open:
		if paused {
			h.open = make(chan struct{})
		}
	default:
		if !paused {
			close(h.open)
		}
	}
}

type (
	sweepMsg struct {
		gen      int // number of the sweep
		progress app.SweepProgress
		more     <-chan app.SweepProgress
	}
	sweptMsg struct {
		gen    int
		result app.SweepResult
		err    error
	}
	// sweepAgain is sent when the key source of the inventory was chosen.
	sweepAgain struct{}
)

// Errors implements [view.Failed].
func (m sweptMsg) Errors() []error { return []error{m.err, m.result.Stopped} }

// startSweep starts a sweep of the organization in the background.
func (v *View) startSweep(env view.Env) tea.Cmd {
	s := &v.sweep
	switch {
	case s.running && s.paused:
		v.pauseSweep(env)
		return nil
	case s.running:
		v.Say(draw.Dim, "A sweep is already running. Press "+env.Keys.Shown(action.PauseSweep)+" to pause it.")
		return nil
	case env.Running > 0:
		v.Say(draw.Warn, "A revoke is running. Wait until it finishes, then sweep.")
		return nil
	}
	ctx, cancel := context.WithCancel(v.ctx)
	*s = sweepState{gen: s.gen + 1, running: true, hold: newHold(), cancel: cancel}
	inv, wait, gen := v.Inventory, s.hold.wait, s.gen
	steps := make(chan app.SweepProgress, 64)
	return tea.Batch(func() tea.Msg {
		defer close(steps)
		res, err := inv.Sweep(ctx, wait, func(p app.SweepProgress) {
			select {
			case steps <- p:
			default: // the next step contains it too
			}
		})
		return sweptMsg{gen, res, err}
	}, nextSweepStep(gen, steps))
}

// nextSweepStep waits for progress, and returns the newest step that is ready.
func nextSweepStep(gen int, steps <-chan app.SweepProgress) tea.Cmd {
	return func() tea.Msg {
		p, ok := <-steps
		if !ok {
			return nil
		}
		for {
			select {
			case next, ok := <-steps:
				if !ok {
					return sweepMsg{gen, p, steps}
				}
				p = next
			default:
				return sweepMsg{gen, p, steps}
			}
		}
	}
}

// partialEvery is how often the lists are reloaded during a first sweep.
const partialEvery = 3 * time.Second

func (v *View) handleSweepStep(env view.Env, msg sweepMsg) tea.Cmd {
	s := &v.sweep
	if msg.gen != s.gen {
		return nil
	}
	s.progress = msg.progress
	// A first sweep shows its results so far. During later sweeps, the results of the previous
	// one stay on screen.
	first := v.have && (v.found.Newest == nil || v.found.Partial)
	every := max(partialEvery, 20*v.took) // reload large sweeps less often
	if v.nothingYet() {
		every = time.Second
	}
	if first && env.Open && !v.loading && !v.filter.IsOpen() && v.holders == nil && !v.opening && env.Now.Sub(s.looked) >= every {
		s.looked = env.Now
		return tea.Batch(v.load(), nextSweepStep(msg.gen, msg.more))
	}
	return nextSweepStep(msg.gen, msg.more)
}

func (v *View) handleSwept(env view.Env, msg sweptMsg) tea.Cmd {
	if msg.gen != v.sweep.gen {
		return nil // of another login
	}
	v.sweep.running, v.sweep.paused = false, false
	v.sweep.cancel()
	switch r := msg.result; {
	case v.NeedsKey(msg.err) && (!env.Open || v.filter.IsOpen()):
		v.Say(draw.Warn, "Not swept: the encryption key is not set up. Press "+env.Keys.Shown(action.Sweep)+" to choose where to keep it.")
		return nil
	case v.NeedsKey(msg.err):
		v.Send(view.NeedKey{Inventory: true, Then: sweepAgain{}})
		return nil
	case msg.err != nil:
		v.Say(draw.Bad, "Not swept. "+app.Sentence(msg.err))
		return nil
	case errors.Is(r.Stopped, context.Canceled):
		v.Say(draw.Warn, fmt.Sprintf("Sweep stopped: %s of %s saved. Press "+env.Keys.Shown(action.Sweep)+" to resume.", english.Thousands(r.Done), english.Count(r.People, "user")))
	case errors.Is(r.Stopped, app.ErrFewerPeople):
		v.Say(draw.Bad, "The sweep was discarded. "+app.Sentence(r.Stopped))
	case r.Stopped != nil:
		v.Say(draw.Bad, fmt.Sprintf("The sweep stopped after %s of %s. Press "+env.Keys.Shown(action.Sweep)+" to resume. %s", english.Thousands(r.Done), english.Count(r.People, "user"), app.Sentence(r.Stopped)))
	default:
		v.swept = sweptTone(r).Text(sweptWords(r)) // shown together with the new lists
	}
	return v.load()
}

func sweptTone(r app.SweepResult) draw.Tone {
	if len(r.Failures) > 0 {
		return draw.Warn
	}
	return draw.Good
}

func sweptWords(r app.SweepResult) string {
	words := "Swept: " + english.Count(r.Done, "user") + ", " + english.Count(r.Authorizations, "token")
	if r.Gone > 0 {
		words += ", " + english.Thousands(r.Gone) + " deleted meanwhile"
	}
	if n := len(r.Failures); n > 0 {
		words += ", " + english.Count(n, "user") + " could not be read (" + draw.Cut(app.Clean(webex.Untrusted(r.Failures[0].Person.Words())), 30) + ")"
	}
	if r.Unreadable > 0 {
		words += ", " + english.Count(r.Unreadable, "token") + " with unreadable fields"
	}
	if !r.Before.Started.IsZero() {
		words += ". Since the previous sweep: " + english.Thousands(r.New) + " new, " + english.Thousands(r.Ended) + " removed"
	}
	return words + "."
}

// pauseSweep pauses or resumes the sweep.
func (v *View) pauseSweep(env view.Env) {
	s := &v.sweep
	if !s.running {
		v.Say(draw.Dim, "No sweep is running. Press "+env.Keys.Shown(action.Sweep)+" to start one.")
		return
	}
	s.paused = !s.paused
	s.hold.set(s.paused)
	if s.paused {
		v.Say(draw.Dim, "Sweep paused. "+env.Keys.Shown(action.PauseSweep)+" resumes it, esc stops it; nothing is lost.")
	} else {
		v.Say(draw.Dim, "Sweep resumed.")
	}
}

// stopSweep stops the sweep; the next one resumes it.
func (v *View) stopSweep() {
	if v.sweep.running {
		v.sweep.cancel()
	}
}

// sweepWords describes the progress of the sweep.
func (v *View) sweepWords(env view.Env, w int) []draw.Segment {
	s := &v.sweep
	p := s.progress
	if p.People == 0 {
		return []draw.Segment{draw.Link.Text("listing users…")}
	}
	if p.Stage == app.SweepListing {
		return []draw.Segment{draw.Link.Text("listing users: " + english.Count(p.People, "user") + " so far…")}
	}
	if env.Plain && !s.paused && p.Stage != app.SweepSaving { // in steps of ten, because a screen reader reads each change aloud
		return []draw.Segment{draw.Link.Text(fmt.Sprintf("%d %% of %s read", 100*p.Done/max(p.People, 1)/10*10, english.Count(p.People, "user")))}
	}
	bar := min(30, w/3)
	full := bar * p.Done / max(p.People, 1)
	segs := []draw.Segment{draw.Link.Text(draw.Repeat(env.Glyphs.Left, full)), draw.Dim.Text(draw.Repeat(env.Glyphs.Used, bar-full)), draw.Plain.Text("  " + english.Thousands(p.Done) + " of " + english.Thousands(p.People))}
	switch {
	case s.paused:
		return append(segs, draw.Warn.Text(" · paused: "+env.Keys.Shown(action.PauseSweep)+" resumes, esc stops it"))
	case !env.PausedUntil.IsZero():
		return append(segs, draw.Warn.Text(" · rate limited until "+env.Clock(env.PausedUntil)))
	case p.Stage == app.SweepRetrying:
		return append(segs, draw.Plain.Text(" · retrying failed users"))
	case p.Stage == app.SweepSaving:
		return append(segs, draw.Plain.Text(" · saving"))
	}
	if p.Rate >= 1 {
		segs = append(segs, draw.Plain.Text(fmt.Sprintf(" · %.0f/s", p.Rate)))
	}
	if p.Left > 0 {
		segs = append(segs, draw.Plain.Text(" · "+app.DurationWords(p.Left.Round(time.Second))+" to go"))
	}
	if p.Pauses > 0 {
		segs = append(segs, draw.Dim.Text(" · "+english.Count(p.Pauses, "pause")+" (429)"))
	}
	if p.Failed > 0 {
		segs = append(segs, draw.Warn.Text(" · "+english.Thousands(p.Failed)+" failed"))
	}
	return segs
}

// sweepSegment describes the progress of the sweep briefly, for the other views.
func (v *View) sweepSegment(env view.Env) draw.Segment {
	s := &v.sweep
	switch {
	case s.paused:
		return draw.Warn.Text("sweep paused")
	case env.At == action.Inventory:
		return draw.Link.Text("sweeping")
	case s.progress.People == 0:
		return draw.Link.Text("sweeping…")
	}
	if env.Plain {
		return draw.Link.Text("sweeping")
	}
	return draw.Link.Text("sweeping " + english.Thousands(s.progress.Done) + " of " + english.Thousands(s.progress.People))
}
