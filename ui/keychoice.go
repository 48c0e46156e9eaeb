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

// MemoryNote is the dialog's last fact when the audit log is not stored.
const MemoryNote = "in memory only: lost when wxauth exits."

// keyChoice asks how to protect the encryption key: there is no keyring, and the audit log needs
// a key.
func keyChoice(account Account, need view.NeedKey) dialog.Dialog {
	from := func(source string) func() tea.Cmd {
		return func() tea.Cmd {
			return func() tea.Msg { return keyChosenMsg{need.Then, source, account.UseKey(source, webex.Secret{})} }
		}
	}
	d := &dialog.Choice{
		Title: "Encryption key for the audit log", Head: "wxauth logs every revoke, and protects the log with a key. This system has no keyring. Where should wxauth keep the encryption key?", Width: 74,
		Options: []dialog.Option{
			{Key: action.InFile, Short: "key file", Words: "in a file that only you can read (less secure)", Do: from("keyfile")},
			{Key: action.InMemory, Short: "memory", Words: "in memory: the audit log is lost when wxauth exits", Do: from("memory")},
		},
		Note:      "A passphrase is more secure: quit and set key = \"passphrase\" in the configuration.",
		Cancelled: "Cancelled. Nothing was sent.",
	}
	if need.Inventory { // an inventory in memory would be lost at once
		d.Title, d.Head = "Encryption key for the inventory", "This system has no keyring. Where should wxauth keep the encryption key?"
		d.Options = d.Options[:1]
	}
	return d
}

type keyChosenMsg struct {
	then   tea.Msg
	source string
	err    error
}

// handleKeyChosen continues what the key was needed for.
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
