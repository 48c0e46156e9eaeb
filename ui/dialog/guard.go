package dialog

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/ui/action"
)

// A key confirms only if no other input comes shortly before or after it. Other input can look
// like a confirmation: the first letter of text that is pasted without bracketed paste, input
// after the end of a paste, the rest of a terminal's reply, a held key, or a spreadsheet row,
// which is pasted as text, tab, text and enter.
const (
	Alone      = 50 * time.Millisecond  // without other input before and after
	AfterPaste = 500 * time.Millisecond // without a paste before
)

// guard records input from the terminal, to decide whether a key may confirm.
type guard struct {
	inputs              int
	last, before, paste time.Time
}

// HeldMsg is sent after a confirming key was held back for [Alone].
type HeldMsg struct {
	inputs int // number of inputs when the key was pressed
	asked  Question
	Key    tea.KeyPressMsg
}

// note records the time of input from the terminal.
func (g *guard) note(msg tea.Msg, now time.Time) {
	switch msg.(type) {
	case tea.PasteMsg, tea.PasteStartMsg, tea.PasteEndMsg:
		g.paste = now
	case tea.KeyPressMsg, tea.KeyReleaseMsg, tea.MouseMsg, tea.FocusMsg, tea.BlurMsg, tea.ClipboardMsg,
		tea.ModeReportMsg, tea.CursorPositionMsg, tea.BackgroundColorMsg, tea.ForegroundColorMsg, tea.CursorColorMsg, tea.CapabilityMsg, tea.TerminalVersionMsg, tea.KeyboardEnhancementsMsg:
	default: // Bubble Tea has unexported types for sequences that it does not know
		if !strings.HasPrefix(fmt.Sprintf("%T", msg), "uv.") {
			return
		}
	}
	g.inputs++
	g.before, g.last = g.last, now
}

// hold holds back a key that would confirm the top question. For every other key, handled is
// false. If no other input follows, a [HeldMsg] passes the key to the question.
func (g *guard) hold(top Dialog, keys action.Map, msg tea.KeyPressMsg, now time.Time) (cmd tea.Cmd, handled bool) {
	q, ok := top.(Question)
	if !ok || q.TooSoon(now) || !q.Confirms(keys, msg) {
		return nil, false
	}
	if now.Sub(g.before) < Alone || now.Sub(g.paste) < AfterPaste {
		q.Early(now)
		return nil, true
	}
	held := HeldMsg{g.inputs, q, msg}
	return tea.Tick(Alone, func(time.Time) tea.Msg { return held }), true
}

// stoodAlone reports whether no input followed a held key and the question that it answers is
// still on top.
func (g *guard) stoodAlone(msg HeldMsg, top Dialog) bool {
	return msg.inputs == g.inputs && top == Dialog(msg.asked)
}
