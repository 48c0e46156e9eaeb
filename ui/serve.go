package ui

import (
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/ui/dialog"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/login"
	"github.com/wxauth/wxauth/ui/view"
)

// serveScreens handles the requests of all screens.
func (m *Model) serveScreens() tea.Cmd {
	var cmds []tea.Cmd
	for _, s := range m.all() {
		cmds = append(cmds, m.serve(s))
	}
	return tea.Batch(cmds...)
}

// serve handles the requests that a view or a dialog has queued.
func (m *Model) serve(v interface{ Take() []tea.Msg }) tea.Cmd {
	var cmds []tea.Cmd
	for _, msg := range v.Take() {
		switch msg := msg.(type) {
		case view.Say:
			m.flash = msg.Text
		case view.Leave:
			cmds = append(cmds, m.showList())
		case view.Quit:
			cmds = append(cmds, m.quit())
		case view.LogIn:
			cmds = append(cmds, m.openLogin(msg.Paste))
		case view.Demo:
			m.next = NextDemo
			cmds = append(cmds, tea.Quit)
		case login.LoggedIn:
			cmds = append(cmds, m.useLogin(msg.Service.(Service)))
			if m.open == m.firstRun { // the login screen was closed before the login was stored
				cmds = append(cmds, m.choosePerson())
			}
		case login.Left:
			cmds = append(cmds, m.leftLogin(msg.Done))
		case view.Show:
			cmds = append(cmds, m.showView(msg.View))
		case view.OpenPerson:
			cmds = append(cmds, m.openPerson(msg))
		case view.ChoosePerson:
			cmds = append(cmds, m.choosePerson())
		case view.Revoked:
			m.revoke = &msg
			cmds = append(cmds, m.updateScreens(msg))
		case view.CopyReport:
			cmds = append(cmds, m.copyReport())
		case view.InventoryRead, view.Listed, view.ShowHolders, view.ReadActivity, view.Recorded:
			cmds = append(cmds, m.updateScreens(msg))
		case view.ReadSession:
			cmds = append(cmds, loadSession(m.ctx, m.opts.Service))
		case view.NeedKey:
			m.openDialog(keyChoice(m.opts.Account, msg))
		case dialog.Tell:
			m.tell(msg.Dialog)
		case view.Help:
			m.openDialog(m.help())
		case view.Stray:
			m.stray(msg.Key)
		case view.StillTyping:
			m.stillTyping()
		case view.Forgotten:
			if !m.opts.EnvToken && m.opts.Service != nil {
				m.reset(nil)
			}
		case view.UseProfile:
			if m.working() { // quitting would interrupt it
				m.say(draw.Warn, "A sweep is running. Wait until it finishes, or stop it.")
				break
			}
			m.next, m.nextProfile = NextProfile, msg.Name
			cmds = append(cmds, tea.Quit)
		case dialog.Open:
			m.openDialog(msg.Dialog)
		case dialog.Close:
			cmds = append(cmds, m.closeDialog())
			if msg.Then != nil {
				cmds = append(cmds, msg.Then())
			}
		case view.Browse:
			cmds = append(cmds, m.browse(msg))
		case view.Export:
			m.askToExport(msg.What, msg.N, msg.Rows)
		}
	}
	return tea.Batch(cmds...)
}
