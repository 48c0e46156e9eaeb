package ui

import (
	"errors"
	"strconv"
	"strings"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/webex"
)

// tokenDetails is everything about the row under the cursor, in lines of w cells.
func (m *Model) tokenDetails(w int) []string {
	f := newFields(&m.Screen, w)
	if len(m.tokens.table.rows) == 0 && m.tokens.filter.Value() != "" {
		return nil // nothing is under the cursor
	}
	if o, ok := m.currentOrg(); ok {
		m.orgDetail(f, o)
	} else if l, ok := m.currentProfile(); ok {
		m.profileDetail(f, l)
	} else {
		m.loginDetail(f)
	}
	return f.out
}

// tokenBrief is the most important of it, for a few lines below the table: who, what to
// do, until when.
func (m *Model) tokenBrief(w int) []string {
	f := newFields(&m.Screen, w)
	o, isOrg := m.currentOrg()
	l := o.Login
	other, isProfile := m.currentProfile()
	switch {
	case isProfile:
		l = other
		f.line(strong.Text(clean(webex.Untrusted(l.Profile))), plain.Text(joinedAfter(clean(l.Tokens.Owner.Email), clean(l.Tokens.Owner.OrgName))))
		f.text("", plain, "Another profile: "+shown(m.keys.UseProfile)+" goes over to it.")
	case isOrg:
		f.line(strong.Text(m.orgName(o, o.ID)), dim.Text("  "+o.UUID()))
		if err := m.tokens.problems[orgRowKey(o.ID)].err; err != nil {
			first, second := orgErrorWords(err, m.orgName(o, o.ID))
			f.line(bad.Text(first))
			f.text("", plain, second)
		} else if hint := o.StateHint(m.now, "f", "f"); hint != "" {
			f.text("", orgTone(o.State(m.now)), hint)
		}
	case !m.tokens.have:
		m.loginDetail(f)
		return f.out
	default:
		l = m.tokens.held
		f.line(strong.Text(app.OrDash(clean(l.Tokens.Owner.DisplayName))), plain.Text(joinedAfter(clean(l.Tokens.Owner.Email), clean(l.Tokens.Owner.OrgName))))
		if state := m.loginState(l); state.long != "" {
			f.text("", state.tone, state.long)
		}
	}
	times := []segment{}
	for _, t := range []struct {
		label string
		left  webex.Remaining
	}{{"access ", l.AccessLeft()}, {"refresh ", l.Tokens.RefreshLeft()}} {
		if !t.left.Known() {
			continue
		}
		word := "until "
		if l.In(t.left, m.now) <= 0 {
			word = "ended "
		}
		if t.label == "refresh " && !l.Tokens.Rejected.IsZero() {
			times = append(times, dim.Text(t.label), bad.Text("refused"))
			continue
		}
		at := m.stamp(t.left.Until)
		if w < 70 {
			at = t.left.Until.In(m.opts.Location).Format("2006-01-02")
		}
		times = append(times, dim.Text(t.label), plain.Text(word+at+"   "))
	}
	f.line(times...)
	key := loginRow
	if isOrg {
		key = orgRowKey(o.ID)
	}
	if !isProfile {
		m.webexSays(f, key)
	}
	if !isOrg && !isProfile {
		m.scopeSummary(f, l)
	}
	f.line(dim.Text("enter shows all"))
	return f.out
}

func (m *Model) loginDetail(f *fields) {
	t := &m.tokens
	switch {
	case t.have:
		m.heldDetail(f, t.held)
	case errors.Is(t.err, webex.ErrNotLoggedIn):
		f.text("", strong, "No login is kept for profile "+clean(webex.Untrusted(m.opts.Account.Profile()))+".")
		f.blank()
		f.text("", plain, shown(m.keys.Login)+" logs in: with your browser, with a code on any device, or with a personal access token.")
		if m.opts.EnvToken {
			f.blank()
			f.text("", dim, "The dashboard uses the token in WEBEX_ACCESS_TOKEN.")
		}
		if !strings.Contains(t.err.Error(), "holds no login") {
			f.blank()
			f.text("", warn, sentence(t.err))
		}
	case t.err != nil:
		f.text("", bad, sentence(t.err))
		f.blank()
		f.text("", plain, "Nothing was changed. Outside of the dashboard, wxauth token status says what to do.")
	default:
		f.text("", dim, "reading what is stored…")
	}
}

// heldDetail is everything about the login.
func (m *Model) heldDetail(f *fields, l app.Login) {
	f.line(strong.Text(clean(webex.Untrusted(l.Profile))), dim.Text("   this login"))
	f.blank()
	m.endBar(f, l, "until you must log in again", "log in again")
	if state := m.loginState(l); state.long != "" {
		f.text("", state.tone, state.long)
	}
	f.blank()
	m.timeFacts(f, l)
	m.webexSays(f, loginRow)
	f.blank()
	m.ownerFacts(f, l.Tokens.Owner)
	if l.Personal() {
		f.text("Client", plain, "none of ours: a token that was pasted")
	} else {
		m.clientFact(f, l)
	}
	f.blank()
	m.scopeFacts(f, l)
	f.blank()
	f.text("Script", dim, "wxauth token")
	f.more(dim, "wxauth exec -- PROGRAM")
	if m.opts.EnvToken {
		f.blank()
		f.text("", warn, "$WEBEX_ACCESS_TOKEN is set, and is what the dashboard uses.")
	}
}

// ownerFacts are whom a login belongs to.
func (m *Model) ownerFacts(f *fields, o webex.Owner) {
	f.text("Person", strong, app.OrDash(clean(o.DisplayName)))
	if o.Email != "" {
		f.more(plain, clean(o.Email))
	}
	f.text("Org", plain, app.OrDash(clean(o.OrgName)))
	if o.OrgID != "" {
		f.more(dim, o.OrgID.UUID())
	}
}

// orgDetail is everything about an organization's tokens.
func (m *Model) orgDetail(f *fields, o app.Org) {
	f.line(strong.Text(m.orgName(o, o.ID)))
	if o.Alias != "" && o.Tokens.Owner.OrgName != "" {
		f.line(dim.Text(clean(o.Tokens.Owner.OrgName)))
	}
	f.blank()
	if o.State(m.now) == app.OrgFetch {
		f.text("", bad, "Nothing that is held works any more.")
	} else {
		m.endBar(f, o.Login, "until they must be fetched anew", "fetch new tokens")
	}
	if err := m.tokens.problems[orgRowKey(o.ID)].err; err != nil {
		first, second := orgErrorWords(err, m.orgName(o, o.ID))
		f.blank()
		f.text("", bad, first)
		f.text("", plain, second)
	} else if hint := o.StateHint(m.now, "f", "f"); hint != "" {
		f.text("", orgTone(o.State(m.now)), hint)
	}
	f.blank()
	m.timeFacts(f, o.Login)
	m.webexSays(f, orgRowKey(o.ID))
	f.blank()
	f.text("Org", plain, o.UUID())
	f.more(dim, clean(o.ID))
	m.clientFact(f, o.Login)
	f.blank()
	if len(o.Tokens.Scopes) == 0 {
		f.text("Scopes", dim, "Webex did not say which it may use")
	} else {
		f.text("Scopes", plain, english.Count(len(o.Tokens.Scopes), "scope"))
		m.scopeList(f, o.Tokens.Scopes)
	}
	f.blank()
	f.text("Script", dim, orgScript(o))
}

// orgScript is the command that prints an organization's token.
func orgScript(o app.Org) string {
	name := o.Alias
	if name == "" {
		name = head(o.UUID(), 8)
	}
	return "wxauth orgs token " + clean(webex.Untrusted(name))
}

func (m *Model) clientFact(f *fields, l app.Login) {
	f.text("Client", plain, clean(l.Client))
	if l.ClientFrom != "" {
		f.more(dim, "from "+l.ClientFrom)
	}
}

// webexSays is what Webex said when it was asked with t.
func (m *Model) webexSays(f *fields, row string) {
	r, ok := m.tokens.tests[row]
	err := m.tokens.problems[row].err
	switch {
	case err != nil && row == loginRow:
		f.text("Webex", bad, sentence(err))
	case ok && !r.Expires.IsZero():
		f.text("Webex", good, "agrees: works, until "+m.stamp(r.Expires))
	case ok:
		f.text("Webex", good, "agrees: it works")
	}
	if ok && row != loginRow {
		if name := joinedAfter(clean(r.Person.DisplayName), clean(r.Person.Email())); name != "" {
			f.more(dim, "as"+name)
		}
	}
}

// timeFacts are how long the tokens last.
func (m *Model) timeFacts(f *fields, l app.Login) {
	left := func(label string, r webex.Remaining) {
		d := l.In(r, m.now)
		switch words := app.HeldWords(l, r, m.now); {
		case !r.Known():
			f.text(label, dim, "not known: Webex does not say")
			return
		case d <= 0:
			f.text(label, dim, words)
		case label == "Refresh" && d < app.EndsSoon:
			f.text(label, warn, words+" left")
		default:
			f.text(label, strong, words+" left")
		}
		when := "until "
		if d <= 0 {
			when = "on "
		}
		f.more(dim, when+m.stamp(r.Until)+", "+string(r.Basis))
	}
	left("Access", l.AccessLeft())
	switch {
	case l.Personal():
		f.text("Refresh", dim, "none: this login cannot be renewed")
	case l.Tokens.Refresh.IsZero():
		f.text("Refresh", dim, "none")
	case !l.Tokens.Rejected.IsZero():
		f.text("Refresh", bad, "refused by Webex at "+m.stamp(l.Tokens.Rejected))
	default:
		left("Refresh", l.Tokens.RefreshLeft())
	}
}

// loginWords are what a login is good for: a word for the table, and a sentence that says
// what to do where there is something to do.
type loginWords struct {
	short, long string
	tone        tone
}

func (m *Model) loginState(l app.Login) loginWords {
	left := l.Tokens.RefreshLeft()
	switch {
	case !l.Tokens.Rejected.IsZero() && l.Tokens.Usable(m.now):
		return loginWords{"refused", "Webex refused the refresh token: log in again with l", bad}
	case !l.Works(m.now):
		return loginWords{"ended", "ended: log in again with l", bad}
	case !l.Personal() && !l.Renews:
		return loginWords{"not renewed", "its client is not configured, so nothing renews it", warn}
	case l.Renewable() && left.Known() && l.In(left, m.now) < app.EndsSoon && l.RunsDown(m.now):
		return loginWords{"ends soon", "log in again before " + m.stamp(left.Until) + " with " + shown(m.keys.Login) + ": the last refresh did not extend it", warn}
	case l.Renewable() && left.Known() && l.In(left, m.now) < app.EndsSoon:
		return loginWords{"ends soon", "ends soon: " + shown(m.keys.Fresh) + " refreshes it", warn}
	case l.Tokens.Usable(m.now) || l.Personal():
		return loginWords{"ok", "", good}
	}
	return loginWords{"renews", "renews itself with the next use", plain}
}

// endBar says how long nobody needs to do anything, and again what is to be done then.
func (m *Model) endBar(f *fields, l app.Login, what, again string) {
	r := l.EndsAt()
	d := l.In(r, m.now)
	switch {
	case !r.Known():
		f.text("", dim, "How long it lasts is not known: Webex does not say.")
		return
	case d <= 0:
		return // the state says so
	}
	t := strong
	if d < app.EndsSoon && l.Renewable() {
		t = warn
	}
	f.line(t.Text(app.DurationWords(d)), plain.Text(" "+what))
	bar := min(f.w, 38)
	filled := bar
	if r.Lifetime > 0 {
		filled = min(bar, max(1, int(int64(bar)*int64(d)/int64(r.Lifetime))))
	}
	f.line(t.Text(repeat(m.Glyphs.left, filled)), dim.Text(repeat(m.Glyphs.used, bar-filled)))
	switch extended := l.Tokens.Extended; {
	case t == warn: // the state says it
	case l.RunsDown(m.now):
		f.text("", warn, again+" before "+m.stamp(r.Until)+": the last refresh did not extend it")
	case l.Renewable() && extended != nil && *extended:
		f.text("", dim, "the last refresh extended it")
	}
}

// scopeFacts hold what was granted against what would be asked for.
func (m *Model) scopeFacts(f *fields, l app.Login) {
	for _, s := range m.scopeSummary(f, l) {
		f.more(warn, clean(webex.Untrusted(s))+"  not granted: tick it on the integration, then l")
	}
	m.scopeList(f, l.Tokens.Scopes)
}

// scopeSummary counts them, and returns those that are missing.
func (m *Model) scopeSummary(f *fields, l app.Login) []string {
	switch {
	case l.Personal():
		f.text("Scopes", dim, "those of its owner: a personal token does not say")
		return nil
	case len(l.Tokens.Scopes) == 0:
		f.text("Scopes", dim, "Webex did not say which were granted")
		return nil
	}
	missing := webex.MissingScopes(l.Asked, l.Tokens.Scopes)
	t := plain
	if len(missing) > 0 {
		t = warn
	}
	words := strconv.Itoa(len(l.Asked)) + " asked for, " + strconv.Itoa(len(l.Tokens.Scopes)) + " granted"
	if len(missing) > 0 {
		words += ": " + strconv.Itoa(len(missing)) + " missing"
	}
	f.text("Scopes", t, words)
	return missing
}

// scopeList lists scopes, with what each allows where there is room.
func (m *Model) scopeList(f *fields, scopes []string) {
	for _, s := range scopes {
		f.more(plain, clean(webex.Untrusted(s)))
		if f.w >= 70 || m.tokens.detail {
			f.more(dim, "  "+clean(webex.Untrusted(webex.DescribeScope(s).Description)))
		}
	}
}
