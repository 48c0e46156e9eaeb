package authorizations

import (
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

// load requests a person's authorizations and, concurrently, the person's details.
func (v *View) load(env view.Env, who webex.Person) tea.Cmd {
	v.gen++
	v.loading, v.loadStart = true, env.Now
	svc, ctx, gen := v.Service, v.ctx, v.gen
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

func (v *View) handleList(env view.Env, msg listMsg) tea.Cmd {
	if msg.gen != v.gen {
		return nil
	}
	if env.Covered {
		v.held = &msg     // the list is frozen while a dialog is open
		v.revokeNext = "" // don't open another confirmation after it
		return nil
	}
	v.loading = false
	if msg.err != nil {
		v.err, v.revokeNext = msg.err, ""
		return nil
	}
	v.watched(msg.listing)
	v.take(msg.listing, env.Now)
	v.Send(view.Listed{Person: v.listing.Person})
	return v.revokeOnArrival(env)
}

func (v *View) reload(env view.Env) tea.Cmd {
	if v.loading {
		return nil
	}
	if v.showReport {
		v.showReport, v.detail = false, false
	}
	if env.Session == nil { // a new request of the user also reads the session again
		v.Send(view.ReadSession{})
	}
	return v.load(env, v.who)
}
