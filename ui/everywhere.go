package ui

import (
	"context"
	"errors"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/dialog"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/webex"
)

// bulkState is a revoke for many people that is under way.
type bulkState struct {
	done, total int
	app         *app.AppRef
	stop        context.CancelFunc
}

type (
	// everywherePreparedMsg answers "x" on an app: the plan for everybody who holds it.
	everywherePreparedMsg struct {
		gen      int
		of       *inventory.Inventory // that knew who holds it
		batch    app.Batch
		err      error
		needsKey bool
	}
	readingMsg struct {
		gen, done, total int
		more             <-chan int
	}
	bulkStepMsg struct {
		done int
		more <-chan struct{}
	}
	bulkDoneMsg struct {
		result app.BatchResult
		err    error
	}
)

// askToRevokeFromInventory prepares to revoke what is under the cursor: an app for
// everybody, or what an app holds for one person.
func (m *Model) askToRevokeFromInventory() tea.Cmd {
	v := &m.inventory
	switch {
	case !m.mayRevoke():
		return nil
	case m.running > 0:
		m.say(draw.Warn, "A revoke is running: wait until it has ended, then press "+m.keys.Shown(action.Revoke)+" again.")
		return nil
	case v.preparing != "":
		return nil
	}
	if r, n, ok := v.current(); ok {
		if v.list() == listChanges && v.view.Changes.Ended(n) {
			m.say(draw.Warn, "This has ended already: there is nothing to revoke.")
			return nil
		}
		return m.openToRevoke(r)
	}
	a, ok := v.currentApp()
	switch {
	case !ok:
		return nil
	case a.ClientID == "":
		m.say(draw.Warn, "Webex sent no client id for this app: open who holds it (enter), and revoke there.")
		return nil
	case v.view.Partial && !v.sweep.running:
		m.say(draw.Warn, "The sweep is not finished, so not everybody who holds it is known: S goes on with it.")
		return nil
	case v.view.Partial:
		m.say(draw.Warn, "The sweep is not finished, so not everybody who holds it is known. Let it end first.")
		return nil
	}
	return m.prepareEverywhere(a)
}

// openToRevoke opens a person's authorizations, and asks to revoke those of the app.
func (m *Model) openToRevoke(r inventory.Ref) tea.Cmd {
	if r.ClientID() == "" {
		m.say(draw.Warn, "Webex sent no client id for this app: choose its tokens on this screen.")
		return m.open(r.Person().Who())
	}
	cmd := m.open(r.Person().Who())
	m.list.revokeNext, m.list.fromInventory = r.ClientID(), true
	return cmd
}

// prepareEverywhere reads the list of everybody who holds an app again, and plans to end
// it for all of them.
func (m *Model) prepareEverywhere(a inventory.App) tea.Cmd {
	v := &m.inventory
	v.prepareGen++
	v.preparing = "reading " + english.Count(a.People, "user") + " again before asking…"
	ctx, cancel := context.WithCancel(m.ctx)
	v.stopPreparing = cancel
	svc, gen, account, of := m.opts.Service, v.prepareGen, m.opts.Account, v.view.Newest
	steps := make(chan int, 1)
	return tea.Batch(func() tea.Msg {
		defer close(steps)
		msg := everywherePreparedMsg{gen: gen, of: of}
		if msg.err = svc.Prepare(ctx); msg.err != nil {
			msg.needsKey = account != nil && account.NeedsKey(msg.err)
			return msg
		}
		msg.batch, msg.err = planEverywhere(ctx, svc, a, of.Started, of.Holders(a), func(done int) {
			select {
			case steps <- done:
			default: // a later one says more
			}
		})
		return msg
	}, nextReading(gen, a.People, steps))
}

func nextReading(gen, total int, steps <-chan int) tea.Cmd {
	return func() tea.Msg {
		done, ok := <-steps
		if !ok {
			return nil
		}
		return readingMsg{gen, done, total, steps}
	}
}

// stopPreparing gives up a question that is being prepared.
func (m *Model) stopPreparing() {
	v := &m.inventory
	if v.preparing == "" {
		return
	}
	v.preparing = ""
	v.prepareGen++
	v.stopPreparing()
}

func (m *Model) tookReading(msg readingMsg) tea.Cmd {
	v := &m.inventory
	if msg.gen == v.prepareGen && v.preparing != "" {
		v.preparing = fmt.Sprintf("reading them again before asking: %s of %s…", english.Thousands(msg.done), english.Count(msg.total, "user"))
	}
	return nextReading(msg.gen, msg.total, msg.more)
}

// planEverywhere plans to end an app for everybody who holds it. Those whose list cannot
// be read stand in the plan as failures.
func planEverywhere(ctx context.Context, svc Service, a inventory.App, swept time.Time, holders []inventory.Ref, each func(int)) (app.Batch, error) {
	who := make([]webex.Person, len(holders))
	for i, h := range holders {
		who[i] = h.Person().Who()
	}
	all, errs := svc.ListAll(ctx, who, each)
	var listings []app.Listing
	var failures []app.PersonFailure
	for i, err := range errs {
		switch {
		case err == nil:
			listings = append(listings, all[i])
		case ctx.Err() != nil, app.StopsAll(err), errors.Is(err, webex.ErrRateLimited):
			return app.Batch{}, err // it is not about this person
		default:
			failures = append(failures, app.PersonFailure{Who: who[i], Email: holders[i].Person().Email, Err: err})
		}
	}
	b, err := svc.NewBatch(ctx, listings, app.SelectClient(a.ClientID), app.PlanOptions{IncludeSelf: true})
	b.Failures, b.Several, b.App = failures, true, &app.AppRef{Client: a.ClientID, Name: a.Name, Swept: swept}
	return b, err
}

func (m *Model) tookEverywhere(msg everywherePreparedMsg) tea.Cmd {
	v := &m.inventory
	if msg.gen != v.prepareGen || v.preparing == "" {
		return nil
	}
	v.preparing = ""
	v.stopPreparing()
	m.now = m.opts.Now()
	switch {
	case v.filtering || m.dialogs.IsOpen() || m.screen != onInventory:
		m.say(draw.Warn, "Nothing was asked: you went on. Press the key again.")
	case msg.needsKey:
		m.askForKey(keyForEverywhere)
	case errors.Is(msg.err, app.ErrNoMatch) && len(msg.batch.Failures) > 0:
		f := msg.batch.Failures
		m.say(draw.Bad, english.Count(len(f), "user")+" could not be read, so nothing is known of them; nothing was sent. "+app.Sentence(f[0].Err))
	case errors.Is(msg.err, app.ErrNoMatch):
		m.say(draw.Warn, "Nobody holds it any more: it has ended everywhere since the sweep. Nothing was sent.")
	case msg.err != nil:
		m.say(draw.Bad, "Nothing was sent. "+app.Sentence(msg.err))
	case msg.batch.Concerned() == 0:
		m.say(draw.Warn, "None of its tokens can be revoked here. Nothing was sent.")
	default:
		m.openDialog(newConfirmEverywhere(m, msg.batch, msg.of))
	}
	return nil
}

// revokeAll carries out a batch that was confirmed.
func (m *Model) revokeAll(b app.Batch) tea.Cmd {
	m.running++
	svc := m.opts.Service
	ctx, stop := context.WithCancel(m.ctx)
	m.inventory.bulk = bulkState{total: b.Items(), app: b.App, stop: stop}
	steps := make(chan struct{}, 2*b.Items()+16)
	return tea.Batch(func() tea.Msg {
		defer close(steps)
		res, err := svc.RevokeAll(ctx, b, func(p app.Progress) {
			if p.Stage != app.StageDone {
				return
			}
			select {
			case steps <- struct{}{}:
			default: // the result says it all again
			}
		})
		return bulkDoneMsg{res, err}
	}, nextBulkStep(steps))
}

func nextBulkStep(steps <-chan struct{}) tea.Cmd {
	return func() tea.Msg {
		if _, ok := <-steps; !ok {
			return nil
		}
		msg := bulkStepMsg{done: 1, more: steps}
		for {
			select {
			case _, ok := <-steps:
				if !ok {
					return msg
				}
				msg.done++
			default:
				return msg
			}
		}
	}
}

func (m *Model) tookBulkDone(msg bulkDoneMsg) tea.Cmd {
	m.running--
	m.now = m.opts.Now()
	ref := m.inventory.bulk.app
	if m.inventory.bulk.stop != nil {
		m.inventory.bulk.stop()
	}
	m.inventory.bulk = bulkState{}
	if msg.err != nil {
		m.say(draw.Bad, "Nothing was revoked. "+app.Sentence(msg.err))
		return nil
	}
	r := msg.result
	m.bulkReport, m.report = &r, nil
	m.noteRevoked(r)
	d := newBulkEnd(m, r, ref)
	m.say(d.tone, d.first)
	m.tell(d)
	return nil
}

// noteRevoked marks what is proven gone, until a sweep knows it too.
func (m *Model) noteRevoked(r app.BatchResult) {
	left := map[grantKey]bool{}
	for _, i := range r.Items() {
		k := grantKey{i.PersonID, i.ClientID}
		left[k] = left[k] || !i.Outcome.Gone()
	}
	v := &m.inventory
	for k, some := range left {
		if !some && k.client != "" && v.revoked != nil && !v.revoked[k] {
			v.revoked[k] = true
			v.revokedOf[k.client]++
		}
	}
}

// askToStop asks whether a revoke for everybody is to stop where it is.
func (m *Model) askToStop() {
	m.openDialog(&dialog.Ask{
		No: "Go on", Yes: "Stop", Bare: true, Width: 64,
		Text: func() dialog.AskText {
			state := "It has ended"
			if b := m.inventory.bulk; b.total > 0 {
				state = english.Thousands(b.done) + " of " + english.Count(b.total, "token") + " done"
			}
			return dialog.AskText{Title: "Stop revoking?", Head: state, Body: []string{"Stopping sends nothing more. What was sent is read back, and the report says what is gone and what is not."}}
		},
		Do: func() tea.Cmd {
			if stop := m.inventory.bulk.stop; stop != nil {
				stop()
				m.say(draw.Warn, "Stopping: what was sent is read back, the rest is not sent.")
			}
			return nil
		},
	})
}
