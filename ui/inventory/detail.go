package inventory

import (
	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

// detailLines draws the details of the row under the cursor.
func (v *View) detailLines(env view.Env, w int) []string {
	f := draw.NewFields(env.Screen, w)
	if r, n, ok := v.grantAt(v.table().Detailed()); ok {
		v.grantDetail(env, f, r, v.grants().Ended(n))
		return f.Out
	}
	if a, ok := v.appAt(v.table().Detailed()); ok {
		v.appDetail(env, f, a)
	}
	return f.Out
}

// mostHolders is how many people with an app the detail pane lists.
const mostHolders = 5

func (v *View) appDetail(env view.Env, f *draw.Fields, a inventory.App) {
	f.Line(draw.Strong.Text(draw.Cut(appName(a), max(f.W-16, 12))), draw.Plain.Text("  "+english.Count(a.People, "user")))
	if a.SignIn {
		f.Text("", draw.Link, "Webex sign-in: one of Webex's own apps, by its client id. Revoking it signs people out.")
	}
	if a.Service != nil {
		f.Text("", draw.Plain, "Service App, "+app.ServiceAppWords(*a.Service)+". Its tokens belong to a machine account, which no list of people shows. To withdraw it: "+webex.PageServiceApps+".")
		if a.People == 0 {
			f.Blank()
			f.Text("Client", draw.Plain, app.OrDash(app.Clean(a.ClientID)))
			return
		}
	}
	if len(a.Flags) > 0 {
		f.Blank()
		f.Line(draw.Dim.Text("WHY IT IS FLAGGED"))
		for _, x := range a.Flags {
			f.Text("", draw.Warn, flagWords(x.Word)+": "+x.Evidence)
		}
	}
	if n := v.revokedOf[a.ClientID]; n > 0 {
		f.Text("", draw.Good, "Gone for "+english.Thousands(n)+" of "+english.Count(a.People, "user")+" since this sweep. Press "+env.Keys.Shown(action.Sweep)+" to sweep again.")
	}
	if a.Stale > 0 {
		f.Text("", draw.Plain, english.Thousands(a.Stale)+" of "+english.Count(a.People, "user")+": no new token in the 30 days before the sweep")
	}
	f.Blank()
	f.Line(draw.Dim.Text("TOKENS"))
	words := english.Thousands(a.Refresh) + " refresh, " + english.Thousands(a.Access) + " access"
	if a.Other > 0 {
		words += ", " + english.Thousands(a.Other) + " other"
	}
	f.Text("", draw.Plain, words)
	if !a.Oldest.IsZero() {
		f.Text("Oldest", draw.Plain, env.Stamp(a.Oldest)+", "+app.AgeWords(a.Oldest, env.Now))
		f.Text("Newest", draw.Plain, env.Stamp(a.Newest)+", "+app.AgeWords(a.Newest, env.Now))
	}
	f.Blank()
	f.Line(draw.Dim.Text("USERS, NEWEST FIRST"))
	holders := v.nearest.refs
	for _, r := range holders {
		age := shortAge(app.AgeWords(r.Grant().Newest(), env.Now))
		f.Line(draw.Plain.Text(draw.Pad(refUser(r, max(f.W-9, 10)), max(f.W-9, 10))), draw.Dim.Text(draw.PadLeft(age, 9)))
	}
	if more := a.People - len(holders); more > 0 {
		f.Text("", draw.Dim, english.Thousands(more)+" more: "+env.Keys.Shown(action.Details)+" shows all")
	}
	f.Blank()
	f.Text("Client", draw.Plain, app.OrDash(app.Clean(a.ClientID)))
	f.Blank()
	if v.revokedOf[a.ClientID] >= a.People {
		return
	}
	f.Line(draw.Dim.Text("TO REVOKE IT"))
	whom := "all " + english.Thousands(a.People) + " users, one by one, and verifies each"
	if a.People == 1 {
		whom = "the only user and verifies it"
	}
	page := app.BlockPage(webex.Authorization{ApplicationName: a.Name, ClientID: a.ClientID}, a.SignIn)
	away := " Revoking does not block the app. To block it: " + page + ", by its client id (" + env.Keys.Shown(action.CopyID) + " copies it); " + webex.NeedsProPack + "."
	switch {
	case a.SignIn:
		away = " It signs them all out of Webex."
	case page == "":
		away = ""
	}
	f.Text("", draw.Plain, env.Keys.Shown(action.Revoke)+" revokes it for "+whom+"."+away)
}

// nearestHolders caches the people whom the detail pane lists for the app under the cursor, so
// that they aren't looked up for every frame.
type nearestHolders struct {
	of     *inventory.Inventory
	client webex.ClientID
	name   webex.Untrusted
	refs   []inventory.Ref
}

// lookUpNearest finds the first people who have an app.
func (v *View) lookUpNearest(a inventory.App) {
	n := &v.nearest
	if n.of != v.found.Newest || n.client != a.ClientID || n.name != a.Name {
		*n = nearestHolders{v.found.Newest, a.ClientID, a.Name, v.found.Newest.NewestHolders(a, mostHolders)}
	}
}

func (v *View) grantDetail(env view.Env, f *draw.Fields, r inventory.Ref, ended bool) {
	p, g := r.Person(), r.Grant()
	f.Line(draw.Strong.Text(draw.Cut(refName(r), f.W)))
	f.Text("", draw.Plain, refUser(r, 2*f.W))
	f.Blank()
	switch last := g.Newest(); {
	case v.revoked[grantKey{p.ID, r.ClientID()}]:
		f.Text("", draw.Good, "Revoked since this sweep and verified: it is gone.")
	case ended:
		f.Text("", draw.Dim, "Removed: it was in the previous sweep but not in this one.")
	case last.IsZero():
		f.Text("", draw.Warn, "Webex shows no creation time for its tokens.")
	default:
		f.Text("", draw.Plain, "Last issued token "+app.AgeWords(last, env.Now)+": the newest of its "+english.Count(g.Tokens(), "token")+" was created on "+env.Stamp(last)+".")
		if env.Now.Sub(last) > app.StaleAfter {
			f.Text("", draw.Warn, "An app in use gets a new access token at least every 14 days.")
		}
	}
	f.Blank()
	f.Line(draw.Dim.Text("TOKENS"))
	for _, row := range v.Inventory.Rows([]inventory.Ref{r}) {
		left := app.LeftWords(row.Left, env.Now)
		if ended {
			left = "—"
		} else if row.Left.Known() && !row.Left.Overdue(env.Now) {
			left += " left"
		}
		f.Line(draw.Plain.Text(draw.Pad(app.Kind(row.Type), 8)), draw.Dim.Text(draw.PadLeft(app.AgeWords(row.Created, env.Now), 9)+"  "), draw.Plain.Text(left), draw.Dim.Text("  "+string(row.Left.Basis)))
	}
	f.Blank()
	f.Text("Client", draw.Plain, app.OrDash(app.Clean(r.ClientID())))
	f.Text("Person id", draw.Plain, app.OrDash(app.Clean(p.ID)))
}

// briefLines draws the detail in four lines, for the space below the table.
func (v *View) briefLines(env view.Env, w int) []string {
	f := draw.NewFields(env.Screen, w)
	if r, n, ok := v.grantAt(v.table().Detailed()); ok {
		g := r.Grant()
		f.Line(draw.Strong.Text(draw.Cut(refName(r), w/2)), draw.Plain.Text("  "+refUser(r, w/2-2)))
		words := "last issued token " + app.AgeWords(g.Newest(), env.Now) + ", the newest of " + english.Count(g.Tokens(), "token")
		if v.grants().Ended(n) {
			words = "removed since the previous sweep"
		}
		f.Line(draw.Plain.Text(draw.Cut(words, w)))
		f.Line(draw.Dim.Text("client " + app.ShortClient(r.ClientID()) + " · " + env.Keys.Shown(action.Info) + ": details"))
		return f.Out
	}
	a, ok := v.appAt(v.table().Detailed())
	if !ok {
		return nil
	}
	first := []draw.Segment{draw.Strong.Text(draw.Cut(appName(a), max(w-30, 12))), draw.Plain.Text("  " + english.Count(a.People, "user"))}
	f.Line(first...)
	why := draw.Dim.Text("no flags")
	switch n := v.revokedOf[a.ClientID]; {
	case n > 0:
		why = draw.Good.Text("gone for " + english.Thousands(n) + " of " + english.Count(a.People, "user") + " since this sweep")
	case len(a.Flags) > 0:
		why = draw.Warn.Text(draw.Cut(flagWords(a.Flags[0].Word)+": "+a.Flags[0].Evidence, w))
	case a.SignIn:
		why = draw.Link.Text("Webex sign-in: revoking it signs people out")
	case a.Stale > 0:
		why = draw.Plain.Text(english.Thousands(a.Stale) + " of " + english.Count(a.People, "user") + ": no new token in the 30 days before the sweep")
	}
	f.Line(why)
	newest := ""
	for i, r := range v.nearest.refs {
		if i > 0 {
			newest += ", "
		}
		newest += refUser(r, 0) + " " + shortAge(app.AgeWords(r.Grant().Newest(), env.Now))
	}
	f.Line(draw.Dim.Text("newest  "), draw.Plain.Text(draw.Cut(newest, w-8)))
	away := ""
	if page := app.BlockPage(webex.Authorization{ApplicationName: a.Name, ClientID: a.ClientID}, a.SignIn); page != "" {
		away = " · to block it: " + page
	}
	f.Line(draw.Dim.Text(draw.Cut("client "+app.ShortClient(a.ClientID)+away, w)))
	return f.Out
}
