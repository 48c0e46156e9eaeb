package tokens

import (
	"errors"
	"strings"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/facts"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

// detailLines draws the details of the row under the cursor, in lines of w cells.
func (v *View) detailLines(env view.Env, w int) []string {
	f := draw.NewFields(env.Screen, w)
	if len(v.Rows) == 0 && v.filter.Text() != "" {
		return nil // no row under the cursor
	}
	if o, ok := v.orgOf(v.Detailed()); ok {
		v.orgDetail(env, f, o)
	} else if l, ok := v.profileOf(v.Detailed()); ok {
		v.profileDetail(env, f, l)
	} else {
		v.loginDetail(env, f)
	}
	return f.Out
}

// briefLines draws the most important details for the few lines below the table: the owner, what
// to do, and the expiry.
func (v *View) briefLines(env view.Env, w int) []string {
	f := draw.NewFields(env.Screen, w)
	o, isOrg := v.orgOf(v.Detailed())
	l := o.Login
	other, isProfile := v.profileOf(v.Detailed())
	switch {
	case isProfile:
		l = other
		f.Line(draw.Strong.Text(app.Clean(webex.Untrusted(l.Profile))), draw.Plain.Text(facts.Joined(app.Clean(l.Tokens.Owner.Email), app.Clean(l.Tokens.Owner.OrgName))))
		f.Text("", draw.Plain, "Another profile. Press "+env.Keys.Shown(action.UseProfile)+" to use it.")
	case isOrg:
		f.Line(draw.Strong.Text(v.orgName(o, o.ID)), draw.Dim.Text("  "+o.UUID()))
		if err := v.problems[orgRowKey(o.ID)].err; err != nil {
			first, second := orgErrorWords(err, v.orgName(o, o.ID))
			f.Line(draw.Bad.Text(first))
			f.Text("", draw.Plain, second)
		} else if hint := o.StateHint(env.Now, env.Keys.Shown(action.Fresh), env.Keys.Shown(action.Fresh)); hint != "" {
			f.Text("", orgTone(o.State(env.Now)), hint)
		}
	case !v.have:
		v.loginDetail(env, f)
		return f.Out
	default:
		l = v.held
		f.Line(draw.Strong.Text(app.OrDash(app.Clean(l.Tokens.Owner.DisplayName))), draw.Plain.Text(facts.Joined(app.Clean(l.Tokens.Owner.Email), app.Clean(l.Tokens.Owner.OrgName))))
		if state := v.loginState(env, l); state.long != "" {
			f.Text("", state.tone, state.long)
		}
	}
	times := []draw.Segment{}
	for _, t := range []struct {
		label string
		left  webex.Remaining
	}{{"access ", l.AccessLeft()}, {"refresh ", l.Tokens.RefreshLeft()}} {
		if !t.left.Known() {
			continue
		}
		word := "until "
		if l.In(t.left, env.Now) <= 0 {
			word = "expired "
		}
		if t.label == "refresh " && !l.Tokens.Rejected.IsZero() {
			times = append(times, draw.Dim.Text(t.label), draw.Bad.Text("rejected"))
			continue
		}
		at := env.Stamp(t.left.Until)
		if w < 70 {
			at = t.left.Until.In(env.Location).Format("2006-01-02")
		}
		times = append(times, draw.Dim.Text(t.label), draw.Plain.Text(word+at+"   "))
	}
	f.Line(times...)
	key := loginRow
	if isOrg {
		key = orgRowKey(o.ID)
	}
	if !isProfile {
		v.webexSays(env, f, key)
	}
	if !isOrg && !isProfile {
		facts.ScopeSummary(f, l)
	}
	f.Line(draw.Dim.Text(env.Keys.Shown(action.Details) + " shows all"))
	return f.Out
}

func (v *View) loginDetail(env view.Env, f *draw.Fields) {
	switch {
	case v.have:
		v.heldDetail(env, f, v.held)
	case errors.Is(v.err, webex.ErrNotLoggedIn):
		f.Text("", draw.Strong, "No login is saved for profile "+app.Clean(webex.Untrusted(v.account.Profile()))+".")
		f.Blank()
		f.Text("", draw.Plain, "Press "+env.Keys.Shown(action.Login)+" to log in with your browser, with a code on any device, or with a personal access token.")
		if env.EnvToken {
			f.Blank()
			f.Text("", draw.Dim, "The dashboard uses the token in WEBEX_ACCESS_TOKEN.")
		}
		if !strings.Contains(v.err.Error(), "holds no login") {
			f.Blank()
			f.Text("", draw.Warn, app.Sentence(v.err))
		}
	case v.err != nil:
		f.Text("", draw.Bad, app.Sentence(v.err))
		f.Blank()
		if app.StoreAway(v.err) {
			f.Text("", draw.Plain, "Nothing was changed. wxauth tries again every few seconds.")
			break
		}
		f.Text("", draw.Plain, "Nothing was changed. Run wxauth token status to see what to do.")
	default:
		f.Text("", draw.Dim, "loading saved logins…")
	}
}

// heldDetail draws the details of the login.
func (v *View) heldDetail(env view.Env, f *draw.Fields, l app.Login) {
	f.Line(draw.Strong.Text(app.Clean(webex.Untrusted(l.Profile))), draw.Dim.Text("   this login"))
	f.Blank()
	v.endBar(env, f, l, "until you must log in again", "log in again")
	if state := v.loginState(env, l); state.long != "" {
		f.Text("", state.tone, state.long)
	}
	f.Blank()
	facts.Times(env, f, l)
	v.webexSays(env, f, loginRow)
	f.Blank()
	v.ownerFacts(f, l.Tokens.Owner)
	if l.Personal() {
		f.Text("Client", draw.Plain, "none: a pasted token")
	} else {
		v.clientFact(f, l)
	}
	f.Blank()
	facts.Scopes(env, f, l, v.detail)
	f.Blank()
	f.Text("Script", draw.Dim, "wxauth token")
	f.More(draw.Dim, "wxauth exec -- PROGRAM")
	if env.EnvToken {
		f.Blank()
		f.Text("", draw.Warn, "$WEBEX_ACCESS_TOKEN is set, and the dashboard uses it.")
	}
}

// ownerFacts draws whom a login belongs to.
func (v *View) ownerFacts(f *draw.Fields, o webex.Owner) {
	f.Text("Person", draw.Strong, app.OrDash(app.Clean(o.DisplayName)))
	if o.Email != "" {
		f.More(draw.Plain, app.Clean(o.Email))
	}
	f.Text("Org", draw.Plain, app.OrDash(app.Clean(o.OrgName)))
	if o.OrgID != "" {
		f.More(draw.Dim, o.OrgID.UUID())
	}
}

// orgDetail draws the details of an organization's tokens.
func (v *View) orgDetail(env view.Env, f *draw.Fields, o app.Org) {
	f.Line(draw.Strong.Text(v.orgName(o, o.ID)))
	if o.Alias != "" && o.Tokens.Owner.OrgName != "" {
		f.Line(draw.Dim.Text(app.Clean(o.Tokens.Owner.OrgName)))
	}
	f.Blank()
	if o.State(env.Now) == app.OrgFetch {
		f.Text("", draw.Bad, "None of the saved tokens work any more.")
	} else {
		v.endBar(env, f, o.Login, "left to refresh this login", "fetch new tokens")
	}
	if err := v.problems[orgRowKey(o.ID)].err; err != nil {
		first, second := orgErrorWords(err, v.orgName(o, o.ID))
		f.Blank()
		f.Text("", draw.Bad, first)
		f.Text("", draw.Plain, second)
	} else if hint := o.StateHint(env.Now, env.Keys.Shown(action.Fresh), env.Keys.Shown(action.Fresh)); hint != "" {
		f.Text("", orgTone(o.State(env.Now)), hint)
	}
	f.Blank()
	facts.Times(env, f, o.Login)
	v.webexSays(env, f, orgRowKey(o.ID))
	f.Blank()
	f.Text("Org", draw.Plain, o.UUID())
	f.More(draw.Dim, app.Clean(o.ID))
	v.clientFact(f, o.Login)
	f.Blank()
	if len(o.Tokens.Scopes) == 0 {
		f.Text("Scopes", draw.Dim, "Webex did not say which it may use")
	} else {
		f.Text("Scopes", draw.Plain, english.Count(len(o.Tokens.Scopes), "scope"))
		facts.ScopeList(f, o.Tokens.Scopes, v.detail)
	}
	f.Blank()
	f.Text("Script", draw.Dim, orgScript(o))
}

// orgScript returns the command that prints an organization's token.
func orgScript(o app.Org) string {
	name := o.Alias
	if name == "" {
		name = draw.Head(o.UUID(), 8)
	}
	return "wxauth orgs token " + app.Clean(webex.Untrusted(name))
}

func (v *View) clientFact(f *draw.Fields, l app.Login) {
	f.Text("Client", draw.Plain, app.Clean(l.Client))
	if l.ClientFrom != "" {
		f.More(draw.Dim, "from "+l.ClientFrom)
	}
}

// webexSays draws Webex's answer to the last test of a row (key t).
func (v *View) webexSays(env view.Env, f *draw.Fields, row string) {
	r, ok := v.tests[row]
	err := v.problems[row].err
	switch {
	case err != nil && row == loginRow:
		f.Text("Webex", draw.Bad, app.Sentence(err))
	case ok && !r.Expires.IsZero():
		f.Text("Webex", draw.Good, "accepted the token, valid until "+env.Stamp(r.Expires))
	case ok:
		f.Text("Webex", draw.Good, "accepted the token")
	}
	if ok && row != loginRow {
		if name := facts.Joined(app.Clean(r.Person.DisplayName), app.Clean(r.Person.Email())); name != "" {
			f.More(draw.Dim, "as"+name)
		}
	}
}

// loginWords describes the state of a login: a word for the table, and a sentence with what to
// do, if anything.
type loginWords struct {
	short, long string
	tone        draw.Tone
}

func (v *View) loginState(env view.Env, l app.Login) loginWords {
	left := l.Tokens.RefreshLeft()
	switch {
	case !l.Tokens.Rejected.IsZero() && l.Tokens.Usable(env.Now):
		return loginWords{"rejected", "Webex rejected the refresh token: log in again with " + env.Keys.Shown(action.Login), draw.Bad}
	case !l.Works(env.Now):
		return loginWords{"expired", "expired: log in again with " + env.Keys.Shown(action.Login), draw.Bad}
	case !l.Personal() && !l.Renews:
		return loginWords{"not renewed", "not renewed: its client is not configured", draw.Warn}
	case l.Renewable() && left.Known() && l.In(left, env.Now) < app.EndsSoon && l.RunsDown(env.Now):
		return loginWords{"ends soon", "log in again before " + env.Stamp(left.Until) + " with " + env.Keys.Shown(action.Login) + ": the last refresh did not extend it", draw.Warn}
	case l.Renewable() && left.Known() && l.In(left, env.Now) < app.EndsSoon:
		return loginWords{"ends soon", "expires soon: press " + env.Keys.Shown(action.Fresh) + " to extend it, or log in again", draw.Warn}
	case l.Tokens.Usable(env.Now) || l.Personal():
		return loginWords{"ok", "", draw.Good}
	}
	return loginWords{"renews", "renewed at the next use", draw.Plain}
}

// endBar draws the time until the user must act. again is what to do then.
func (v *View) endBar(env view.Env, f *draw.Fields, l app.Login, what, again string) {
	r := l.EndsAt()
	d := l.In(r, env.Now)
	switch {
	case !r.Known():
		f.Text("", draw.Dim, "Expiry unknown: Webex does not say.")
		return
	case d <= 0:
		return // the state says so
	}
	t := draw.Strong
	if d < app.EndsSoon && l.Renewable() {
		t = draw.Warn
	}
	f.Line(t.Text(app.DurationWords(d)), draw.Plain.Text(" "+what))
	bar := min(f.W, 38)
	filled := bar
	if r.Lifetime > 0 {
		filled = min(bar, max(1, int(int64(bar)*int64(d)/int64(r.Lifetime))))
	}
	f.Line(t.Text(draw.Repeat(env.Glyphs.Left, filled)), draw.Dim.Text(draw.Repeat(env.Glyphs.Used, bar-filled)))
	switch extended := l.Tokens.Extended; {
	case t == draw.Warn: // the state says it
	case l.RunsDown(env.Now):
		f.Text("", draw.Warn, again+" before "+env.Stamp(r.Until)+": the last refresh did not extend it")
	case l.Renewable() && extended != nil && *extended:
		f.Text("", draw.Dim, "the last refresh extended it")
	}
}
