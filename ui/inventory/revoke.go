package inventory

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/dialog"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

// revokeState is the progress of a revoke for many people.
type revokeState struct {
	done, total int
	began       time.Time
	app         *app.AppRef
	stop        func()
}

type (
	// preparedMsg is the result of pressing x on an app: the plan for everybody who has it.
	preparedMsg struct {
		gen      int
		of       *inventory.Inventory // the inventory that the list of people came from
		batch    app.Batch
		inUse    int // marked stale grants that have a new token since the sweep, and are left out
		err      error
		needsKey bool
	}
	readingMsg struct {
		gen, done, total int
		more             <-chan int
	}
	stepMsg struct {
		done int
		more <-chan struct{}
	}
	doneMsg struct {
		app    *app.AppRef // nil for marked grants
		result app.BatchResult
		err    error
	}
	// askAgain is sent when the key source of the audit log was chosen.
	askAgain struct{}
)

// Errors implements [view.Failed].
func (m preparedMsg) Errors() []error { return []error{m.err} }

// Errors implements [view.Failed].
func (m doneMsg) Errors() []error {
	errs := []error{m.err}
	for _, r := range m.result.Results {
		errs = append(errs, r.Stopped)
	}
	return errs
}

// askToRevoke prepares to revoke what is under the cursor: an app for everybody, or one person's
// tokens of an app.
func (v *View) askToRevoke(env view.Env) tea.Cmd {
	switch {
	case !v.MayRevoke(env):
		return nil
	case env.Running > 0:
		v.Say(draw.Warn, "A revoke is running. Wait until it finishes, then press "+env.Keys.Shown(action.Revoke)+" again.")
		return nil
	case v.preparing != "":
		return nil
	}
	if v.table().Marks() > 0 {
		return v.askToRevokeMarked(env)
	}
	if r, n, ok := v.current(); ok {
		if v.list() == listChanges && v.found.Changes.Ended(n) {
			v.Say(draw.Warn, "This is already gone: there is nothing to revoke.")
			return nil
		}
		if r.ClientID() == "" {
			v.Say(draw.Warn, "Webex sent no client id for this app: choose its tokens on this screen.")
		}
		v.Send(view.OpenPerson{Who: r.Person().Who(), Revoke: r.ClientID(), FromInventory: true})
		return nil
	}
	a, ok := v.currentApp()
	switch {
	case !ok:
		return nil
	case a.Service != nil && a.People == 0:
		v.Say(draw.Warn, "A Service App: withdraw its authorization in "+webex.PageServiceApps+".")
		return nil
	case a.ClientID == "":
		v.Say(draw.Warn, "Webex sent no client id for this app: open who holds it ("+env.Keys.Shown(action.Details)+") and revoke there.")
		return nil
	case v.found.Partial && !v.sweep.running:
		v.Say(draw.Warn, "The sweep is not finished, so some of its users are still unknown. Press "+env.Keys.Shown(action.Sweep)+" to resume it.")
		return nil
	case v.found.Partial:
		v.Say(draw.Warn, "The sweep is not finished, so some of its users are still unknown. Wait until it finishes.")
		return nil
	}
	of := v.found.Newest
	return v.prepare(a.People, func(ctx context.Context, svc Service, each func(int), msg *preparedMsg) {
		msg.batch, msg.err = planForAll(ctx, svc, a, of.Started, of.Holders(a), each)
	})
}

// askToRevokeMarked prepares to revoke the marked grants.
func (v *View) askToRevokeMarked(env view.Env) tea.Cmd {
	if v.list() == listApps {
		v.Say(draw.Warn, "Apps are revoked for everybody one at a time. "+env.Fixed.Shown(action.Back)+" removes the marks.")
		return nil
	}
	marked := v.table().Marked()
	if hidden := v.table().Marks() - len(marked); hidden > 0 {
		v.Say(draw.Warn, "The filter hides "+english.Thousands(hidden)+" of the marked rows: review them first.")
		return nil
	}
	clients := map[webex.Person][]webex.ClientID{}
	var people []inventory.Ref // one for each
	for _, n := range marked {
		r := v.grants().Ref(n)
		if v.grants().Ended(n) {
			continue
		}
		if r.ClientID() == "" {
			v.Say(draw.Warn, "Webex sent no client id for "+refName(r)+": revoke it in the user's list.")
			return nil
		}
		who := r.Person().Who()
		if clients[who] == nil {
			people = append(people, r)
		}
		clients[who] = append(clients[who], r.ClientID())
	}
	if len(people) == 0 {
		v.Say(draw.Warn, "The marked rows are already gone: there is nothing to revoke.")
		return nil
	}
	var swept time.Time
	if v.list() == listStale {
		swept = v.found.Newest.Started
	}
	return v.prepare(len(people), func(ctx context.Context, svc Service, each func(int), msg *preparedMsg) {
		msg.batch, msg.inUse, msg.err = planForMarked(ctx, svc, clients, people, swept, each)
	})
}

// prepare reloads the tokens of people, and calls plan to plan what is revoked.
func (v *View) prepare(people int, plan func(context.Context, Service, func(int), *preparedMsg)) tea.Cmd {
	v.prepareGen++
	v.preparing = "reloading " + english.Count(people, "user") + " before confirmation…"
	ctx, cancel := context.WithCancel(v.ctx)
	v.cancelPreparing = cancel
	svc, gen, needsKey, of := v.Service, v.prepareGen, v.NeedsKey, v.found.Newest
	steps := make(chan int, 1)
	return tea.Batch(func() tea.Msg {
		defer close(steps)
		msg := preparedMsg{gen: gen, of: of}
		if msg.err = svc.Prepare(ctx); msg.err != nil {
			msg.needsKey = needsKey(msg.err)
			return msg
		}
		plan(ctx, svc, func(done int) {
			select {
			case steps <- done:
			default: // a later step contains more
			}
		}, &msg)
		return msg
	}, nextReading(gen, people, steps))
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

// stopPreparing cancels a confirmation that is being prepared.
func (v *View) stopPreparing() {
	if v.preparing == "" {
		return
	}
	v.preparing = ""
	v.prepareGen++
	v.cancelPreparing()
}

func (v *View) handleReading(msg readingMsg) tea.Cmd {
	if msg.gen == v.prepareGen && v.preparing != "" {
		v.preparing = fmt.Sprintf("reloading before confirmation: %s of %s…", english.Thousands(msg.done), english.Count(msg.total, "user"))
	}
	return nextReading(msg.gen, msg.total, msg.more)
}

// planForAll plans to revoke an app for everybody who has it. People whose tokens can't be
// loaded are in the plan as failures.
func planForAll(ctx context.Context, svc Service, a inventory.App, swept time.Time, holders []inventory.Ref, each func(int)) (app.Batch, error) {
	listings, failures, err := reload(ctx, svc, holders, each)
	if err != nil {
		return app.Batch{}, err
	}
	b, err := svc.NewBatch(ctx, listings, app.SelectClients(a.ClientID), app.PlanOptions{IncludeSelf: true})
	b.Failures, b.Several, b.App = failures, true, &app.AppRef{Client: a.ClientID, Name: a.Name, Swept: swept}
	return b, err
}

// planForMarked plans to revoke, for each of people, the apps with the given client ids. Unless swept
// is zero, it leaves out the apps that got a new token after it: they are no longer stale. inUse is
// their number.
func planForMarked(ctx context.Context, svc Service, clients map[webex.Person][]webex.ClientID, people []inventory.Ref, swept time.Time, each func(int)) (out app.Batch, inUse int, err error) {
	listings, failures, err := reload(ctx, svc, people, each)
	if err != nil {
		return app.Batch{}, 0, err
	}
	out = app.Batch{Action: app.ActionRevoke, Several: true, Failures: failures}
	for _, l := range listings {
		if len(clients[l.Who]) == 0 { // selecting no app would select all
			return app.Batch{}, 0, fmt.Errorf("%w: %s", app.ErrListChanged, l.Who)
		}
		left := slices.DeleteFunc(slices.Clone(clients[l.Who]), func(c webex.ClientID) bool {
			return !swept.IsZero() && slices.ContainsFunc(l.Rows, func(r app.Row) bool { return r.ClientID == c && r.Created.After(swept) })
		})
		inUse += len(clients[l.Who]) - len(left)
		if len(left) == 0 {
			continue
		}
		b, err := svc.NewBatch(ctx, []app.Listing{l}, app.SelectClients(left...), app.PlanOptions{IncludeSelf: true})
		switch {
		case errors.Is(err, app.ErrNoMatch): // gone since the sweep
		case err != nil:
			return app.Batch{}, inUse, err
		default:
			out.Plans = append(out.Plans, b.Plans...)
		}
	}
	if len(out.Plans) == 0 {
		return out, inUse, app.ErrNoMatch
	}
	return out, inUse, nil
}

// reload reads the authorizations of people. Those whose authorizations cannot be read are failures.
func reload(ctx context.Context, svc Service, people []inventory.Ref, each func(int)) (listings []app.Listing, failures []app.PersonFailure, err error) {
	who := make([]webex.Person, len(people))
	for i, p := range people {
		who[i] = p.Person().Who()
	}
	all, errs := svc.ListAll(ctx, who, each)
	for i, err := range errs {
		switch {
		case err == nil:
			listings = append(listings, all[i])
		case ctx.Err() != nil, app.StopsAll(err), errors.Is(err, webex.ErrRateLimited):
			return nil, nil, err // the error doesn't concern only this person
		default:
			failures = append(failures, app.PersonFailure{Who: who[i], Email: people[i].Person().Email, Err: err})
		}
	}
	return listings, failures, nil
}

func (v *View) handlePlan(env view.Env, msg preparedMsg) {
	if msg.gen != v.prepareGen || v.preparing == "" {
		return
	}
	v.preparing = ""
	v.cancelPreparing()
	switch {
	case v.filter.IsOpen() || !env.Open:
		v.Say(draw.Warn, "Confirmation not opened because you moved on. Press the key again.")
	case msg.needsKey:
		v.Send(view.NeedKey{Then: askAgain{}})
	case errors.Is(msg.err, app.ErrNoMatch) && len(msg.batch.Failures) > 0:
		f := msg.batch.Failures
		v.Say(draw.Bad, english.Count(len(f), "user")+" could not be read. Nothing was sent. "+app.Sentence(f[0].Err))
	case errors.Is(msg.err, app.ErrNoMatch) && msg.inUse > 0:
		v.Say(draw.Warn, "The marked grants are in use: "+inUseWords(msg.inUse)+". Nothing was sent.")
	case errors.Is(msg.err, app.ErrNoMatch):
		v.Say(draw.Warn, "No user has it any more. Nothing was sent.")
	case msg.err != nil:
		v.Say(draw.Bad, "Nothing was sent. "+app.Sentence(msg.err))
	case msg.batch.Concerned() == 0:
		v.Say(draw.Warn, "None of its tokens can be revoked here. Nothing was sent.")
	default:
		v.Send(dialog.Open{Dialog: v.newQuestion(env, msg)})
	}
}

// inUseWords describes grants that are no longer stale.
func inUseWords(n int) string {
	return english.Count(n, "grant") + " got a new token after the sweep"
}

// revoke executes a confirmed batch.
func (v *View) revoke(b app.Batch) tea.Cmd {
	v.running++
	svc := v.Service
	ctx, stop := app.WithStop(v.ctx)
	v.bulk = revokeState{total: b.Items(), began: v.Now(), app: b.App, stop: stop}
	steps := make(chan struct{}, 2*b.Items()+16)
	return tea.Batch(func() tea.Msg {
		defer close(steps)
		res, err := svc.RevokeAll(ctx, b, func(p app.Progress) {
			if p.Stage != app.StageDone {
				return
			}
			select {
			case steps <- struct{}{}:
			default: // the result contains it too
			}
		})
		return doneMsg{b.App, res, err}
	}, nextStep(steps))
}

func nextStep(steps <-chan struct{}) tea.Cmd {
	return func() tea.Msg {
		if _, ok := <-steps; !ok {
			return nil
		}
		msg := stepMsg{done: 1, more: steps}
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

func (v *View) handleDone(env view.Env, msg doneMsg) {
	v.running--
	if v.bulk.stop != nil {
		v.bulk.stop()
	}
	v.bulk = revokeState{}
	if msg.err != nil {
		v.Say(draw.Bad, "Nothing was revoked. "+app.Sentence(msg.err))
		return
	}
	for i := range v.tables {
		v.tables[i].ClearMarks()
	}
	v.Send(view.Revoked{Batch: msg.result})
	d := newResult(env, msg.result, msg.app)
	v.Say(d.tone, d.first)
	v.Send(dialog.Tell{Dialog: d})
}

// noteRevoked remembers which grants were verified as revoked, until a newer sweep is shown.
func (v *View) noteRevoked(r app.BatchResult) {
	left := map[grantKey]bool{}
	for _, i := range r.Items() {
		k := grantKey{i.PersonID, i.ClientID}
		left[k] = left[k] || !i.Outcome.Gone()
	}
	for k, some := range left {
		if !some && k.client != "" && v.revoked != nil && !v.revoked[k] {
			v.revoked[k] = true
			v.revokedOf[k.client]++
		}
	}
}

// Stop stops a running revoke for everybody: nothing more is sent, and what was sent is verified.
func (v *View) Stop() {
	if v.bulk.stop != nil {
		v.bulk.stop()
		v.Say(draw.Warn, view.Stopping)
	}
}
