package login

import (
	"strings"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

// choiceLines lists the ways to log in. The recommended one comes first.
func (v *View) choiceLines(env view.Env) []string {
	a := v.Account
	blank := draw.Spaces(env.Width)
	var out []string
	way := func(k, title string, t draw.Tone, text string) {
		if env.Height < 20 { // no room for the descriptions
			out = append(out, env.Paint(draw.Link.Text(" "+draw.Pad(k, 6)), t.Text(title), draw.Dim.Text("  "+text)))
			return
		}
		out = append(out, env.Paint(draw.Link.Text(" "+draw.Pad(k, 6)), t.Text(title)))
		for _, l := range draw.Wrap(text, env.Width-9) {
			out = append(out, env.Paint(draw.Dim.Text("       "+l)))
		}
		out = append(out, blank)
	}
	missing := a.Configured()
	if missing == nil {
		inBrowser := func(k string, t draw.Tone) {
			text := "A Webex page opens. Sign in with your admin account and accept. wxauth then renews the login."
			if v.OpenBrowser == nil {
				text = "No browser can be opened here (" + v.NoBrowser + "). Open the address that is shown, then paste the address your browser lands on."
			}
			way(k, "In the browser", t, text)
		}
		withCode := func(k string, t draw.Tone) {
			way(k, "With a code", t, "Enter six digits on any phone or computer. Requires Webex's four helper redirect URIs on your integration.")
		}
		if v.way == byCode {
			withCode("enter", draw.Strong)
			inBrowser("b", draw.Plain)
		} else {
			inBrowser("enter", draw.Strong)
			withCode("d", draw.Plain)
		}
		way("p", "With a personal access token", draw.Plain, "Copy it from developer.webex.com. It lasts 12 hours, can do whatever you can do, and cannot be renewed.")
		return append(out, v.scopeLines(env, env.Height-len(out)-v.choiceMargin(env))...)
	}
	way("p", "With a personal access token", draw.Strong, "Copy it from developer.webex.com. It lasts 12 hours, can do whatever you can do, and cannot be renewed.")
	way("", "In the browser", draw.Dim, "Requires your own integration: "+strings.TrimPrefix(app.Clean(webex.Untrusted(missing.Error())), "invalid input: ")+". Create one at developer.webex.com with the redirect URI "+
		app.Clean(webex.Untrusted(a.RedirectURI()))+", then quit and run: wxauth config init --from-url -")
	return out
}

// scopeLines lists the requested scopes, as far as they fit.
func (v *View) scopeLines(env view.Env, room int) []string {
	scopes := v.askedScopes()
	if room < 2 {
		return nil
	}
	change := []draw.Segment{draw.Link.Text("s"), draw.Dim.Text(" change ")}
	if v.stage == waiting {
		change = nil
	}
	out := []string{env.Sides([]draw.Segment{draw.Dim.Text(" SCOPES TO GRANT")}, change)}
	longest := 0
	for _, s := range scopes {
		longest = max(longest, draw.Cells(s))
	}
	for i, s := range scopes {
		if len(out) >= room && i < len(scopes)-1 {
			return append(out, env.Paint(draw.Dim.Text("   and "+english.Count(len(scopes)-i, "more scope"))))
		}
		line := []draw.Segment{draw.Plain.Text("   " + draw.Pad(app.Clean(webex.Untrusted(s)), longest))}
		if env.Width >= 100 {
			line = append(line, draw.Dim.Text("   "+app.Clean(webex.Untrusted(webex.DescribeScope(s).Description))))
		}
		out = append(out, env.Paint(line...))
	}
	return out
}

// askedScopes returns the scopes that a login requests: those chosen here, or the profile's.
func (v *View) askedScopes() []string {
	if v.scopes != nil {
		return v.scopes
	}
	return v.Account.Scopes()
}

// choiceMargin returns the number of lines that the rest of the screen takes.
func (v *View) choiceMargin(env view.Env) int {
	if env.Height < 20 {
		return 8
	}
	return 9
}
