package ui

import (
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/webex"
)

// keyChoice asks where the key of the store comes from: there is no keyring here, and
// the record of what is revoked needs a key.
type keyChoice struct {
	opening
	wants keyUse
}

// keyUse is what waits for a key: the question of that number, when it is positive.
type keyUse int

const (
	keyForSweep      keyUse = -1
	keyForEverywhere keyUse = -2
)

// MemoryNote says that the record goes nowhere, as the dialog's last fact.
const MemoryNote = "each attempt is kept in memory, until wxauth ends."

func newKeyChoice(m *Model, wants keyUse) *keyChoice { return &keyChoice{opening{m.now}, wants} }

// needsKey reports whether an error says that a key has to be kept somewhere first.
func (m *Model) needsKey(err error) bool {
	return err != nil && m.opts.Account != nil && m.opts.Account.NeedsKey(err)
}

func (d *keyChoice) paste() {}

func (d *keyChoice) press(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	if d.tooSoon(m.now) {
		return nil
	}
	source := ""
	switch k := m.fixed; {
	case k.Matches(msg, action.Back, action.Press):
		m.say(draw.Dim, "Cancelled. Nothing was sent.")
		return m.closeDialog()
	case k.Matches(msg, action.InFile):
		source = "keyfile"
	case k.Matches(msg, action.InMemory) && d.wants != keyForSweep: // it would be forgotten as soon as it is made
		source = "memory"
	default:
		return nil
	}
	account, wants := m.opts.Account, d.wants
	return tea.Batch(m.closeDialog(), func() tea.Msg {
		return keyChosenMsg{wants, source, account.UseKey(source, webex.Secret{})}
	})
}

func (d *keyChoice) lines(m *Model, w, _ int) []string {
	w = min(w, 74)
	body := []string{""}
	add := func(t draw.Tone, text string) {
		for _, l := range draw.Wrap(text, w-6) {
			body = append(body, "  "+m.Styles.Tone[t].Render(l))
		}
	}
	title, keys := "Every revoke is written down first", "f: key file   m: memory   esc: cancel"
	what := "audit log"
	if d.wants == keyForSweep {
		title, keys, what = "The inventory is sealed", "f: key file   esc: cancel", "inventory"
	}
	add(draw.Strong, "This system has no keyring. Where should the key of the "+what+" be?")
	body = append(body, "")
	add(draw.Plain, "f  in a file that you alone can read: the weaker choice")
	if d.wants != keyForSweep {
		add(draw.Plain, "m  nowhere: the record is kept in memory, and ends with wxauth")
	}
	body = append(body, "")
	add(draw.Dim, "A passphrase is better: quit, and set key = \"passphrase\" in the configuration.")
	return m.Framed(title, append(body, ""), keys, w)
}

type keyChosenMsg struct {
	wants  keyUse
	source string
	err    error
}

// tookKeyChosen goes on with the question that the choice was needed for.
func (m *Model) tookKeyChosen(msg keyChosenMsg) tea.Cmd {
	if msg.err != nil {
		m.say(draw.Bad, "Nothing was sent. "+app.Sentence(msg.err))
		return nil
	}
	if msg.source == "memory" {
		m.opts.RecordNote = MemoryNote
	}
	switch msg.wants {
	case keyForSweep:
		return m.startSweep()
	case keyForEverywhere:
		m.say(draw.Dim, "The key source is chosen. Press "+m.keys.Shown(action.Revoke)+" on the app again.")
		return nil
	}
	if m.screen != onList || int(msg.wants) != m.list.prepareGen { // another user, or another question, by now
		m.say(draw.Dim, "The key source is chosen. Nothing was asked: you went on. Press the key again.")
		return nil
	}
	if m.list.asked == nil {
		return m.askToOffboard()
	}
	return m.prepare(m.list.asked)
}
