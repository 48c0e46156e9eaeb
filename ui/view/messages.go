package view

import (
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/webex"
)

// Messages from a view to the program, and from the program to views.
type (
	// Say shows the result of a key until the next key.
	Say struct{ Text draw.Segment }
	// Leave returns to the authorizations.
	Leave struct{}
	// Quit quits the program. If work is in progress, it asks first.
	Quit struct{}
	// Help opens the help.
	Help struct{}
	// Stray is a key that has no meaning on the screen.
	Stray struct{ Key tea.KeyPressMsg }
	// StillTyping says that a key was ignored because of [Env.Typing].
	StillTyping struct{}
	// Tick is sent when counters are redrawn, at least once a minute.
	Tick struct{}
	// Uncovered says that the last open dialog was closed.
	Uncovered struct{}
	// ReadSession reloads who is signed in.
	ReadSession struct{}
	// Show opens the view that belongs to a key.
	Show struct{ View *action.Key }
	// OpenPerson shows the authorizations of a person.
	OpenPerson struct {
		Who           webex.Person
		Revoke        webex.ClientID // if not empty, ask whether to revoke this app once the list is loaded
		FromInventory bool           // esc returns to the inventory
	}
	// ChoosePerson opens the picker.
	ChoosePerson struct{}
	// ShowHolders shows who has authorized an app.
	ShowHolders struct{ Client webex.ClientID }
	// Revoked reports the result of a revoke. Batch is always set. One is set, for
	// the ticket, if the tokens belong to one person.
	Revoked struct {
		Batch app.BatchResult
		One   *app.Result
	}
	// CopyReport copies the report of the last revoke.
	CopyReport struct{}
	// InventoryRead says whether there is an inventory to search people in.
	InventoryRead struct{ Have bool }
	// Browse opens a page of Control Hub in the browser. URL is empty if it is not known.
	Browse struct{ URL, What string }
	// ReadActivity reads the audit log and Webex's record again.
	ReadActivity struct{}
	// Recorded says, by sequence number, whether Webex recorded an entry of the audit log.
	Recorded struct{ States map[int64]app.Recorded }
	// NeedKey asks how to protect the encryption key of the audit log or of the inventory. The
	// views receive Then after the user has chosen.
	NeedKey struct {
		Inventory bool
		Then      tea.Msg
	}
	// LogIn opens the login screen. With Paste, it opens the input for a token.
	LogIn struct{ Paste bool }
	// Demo quits the dashboard to show the demo.
	Demo struct{}
	// Listed says whose authorizations were loaded.
	Listed struct{ Person webex.PersonDetails }
	// Forgotten says that the login was removed from this computer.
	Forgotten struct{}
	// UseProfile switches to another profile.
	UseProfile struct{ Name string }
	// Export asks for the format of an export of N rows. Rows is called in the command's
	// goroutine.
	Export struct {
		What string
		N    int
		Rows func() any
	}
)

// Failed is a message that carries errors from Webex. If one of them says that the login
// changed, the program switches to the stored login.
type Failed interface{ Errors() []error }

// Outbox queues messages from a view to the program. Each view embeds one, which implements
// [View.Take].
type Outbox struct{ sent []tea.Msg }

// Send queues a message.
func (o *Outbox) Send(m tea.Msg) { o.sent = append(o.sent, m) }

// Say shows the result of a key.
func (o *Outbox) Say(t draw.Tone, text string) { o.Send(Say{t.Text(text)}) }

// Copy copies text to the terminal's clipboard. what describes the text in the status line.
func (o *Outbox) Copy(text, what string) tea.Cmd {
	o.Say(draw.Good, "Sent to the terminal's clipboard: "+what)
	return tea.SetClipboard(text)
}

// MayRevoke reports whether revokes are possible. If they are not, it shows why.
func (o *Outbox) MayRevoke(env Env) bool {
	switch {
	case env.NoRevoke.Long != "":
		o.Say(draw.Warn, env.NoRevoke.Long)
		return false
	case env.Typing:
		o.Send(StillTyping{})
		return false
	}
	return true
}

// Take returns the messages that were queued since the last call.
func (o *Outbox) Take() []tea.Msg {
	sent := o.sent
	o.sent = nil
	return sent
}
