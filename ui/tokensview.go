package ui

import (
	"errors"
	"strings"
	"time"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/webex"
)

// tokensLines draws the Tokens view.
func (m *Model) tokensLines() []string {
	t := &m.tokens
	out := []string{m.headerLine("Tokens"), m.tokensFact(), m.rule()}
	body := m.tokensBody()
	room := max(m.height-len(out)-3, 1)
	t.scroll = max(0, min(t.scroll, len(body)-room))
	out = append(out, body[t.scroll:min(t.scroll+room, len(body))]...)
	for len(out) < m.height-3 {
		out = append(out, spaces(m.width))
	}
	rule := m.rule()
	if below := len(body) - room - t.scroll; below > 0 {
		rule = m.sides([]segment{seg(dim, strings.Repeat(ruleRune, max(m.width-14, 0)))}, []segment{seg(dim, "↓ "+count(below, "line"))})
	}
	return append(out, rule, m.statusLine(m.tokensStatus()), m.tokensKeys())
}

// tokensFact answers "is something wrong" for what is held here.
func (m *Model) tokensFact() string {
	t := &m.tokens
	right := []segment{}
	if src := m.keySource(); src != "" {
		right = append(right, seg(dim, keptWords(src)+" "))
	}
	left := seg(dim, " reading…")
	switch {
	case t.have:
		word, tn := m.loginState(t.held)
		left = seg(tn, " "+word)
	case errors.Is(t.err, webex.ErrNotLoggedIn):
		left = seg(warn, " no login here")
	case t.err != nil:
		left = seg(bad, " the store cannot be read")
	}
	if cells(left.text)+total(right)+2 > m.width {
		right = nil
	}
	return m.sides([]segment{left}, right)
}

func (m *Model) keySource() string {
	if m.tokens.have {
		return m.tokens.held.KeySource
	}
	return ""
}

// loginState says in words what a login is good for.
func (m *Model) loginState(l app.Login) (string, tone) {
	switch {
	case !l.Tokens.Rejected.IsZero() && l.Tokens.Usable(m.now):
		return "Webex refused the refresh token: log in again with l", bad
	case !l.Works(m.now):
		return "ended: log in again with l", bad
	}
	if !l.Personal() && !l.Renews {
		return "its client is not configured, so nothing renews it", warn
	}
	if left := l.Tokens.RefreshLeft(); l.Renewable() && left.Known() && l.In(left, m.now) < loginEndsSoon {
		return "ends soon: f renews it", warn
	}
	if l.Tokens.Usable(m.now) || l.Personal() {
		return "ok", good
	}
	return "renews itself with the next use", plain
}

func (m *Model) tokensBody() []string {
	t := &m.tokens
	switch {
	case t.have:
		return m.heldLines(t.held)
	case errors.Is(t.err, webex.ErrNotLoggedIn):
		out := m.wrapped([]string{spaces(m.width)}, strong, "No login is kept for profile "+clean(webex.Untrusted(m.opts.Account.Profile()))+".")
		out = m.wrapped(append(out, spaces(m.width)), plain, "l logs in: with your browser, or with a personal access token.")
		if m.opts.EnvToken {
			out = m.wrapped(append(out, spaces(m.width)), dim, "The dashboard uses the token in WEBEX_ACCESS_TOKEN.")
		}
		if !strings.Contains(t.err.Error(), "holds no login") {
			out = m.wrapped(append(out, spaces(m.width)), warn, sentence(t.err))
		}
		return out
	case t.err != nil:
		out := m.wrapped([]string{spaces(m.width)}, bad, sentence(t.err))
		return m.wrapped(append(out, spaces(m.width)), plain, "Nothing was changed. Outside of the dashboard, wxauth token status says what to do.")
	}
	return []string{spaces(m.width), m.paint(seg(dim, " reading what is stored…"))}
}

// heldLines are the login's row and everything about it.
func (m *Model) heldLines(l app.Login) []string {
	o := l.Tokens.Owner
	word, tn := m.loginState(l)
	nameCells := max(12, m.width/6)
	orgCells := max(16, m.width/4)
	row := func(t1, t2, t3 tone, a, b, c, d string, state segment) string {
		return m.paint(seg(link, " "), seg(t1, pad(a, nameCells)), seg(t2, " "+pad(b, orgCells)), seg(t3, padLeft(c, 10)+padLeft(d, 10)), seg(plain, "   "), state)
	}
	refresh := "—"
	if !l.Tokens.Refresh.IsZero() {
		refresh = app.HeldWords(l, l.Tokens.RefreshLeft(), m.now)
	}
	if !l.Tokens.Rejected.IsZero() {
		refresh = "refused"
	}
	out := []string{
		row(dim, dim, dim, "LOGIN", "ORG", "ACCESS", "REFRESH", seg(dim, "STATE")),
		row(strong, plain, strong, clean(webex.Untrusted(l.Profile)), orDash(clean(o.OrgName)), app.HeldWords(l, l.AccessLeft(), m.now), refresh, seg(tn, strings.SplitN(word, ":", 2)[0])),
	}
	if m.opts.EnvToken {
		out = append(out, m.paint(seg(dim, " "+pad("$WEBEX_ACCESS_TOKEN is set, and is what the dashboard uses", m.width-2))))
	}
	out = append(out, spaces(m.width), m.endBar(l), spaces(m.width))
	out = append(out, m.loginFactLines(l)...)
	f := &fields{m: m, w: m.width - 1}
	switch {
	case m.tokens.testErr != nil:
		f.text("Webex", bad, sentence(m.tokens.testErr))
	case m.tokens.tested != nil && !m.tokens.tested.Expires.IsZero():
		f.text("Webex", good, "agrees: works, until "+m.stamp(m.tokens.tested.Expires))
	case m.tokens.tested != nil:
		f.text("Webex", good, "agrees: it works")
	}
	f.blank()
	f.text("Person", strong, orDash(clean(o.DisplayName)))
	if o.Email != "" {
		f.more(plain, clean(o.Email))
	}
	f.text("Org", plain, orDash(clean(o.OrgName)))
	if o.OrgID != "" {
		f.more(dim, clean(orgUUID(o.OrgID)))
	}
	client := clean(l.Client)
	switch {
	case l.Personal():
		client = "none of ours: a token that was pasted"
	case l.ClientFrom != "":
		client += "  from " + l.ClientFrom
	}
	f.text("Client", plain, client)
	f.blank()
	m.scopeFacts(f, l)
	f.blank()
	f.text("Script", dim, "wxauth token   wxauth exec -- PROGRAM")
	return append(out, indented(f.out)...)
}

func orgUUID(id webex.OrgID) webex.Untrusted {
	if d, ok := webex.DecodeID(id); ok {
		return d.UUID
	}
	return webex.Untrusted(id)
}

// endBar says until when somebody need not log in again.
func (m *Model) endBar(l app.Login) string {
	r := l.EndsAt()
	if !r.Known() {
		return m.paint(seg(dim, " How long this login lasts is not known: Webex does not say."))
	}
	d := l.In(r, m.now)
	if d <= 0 {
		return m.paint(seg(bad, " This login has ended: l logs in again."))
	}
	words := " until you must log in again"
	if l.Renewable() && m.width >= 110 {
		words += "; each refresh starts the " + lifeWords(r.Lifetime) + " anew"
	}
	barCells := min(30, m.width/4)
	filled := barCells
	if r.Lifetime > 0 {
		filled = min(barCells, max(1, int(int64(barCells)*int64(d)/int64(r.Lifetime))))
	}
	t := strong
	if d < loginEndsSoon && l.Renewable() {
		t = warn
	}
	return m.paint(seg(t, " "+app.DurationWords(d)+"  "), seg(t, strings.Repeat(barLeft, filled)), seg(dim, strings.Repeat(barUsed, barCells-filled)), seg(dim, words))
}

func lifeWords(d time.Duration) string {
	const day = 24 * time.Hour
	return count(int((d+day/2)/day), "day")
}

// scopeFacts hold what was granted against what would be asked for.
func (m *Model) scopeFacts(f *fields, l app.Login) {
	granted := map[string]bool{}
	for _, s := range l.Tokens.Scopes {
		granted[s] = true
	}
	switch {
	case l.Personal():
		f.text("Scopes", dim, "those of its owner: a personal token does not say")
		return
	case len(l.Tokens.Scopes) == 0:
		f.text("Scopes", dim, "Webex did not say which were granted")
		return
	}
	missing := 0
	for _, s := range l.Asked {
		missing += btoi(!granted[s])
	}
	t := plain
	if missing > 0 {
		t = warn
	}
	words := itoa(len(l.Asked)) + " asked for, " + itoa(len(l.Tokens.Scopes)) + " granted"
	if missing > 0 {
		words += ": " + itoa(missing) + " missing"
	}
	f.text("Scopes", t, words)
	for _, s := range l.Tokens.Scopes {
		f.more(plain, clean(webex.Untrusted(s)))
	}
	for _, s := range l.Asked {
		if !granted[s] {
			f.more(warn, clean(webex.Untrusted(s))+"  not granted: tick it on the integration, then l")
		}
	}
}

func (m *Model) tokensStatus() segment {
	t := &m.tokens
	switch {
	case t.busy != "":
		return seg(link, t.busy)
	case m.opts.EnvToken:
		return seg(dim, "WEBEX_ACCESS_TOKEN goes before the login, unless --profile is given")
	case t.have:
		return seg(dim, "times are exact: Webex named them when it issued the tokens")
	}
	return seg(dim, "nothing running")
}

func (m *Model) tokensKeys() string {
	keys := [][2]string{{"f", "fresh token"}, {"t", "test"}, {"c", "copy token"}, {"d", "forget"}, {"l", "log in"}, {"1", "authorizations"}}
	if !m.tokens.have {
		keys = [][2]string{{"l", "log in"}, {"r", "read again"}, {"1", "authorizations"}}
	}
	return m.keyLine(append(keys, [2]string{"?", "help"}, [2]string{"q", "quit"})...)
}
