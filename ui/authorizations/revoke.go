package authorizations

import (
	"context"
	"errors"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/dialog"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

// askToRevoke captures the ids when the key is pressed, and prepares the confirmation.
func (v *View) askToRevoke(env view.Env) tea.Cmd {
	if !v.MayRevoke(env) || v.preparing {
		return nil
	}
	ids, why := v.targets()
	if len(ids) == 0 {
		v.warn(why)
		return nil
	}
	return v.prepare(env, ids)
}

// prepare plans to revoke ids.
func (v *View) prepare(env view.Env, ids []webex.AuthorizationID) tea.Cmd {
	v.asked = ids
	return v.plan(env, func(ctx context.Context, svc Service, msg *preparedMsg, listing app.Listing) {
		if msg.fresh != nil {
			ids, msg.missing = stillListed(ids, listing)
		}
		if len(ids) > 0 {
			msg.plan, msg.err = svc.NewPlan(ctx, listing, ids, app.PlanOptions{IncludeSelf: true})
		}
	})
}

// plan prepares a confirmation. It reloads a list that is no longer fresh, so that the dialog
// shows current tokens, and verifies that the audit log is writable.
func (v *View) plan(env view.Env, fill func(context.Context, Service, *preparedMsg, app.Listing)) tea.Cmd {
	v.prepareGen++
	v.preparing = true
	svc, ctx, gen, listing, needsKey := v.Service, v.ctx, v.prepareGen, v.listing, v.NeedsKey
	listing.Rows = v.alive()
	old := !app.Fresh(listing.ReadAt, env.Now)
	return func() tea.Msg {
		msg := preparedMsg{gen: gen}
		if msg.err = svc.Prepare(ctx); msg.err != nil {
			msg.needsKey = needsKey(msg.err)
			return msg
		}
		if old {
			fresh, err := svc.List(ctx, listing.Who)
			if err != nil {
				msg.err = err
				return msg
			}
			msg.fresh, listing = &fresh, fresh
		}
		fill(ctx, svc, &msg, listing)
		return msg
	}
}

func stillListed(ids []webex.AuthorizationID, l app.Listing) (kept []webex.AuthorizationID, missing int) {
	listed := map[webex.AuthorizationID]bool{}
	for _, r := range l.Rows {
		listed[r.ID] = true
	}
	for _, id := range ids {
		if listed[id] {
			kept = append(kept, id)
		} else {
			missing++
		}
	}
	return kept, missing
}

// revoke executes a confirmed plan. Each step arrives as a message. The channel buffers all
// steps, so that revoking never waits for the screen.
func (v *View) revoke(plan app.Plan) tea.Cmd {
	v.op++
	ctx, stop := app.WithStop(v.ctx)
	v.stops[v.op] = stop
	svc, op := v.Service, v.op
	steps := make(chan app.Progress, 16*len(plan.Items)+len(v.listing.Rows)+16)
	return tea.Batch(
		func() tea.Msg {
			defer close(steps)
			res, err := svc.Revoke(ctx, plan, func(p app.Progress) {
				select {
				case steps <- p:
				default: // the result contains it too
				}
			})
			return revokedMsg{op, res, err}
		},
		nextSteps(op, steps),
	)
}

// Stop stops the running revokes: nothing more is sent, and what was sent is verified.
func (v *View) Stop() {
	for _, stop := range v.stops {
		stop()
	}
	if len(v.stops) > 0 {
		v.stopped = true
		v.Say(draw.Warn, view.Stopping)
	}
}

// nextSteps waits for a step, and returns it with all other steps that are ready.
func nextSteps(op int, steps <-chan app.Progress) tea.Cmd {
	return func() tea.Msg {
		first, ok := <-steps
		if !ok {
			return nil
		}
		msg := progressMsg{op: op, steps: []app.Progress{first}, more: steps}
		for {
			select {
			case p, ok := <-steps:
				if !ok {
					return msg
				}
				msg.steps = append(msg.steps, p)
			default:
				return msg
			}
		}
	}
}

// handlePlan opens the confirmation dialog for a plan.
func (v *View) handlePlan(env view.Env, msg preparedMsg) {
	if msg.gen != v.prepareGen || !v.preparing {
		return
	}
	v.preparing = false
	if v.filter.IsOpen() || !env.Open {
		v.Say(draw.Warn, "Confirmation not opened because you kept typing. Press the key again.")
		return
	}
	if msg.fresh != nil {
		v.take(*msg.fresh, env.Now)
	}
	switch {
	case msg.needsKey:
		v.Send(view.NeedKey{Then: planAgain(msg.gen)})
	case msg.err != nil:
		v.Say(draw.Bad, "Nothing was sent. "+app.Sentence(msg.err))
	case len(msg.plan.Items) == 0 && msg.plan.Offboard:
		v.Say(draw.Warn, "No app holds a token that can be revoked. There is nothing to do.")
	case len(msg.plan.Items) == 0:
		v.Say(draw.Warn, "The list was reloaded: what you chose is already gone. Nothing was sent.")
	default:
		v.Send(dialog.Open{Dialog: v.question(env, msg.plan, msg.other, msg.missing)})
	}
}

func (v *View) handleRevoked(env view.Env, msg revokedMsg) tea.Cmd {
	if stop := v.stops[msg.op]; stop != nil {
		stop()
	}
	delete(v.stops, msg.op)
	stopped := v.stopped && len(v.stops) == 0
	v.stopped = v.stopped && !stopped
	if msg.err != nil {
		for id, s := range v.states {
			if s.op == msg.op && s.stage != app.StageDone {
				delete(v.states, id)
			}
		}
		v.Say(draw.Bad, "Nothing was revoked. "+app.Sentence(msg.err))
		if errors.Is(msg.err, app.ErrListChanged) {
			v.Say(draw.Warn, "The list has changed, so nothing was sent. Review it, then press "+env.Keys.Shown(action.Revoke)+" again.")
			return v.load(env, v.who)
		}
		return nil
	}
	same := samePerson(msg.result, v.listing)
	v.Send(view.Revoked{Batch: app.BatchResult{Results: []app.Result{msg.result}}, One: &msg.result})
	if same {
		v.finish(msg.op, msg.result) // the report shows the result
	}
	if slices.ContainsFunc(msg.result.Items, func(i app.ItemResult) bool { return errors.Is(i.Err, app.ErrStopped) }) {
		v.Say(draw.Warn, "Stopped. What was sent is verified; the rest was not sent.")
	} else if stopped {
		v.Say(draw.Warn, "Everything had been sent before you stopped.")
	}
	if !same || env.At != action.Authorizations {
		v.Say(summaryTone(msg.result), app.Clean(msg.result.Person.Email())+": "+msg.result.Summary())
	}
	return nil
}

// noteRevoked marks the rows that another view revoked.
func (v *View) noteRevoked(msg view.Revoked) {
	if msg.One != nil || !v.have {
		return // our own, whose steps have been shown
	}
	for _, r := range msg.Batch.Results {
		for _, i := range r.Items {
			if slices.ContainsFunc(v.listing.Rows, func(row app.Row) bool { return row.ID == i.ID && i.ID != "" }) {
				v.apply(v.op, app.Progress{ID: i.ID, Stage: app.StageDone, Result: i})
			}
		}
	}
	v.foldGone()
}

// samePerson reports whether a result is for the person whose list is shown.
func samePerson(r app.Result, l app.Listing) bool { return r.Who == l.Who }

// planAgain is sent when the key source of the audit log was chosen. Its value is the number of
// the confirmation that needed it.
type planAgain int

func (v *View) handlePlanAgain(env view.Env, msg planAgain) tea.Cmd {
	if env.At != action.Authorizations || int(msg) != v.prepareGen { // another user or another confirmation by now
		v.Say(draw.Dim, "The encryption key is set up. Confirmation not opened because you moved on. Press the key again.")
		return nil
	}
	if v.asked == nil {
		return v.askToOffboard(env)
	}
	return v.prepare(env, v.asked)
}

// Work returns the progress of the current revoke and a description of other work.
func (v *View) Work(env view.Env) view.Work {
	w := view.Work{Preparing: v.preparing}
	for _, s := range v.states {
		if s.op == v.op {
			w.Total++
			w.Sent += btoi(s.stage != app.StageWaiting)
			w.Done += btoi(s.stage == app.StageDone)
		}
	}
	if v.watch != nil && env.At == action.Authorizations && v.watch.who == v.who {
		w.Watch = v.watchWords(env)
	}
	return w
}

// confirmed executes a plan.
func (v *View) confirmed(p app.Plan) tea.Cmd {
	v.began = time.Time{}
	for _, i := range p.Items {
		v.states[i.ID] = rowState{op: v.op + 1, stage: app.StageWaiting}
		delete(v.marks, i.ID)
	}
	return v.revoke(p)
}
