package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
)

// pressed routes a key: a screen too small first, then the dialog on top, then a
// focused input, then the view.
func (m *Model) pressed(msg tea.KeyPressMsg) tea.Cmd {
	m.now = m.opts.Now()
	m.queued = nil
	if m.keys.Matches(msg, action.ForceQuit) {
		return m.forceQuit()
	}
	if m.keys.Matches(msg, action.Suspend) {
		return m.suspend()
	}
	if m.tooSmall() {
		if m.keys.Matches(msg, action.Quit) && !m.asksToQuit() {
			return m.quit()
		} else if m.keys.Matches(msg, action.Quit) {
			return tea.Quit // it asked, and the question cannot be read here
		}
		return nil
	}
	if m.dialogs.IsOpen() {
		return m.pressedOnDialog(msg)
	}
	m.flash = draw.Segment{}
	switch m.screen {
	case onTokens, onInventory, onAudit:
		return m.pressedOnView(m.view(), msg)
	case onFirstRun, onPicker, onLogin:
		return m.updateView(m.openScreen(), msg)
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
	m.queued = nil
	msg.Content = strings.TrimSpace(msg.Content)
	switch {
	case m.dialogs.IsOpen():
		m.dialogs.Top().Paste()
	case m.screen == onList && m.list.filtering:
		return m.editFilter(msg)
	case m.openScreen() != nil && m.openScreen().Typing():
		return m.updateView(m.openScreen(), msg)
	}
	return nil
}

func (m *Model) tooSmall() bool { return m.Width < minWidth || m.Height < minHeight }

// forceQuit leaves; with work in flight the first ctrl+c asks and the second leaves.
func (m *Model) forceQuit() tea.Cmd {
	if m.working() && !m.asksToQuit() {
		m.askToQuit(true)
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
func (m *Model) working() bool { return m.revokes() > 0 || m.inventory.Sweeping() }

func (m *Model) quit() tea.Cmd {
	if m.working() {
		m.askToQuit(false)
		return nil
	}
	return tea.Quit
}

func (m *Model) pressedInFilter(msg tea.KeyPressMsg) tea.Cmd {
	switch k := m.fixed; {
	case k.Matches(msg, action.Press):
		m.list.filtering = false
		m.list.filter.Blur()
		return nil
	case k.Matches(msg, action.Back):
		m.clearFilter()
		return nil
	case k.Matches(msg, action.RowAbove):
		m.list.table.Move(-1)
		return nil
	case k.Matches(msg, action.RowBelow):
		m.list.table.Move(1)
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
	if m.list.detail {
		switch {
		case m.keys.Matches(msg, action.PageDown, action.HalfDown):
			m.list.detailScroll += max(m.shape().body-1, 1)
			m.list.detailScroll = min(m.list.detailScroll, max(len(m.detailLines(m.Width-2, 0))-m.shape().body, 0))
			return nil
		case m.keys.Matches(msg, action.PageUp, action.HalfUp):
			m.list.detailScroll = max(m.list.detailScroll-max(m.shape().body-1, 1), 0)
			return nil
		}
		m.list.detailScroll = 0
	}
	cmd, done := m.act(msg)
	if !done && m.list.have {
		m.stray(msg)
	}
	return cmd
}

// act does what a key is for on this screen; done is false for a key that means nothing.
func (m *Model) act(msg tea.KeyPressMsg) (cmd tea.Cmd, done bool) {
	a, ok := m.keys.Find(msg, m.actions())
	if !ok {
		return nil, false
	}
	return a.Run(), true
}

// pressedOnView gives a key to an open input of a view, else does what it is for.
func (m *Model) pressedOnView(v view.View, msg tea.KeyPressMsg) tea.Cmd {
	if v.Typing() {
		return m.updateView(v, msg)
	}
	a, ok := m.keys.Find(msg, m.actions())
	switch {
	case v == view.View(m.inventory) && m.inventory.Preparing() && (msg.Text != "" && (!ok || !m.goesToAView(a.Key)) || m.keys.Matches(msg, action.Press)):
		m.say(draw.Dim, readingFirst) // what is typed now is meant for that
	case ok:
		return a.Run()
	case v.Stray():
		m.stray(msg)
	}
	return nil
}

const readingFirst = "Reading first, then the question comes: esc stops it."

func (m *Model) openFilter() tea.Cmd {
	m.list.filtering = true
	m.list.preparing = false // no question opens while somebody types
	m.list.filter.SetValue("")
	m.list.tree.describe(m.list.listing, m.now)
	m.list.refresh()
	return m.list.filter.Focus()
}

func (m *Model) complain(why string) {
	if why != "" {
		m.say(draw.Warn, why)
	}
}

// fold closes or opens the app of the row under the cursor.
func (m *Model) fold(closed bool) {
	cur, ok := m.list.table.Current()
	if !ok {
		return
	}
	m.list.folded[cur.group.key] = closed
	if closed {
		m.list.table.On = cur.group.key
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
		m.say(draw.Dim, "Stopped. "+m.keys.Shown(action.Reload)+" reads the list.")
	case m.list.fromInventory:
		return m.show(onInventory)
	case m.revokes() == 0:
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
	if m.opts.Service == nil { // the login was forgotten
		m.screen = onFirstRun
		return nil
	}
	m.screen = onPicker
	m.list.preparing = false // a question about a person belongs on that person's screen
	return m.people.Show(m.env())
}

// noRevoke says why nothing can be revoked.
func (m *Model) noRevoke() view.Reason {
	switch s := m.opts.Service; {
	case s == nil:
		return view.Reason{Short: "no login", Long: "There is no login: " + m.keys.Shown(action.Login) + " logs in."}
	case s.ReadOnly():
		return view.Reason{Short: "read-only", Long: "Revoking is off: read-only, by --read-only or the configuration."}
	case s.LacksScope() != "":
		return view.Reason{Short: "needs " + s.LacksScope(), Long: "Revoking needs " + s.LacksScope() + ": tick it on the integration, then log in again (" + m.keys.Shown(action.Login) + ")."}
	}
	return view.Reason{}
}

// mayRevoke reports whether something can be revoked, and says why not.
func (m *Model) mayRevoke() bool {
	var o view.Outbox
	ok := o.MayRevoke(m.env())
	m.serve(&o)
	return ok
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
