package ui

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/webex"
)

func (m *Model) loadSession() tea.Cmd {
	svc, ctx := m.opts.Service, m.ctx
	return func() tea.Msg {
		s, err := svc.Session(ctx)
		return sessionMsg{s, err}
	}
}

// loadList reads a person's authorizations, and who the person is beside it.
func (m *Model) loadList(who webex.Person) tea.Cmd {
	m.list.gen++
	m.list.loading, m.list.loadStart = true, m.opts.Now()
	svc, ctx, gen := m.opts.Service, m.ctx, m.list.gen
	return tea.Batch(
		func() tea.Msg {
			l, err := svc.List(ctx, who)
			return listMsg{gen, l, err}
		},
		func() tea.Msg {
			p, err := svc.Describe(ctx, who)
			return describedMsg{gen, p, err}
		},
	)
}

// prepare plans a revoke of ids.
func (m *Model) prepare(ids []webex.AuthorizationID) tea.Cmd {
	m.list.asked = ids
	return m.plan(func(ctx context.Context, svc Service, msg *preparedMsg, listing app.Listing) {
		if msg.fresh != nil {
			ids, msg.missing = stillListed(ids, listing)
		}
		if len(ids) > 0 {
			msg.plan, msg.err = svc.NewPlan(ctx, listing, ids, app.PlanOptions{IncludeSelf: true})
		}
	})
}

// plan prepares a question. A list that is no longer fresh is read again first, so that
// what the dialog names is what is there; and the record must be fit to be written.
func (m *Model) plan(fill func(context.Context, Service, *preparedMsg, app.Listing)) tea.Cmd {
	m.list.prepareGen++
	m.list.preparing = true
	svc, ctx, gen, listing, account := m.opts.Service, m.ctx, m.list.prepareGen, m.list.listing, m.opts.Account
	listing.Rows = m.list.alive()
	old := !app.Fresh(listing.ReadAt, m.opts.Now())
	return func() tea.Msg {
		msg := preparedMsg{gen: gen}
		if msg.err = svc.Prepare(ctx); msg.err != nil {
			msg.needsKey = account != nil && account.NeedsKey(msg.err)
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

// revoke carries out a plan that was confirmed. Each step arrives as a message; the
// channel holds all there can be, so that the work never waits for the screen.
func (m *Model) revoke(plan app.Plan) tea.Cmd {
	m.op++
	m.running++
	svc, ctx, op := m.opts.Service, m.ctx, m.op
	steps := make(chan app.Progress, 16*len(plan.Items)+len(m.list.listing.Rows)+16)
	return tea.Batch(
		func() tea.Msg {
			defer close(steps)
			res, err := svc.Revoke(ctx, plan, func(p app.Progress) {
				select {
				case steps <- p:
				default: // the result says it all again
				}
			})
			return revokedMsg{op, res, err}
		},
		nextSteps(op, steps),
	)
}

// nextSteps waits for a step, and takes those that are there with it.
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

// tick asks for the next redraw of the counters, on the boundary of every.
func (m *Model) tick(every time.Duration) tea.Cmd {
	now := m.opts.Now()
	wait := now.Truncate(every).Add(every).Sub(now)
	gen, clock := m.tickGen, m.opts.Now
	return tea.Tick(wait, func(time.Time) tea.Msg { return tickMsg{gen, clock()} })
}
