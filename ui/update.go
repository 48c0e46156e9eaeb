package ui

import (
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/dialog"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
)

// The smallest screen on which keys have an effect. On a smaller one the user cannot see what a
// key refers to, so only quitting works.
const minWidth, minHeight = 60, 15

// Update handles a message and returns the command that follows from it.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	before := m.place()
	cmd := tea.Batch(m.handle(msg), m.serveScreens(), m.performQueued(), m.serveScreens(), m.follow(msg, before), m.followLogin(msg))
	m.setShownNow(msg)
	m.open.Resize(m.env())
	if every := m.wantedTick(); every < m.tickEvery {
		return m, tea.Batch(cmd, m.startTicking())
	}
	return m, cmd
}

func (m *Model) handle(msg tea.Msg) tea.Cmd {
	m.dialogs.Note(msg, m.opts.Now())
	switch msg := msg.(type) {
	case dialog.HeldMsg:
		return m.updateDialog(msg)
	case tea.WindowSizeMsg:
		m.Width, m.Height = msg.Width, msg.Height
	case tea.ModeReportMsg:
		m.replies++
	case tea.BackgroundColorMsg:
		m.replies++
		m.Dark = msg.IsDark()
		m.restyle()
	case tea.ColorProfileMsg:
		m.NoColor, m.fewColours = msg.Profile <= colorprofile.ASCII, msg.Profile <= colorprofile.ANSI
		m.restyle()
	case tea.KeyPressMsg:
		return m.press(msg)
	case tea.PasteMsg:
		return m.paste(msg)
	case tea.MouseClickMsg:
		return m.click(msg)
	case tea.MouseWheelMsg:
		return m.wheel(msg)
	case tea.MouseReleaseMsg, tea.MouseMotionMsg:
		return nil
	case loginChangedMsg:
		return m.handleLoginChanged(msg)
	case tickMsg:
		if msg.gen != m.tickGen {
			return nil
		}
		m.pausedUntil = time.Time{}
		if m.opts.Service != nil {
			m.pausedUntil = m.opts.Service.PausedUntil()
		}
		return tea.Batch(m.updateScreens(view.Tick{}), m.startTicking())
	case sessionMsg:
		m.handleSession(msg)
	case browsedMsg:
		m.browsed(msg)
	case openIntentsMsg:
		m.handleOpenIntents(msg)
	case exportedMsg:
		m.flash = msg.words()
	case keyChosenMsg:
		return m.handleKeyChosen(msg)
	default:
		return m.updateScreens(msg)
	}
	return nil
}

// press routes a key. A screen that is too small comes first, then the top dialog, then the open
// screen.
func (m *Model) press(msg tea.KeyPressMsg) tea.Cmd {
	m.now = m.opts.Now()
	m.queued = nil
	if m.keys.Matches(msg, action.ForceQuit) {
		return m.forceQuit()
	}
	if m.keys.Matches(msg, action.Suspend) {
		return m.suspend()
	}
	if tooSmall(&m.Screen) {
		if m.keys.Matches(msg, action.Quit) && !m.asksToQuit() {
			return m.quit()
		} else if m.keys.Matches(msg, action.Quit) {
			return tea.Quit // the question to confirm is not visible on this screen
		}
		return nil
	}
	if m.dialogs.IsOpen() {
		return m.updateDialog(msg)
	}
	m.flash = draw.Segment{}
	if m.open.Typing() {
		return m.updateScreen(m.open, msg)
	}
	a, ok := m.keys.Find(msg, m.actions())
	switch {
	case m.open == m.inventory && m.inventory.Preparing() && (msg.Text != "" && (!ok || !m.opensAView(a.Key)) || m.keys.Matches(msg, action.Press)):
		m.say(draw.Dim, readingFirst) // keys typed now are meant for the queued action
	case ok:
		return a.Run()
	case m.view() != nil && m.view().Stray():
		m.stray(msg)
	}
	return nil
}

const readingFirst = "Reloading the list before the confirmation. esc stops it."

// paste passes pasted text to an input. Dialogs never receive it: pasting cannot confirm
// anything.
func (m *Model) paste(msg tea.PasteMsg) tea.Cmd {
	if tooSmall(&m.Screen) {
		return nil
	}
	m.queued = nil
	msg.Content = strings.TrimSpace(msg.Content)
	switch {
	case m.dialogs.IsOpen():
		m.dialogs.Top().Paste()
	case m.open.Typing():
		return m.updateScreen(m.open, msg)
	}
	return nil
}

func tooSmall(s *draw.Screen) bool { return s.Width < minWidth || s.Height < minHeight }

// forceQuit quits. While work is in progress, the first ctrl+c stops the revokes and asks,
// and the second quits.
func (m *Model) forceQuit() tea.Cmd {
	if m.working() && !m.asksToQuit() {
		m.list.Stop()
		m.inventory.Stop()
		m.askToQuit(true)
		return nil
	}
	m.interrupted = true
	return tea.Quit
}

// suspend returns the terminal to the shell until the user resumes the program.
func (m *Model) suspend() tea.Cmd {
	if !m.opts.CanSuspend {
		m.say(draw.Dim, "wxauth cannot be suspended here: no shell could continue it")
		return nil
	}
	return tea.Suspend
}

// working reports whether quitting would interrupt work.
func (m *Model) working() bool { return m.revokes() > 0 || m.inventory.Sweeping() }

func (m *Model) quit() tea.Cmd {
	if m.working() {
		m.askToQuit(false)
		return nil
	}
	return tea.Quit
}
