package ui

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
)

// askToOffboard prepares the question whether everything of this person is to end.
func (m *Model) askToOffboard() tea.Cmd {
	switch {
	case !m.mayRevoke(), m.list.preparing:
		return nil
	case m.running > 0:
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
