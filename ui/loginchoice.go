package ui

import (
	"strings"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/webex"
)

// loginChoiceLines offers the ways to log in, the one that works here first.
func (m *Model) loginChoiceLines() []string {
	a := m.opts.Account
	blank := draw.Spaces(m.Width)
	var out []string
	way := func(k, title string, t draw.Tone, text string) {
		if m.Height < 20 { // all of them matter more than what each is
			out = append(out, m.Paint(draw.Link.Text(" "+draw.Pad(k, 6)), t.Text(title), draw.Dim.Text("  "+text)))
			return
		}
		out = append(out, m.Paint(draw.Link.Text(" "+draw.Pad(k, 6)), t.Text(title)))
		for _, l := range draw.Wrap(text, m.Width-9) {
			out = append(out, m.Paint(draw.Dim.Text("       "+l)))
		}
		out = append(out, blank)
	}
	missing := a.Configured()
	if missing == nil {
		inBrowser := func(k string, t draw.Tone) {
			text := "A Webex page opens; sign in with your admin account and accept. The login renews itself from then on."
			if m.opts.OpenBrowser == nil {
				text = "No browser can be opened here (" + m.opts.NoBrowser + "): an address is shown, and you paste the one on which your browser ends."
			}
			way(k, "In the browser", t, text)
		}
		withCode := func(k string, t draw.Tone) {
			way(k, "With a code", t, "You enter six digits on any phone or computer. Your integration needs Webex's four helper addresses for it.")
		}
		if m.login.way == byCode {
			withCode("enter", draw.Strong)
			inBrowser("b", draw.Plain)
		} else {
			inBrowser("enter", draw.Strong)
			withCode("d", draw.Plain)
		}
		way("p", "With a personal access token", draw.Plain, "Copied from developer.webex.com: lasts 12 hours, can do whatever you can do, and cannot be renewed.")
		return append(out, m.scopeLines(m.Height-len(out)-m.choiceMargin())...)
	}
	way("p", "With a personal access token", draw.Strong, "Copied from developer.webex.com: lasts 12 hours, can do whatever you can do, and cannot be renewed.")
	way("", "In the browser", draw.Dim, "Needs an integration of yours: "+strings.TrimPrefix(app.Clean(webex.Untrusted(missing.Error())), "invalid input: ")+". Make one at developer.webex.com with the redirect URI "+
		app.Clean(webex.Untrusted(a.RedirectURI()))+", then quit and run: wxauth config init --from-url -")
	return out
}

// scopeLines lists what is asked for, as far as there is room.
func (m *Model) scopeLines(room int) []string {
	scopes := m.askedScopes()
	if room < 2 {
		return nil
	}
	change := []draw.Segment{draw.Link.Text("s"), draw.Dim.Text(" change ")}
	if m.login.stage == loginWaiting {
		change = nil
	}
	out := []string{m.Sides([]draw.Segment{draw.Dim.Text(" WHAT YOU ARE ASKED TO GRANT")}, change)}
	longest := 0
	for _, s := range scopes {
		longest = max(longest, draw.Cells(s))
	}
	for i, s := range scopes {
		if len(out) >= room && i < len(scopes)-1 {
			return append(out, m.Paint(draw.Dim.Text("   and "+english.Count(len(scopes)-i, "more scope"))))
		}
		line := []draw.Segment{draw.Plain.Text("   " + draw.Pad(app.Clean(webex.Untrusted(s)), longest))}
		if m.Width >= 100 {
			line = append(line, draw.Dim.Text("   "+app.Clean(webex.Untrusted(webex.DescribeScope(s).Description))))
		}
		out = append(out, m.Paint(line...))
	}
	return out
}

// askedScopes are what a login asks for: those that were chosen here, or the profile's.
func (m *Model) askedScopes() []string {
	if m.login.scopes != nil {
		return m.login.scopes
	}
	return m.opts.Account.Scopes()
}

// choiceMargin is how many lines the rest of the choice's screen takes.
func (m *Model) choiceMargin() int {
	if m.Height < 20 {
		return 8
	}
	return 9
}
