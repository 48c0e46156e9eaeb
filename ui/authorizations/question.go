package authorizations

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/ui/dialog"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

// question returns the confirmation dialog for a plan. other is the plan that keeps Webex
// sign-ins, or nil if there are none.
func (v *View) question(env view.Env, p app.Plan, other *app.Plan, missing int) *dialog.Confirm {
	d := &dialog.Confirm{Revocation: v.revocation(env, p, missing), Want: app.Clean(p.Confirmation().Text)}
	d.Prompt = d.Want
	if other != nil {
		kept := v.revocation(env, *other, missing)
		d.Other = &kept
	}
	return d
}

// revocation describes a plan for the dialog.
func (v *View) revocation(env view.Env, p app.Plan, missing int) dialog.Revocation {
	person := draw.Cut(v.personName(), 40)
	org := ""
	if o := v.personOrg(env); o != "" {
		org = " (" + app.Clean(o) + ")"
	}
	what := english.Count(len(p.Items), "token") + " of " + english.Count(p.Apps(), "app")
	if len(p.Items) == 1 || p.Apps() == 1 {
		what = draw.Cut(app.AppName(p.Items[0].Authorization), 40)
		if p.KeepsAccess() { // the app keeps access: it can replace what is revoked
			what = countedKind(p.Items) + " of " + what
		}
	}
	r := dialog.Revocation{
		Org: draw.Cut(org, 30), Email: app.Clean(p.Person.Email()), Least: 3, Button: "Revoke " + english.Count(len(p.Items), "token"),
		Box: "[ ] keep Webex sign-ins (now: signs the user out)", Command: v.Commands.OfPlan(p),
		Do: func() tea.Cmd { return v.confirmed(p) },
	}
	if len(p.Kept) > 0 {
		r.Box = "[x] keep Webex sign-ins (user stays signed in)"
	}
	switch sure, more := p.Ends(); {
	case more > 0:
		r.Button += fmt.Sprintf(" and up to %d more", sure+more-len(p.Items))
	case sure > len(p.Items):
		r.Button += fmt.Sprintf(" and %d more", sure-len(p.Items))
	case len(p.Items) == 1:
		r.Button = "Revoke 1 " + app.Kind(p.Items[0].Type) + " token"
	}
	r.Title = "Revoke " + what + " for " + draw.Cut(person, 30) + r.Org + "?"
	if r.Severe = p.Offboard || p.Everything; p.Offboard {
		r.Title = "Offboard " + draw.Cut(person, 30) + r.Org + ": revoke everything?"
		if len(p.Kept) > 0 {
			r.Title = "Offboard " + draw.Cut(person, 30) + r.Org + ": all except Webex sign-ins?"
		}
	}
	r.Head = app.EndWords(p.Ends())
	if n := p.Refused(); n > 0 {
		r.Head += fmt.Sprintf("; Webex will reject %d more", n)
	}
	r.Lines = tokenLines(env, p)
	if p.Offboard {
		r.Lines, r.Least = v.appLines(env, p), 8 // one line per app
	}
	ids := make([]webex.AuthorizationID, len(p.Items))
	for i, item := range p.Items {
		ids[i] = item.ID
	}
	if refresh := v.refreshInstead(p); len(refresh) > 0 {
		r.InsteadOf = "refresh token instead"
		if n := len(refresh); n > 1 {
			r.InsteadOf = english.Count(n, "refresh token") + " instead"
		}
		r.Instead = func() tea.Cmd { return func() tea.Msg { return insteadMsg(refresh) } }
	}
	r.Facts = v.confirmFacts(env, p, person, missing, v.hiddenByFilter(ids))
	return r
}

// refreshInstead returns the refresh tokens with which the apps of a plan that contains only access
// tokens can get new ones.
func (v *View) refreshInstead(p app.Plan) (ids []webex.AuthorizationID) {
	if slices.ContainsFunc(p.Items, func(i app.Item) bool { return i.Type != webex.TypeAccess }) {
		return nil
	}
	for _, r := range v.alive() {
		same := func(i app.Item) bool { return i.ClientID != "" && i.ClientID == r.ClientID && i.PersonID == r.PersonID }
		if r.Type == webex.TypeRefresh && r.CannotRevoke() == "" && slices.ContainsFunc(p.Items, same) {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// tokenLines lists every token to revoke, grouped by app.
func tokenLines(env view.Env, p app.Plan) [][]draw.Segment {
	var out [][]draw.Segment
	planned := map[webex.AuthorizationID]bool{}
	for _, i := range p.Items {
		planned[i.ID] = true
	}
	line := func(r app.Row, branch, what string) []draw.Segment {
		left := app.LeftWords(r.Left, env.Now)
		if r.Left.Known() && !r.Left.Overdue(env.Now) {
			left += " left"
		}
		return []draw.Segment{
			draw.Plain.Text("    " + draw.Pad(env.Glyphs.Hung(branch)+app.Kind(r.Type), 11)), draw.Dim.Text(draw.PadLeft(app.AgeWords(r.Created, env.Now), 9) + "  "),
			draw.Plain.Text(draw.PadLeft(left, 13) + "  "), draw.Dim.Text(what),
		}
	}
	type appID struct {
		client webex.ClientID
		person webex.PersonID
	}
	told := map[appID]bool{}
	ended := map[webex.AuthorizationID]bool{}
	for _, first := range p.Items {
		id := appID{first.ClientID, first.PersonID}
		if told[id] {
			continue
		}
		told[id] = true
		for _, l := range draw.Wrap(app.Shorten(app.AppName(first.Authorization), 400), nameCells) { // alone on its lines, so that it can't imitate our own text
			out = append(out, []draw.Segment{draw.Strong.Text("  " + l)})
		}
		var ends [][]draw.Segment
		for _, i := range p.Items {
			if (appID{i.ClientID, i.PersonID}) != id {
				continue
			}
			branch := ""
			if i.Type == webex.TypeAccess {
				branch = draw.DrawnGlyphs.Loose
			}
			out = append(out, line(i.Row, branch, "selected"))
			for _, e := range i.Ends {
				if planned[e.ID] || ended[e.ID] {
					continue
				}
				ended[e.ID] = true
				what := "revoked too"
				if i.UpTo {
					what = "may be revoked"
				}
				branch := draw.DrawnGlyphs.Child
				if i.UpTo { // it is unknown which access token belongs to which refresh token
					branch = draw.DrawnGlyphs.Loose
				}
				ends = append(ends, line(e, branch, what))
			}
		}
		if n := len(ends); n > 0 && !first.UpTo {
			ends[n-1][0].Text = strings.Replace(ends[n-1][0].Text, env.Glyphs.Child, env.Glyphs.Last, 1)
		}
		out = append(out, ends...)
		client := []draw.Segment{draw.Dim.Text("    client " + app.ShortClient(first.ClientID))}
		if first.SignIn {
			client = append(client, draw.Link.Text("  Webex sign-in"))
		}
		out = append(out, client)
	}
	return out
}

// nameCells is the width of an app's name in the dialog.
const nameCells = 76

// appLines lists every app to revoke, one per line.
func (v *View) appLines(env view.Env, p app.Plan) [][]draw.Segment {
	var out [][]draw.Segment
	planned := map[webex.AuthorizationID]bool{}
	for _, i := range p.Items {
		planned[i.ID] = true
	}
	for _, g := range v.tree.groups {
		kinds := map[webex.Type]int{}
		for _, i := range g.rows {
			if r := v.listing.Rows[i]; planned[r.ID] {
				kinds[r.Type]++
				delete(planned, r.ID)
			}
		}
		var parts []string
		for _, t := range []webex.Type{webex.TypeRefresh, webex.TypeAccess} {
			if kinds[t] > 0 {
				parts = append(parts, english.Thousands(kinds[t])+" "+app.Kind(t))
			}
			delete(kinds, t)
		}
		for t, n := range kinds {
			parts = append(parts, english.Thousands(n)+" "+app.Kind(t))
		}
		if len(parts) == 0 {
			continue
		}
		out = append(out, appLine(g.name, strings.Join(parts, ", "), g.client, g.signIn)...)
	}
	if len(planned) > 0 { // never show fewer lines than apps
		return tokenLines(env, p)
	}
	kept := map[webex.ClientID]int{}
	for _, r := range p.Kept {
		kept[r.ClientID]++
	}
	for _, r := range p.Kept {
		if n := kept[r.ClientID]; n > 0 {
			out = append(out, appLine(app.AppName(r.Authorization), "kept: "+english.Count(n, "token"), r.ClientID, true)...)
			kept[r.ClientID] = 0
		}
	}
	return out
}

// appLine lists an app: its name, which is never cut, then what becomes of it.
func appLine(name, what string, client webex.ClientID, signIn bool) [][]draw.Segment {
	const cells = 24
	names := draw.Wrap(app.Shorten(name, 400), cells)
	mark := ""
	if signIn {
		mark = "Webex sign-in"
	}
	first := []draw.Segment{
		draw.Strong.Text("  " + draw.Pad(names[0], cells)), draw.Plain.Text("  " + draw.Pad(what, 19)),
		draw.Link.Text("  " + draw.Pad(mark, 13)), draw.Dim.Text("  " + app.ShortClient(client)),
	}
	out := [][]draw.Segment{first}
	for _, n := range names[1:] {
		out = append(out, []draw.Segment{draw.Strong.Text("  " + n)})
	}
	return out
}

// confirmFacts returns what the user must know, the consequences first.
func (v *View) confirmFacts(env view.Env, p app.Plan, name string, missing, hidden int) []dialog.Fact {
	out := signInFacts(p, name)
	add := func(f dialog.Fact) { out = append(out, f) }
	if p.HasSelf() {
		add(dialog.Fact{Label: "Warning", Text: "Includes your session: wxauth may lose the token it is using.", Tone: draw.Bad})
	}
	if p.Offboard && len(p.Kept) > 0 {
		add(dialog.Fact{Label: "Kept", Text: name + " stays signed in to Webex and can authorize these apps again.", Tone: draw.Warn})
	} else if p.Offboard {
		add(dialog.Fact{Label: "First", Text: "block the sign-in and reset the password outside wxauth.", Tone: draw.Warn})
		add(dialog.Fact{Label: " ", Text: "Anyone who can sign in as " + name + " can authorize these apps again.", Tone: draw.Plain, Optional: true})
	}
	if n := len(p.Stuck); n > 0 {
		add(dialog.Fact{Label: "Stays", Text: english.Count(n, "token") + " cannot be revoked here: " + draw.Cut(app.ShortName(p.Stuck[0].Authorization), 40) + andMore(n-1) + ".", Tone: draw.Warn})
		add(dialog.Fact{Label: " ", Text: p.Stuck[0].CannotRevoke() + ".", Tone: draw.Plain, Optional: true})
	}
	switch keep := p.AppsKeepingAccess(); {
	case len(keep) == 1:
		which, how := "another", "too"
		if slices.ContainsFunc(p.Items, func(i app.Item) bool { return i.Type != webex.TypeRefresh }) {
			which, how = "a", "instead"
		}
		add(dialog.Fact{Label: "Warning", Text: draw.Cut(keep[0], 40) + " KEEPS its access: it has " + which + " refresh token and can get new access tokens. Revoke that one " + how + ".", Tone: draw.Warn})
	case len(keep) > 1:
		add(dialog.Fact{Label: "Warning", Text: english.Count(len(keep), "app") + " KEEP their access: each still has a refresh token: " + app.FewNames(keep) + ".", Tone: draw.Warn})
	}
	if hidden > 0 {
		add(dialog.Fact{Label: "Hidden", Text: fmt.Sprintf("The filter hides %s of these %d: review them first.", english.Thousands(hidden), len(p.Items)), Tone: draw.Warn})
	}
	if missing > 0 {
		add(dialog.Fact{Label: "Missing", Text: fmt.Sprintf("%s that you chose %s already gone and not included.", english.Count(missing, "token"), isAre(missing)), Tone: draw.Warn})
	}
	for _, i := range p.Items {
		if i.OwnersApp {
			add(dialog.Fact{Label: "Rejected", Text: app.OwnersAppWords + ".", Tone: draw.Warn})
			break
		}
	}
	out = append(out, v.nameFacts(p)...)
	sure, more := p.Ends()
	if more > 0 {
		add(dialog.Fact{Label: "Unclear", Text: "The app has several refresh tokens; Webex does not say which access tokens belong to which. wxauth verifies afterwards.", Tone: draw.Plain})
	} else if sure > len(p.Items) {
		add(dialog.Fact{Label: "", Text: `"Revoked too" is inferred: same person, same app. Webex publishes no link between tokens, so wxauth verifies afterwards what is gone.`, Tone: draw.Dim, Optional: true})
	}
	add(dialog.Fact{Label: "Undo", Text: "none. Whoever signs in as " + name + " can authorize apps again.", Tone: draw.Plain})
	pages := []string{}
	for _, i := range p.Items {
		if page := app.BlockPage(i.Authorization, i.SignIn); page != "" && !slices.Contains(pages, page) {
			pages = append(pages, page)
		}
	}
	for _, page := range pages {
		add(dialog.Fact{Label: "Block", Text: "to block an app: " + page + ", by its client id.", Tone: draw.Plain, Optional: true})
	}
	add(dialog.Fact{Label: "Delay", Text: "parts of Webex may accept the tokens for a short while.", Tone: draw.Plain, Optional: true})
	if env.RecordNote != "" {
		add(dialog.Fact{Label: "Log", Text: env.RecordNote, Tone: draw.Plain, Optional: true})
	}
	return out
}

// nameFacts warns of apps whose names are odd or imitate Webex.
func (v *View) nameFacts(p app.Plan) (out []dialog.Fact) {
	for _, g := range v.tree.groups {
		named := g.imitates || g.odd != ""
		for _, i := range p.Items {
			if named && i.ClientID == g.client {
				why := g.odd
				if g.imitates {
					why = "calls itself Webex, but its client id is not a known Webex id"
				}
				out = append(out, dialog.Fact{Label: "Name", Text: draw.Cut(g.name, 40) + ": " + why + ".", Tone: draw.Warn})
				break
			}
		}
	}
	return out
}

// signInFacts says that a plan signs a person out of Webex, and out of what.
func signInFacts(p app.Plan, name string) (out []dialog.Fact) {
	var signIns []string
	sure := false // a client with a refresh token may get access again without asking
	for _, i := range p.Items {
		if !i.SignIn {
			continue
		}
		if n := draw.Cut(app.ShortName(i.Authorization), 40); !slices.Contains(signIns, n) {
			signIns = append(signIns, n)
		}
		if !i.Renewable {
			sure = true
		}
	}
	if len(signIns) > 0 {
		effect := "This may sign "
		if sure {
			effect = "This signs "
		}
		out = append(out, dialog.Fact{Text: effect + name + " out of " + app.FewNames(signIns) + ".", Tone: draw.Warn})
	}
	return out
}

// countedKind returns the number and kind of tokens, such as "2 access tokens"; "2 tokens" if
// the kinds differ.
func countedKind(items []app.Item) string {
	of := items[0].Type
	if slices.ContainsFunc(items, func(i app.Item) bool { return i.Type != of }) {
		return english.Count(len(items), "token")
	}
	return english.Count(len(items), app.Kind(of)+" token")
}

// andMore returns " and N more", or "" if there are no more.
func andMore(n int) string {
	if n <= 0 {
		return ""
	}
	return " and " + english.Thousands(n) + " more"
}

func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}
