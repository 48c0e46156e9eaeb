package authorizations

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

// askToOffboard prepares the confirmation for revoking everything of this person.
func (v *View) askToOffboard(env view.Env) tea.Cmd {
	switch {
	case !v.MayRevoke(env), v.preparing:
		return nil
	case env.Running > 0:
		v.Say(draw.Warn, "A revoke is running. Wait until it finishes, then press "+env.Keys.Shown(action.Offboard)+" again.")
		return nil
	}
	v.asked = nil
	return v.plan(env, planEverything)
}

// planEverything plans to revoke all tokens. If Webex sign-ins are among them, it also makes a
// plan that keeps these.
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

// revokeOnArrival asks for confirmation to revoke the app that the list was opened for, when the
// first list arrives. It does nothing if the user has moved on.
func (v *View) revokeOnArrival(env view.Env) tea.Cmd {
	client := v.revokeNext
	v.revokeNext = ""
	switch {
	case client == "":
		return nil
	case !env.Open || v.filter.IsOpen():
		v.Say(draw.Warn, "Confirmation not opened because you moved on. Press "+env.Keys.Shown(action.Revoke)+" on the app.")
		return nil
	}
	var ids []webex.AuthorizationID
	for _, r := range v.listing.Rows {
		if r.ClientID == client && v.cannotRevoke(r) == "" {
			ids = append(ids, r.ID)
		}
	}
	stuck := slices.ContainsFunc(v.listing.Rows, func(r app.Row) bool { return r.ClientID == client })
	switch {
	case len(ids) == 0 && stuck:
		v.Say(draw.Warn, "None of its tokens here can be revoked.")
		return nil
	case len(ids) == 0:
		v.Say(draw.Warn, "The app no longer holds a token for this user: it was removed since the sweep.")
		return nil
	}
	for _, g := range v.tree.groups { // put the cursor on the app to revoke
		if g.client == client {
			v.table.On = g.key
			v.refresh()
			break
		}
	}
	return v.prepare(env, ids)
}

// whoElse opens the inventory's list of people who have the app under the cursor.
func (v *View) whoElse() {
	cur, ok := v.table.Current()
	switch {
	case !v.Inventory:
		v.Say(draw.Warn, "The inventory is not available here.")
	case !ok:
	case cur.group.client == "":
		v.Say(draw.Warn, "Webex sent no client id for this app, so wxauth cannot find who else has it.")
	default:
		v.Send(view.ShowHolders{Client: cur.group.client})
	}
}
