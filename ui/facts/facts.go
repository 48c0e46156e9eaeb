// Package facts formats the details of a login, for the screens that show one.
package facts

import (
	"strconv"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

// Joined joins the parts that are not empty with two blanks.
func Joined(parts ...string) string {
	out := ""
	for _, p := range parts {
		if p != "" {
			out += "  " + p
		}
	}
	return out
}

// Kept says where the login's encryption key is kept, and warns about a weaker source.
func Kept(source string) string {
	switch source {
	case "keyfile":
		return "encrypted, key in a file next to it (less secure)"
	case "memory":
		return "in memory only: lost when wxauth exits"
	case "keyring":
		return "encrypted, key in the keyring"
	}
	return "encrypted, key from " + source
}

// Times adds when the tokens expire.
func Times(env view.Env, f *draw.Fields, l app.Login) {
	left := func(label string, r webex.Remaining) {
		d := l.In(r, env.Now)
		switch words := app.HeldWords(l, r, env.Now); {
		case !r.Known():
			f.Text(label, draw.Dim, "unknown: Webex does not say")
			return
		case d <= 0:
			f.Text(label, draw.Dim, words)
		case label == "Refresh" && d < app.EndsSoon:
			f.Text(label, draw.Warn, words+" left")
		default:
			f.Text(label, draw.Strong, words+" left")
		}
		when := "until "
		if d <= 0 {
			when = "on "
		}
		f.More(draw.Dim, when+env.Stamp(r.Until)+", "+string(r.Basis))
	}
	left("Access", l.AccessLeft())
	switch {
	case l.Personal():
		f.Text("Refresh", draw.Dim, "none: this login cannot be renewed")
	case l.Tokens.Refresh.IsZero():
		f.Text("Refresh", draw.Dim, "none")
	case !l.Tokens.Rejected.IsZero():
		f.Text("Refresh", draw.Bad, "rejected by Webex at "+env.Stamp(l.Tokens.Rejected))
	default:
		left("Refresh", l.Tokens.RefreshLeft())
	}
}

// Scopes adds the granted scopes and those that are missing.
func Scopes(env view.Env, f *draw.Fields, l app.Login, described bool) {
	for _, s := range ScopeSummary(f, l) {
		f.More(draw.Warn, app.Clean(webex.Untrusted(s))+"  not granted: tick it on the integration, then "+env.Keys.Shown(action.Login))
	}
	ScopeList(f, l.Tokens.Scopes, described)
}

// ScopeSummary adds the number of scopes, and returns the missing ones.
func ScopeSummary(f *draw.Fields, l app.Login) []string {
	switch {
	case l.Personal():
		f.Text("Scopes", draw.Dim, "not listed: a personal token can do what its owner can")
		return nil
	case len(l.Tokens.Scopes) == 0:
		f.Text("Scopes", draw.Dim, "Webex did not say which were granted")
		return nil
	}
	missing := webex.MissingScopes(l.Asked, l.Tokens.Scopes)
	t := draw.Plain
	if len(missing) > 0 {
		t = draw.Warn
	}
	words := strconv.Itoa(len(l.Asked)) + " requested, " + strconv.Itoa(len(l.Tokens.Scopes)) + " granted"
	if len(missing) > 0 {
		words += ": " + strconv.Itoa(len(missing)) + " missing"
	}
	f.Text("Scopes", t, words)
	return missing
}

// ScopeList lists scopes. It adds what each allows if there is room, or if described is set.
func ScopeList(f *draw.Fields, scopes []string, described bool) {
	for _, s := range scopes {
		f.More(draw.Plain, app.Clean(webex.Untrusted(s)))
		if f.W >= 70 || described {
			f.More(draw.Dim, "  "+app.Clean(webex.Untrusted(webex.DescribeScope(s).Description)))
		}
	}
}

// SignIn says whether a person can sign in.
func SignIn(p webex.PersonDetails) draw.Segment {
	if p.InvitePending == webex.Yes || p.SignIn == webex.No {
		return draw.Warn.Text(app.SignInWords(p))
	}
	return draw.Dim.Text(app.SignInWords(p))
}

// Role says, before the first list is loaded, whether Webex will allow it.
func Role(s *app.Session) string {
	switch {
	case s == nil:
		return ""
	case s.MayRevoke == webex.Yes:
		return "your role: " + s.Role
	}
	return "your role is unknown · other people's tokens require Full, User or Device Admin and identity:tokens_read"
}
