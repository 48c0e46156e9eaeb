package ui

import (
	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/webex"
)

// inventoryDetail is everything about the row under the cursor.
func (m *Model) inventoryDetail(w int) []string {
	v := &m.inventory
	f := draw.NewFields(&m.Screen, w)
	if r, n, ok := v.current(); ok {
		m.grantDetail(f, r, v.grants().Ended(n))
		return f.Out
	}
	if a, ok := v.currentApp(); ok {
		m.inventoryAppDetail(f, a)
	}
	return f.Out
}

// mostHolders is how many of those who hold an app stand beside it.
const mostHolders = 5

func (m *Model) inventoryAppDetail(f *draw.Fields, a inventory.App) {
	v := &m.inventory
	f.Line(draw.Strong.Text(draw.Cut(inventoryName(a), max(f.W-16, 12))), draw.Plain.Text("  "+english.Count(a.People, "user")))
	if a.SignIn {
		f.Text("", draw.Link, "Webex sign-in: one of Webex's own apps, by its client id. Revoking it signs people out.")
	}
	if len(a.Flags) > 0 {
		f.Blank()
		f.Line(draw.Dim.Text("WHY IT IS FLAGGED"))
		for _, x := range a.Flags {
			f.Text("", draw.Warn, flagWords(x.Word)+": "+x.Evidence)
		}
	}
	if n := v.revokedOf[a.ClientID]; n > 0 {
		f.Text("", draw.Good, "Gone for "+english.Thousands(n)+" of "+english.Count(a.People, "user")+" since this sweep: "+m.keys.Shown(action.Sweep)+" sweeps anew.")
	}
	if a.Stale > 0 {
		f.Text("", draw.Plain, english.Thousands(a.Stale)+" of "+english.Count(a.People, "user")+": no sign of life in the 30 days before the sweep")
	}
	f.Blank()
	f.Line(draw.Dim.Text("TOKENS"))
	words := english.Thousands(a.Refresh) + " refresh, " + english.Thousands(a.Access) + " access"
	if a.Other > 0 {
		words += ", " + english.Thousands(a.Other) + " of another kind"
	}
	f.Text("", draw.Plain, words)
	if !a.Oldest.IsZero() {
		f.Text("Oldest", draw.Plain, m.stamp(a.Oldest)+", "+app.AgeWords(a.Oldest, m.now))
		f.Text("Newest", draw.Plain, m.stamp(a.Newest)+", "+app.AgeWords(a.Newest, m.now))
	}
	f.Blank()
	f.Line(draw.Dim.Text("WHO HOLDS IT, THE NEWEST FIRST"))
	holders := v.newestHolders(a)
	for _, r := range holders {
		age := shortAge(app.AgeWords(r.Grant().Newest(), m.now))
		f.Line(draw.Plain.Text(draw.Pad(refUser(r, max(f.W-9, 10)), max(f.W-9, 10))), draw.Dim.Text(draw.PadLeft(age, 9)))
	}
	if more := a.People - len(holders); more > 0 {
		f.Text("", draw.Dim, english.Thousands(more)+" more: enter shows all")
	}
	f.Blank()
	f.Text("Client", draw.Plain, app.OrDash(app.Clean(a.ClientID)))
	f.Blank()
	if v.revokedOf[a.ClientID] >= a.People {
		return
	}
	f.Line(draw.Dim.Text("TO TAKE IT AWAY"))
	whom := "all " + english.Thousands(a.People) + ", one by one, each read back"
	if a.People == 1 {
		whom = "the only user, and reads back"
	}
	away := " Revoking does not keep it away: " + webex.PageIntegrations + ", by its client id (" + m.keys.Shown(action.CopyID) + " copies it)."
	switch {
	case a.SignIn:
		away = " It signs them all out of Webex."
	case !app.CanBlock(webex.Authorization{ApplicationName: a.Name, ClientID: a.ClientID}, a.SignIn):
		away = ""
	}
	f.Text("", draw.Plain, m.keys.Shown(action.Revoke)+" revokes it for "+whom+"."+away)
}

// nearestHolders are those who stand beside the app under the cursor: looked up once, and
// not for every frame.
type nearestHolders struct {
	of     *inventory.Inventory
	client webex.ClientID
	name   webex.Untrusted
	refs   []inventory.Ref
}

// newestHolders are the first of those who hold an app.
func (v *inventoryView) newestHolders(a inventory.App) []inventory.Ref {
	n := &v.nearest
	if n.of != v.view.Newest || n.client != a.ClientID || n.name != a.Name {
		*n = nearestHolders{v.view.Newest, a.ClientID, a.Name, v.view.Newest.NewestHolders(a, mostHolders)}
	}
	return n.refs
}

func (m *Model) grantDetail(f *draw.Fields, r inventory.Ref, ended bool) {
	v, p, g := &m.inventory, r.Person(), r.Grant()
	f.Line(draw.Strong.Text(draw.Cut(refName(r), f.W)))
	f.Text("", draw.Plain, refUser(r, 2*f.W))
	f.Blank()
	switch last := g.Newest(); {
	case v.revoked[grantKey{p.ID, r.ClientID()}]:
		f.Text("", draw.Good, "Revoked since this sweep, and read back: it is gone.")
	case ended:
		f.Text("", draw.Dim, "Ended: it was in the sweep before, and is not in this one.")
	case last.IsZero():
		f.Text("", draw.Warn, "Webex names no time for any of its tokens.")
	default:
		f.Text("", draw.Plain, "Last sign of life "+app.AgeWords(last, m.now)+": the newest of its "+english.Count(g.Tokens(), "token")+" was made on "+m.stamp(last)+".")
		if m.now.Sub(last) > app.StaleAfter {
			f.Text("", draw.Warn, "An app that is used gets a new access token at least every 14 days.")
		}
	}
	f.Blank()
	f.Line(draw.Dim.Text("TOKENS"))
	for _, row := range m.opts.Inventory.Rows([]inventory.Ref{r}) {
		left := app.LeftWords(row.Left, m.now)
		if ended {
			left = "—"
		} else if row.Left.Known() && !row.Left.Overdue(m.now) {
			left += " left"
		}
		f.Line(draw.Plain.Text(draw.Pad(app.Kind(row.Type), 8)), draw.Dim.Text(draw.PadLeft(app.AgeWords(row.Created, m.now), 9)+"  "), draw.Plain.Text(left), draw.Dim.Text("  "+string(row.Left.Basis)))
	}
	f.Blank()
	f.Text("Client", draw.Plain, app.OrDash(app.Clean(r.ClientID())))
	f.Text("Person id", draw.Plain, app.OrDash(app.Clean(p.ID)))
}

// inventoryBrief is the detail in four lines, for below the table.
func (m *Model) inventoryBrief(w int) []string {
	v := &m.inventory
	f := draw.NewFields(&m.Screen, w)
	if r, n, ok := v.current(); ok {
		g := r.Grant()
		f.Line(draw.Strong.Text(draw.Cut(refName(r), w)))
		f.Line(draw.Plain.Text(refUser(r, w)))
		words := "last sign of life " + app.AgeWords(g.Newest(), m.now) + ", the newest of " + english.Count(g.Tokens(), "token")
		if v.grants().Ended(n) {
			words = "ended since the sweep before"
		}
		f.Line(draw.Plain.Text(draw.Cut(words, w)))
		f.Line(draw.Dim.Text("client " + app.ShortClient(r.ClientID()) + " · space: everything"))
		return f.Out
	}
	a, ok := v.currentApp()
	if !ok {
		return nil
	}
	first := []draw.Segment{draw.Strong.Text(draw.Cut(inventoryName(a), max(w-30, 12))), draw.Plain.Text("  " + english.Count(a.People, "user"))}
	f.Line(first...)
	why := draw.Dim.Text("no flags")
	switch n := v.revokedOf[a.ClientID]; {
	case n > 0:
		why = draw.Good.Text("gone for " + english.Thousands(n) + " of " + english.Count(a.People, "user") + " since this sweep")
	case len(a.Flags) > 0:
		why = draw.Warn.Text(draw.Cut(flagWords(a.Flags[0].Word)+": "+a.Flags[0].Evidence, w))
	case a.SignIn:
		why = draw.Link.Text("Webex sign-in: revoking it signs people out")
	}
	f.Line(why)
	newest := ""
	for i, r := range v.newestHolders(a) {
		if i > 0 {
			newest += ", "
		}
		newest += refUser(r, 0) + " " + shortAge(app.AgeWords(r.Grant().Newest(), m.now))
	}
	f.Line(draw.Dim.Text("newest  "), draw.Plain.Text(draw.Cut(newest, w-8)))
	away := " · to keep it away: " + webex.PageIntegrations
	if !app.CanBlock(webex.Authorization{ApplicationName: a.Name, ClientID: a.ClientID}, a.SignIn) {
		away = ""
	}
	f.Line(draw.Dim.Text(draw.Cut("client "+app.ShortClient(a.ClientID)+away, w)))
	return f.Out
}
