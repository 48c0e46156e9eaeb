package ui

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/ui/draw"
)

// pressed routes a key: a screen too small first, then the dialog on top, then a
// focused input, then the view.
func (m *Model) pressed(msg tea.KeyPressMsg) tea.Cmd {
	m.now = m.opts.Now()
	if key.Matches(msg, m.keys.ForceQuit) {
		return m.forceQuit()
	}
	if key.Matches(msg, m.keys.Suspend) {
		return m.suspend()
	}
	if m.tooSmall() {
		if key.Matches(msg, m.keys.Quit) && !m.asksToQuit() {
			return m.quit()
		} else if key.Matches(msg, m.keys.Quit) {
			return tea.Quit // it asked, and the question cannot be read here
		}
		return nil
	}
	if len(m.dialogs) > 0 {
		return m.pressedOnDialog(msg)
	}
	m.flash = draw.Segment{}
	switch m.screen {
	case onFirstRun:
		return m.pressedOnFirstRun(msg)
	case onPicker:
		return m.pressedOnPicker(msg)
	case onTokens:
		return m.pressedOnTokensScreen(msg)
	case onInventory:
		return m.pressedOnInventory(msg)
	case onAudit:
		return m.pressedOnAudit(msg)
	case onLogin:
		return m.pressedOnLogin(msg)
	}
	if m.list.filtering {
		return m.pressedInFilter(msg)
	}
	return m.pressedOnList(msg)
}

// pasted gives pasted text to an input. It never reaches a dialog: pasting cannot
// confirm anything.
func (m *Model) pasted(msg tea.PasteMsg) tea.Cmd {
	if m.tooSmall() {
		return nil
	}
	msg.Content = strings.TrimSpace(msg.Content)
	switch {
	case len(m.dialogs) > 0:
		m.dialogs[len(m.dialogs)-1].paste()
	case m.screen == onPicker:
		return m.editPicker(msg)
	case m.screen == onLogin && m.login.stage == loginScopes:
		return m.editScopes(msg)
	case m.screen == onTokens && m.tokens.adding.asks != askNothing:
		return m.editAddOrg(msg)
	case m.screen == onLogin && m.login.typed != inputNothing:
		return m.editLoginInput(msg)
	case m.screen == onList && m.list.filtering:
		return m.editFilter(msg)
	case m.screen == onInventory && m.inventory.filtering:
		return m.editInventoryFilter(msg)
	case m.screen == onAudit && m.audit.filtering:
		return m.editAuditFilter(msg)
	}
	return nil
}

func (m *Model) tooSmall() bool { return m.Width < minWidth || m.Height < minHeight }

// forceQuit leaves; with work in flight the first ctrl+c asks and the second leaves.
func (m *Model) forceQuit() tea.Cmd {
	if m.working() && !m.asksToQuit() {
		m.openDialog(newQuitDialog(m, true))
		return nil
	}
	m.interrupted = true
	return tea.Quit
}

// suspend gives the terminal back to the shell until the user continues the program.
func (m *Model) suspend() tea.Cmd {
	if !m.opts.CanSuspend {
		m.say(draw.Dim, "wxauth cannot be suspended here: no shell could continue it")
		return nil
	}
	return tea.Suspend
}

// working reports whether something is under way that leaving would end.
func (m *Model) working() bool { return m.running > 0 || m.inventory.sweep.running }

func (m *Model) quit() tea.Cmd {
	if m.working() {
		m.openDialog(newQuitDialog(m, false))
		return nil
	}
	return tea.Quit
}

func (m *Model) asksToQuit() bool {
	if len(m.dialogs) == 0 {
		return false
	}
	_, ok := m.dialogs[len(m.dialogs)-1].(*quitDialog)
	return ok
}

func (m *Model) pressedInFilter(msg tea.KeyPressMsg) tea.Cmd {
	switch msg.String() {
	case "enter":
		m.list.filtering = false
		m.list.filter.Blur()
		return nil
	case "esc":
		m.clearFilter()
		return nil
	case "up", "down":
		m.list.table.move(map[string]int{"up": -1, "down": 1}[msg.String()])
		return nil
	}
	return m.editFilter(msg)
}

func (m *Model) editFilter(msg tea.Msg) tea.Cmd {
	var cmd tea.Cmd
	before := m.list.filter.Value()
	m.list.filter, cmd = m.list.filter.Update(msg)
	if m.list.filter.Value() != before {
		m.list.refresh()
	}
	return cmd
}

func (m *Model) clearFilter() {
	m.list.filtering = false
	m.list.filter.Blur()
	m.list.filter.SetValue("")
	m.list.refresh()
}

func (m *Model) pressedOnList(msg tea.KeyPressMsg) tea.Cmd {
	k, t := m.keys, &m.list.table
	if m.list.detail {
		switch {
		case key.Matches(msg, k.PageDown, k.HalfDown):
			m.list.detailScroll += max(m.shape().body-1, 1)
			m.list.detailScroll = min(m.list.detailScroll, max(len(m.detailLines(m.Width-2, 0))-m.shape().body, 0))
			return nil
		case key.Matches(msg, k.PageUp, k.HalfUp):
			m.list.detailScroll = max(m.list.detailScroll-max(m.shape().body-1, 1), 0)
			return nil
		}
		m.list.detailScroll = 0
	}
	if by, ok := k.moves(msg, t.height); ok {
		t.move(by)
		return nil
	}
	switch {
	case key.Matches(msg, k.Fold):
		m.fold(true)
	case key.Matches(msg, k.Unfold):
		m.fold(false)
	case key.Matches(msg, k.Quit) && m.list.detail:
		return m.back()
	case key.Matches(msg, k.Quit):
		return m.quit()
	case key.Matches(msg, k.Help):
		m.openDialog(newHelp(m))
	case key.Matches(msg, k.User):
		return m.choosePerson()
	case key.Matches(msg, k.Login):
		if m.typing() {
			return nil
		}
		return m.openLogin()
	case m.changesView(msg):
		return m.changeView(msg)
	case key.Matches(msg, k.Palette):
		m.openDialog(newPalette(m))
	case key.Matches(msg, k.Reload):
		return m.reload()
	case key.Matches(msg, k.Back):
		return m.back()
	default:
		return m.pressedOnRow(msg)
	}
	return nil
}

// pressedOnRow holds the keys that need a list.
func (m *Model) pressedOnRow(msg tea.KeyPressMsg) tea.Cmd {
	if !m.list.have {
		return nil
	}
	k := m.keys
	switch {
	case key.Matches(msg, k.Filter):
		m.list.filtering = true
		m.list.preparing = false // no question opens while somebody types
		m.list.filter.SetValue("")
		m.list.refresh()
		return m.list.filter.Focus()
	case key.Matches(msg, k.Sort):
		m.list.sort = (m.list.sort + 1) % sortModes
		m.list.refresh()
		m.say(draw.Dim, "Sorted by "+m.list.sort.String()+".")
	case key.Matches(msg, k.Mark):
		m.complain(m.list.toggleMark())
		m.list.table.move(1)
	case key.Matches(msg, k.MarkAll):
		m.complain(m.list.markShown())
	case key.Matches(msg, k.Details):
		m.toggleDetail()
	case key.Matches(msg, k.Who):
		return m.whoElse()
	case key.Matches(msg, k.Watch):
		m.watchUser()
	case key.Matches(msg, k.Revoke):
		return m.askToRevoke()
	case key.Matches(msg, k.Offboard):
		return m.askToOffboard()
	case key.Matches(msg, k.Export):
		rows := m.exportedRows()
		m.askToExport("authorizations", len(rows), func() any { return rows })
	case key.Matches(msg, k.CopyID):
		return m.copyID()
	case key.Matches(msg, k.CopyJSON):
		return m.copyJSON()
	case key.Matches(msg, k.CopyTicket):
		return m.copyTicket()
	case key.Matches(msg, k.CopyReport):
		return m.copyReport()
	default:
		m.stray(msg)
	}
	return nil
}

func (m *Model) complain(why string) {
	if why != "" {
		m.say(draw.Warn, why)
	}
}

// fold closes or opens the app of the row under the cursor.
func (m *Model) fold(closed bool) {
	cur, ok := m.list.table.current()
	if !ok {
		return
	}
	m.list.folded[cur.group.key] = closed
	if closed {
		m.list.table.on = cur.group.key
	}
	m.list.refresh()
}

func (m *Model) toggleDetail() {
	if m.list.showReport {
		m.list.showReport = false
		return
	}
	m.list.detail = !m.list.detail
}

// back undoes one thing at a time, from the top: report, detail, filter, marks.
func (m *Model) back() tea.Cmd {
	switch {
	case m.list.preparing:
		m.list.preparing = false
		m.say(draw.Dim, "Stopped. Nothing was sent.")
	case m.list.showReport:
		m.list.showReport = false
	case m.list.detail:
		m.list.detail = false
	case m.list.filter.Value() != "":
		m.clearFilter()
	case len(m.list.marks) > 0:
		clear(m.list.marks)
	case m.list.loading:
		m.list.gen++ // whatever comes is dropped
		m.list.loading = false
		m.say(draw.Dim, "Stopped. "+shown(m.keys.Reload)+" reads the list.")
	case m.list.fromInventory:
		return m.showInventory()
	case m.running == 0:
		return m.choosePerson()
	}
	return nil
}

func (m *Model) reload() tea.Cmd {
	if m.list.loading {
		return nil
	}
	m.list.showReport = false
	if m.session == nil { // whoever asks again wants to know that again too
		return tea.Batch(m.loadSession(), m.loadList(m.list.who))
	}
	return m.loadList(m.list.who)
}

func (m *Model) choosePerson() tea.Cmd {
	m.screen = onPicker
	m.list.preparing = false // a question about a person belongs on that person's screen
	m.arrange()
	return m.picker.input.Focus()
}

// whyNotRevoke says in few words why nothing can be revoked; empty when it can.
func (m *Model) whyNotRevoke() string {
	switch s := m.opts.Service; {
	case s == nil:
		return ""
	case s.ReadOnly():
		return "read-only"
	case s.LacksScope() != "":
		return "needs " + s.LacksScope()
	}
	return ""
}

// mayRevoke reports whether something can be revoked, and says why not.
func (m *Model) mayRevoke() bool {
	switch s := m.opts.Service; {
	case s.ReadOnly():
		m.say(draw.Warn, "Revoking is off: read-only, by --read-only or the configuration.")
		return false
	case s.LacksScope() != "":
		m.say(draw.Warn, "Revoking needs "+s.LacksScope()+": tick it on the integration, then log in again ("+shown(m.keys.Login)+").")
		return false
	}
	return !m.typing()
}

// askToRevoke captures the ids at the moment of the key, and prepares the question.
func (m *Model) askToRevoke() tea.Cmd {
	if !m.mayRevoke() || m.list.preparing {
		return nil
	}
	ids, why := m.list.targets()
	if len(ids) == 0 {
		m.complain(why)
		return nil
	}
	return m.prepare(ids)
}
