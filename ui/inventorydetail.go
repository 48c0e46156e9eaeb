package ui

import (
	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/webex"
)

// inventoryDetail is everything about the row under the cursor.
func (m *Model) inventoryDetail(w int) []string {
	v := &m.inventory
	f := newFields(&m.Screen, w)
	if r, n, ok := v.current(); ok {
		m.grantDetail(f, r, v.grants().Ended(n))
		return f.out
	}
	if a, ok := v.currentApp(); ok {
		m.inventoryAppDetail(f, a)
	}
	return f.out
}

// mostHolders is how many of those who hold an app stand beside it.
const mostHolders = 5

func (m *Model) inventoryAppDetail(f *fields, a inventory.App) {
	v := &m.inventory
	f.line(strong.Text(cut(inventoryName(a), max(f.w-16, 12))), plain.Text("  "+english.Count(a.People, "user")))
	if a.SignIn {
		f.text("", link, "Webex sign-in: one of Webex's own apps, by its client id. Revoking it signs people out.")
	}
	if len(a.Flags) > 0 {
		f.blank()
		f.line(dim.Text("WHY IT IS FLAGGED"))
		for _, x := range a.Flags {
			f.text("", warn, flagWords(x.Word)+": "+x.Evidence)
		}
	}
	if n := v.revokedOf[a.ClientID]; n > 0 {
		f.text("", good, "Gone for "+english.Thousands(n)+" of "+english.Count(a.People, "user")+" since this sweep: "+shown(m.keys.Sweep)+" sweeps anew.")
	}
	if a.Stale > 0 {
		f.text("", plain, english.Thousands(a.Stale)+" of "+english.Count(a.People, "user")+": no sign of life in the 30 days before the sweep")
	}
	f.blank()
	f.line(dim.Text("TOKENS"))
	words := english.Thousands(a.Refresh) + " refresh, " + english.Thousands(a.Access) + " access"
	if a.Other > 0 {
		words += ", " + english.Thousands(a.Other) + " of another kind"
	}
	f.text("", plain, words)
	if !a.Oldest.IsZero() {
		f.text("Oldest", plain, m.stamp(a.Oldest)+", "+app.AgeWords(a.Oldest, m.now))
		f.text("Newest", plain, m.stamp(a.Newest)+", "+app.AgeWords(a.Newest, m.now))
	}
	f.blank()
	f.line(dim.Text("WHO HOLDS IT, THE NEWEST FIRST"))
	holders := v.newestHolders(a)
	for _, r := range holders {
		age := shortAge(app.AgeWords(r.Grant().Newest(), m.now))
		f.line(plain.Text(pad(refUser(r, max(f.w-9, 10)), max(f.w-9, 10))), dim.Text(padLeft(age, 9)))
	}
	if more := a.People - len(holders); more > 0 {
		f.text("", dim, english.Thousands(more)+" more: enter shows all")
	}
	f.blank()
	f.text("Client", plain, app.OrDash(clean(a.ClientID)))
	f.blank()
	if v.revokedOf[a.ClientID] >= a.People {
		return
	}
	f.line(dim.Text("TO TAKE IT AWAY"))
	whom := "all " + english.Thousands(a.People) + ", one by one, each read back"
	if a.People == 1 {
		whom = "the only user, and reads back"
	}
	away := " Revoking does not keep it away: " + webex.PageIntegrations + ", by its client id (" + shown(m.keys.CopyID) + " copies it)."
	switch {
	case a.SignIn:
		away = " It signs them all out of Webex."
	case !app.CanBlock(webex.Authorization{ApplicationName: a.Name, ClientID: a.ClientID}, a.SignIn):
		away = ""
	}
	f.text("", plain, shown(m.keys.Revoke)+" revokes it for "+whom+"."+away)
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

func (m *Model) grantDetail(f *fields, r inventory.Ref, ended bool) {
	v, p, g := &m.inventory, r.Person(), r.Grant()
	f.line(strong.Text(cut(refName(r), f.w)))
	f.text("", plain, refUser(r, 2*f.w))
	f.blank()
	switch last := g.Newest(); {
	case v.revoked[grantKey{p.ID, r.ClientID()}]:
		f.text("", good, "Revoked since this sweep, and read back: it is gone.")
	case ended:
		f.text("", dim, "Ended: it was in the sweep before, and is not in this one.")
	case last.IsZero():
		f.text("", warn, "Webex names no time for any of its tokens.")
	default:
		f.text("", plain, "Last sign of life "+app.AgeWords(last, m.now)+": the newest of its "+english.Count(g.Tokens(), "token")+" was made on "+m.stamp(last)+".")
		if m.now.Sub(last) > app.StaleAfter {
			f.text("", warn, "An app that is used gets a new access token at least every 14 days.")
		}
	}
	f.blank()
	f.line(dim.Text("TOKENS"))
	for _, row := range m.opts.Inventory.Rows([]inventory.Ref{r}) {
		left := app.LeftWords(row.Left, m.now)
		if ended {
			left = "—"
		} else if row.Left.Known() && !row.Left.Overdue(m.now) {
			left += " left"
		}
		f.line(plain.Text(pad(kind(row.Type), 8)), dim.Text(padLeft(app.AgeWords(row.Created, m.now), 9)+"  "), plain.Text(left), dim.Text("  "+string(row.Left.Basis)))
	}
	f.blank()
	f.text("Client", plain, app.OrDash(clean(r.ClientID())))
	f.text("Person id", plain, app.OrDash(clean(p.ID)))
}

// inventoryBrief is the detail in four lines, for below the table.
func (m *Model) inventoryBrief(w int) []string {
	v := &m.inventory
	f := newFields(&m.Screen, w)
	if r, n, ok := v.current(); ok {
		g := r.Grant()
		f.line(strong.Text(cut(refName(r), w)))
		f.line(plain.Text(refUser(r, w)))
		words := "last sign of life " + app.AgeWords(g.Newest(), m.now) + ", the newest of " + english.Count(g.Tokens(), "token")
		if v.grants().Ended(n) {
			words = "ended since the sweep before"
		}
		f.line(plain.Text(cut(words, w)))
		f.line(dim.Text("client " + shortClient(r.ClientID()) + " · space: everything"))
		return f.out
	}
	a, ok := v.currentApp()
	if !ok {
		return nil
	}
	first := []segment{strong.Text(cut(inventoryName(a), max(w-30, 12))), plain.Text("  " + english.Count(a.People, "user"))}
	f.line(first...)
	why := dim.Text("no flags")
	switch n := v.revokedOf[a.ClientID]; {
	case n > 0:
		why = good.Text("gone for " + english.Thousands(n) + " of " + english.Count(a.People, "user") + " since this sweep")
	case len(a.Flags) > 0:
		why = warn.Text(cut(flagWords(a.Flags[0].Word)+": "+a.Flags[0].Evidence, w))
	case a.SignIn:
		why = link.Text("Webex sign-in: revoking it signs people out")
	}
	f.line(why)
	newest := ""
	for i, r := range v.newestHolders(a) {
		if i > 0 {
			newest += ", "
		}
		newest += refUser(r, 0) + " " + shortAge(app.AgeWords(r.Grant().Newest(), m.now))
	}
	f.line(dim.Text("newest  "), plain.Text(cut(newest, w-8)))
	away := " · to keep it away: " + webex.PageIntegrations
	if !app.CanBlock(webex.Authorization{ApplicationName: a.Name, ClientID: a.ClientID}, a.SignIn) {
		away = ""
	}
	f.line(dim.Text(cut("client "+shortClient(a.ClientID)+away, w)))
	return f.out
}
