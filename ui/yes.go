package ui

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/ui/action"
)

// A key that confirms has to stand alone: the first letter of text that is pasted without
// brackets, what follows the end of a paste, the rest of a terminal's reply and a key that is
// held down all look like a y, and a row of a spreadsheet is text, tab, text, enter.
const (
	yesAlone   = 50 * time.Millisecond  // without other input, before and after
	afterPaste = 500 * time.Millisecond // without a paste before
)

// yesNo is a dialog with a question.
type yesNo interface {
	dialog
	// confirms reports whether a key would answer yes.
	confirms(k action.Map, msg tea.KeyPressMsg) bool
	tooSoon(time.Time) bool
}

// heldYesMsg comes when a key that confirms has stood alone.
type heldYesMsg struct {
	inputs int // as many as when it was pressed
	asked  yesNo
	key    tea.KeyPressMsg
}

// noteInput keeps when something came from the terminal, whatever it was.
func (m *Model) noteInput(msg tea.Msg) {
	switch msg.(type) {
	case tea.PasteMsg, tea.PasteStartMsg, tea.PasteEndMsg:
		m.pastedAt = m.opts.Now()
	case tea.KeyPressMsg, tea.KeyReleaseMsg, tea.MouseMsg, tea.ModeReportMsg, tea.BackgroundColorMsg, tea.KeyboardEnhancementsMsg:
	default: // a sequence that Bubble Tea does not know comes with a type of its input decoder
		if !strings.HasPrefix(fmt.Sprintf("%T", msg), "uv.") {
			return
		}
	}
	m.inputs++
	m.inputBefore, m.inputAt = m.inputAt, m.opts.Now()
}

// answerYes takes a key that confirms for the question on top, unless it came with other input; it is given
// to the question once nothing followed it.
func (m *Model) answerYes(q yesNo, msg tea.KeyPressMsg) tea.Cmd {
	if m.now.Sub(m.inputBefore) < yesAlone || m.now.Sub(m.pastedAt) < afterPaste {
		if c, ok := q.(*confirm); ok {
			c.early = true
		}
		return nil
	}
	held := heldYesMsg{m.inputs, q, msg}
	return tea.Tick(yesAlone, func(time.Time) tea.Msg { return held })
}

func (m *Model) tookHeldYes(msg heldYesMsg) tea.Cmd {
	if msg.inputs != m.inputs || len(m.dialogs) == 0 || m.dialogs[len(m.dialogs)-1] != dialog(msg.asked) {
		return nil
	}
	m.now = m.opts.Now()
	return msg.asked.press(m, msg.key)
}

// pressedOnDialog gives a key to the dialog on top.
func (m *Model) pressedOnDialog(msg tea.KeyPressMsg) tea.Cmd {
	top := m.dialogs[len(m.dialogs)-1]
	if q, ok := top.(yesNo); ok && !q.tooSoon(m.now) && q.confirms(m.fixed, msg) {
		return m.answerYes(q, msg)
	}
	return top.press(m, msg)
}

func (d *confirm) confirms(k action.Map, msg tea.KeyPressMsg) bool {
	return d.want == "" && k.Matches(msg, action.Yes) || d.focus == onRevoke && d.ready() && k.Matches(msg, action.Press)
}

func (d *quitDialog) confirms(k action.Map, msg tea.KeyPressMsg) bool {
	return k.Matches(msg, action.Yes) || d.leave && k.Matches(msg, action.Press)
}

func (d *ask) confirms(k action.Map, msg tea.KeyPressMsg) bool {
	return k.Matches(msg, action.Yes) || d.focus && k.Matches(msg, action.Press)
}

func (*stopDialog) confirms(k action.Map, msg tea.KeyPressMsg) bool {
	return k.Matches(msg, action.Yes)
}
