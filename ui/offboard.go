package ui

import (
	"context"
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

// askToOffboard prepares the question whether everything of this person is to end.
func (m *Model) askToOffboard() tea.Cmd {
	switch {
	case !m.mayRevoke(), m.list.preparing:
		return nil
	case m.revokes() > 0:
		m.say(draw.Warn, "A revoke is running: wait until it has ended, then press "+m.keys.Shown(action.Offboard)+" again.")
		return nil
	}
	m.list.asked = nil
	return m.plan(planEverything)
}

// planEverything plans to end all that there is; where Webex sign-ins are among it, also
// to keep these.
func planEverything(ctx context.Context, svc Service, msg *preparedMsg, l app.Listing) {
	plan := func(keep bool) (app.Plan, error) {
		b, err := svc.NewBatch(ctx, []app.Listing{l}, app.Selection{Everything: true, KeepSignIns: keep}, app.PlanOptions{IncludeSelf: true})
		if err != nil {
			return app.Plan{}, err
		}
		return b.Plans[0], nil
	}
	if msg.plan, msg.err = plan(false); msg.err != nil {
		return
	}
	if kept, err := plan(true); err == nil && len(kept.Kept) > 0 && len(kept.Items) > 0 {
		msg.other = &kept
	}
}

// revokeOnArrival asks about the app that the list was opened for, when the first list
// comes: whoever went on meanwhile is asked nothing.
func (m *Model) revokeOnArrival() tea.Cmd {
	client := m.list.revokeNext
	m.list.revokeNext = ""
	switch {
	case client == "":
		return nil
	case m.screen != onList || m.list.filtering || m.dialogs.IsOpen():
		m.say(draw.Warn, "Nothing was asked: you went on. Press "+m.keys.Shown(action.Revoke)+" on the app.")
		return nil
	}
	var ids []webex.AuthorizationID
	for _, r := range m.list.listing.Rows {
		if r.ClientID == client && m.list.cannotRevoke(r) == "" {
			ids = append(ids, r.ID)
		}
	}
	stuck := slices.ContainsFunc(m.list.listing.Rows, func(r app.Row) bool { return r.ClientID == client })
	switch {
	case len(ids) == 0 && stuck:
		m.say(draw.Warn, "None of its tokens here can be revoked.")
		return nil
	case len(ids) == 0:
		m.say(draw.Warn, "The app holds no token here any more: it has ended since the sweep.")
		return nil
	}
	for _, g := range m.list.tree.groups { // the cursor stands on what is asked about
		if g.client == client {
			m.list.table.On = g.key
			m.list.refresh()
			break
		}
	}
	return m.prepare(ids)
}

// whoElse opens the Inventory on the app under the cursor of the authorizations.
func (m *Model) whoElse() tea.Cmd {
	cur, ok := m.list.table.Current()
	switch {
	case m.opts.Inventory == nil:
		m.say(draw.Warn, "There is no inventory here.")
		return nil
	case !ok:
		return nil
	case cur.group.client == "":
		m.say(draw.Warn, "Webex sent no client id for this app, so nobody can say who else has it.")
		return nil
	}
	return m.updateView(m.inventory, view.ShowHolders{Client: cur.group.client})
}
