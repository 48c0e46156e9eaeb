package ui

import (
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/dialog"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

// MemoryNote says that the record goes nowhere, as the dialog's last fact.
const MemoryNote = "each attempt is kept in memory, until wxauth ends."

// keyChoice asks where the key of the store comes from: there is no keyring here, and the
// record of what is revoked needs a key.
func keyChoice(account Account, need view.NeedKey) dialog.Dialog {
	from := func(source string) func() tea.Cmd {
		return func() tea.Cmd {
			return func() tea.Msg { return keyChosenMsg{need.Then, source, account.UseKey(source, webex.Secret{})} }
		}
	}
	d := &dialog.Choice{
		Title: "Every revoke is written down first", Head: "This system has no keyring. Where should the key of the audit log be?", Width: 74,
		Options: []dialog.Option{
			{Key: action.InFile, Short: "key file", Words: "in a file that you alone can read: the weaker choice", Do: from("keyfile")},
			{Key: action.InMemory, Short: "memory", Words: "nowhere: the record is kept in memory, and ends with wxauth", Do: from("memory")},
		},
		Note:      "A passphrase is better: quit, and set key = \"passphrase\" in the configuration.",
		Cancelled: "Cancelled. Nothing was sent.",
	}
	if need.Inventory { // in memory it would be forgotten as soon as it is made
		d.Title, d.Head = "The inventory is sealed", "This system has no keyring. Where should the key of the inventory be?"
		d.Options = d.Options[:1]
	}
	return d
}

type keyChosenMsg struct {
	then   tea.Msg
	source string
	err    error
}

// handleKeyChosen goes on with what the choice was needed for.
func (m *Model) handleKeyChosen(msg keyChosenMsg) tea.Cmd {
	if msg.err != nil {
		m.say(draw.Bad, "Nothing was sent. "+app.Sentence(msg.err))
		return nil
	}
	if msg.source == "memory" {
		m.opts.RecordNote = MemoryNote
	}
	return m.handle(msg.then)
}
