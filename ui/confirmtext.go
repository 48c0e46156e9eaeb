package ui

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/webex"
)

// fact is a line of "what else there is to know". The optional ones give way on a
// small screen.
type fact struct {
	label, text string
	tone        draw.Tone
	optional    bool
}

// tokenLines names every token that ends, app by app.
func tokenLines(m *Model, p app.Plan) []segmentsLine {
	var out []segmentsLine
	planned := map[webex.AuthorizationID]bool{}
	for _, i := range p.Items {
		planned[i.ID] = true
	}
	line := func(r app.Row, branch, what string) segmentsLine {
		left := app.LeftWords(r.Left, m.now)
		if r.Left.Known() && !r.Left.Overdue(m.now) {
			left += " left"
		}
		return segmentsLine{
			draw.Plain.Text("    " + draw.Pad(m.Glyphs.Hung(branch)+app.Kind(r.Type), 11)), draw.Dim.Text(draw.PadLeft(app.AgeWords(r.Created, m.now), 9) + "  "),
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
		// What we say stands at the left of the name, where no name can stand.
		name := segmentsLine{draw.Dim.Text("  client " + app.ShortClient(first.ClientID) + "  ")}
		if first.SignIn {
			name = append(name, draw.Link.Text("Webex sign-in  "))
		}
		out = append(out, append(name, draw.Strong.Text(app.ShortName(first.Authorization))))
		var ends []segmentsLine
		for _, i := range p.Items {
			if (appID{i.ClientID, i.PersonID}) != id {
				continue
			}
			branch := ""
			if i.Type == webex.TypeAccess {
				branch = draw.DrawnGlyphs.Loose
			}
			out = append(out, line(i.Row, branch, "you revoke it"))
			for _, e := range i.Ends {
				if planned[e.ID] || ended[e.ID] {
					continue
				}
				ended[e.ID] = true
				what := "ends with it"
				if i.UpTo {
					what = "may end with it"
				}
				branch := draw.DrawnGlyphs.Child
				if i.UpTo { // which is whose is not known
					branch = draw.DrawnGlyphs.Loose
				}
				ends = append(ends, line(e, branch, what))
			}
		}
		if n := len(ends); n > 0 && !first.UpTo {
			ends[n-1][0].Text = strings.Replace(ends[n-1][0].Text, m.Glyphs.Child, m.Glyphs.Last, 1)
		}
		out = append(out, ends...)
	}
	return out
}

// appLines names every app that ends, one a line: for everything of a person.
func appLines(m *Model, p app.Plan) []segmentsLine {
	var out []segmentsLine
	planned := map[webex.AuthorizationID]bool{}
	for _, i := range p.Items {
		planned[i.ID] = true
	}
	for _, g := range m.list.tree.groups {
		kinds := map[webex.Type]int{}
		for _, i := range g.rows {
			if r := m.list.listing.Rows[i]; planned[r.ID] {
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
		l := segmentsLine{draw.Dim.Text("  client " + draw.Pad(app.ShortClient(g.client), 10) + "  " + draw.Pad(strings.Join(parts, ", "), 21) + "  ")}
		if g.signIn {
			l = append(l, draw.Link.Text("Webex sign-in  "))
		}
		out = append(out, append(l, draw.Strong.Text(draw.Cut(g.name, 44))))
	}
	if len(planned) > 0 { // never a row less than what ends
		return tokenLines(m, p)
	}
	kept := map[webex.ClientID]int{}
	for _, r := range p.Kept {
		kept[r.ClientID]++
	}
	for _, r := range p.Kept {
		if n := kept[r.ClientID]; n > 0 {
			out = append(out, segmentsLine{draw.Dim.Text("  client " + draw.Pad(app.ShortClient(r.ClientID), 10) + "  " + draw.Pad("kept: "+english.Count(n, "token"), 21) + "  "), draw.Link.Text("Webex sign-in  "), draw.Plain.Text(app.ShortName(r.Authorization))})
			kept[r.ClientID] = 0
		}
	}
	return out
}

func confirmFacts(m *Model, p app.Plan, name string, missing, hidden int) []fact {
	var out []fact
	add := func(f fact) { out = append(out, f) }
	if p.Offboard {
		add(fact{"First", "block the sign-in and reset the password, elsewhere.", draw.Warn, false})
		add(fact{" ", "Whoever can sign in as " + name + " can grant it all again.", draw.Plain, true})
	}
	if n := len(p.Stuck); n > 0 {
		add(fact{"Stays", english.Count(n, "token") + " that cannot be revoked here: " + draw.Cut(app.ShortName(p.Stuck[0].Authorization), 40) + andMore(n-1) + ".", draw.Warn, false})
		add(fact{" ", p.Stuck[0].CannotRevoke() + ".", draw.Plain, true})
	}
	switch keep := p.AppsKeepingAccess(); {
	case len(keep) == 1:
		which, how := "another", "as well"
		if slices.ContainsFunc(p.Items, func(i app.Item) bool { return i.Type != webex.TypeRefresh }) {
			which, how = "a", "instead"
		}
		add(fact{"Weak", draw.Cut(keep[0], 40) + " KEEPS its access: it holds " + which + " refresh token, and gets a new access token with it. Revoke that one " + how + ".", draw.Warn, false})
	case len(keep) > 1:
		add(fact{"Weak", english.Count(len(keep), "app") + " KEEP their access by a refresh token that is left: " + app.FewNames(keep) + ".", draw.Warn, false})
	}
	if p.HasSelf() {
		add(fact{"Careful", "This is your own session: wxauth may lose the token it is using right now.", draw.Bad, false})
	}
	if hidden > 0 {
		add(fact{"Hidden", fmt.Sprintf("%s of the %d %s hidden by the filter: look at them first.", english.Thousands(hidden), len(p.Items), isAre(hidden)), draw.Warn, false})
	}
	if missing > 0 {
		add(fact{"Missing", fmt.Sprintf("%s that you chose %s gone since; not among these.", english.Count(missing, "token"), isAre(missing)), draw.Warn, false})
	}
	for _, i := range p.Items {
		if i.OwnersApp {
			add(fact{"Refused", app.OwnersAppWords + ".", draw.Warn, false})
			break
		}
	}
	for _, g := range m.list.tree.groups {
		named := g.imitates || g.odd != ""
		for _, i := range p.Items {
			if named && i.ClientID == g.client {
				why := g.odd
				if g.imitates {
					why = "calls itself Webex; its client id is none of Webex's that are known here"
				}
				add(fact{"Name", draw.Cut(g.name, 40) + ": " + why + ".", draw.Warn, false})
				break
			}
		}
	}
	sure, more := p.Ends()
	var signIns []string
	effect := " may be signed out of " // who keeps a refresh token may get in again unasked
	for _, i := range p.Items {
		if !i.SignIn {
			continue
		}
		if n := draw.Cut(app.ShortName(i.Authorization), 40); !slices.Contains(signIns, n) {
			signIns = append(signIns, n)
		}
		if !i.Renewable {
			effect = " is signed out of "
		}
	}
	if len(signIns) > 0 {
		add(fact{"Sign-in", name + effect + signIns[0] + andMore(len(signIns)-1) + ".", draw.Warn, false})
	}
	if more > 0 {
		add(fact{"Up to", "The app holds more refresh tokens; Webex does not say which access token is whose. We list again afterwards.", draw.Plain, false})
	} else if sure > len(p.Items) {
		add(fact{"", `"Ends with it" is inferred: same person, same app. Webex publishes no link between tokens, so we list again afterwards and say what is really gone.`, draw.Dim, true})
	}
	add(fact{"Undo", "none. Whoever can sign in as " + name + " can authorize again.", draw.Plain, false})
	if slices.ContainsFunc(p.Items, func(i app.Item) bool { return app.CanBlock(i.Authorization, i.SignIn) }) {
		add(fact{"Block", "to keep an app away: " + webex.PageIntegrations + ", by its client id.", draw.Plain, true})
	}
	add(fact{"Delay", "parts of Webex may accept the tokens a little longer.", draw.Plain, true})
	if m.opts.RecordNote != "" {
		add(fact{"Record", m.opts.RecordNote, draw.Plain, true})
	}
	return out
}

// andMore says how many more there are beside the one that is named.
// countedKind is how many tokens of which kind, where there is but one: "2 access tokens".
func countedKind(items []app.Item) string {
	of := items[0].Type
	if slices.ContainsFunc(items, func(i app.Item) bool { return i.Type != of }) {
		return english.Count(len(items), "token")
	}
	return english.Count(len(items), app.Kind(of)+" token")
}

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
