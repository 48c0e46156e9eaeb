package view

import (
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/webex"
)

// What a view asks of the program, and what it is told.
type (
	// Say shows what a key came to, until the next key.
	Say struct{ Text draw.Segment }
	// Leave goes back to the authorizations.
	Leave struct{}
	// Quit leaves the program, once nothing is under way.
	Quit struct{}
	// Help opens the help.
	Help struct{}
	// Stray is a key that means nothing on the screen.
	Stray struct{ Key tea.KeyPressMsg }
	// StillTyping says that nothing was done at a key, since [Env.Typing].
	StillTyping struct{}
	// Tick comes when the counters on the screen are drawn again, once a minute or more often.
	Tick struct{}
	// Uncovered says that no dialog is open any more.
	Uncovered struct{}
	// ReadSession asks once more who is signed in.
	ReadSession struct{}
	// Show opens the view of a key.
	Show struct{ View *action.Key }
	// OpenPerson shows the authorizations of a person.
	OpenPerson struct {
		Who           webex.Person
		Revoke        webex.ClientID // the app to be asked about once they are read; may be empty
		FromInventory bool           // where esc leads back to
	}
	// ChoosePerson opens the choice of a person.
	ChoosePerson struct{}
	// ShowHolders shows who holds an app.
	ShowHolders struct{ Client webex.ClientID }
	// Revoked says what a revoke came to: Batch always, One and Facts for the ticket where it
	// was of one person.
	Revoked struct {
		Batch app.BatchResult
		One   *app.Result
		Facts app.TicketFacts
	}
	// CopyReport copies the report of the last revoke.
	CopyReport struct{}
	// InventoryRead says whether there is an inventory in which people can be found.
	InventoryRead struct{ Have bool }
	// NeedKey asks where the key of the record is to be kept, or that of the inventory. The
	// views get Then once that is known.
	NeedKey struct {
		Inventory bool
		Then      tea.Msg
	}
	// LogIn opens the login, where a token can be pasted if that is what is wanted.
	LogIn struct{ Paste bool }
	// Demo ends the program, which then shows the demo.
	Demo struct{}
	// Listed says whose authorizations were read.
	Listed struct{ Person webex.PersonDetails }
	// Forgotten says that the login was removed from this computer.
	Forgotten struct{}
	// UseProfile goes over to another profile.
	UseProfile struct{ Name string }
	// Export asks how N rows are to be written, which Rows makes, elsewhere.
	Export struct {
		What string
		N    int
		Rows func() any
	}
)

// Failed is a message with what went wrong at Webex: where that is that the login changed,
// the program goes over to the one that is stored.
type Failed interface{ Errors() []error }

// Outbox is what a view has to say to the program. A view has one, and answers
// [View.Take] with it.
type Outbox struct{ sent []tea.Msg }

// Send asks something of the program.
func (o *Outbox) Send(m tea.Msg) { o.sent = append(o.sent, m) }

// Say shows what a key came to.
func (o *Outbox) Say(t draw.Tone, text string) { o.Send(Say{t.Text(text)}) }

// Copy puts text on the terminal's clipboard, and says what it is.
func (o *Outbox) Copy(text, what string) tea.Cmd {
	o.Say(draw.Good, "Sent to the terminal's clipboard: "+what)
	return tea.SetClipboard(text)
}

// MayRevoke reports whether something can be revoked, and says why not.
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

// Take returns what was sent since the last call.
func (o *Outbox) Take() []tea.Msg {
	sent := o.sent
	o.sent = nil
	return sent
}
