package dialog

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
	Alone      = 50 * time.Millisecond  // without other input, before and after
	AfterPaste = 500 * time.Millisecond // without a paste before
)

// guard keeps what came from the terminal, so that a key confirms only if it stands alone.
type guard struct {
	inputs              int
	last, before, paste time.Time
}

// HeldMsg comes when a key that confirms has stood alone.
type HeldMsg struct {
	inputs int // as many as when it was pressed
	asked  Question
	Key    tea.KeyPressMsg
}

// note keeps when something came from the terminal.
func (g *guard) note(msg tea.Msg, now time.Time) {
	switch msg.(type) {
	case tea.PasteMsg, tea.PasteStartMsg, tea.PasteEndMsg:
		g.paste = now
	case tea.KeyPressMsg, tea.KeyReleaseMsg, tea.MouseMsg, tea.FocusMsg, tea.BlurMsg, tea.ClipboardMsg,
		tea.ModeReportMsg, tea.CursorPositionMsg, tea.BackgroundColorMsg, tea.ForegroundColorMsg, tea.CursorColorMsg, tea.CapabilityMsg, tea.TerminalVersionMsg, tea.KeyboardEnhancementsMsg:
	default: // a sequence that Bubble Tea does not know comes with a type of its input decoder
		if !strings.HasPrefix(fmt.Sprintf("%T", msg), "uv.") {
			return
		}
	}
	g.inputs++
	g.before, g.last = g.last, now
}

// hold takes a key that would confirm the question on top. handled is false for every other
// key. A key that confirms is given to the question by a [HeldMsg], once nothing followed it.
func (g *guard) hold(top Dialog, keys action.Map, msg tea.KeyPressMsg, now time.Time) (cmd tea.Cmd, handled bool) {
	q, ok := top.(Question)
	if !ok || q.TooSoon(now) || !q.Confirms(keys, msg) {
		return nil, false
	}
	if now.Sub(g.before) < Alone || now.Sub(g.paste) < AfterPaste {
		q.Early()
		return nil, true
	}
	held := HeldMsg{g.inputs, q, msg}
	return tea.Tick(Alone, func(time.Time) tea.Msg { return held }), true
}

// stoodAlone reports whether nothing followed a key that was held, and the question that it
// answers is still on top.
func (g *guard) stoodAlone(msg HeldMsg, top Dialog) bool {
	return msg.inputs == g.inputs && top == Dialog(msg.asked)
}
