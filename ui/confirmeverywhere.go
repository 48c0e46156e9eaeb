package ui

import (
	"fmt"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/webex"
)

const (
	longestTyped = 40 // cells of a name that is to be typed
	typedOfID    = 12 // characters of a client id, where there is no such name
)

// newConfirmEverywhere asks whether an app is to end for everybody who holds it.
func newConfirmEverywhere(m *Model, b app.Batch, of *inventory.Inventory) *confirm {
	c := b.Confirmation()
	d := &confirm{m: m, everywhere: &b, want: app.Clean(c.Text), or: app.Clean(c.Or)}
	if d.or == "" || draw.Cells(d.or) > longestTyped { // nobody types 65 characters
		d.or, d.want = "", draw.Head(d.want, typedOfID)
	}
	org := ""
	if m.session != nil {
		org = app.Clean(m.session.Org.DisplayName)
	}
	if m.opts.Org != "" { // theirs, not ours
		org = "customer " + app.ShortClient(webex.OrgID(m.opts.Org))
	}
	name := app.Shorten(app.AppName(webex.Authorization{ApplicationName: b.App.Name, ClientID: b.App.Client}), 40)
	d.title = "Revoke " + name + " for " + english.Count(b.Concerned(), "user") + draw.Cut(" ("+org+")", 30) + "?"
	if org == "" {
		d.title = "Revoke " + name + " for " + english.Count(b.Concerned(), "user") + "?"
	}
	sure, more := b.Ends()
	d.head = english.Count(sure, "token") + " end"
	if sure == 1 {
		d.head = "1 token ends"
	}
	if more > 0 {
		d.head += fmt.Sprintf(", and up to %s more", english.Thousands(more))
	}
	d.tokens = holderLines(b)
	d.facts = everywhereFacts(m, b, of)
	return d
}

// holderLines name everybody who loses something, one a line.
func holderLines(b app.Batch) []segmentsLine {
	var out []segmentsLine
	for _, p := range b.Plans {
		if len(p.Items) == 0 {
			continue
		}
		who := app.Clean(p.Person.Email())
		if who == "" {
			who = app.Clean(p.Person.ID)
		}
		sure, more := p.Ends()
		what := english.Count(sure, "token")
		if more > 0 {
			what += ", up to " + english.Thousands(more) + " more"
		}
		l := segmentsLine{draw.Plain.Text("    " + draw.Pad(what, 24)), draw.Strong.Text(draw.Cut(who, 50))}
		if p.HasSelf() {
			l = append(l, draw.Bad.Text("  your own session"))
		}
		out = append(out, l)
	}
	return out
}

func everywhereFacts(m *Model, b app.Batch, of *inventory.Inventory) []fact {
	out := []fact{{"Client", app.Clean(b.App.Client), draw.Plain, false}}
	add := func(f fact) { out = append(out, f) }
	signIn, self, stuck := false, false, 0
	for _, p := range b.Plans {
		self = self || p.HasSelf()
		stuck += len(p.Stuck)
		for _, i := range p.Items {
			signIn = signIn || i.SignIn
		}
	}
	if signIn {
		add(fact{"Sign-in", "this is one of Webex's own apps: all these users are signed out there.", draw.Bad, false})
	}
	if self {
		add(fact{"Careful", "your own session is among them: wxauth may lose the token it is using right now.", draw.Bad, false})
	}
	if n := len(b.Failures); n > 0 {
		add(fact{"Unread", english.Count(n, "user") + " could not be read now; nothing is sent for them.", draw.Warn, false})
	}
	if stuck > 0 {
		add(fact{"Stays", english.Count(stuck, "token") + " that cannot be revoked here.", draw.Warn, false})
	}
	if m.inventory.sweep.running {
		add(fact{"Sweep", "one is under way: whom it finds is not among these. Waiting for its end is better.", draw.Warn, false})
	}
	knew, t := "", draw.Plain
	if apps := m.inventory.view.Apps; apps != nil && of == m.inventory.view.Newest {
		if n := apps.Find(inventory.App{ClientID: b.App.Client}); n >= 0 {
			a := apps.App(n)
			knew = " It knew " + english.Count(a.Refresh, "refresh token") + " and " + english.Count(a.Access, "access token") + "; the lists were read again just now."
		}
	}
	age := app.AgeWords(of.Started, m.now)
	if m.now.Sub(of.Started) > app.OldSweep {
		t = draw.Warn
	}
	add(fact{"Sweep", "of " + m.stamp(of.Started) + ", " + age + ": who granted the app since is not among these." + knew, t, false})
	add(fact{"How", "one by one; each user is read back.", draw.Plain, true})
	add(fact{"Undo", "none. Each user would have to authorize it again.", draw.Plain, false})
	if app.CanBlock(webex.Authorization{ApplicationName: b.App.Name, ClientID: b.App.Client}, signIn) {
		add(fact{"Block", "to keep the app away: " + webex.PageIntegrations + ", by its client id.", draw.Plain, true})
	}
	if m.opts.RecordNote != "" {
		add(fact{"Record", m.opts.RecordNote, draw.Plain, true})
	}
	return out
}
