package ui

import (
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/dialog"
)

// settledMsg tells what processes that died left open.
type settledMsg struct{ open []app.Record }

// settle asks what processes that died left open, once, at the start.
func (m *Model) settle() tea.Cmd {
	svc, ctx := m.opts.Service, m.ctx
	return func() tea.Msg {
		open, err := svc.Settle(ctx)
		if err != nil {
			return nil // a revoke says what is wrong with the record
		}
		return settledMsg{open}
	}
}

func (m *Model) tookSettled(msg settledMsg) {
	if len(msg.open) == 0 {
		return
	}
	what, _ := msg.open[len(msg.open)-1].CutOffWords()
	if n := len(msg.open) - 1; n > 0 {
		what += ", and " + english.Thousands(n) + " more"
	}
	m.tell(dialog.NewNotice("An earlier run was cut off", english.Capital(what)+".",
		"wxauth ended before it knew. Look at the list of that user. In the record it stands as unknown ("+m.keys.Shown(action.Audit)+": Audit)."))
}
