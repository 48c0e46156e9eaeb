package ui

import (
	"errors"
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/webex"
)

const (
	tokensTop    = 3
	tokensFooter = 3
)

func (m *Model) tokensShape() paneShape {
	s := paneShape{body: max(m.height-tokensTop-tokensFooter, 1), width: m.width}
	s.table = s.body
	switch {
	case m.tokens.detail:
		s.table = 0
	case m.beside():
		s.beside = max(48, m.width*38/100) // a UUID fits beside its label
		s.width = m.width - s.beside - 1
	default:
		// The table takes what it needs, and at most half where there is more to say.
		note := btoi(m.orgs() != nil && len(m.tokens.orgs) == 0) + len(m.tokens.others)
		if len(m.tokens.table.rows) == 0 {
			note++ // which says that nothing matches
		}
		s.table = min(len(m.tokens.table.rows)+1+note, max(s.body*6/10, 5))
		s.below = max(s.body-s.table-1, 0)
	}
	return s
}

// tokensLines draws the Tokens view.
func (m *Model) tokensLines() ([]string, *tea.Cursor) {
	t, s := &m.tokens, m.tokensShape()
	out := []string{m.headerLine("Tokens"), m.tokensFact(), m.rule()}
	switch {
	case t.detail:
		out = append(out, m.tokensFullDetail(s.body)...)
	case s.beside > 0:
		table := m.tokensTable(s.width, s.body)
		side := m.rested(s.beside, s.body, func() []string { return m.padded(m.tokenDetails(s.beside-2), s.beside, s.body) })
		bar := m.styles.tone[dim].Render(m.glyphs.side)
		for i := range table {
			out = append(out, table[i]+bar+side[i])
		}
	default:
		out = append(out, m.tokensTable(s.width, s.table)...)
		out = append(out, m.tokensWindowRule())
		out = append(out, m.rested(m.width, s.below, func() []string {
			details := m.tokenDetails(m.width - 2)
			if len(details) > s.below {
				details = m.tokenBrief(m.width - 2)
			}
			return m.padded(details, m.width, s.below)
		})...)
	}
	for len(out) < m.height-tokensFooter {
		out = append(out, spaces(m.width))
	}
	out = append(out[:m.height-tokensFooter], m.rule())
	status, cursor := m.tokensStatusLine()
	return append(out, status, m.tokensKeys()), cursor
}

func (m *Model) tokensFullDetail(h int) []string {
	t := &m.tokens
	all := m.tokenDetails(m.width - 2)
	t.scroll = max(0, min(t.scroll, len(all)-h))
	shown := all[t.scroll:min(t.scroll+h, len(all))]
	if below := len(all) - t.scroll - len(shown); below > 0 {
		shown[len(shown)-1] = paint(&m.styles.tone, m.width-2, seg(warn, "↓ "+count(below+1, "more line")))
	}
	return m.padded(shown, m.width, h)
}

// tokensWindowRule is a rule that says which rows are in sight, if not all are.
func (m *Model) tokensWindowRule() string {
	from, to := m.tokens.table.window()
	if n := len(m.tokens.table.rows); to-from < n {
		label := fmt.Sprintf(" %d–%d of %d ", from+1, to, n)
		return m.paint(seg(dim, repeat(m.glyphs.rule, max(m.width-cells(label)-1, 0))+label+m.glyphs.rule))
	}
	return m.rule()
}

// tokensFact answers "is something wrong" for what is held here.
func (m *Model) tokensFact() string {
	t := &m.tokens
	var left []segment
	switch {
	case t.have:
		state := m.loginState(t.held)
		left = append(left, seg(state.tone, " login "+state.short))
	case errors.Is(t.err, webex.ErrNotLoggedIn):
		left = append(left, seg(warn, " no login here"))
	case t.err != nil:
		left = append(left, seg(bad, " the store cannot be read"))
	default:
		left = append(left, seg(dim, " reading…"))
	}
	for _, c := range []struct {
		state, words string
		tone         tone
	}{{"not allowed", "not allowed", bad}, {app.OrgFetch, "to be fetched anew", bad}, {app.OrgEndsSoon, "ends within 14 days", warn}, {app.OrgNoRenew, "not renewed", warn}} {
		if n := t.counts[c.state]; n > 0 {
			left = append(left, seg(dim, " · "), seg(c.tone, count(n, "org")+" "+c.words))
		}
	}
	right := []segment{}
	if n := len(t.orgs); n > 0 {
		right = append(right, seg(dim, count(n, "org")+"   "))
	}
	if t.have {
		right = append(right, seg(dim, keptWords(t.held.KeySource)+" "))
	}
	if total(left)+total(right)+2 > m.width {
		right = nil
	}
	return m.sides(left, right)
}

// tokenColumns are the widths of a row of the table. Only the refresh token has a bar:
// the access token renews itself, and its end is no problem.
type tokenColumns struct{ name, id, left, bar, state int }

func tokenColumnsFor(w int) tokenColumns {
	c := tokenColumns{id: 8, left: 9, state: 11}
	if w >= 68 {
		c.bar = 7
	}
	c.name = max(w-3-1-c.id-2*(1+c.left)-c.bar-2-c.state, 10)
	return c
}

// tokensTable draws the header and the rows in sight: h lines of w cells.
func (m *Model) tokensTable(w, h int) []string {
	if h <= 0 {
		return nil
	}
	t, c := &m.tokens, tokenColumnsFor(w)
	title := "LOGIN · ORGANIZATION"
	if c.name < cells(title) {
		title = "LOGIN · ORG"
	}
	out := []string{paint(&m.styles.tone, w, seg(dim, "   "+pad(title, c.name)+" "+pad("ID", c.id)+padLeft("ACCESS", c.left+1)+padLeft("REFRESH", c.left+1)+spaces(c.bar)+"  STATE"))}
	from, to := t.table.window()
	for i := from; i < to && len(out) < h; i++ {
		out = append(out, m.tokenRowLine(t.table.rows[i], i == t.table.cursor, w, c))
	}
	if t.filter.Value() != "" && len(t.table.rows) == 0 {
		out = append(out, paint(&m.styles.tone, w, seg(strong, fmt.Sprintf("   Nothing matches %q.", cut(typedText(t.filter.Value()), 30)))))
	}
	for _, id := range t.others {
		out = append(out, paint(&m.styles.tone, w, seg(warn, "   organizations of Service App "+app.ShortID(id)+" are held; its credentials are not set")))
	}
	if m.orgs() != nil && t.orgsGot && len(t.orgs) == 0 && t.orgsErr == nil {
		out = append(out, paint(&m.styles.tone, w, seg(dim, "   none yet: "+shown(m.keys.AddOrg)+" adds an organization")))
	}
	if t.orgsErr != nil {
		out = append(out, paint(&m.styles.tone, w, seg(bad, "   "+sentence(t.orgsErr))))
	}
	for len(out) < h {
		out = append(out, spaces(w))
	}
	return out[:h]
}

func (m *Model) tokenRowLine(r tokenRow, selected bool, w int, c tokenColumns) string {
	t := &m.tokens
	set, cursor := &m.styles.tone, "   "
	if selected {
		set, cursor = &m.styles.selected, " "+m.glyphs.cursor+" "
	}
	switch {
	case r.key == headingRow:
		id, from := m.orgs().ClientID()
		line := "   SERVICE APP  " + app.ShortID(id)
		if from != "" {
			line += "  from " + from
		}
		return paint(set, w, seg(dim, line))
	case r.org >= 0:
		o := t.orgs[r.org]
		name, id := m.orgName(o, o.ID), head(o.UUID(), c.id)
		state := m.orgState(o)
		return m.heldLine(set, cursor, name, id, o.Login, seg(orgTone(state), state), w, c)
	case r.profile >= 0:
		l := t.profiles[r.profile]
		name, state := m.profileCells(l)
		return m.heldLine(set, cursor, name, "profile", l, state, w, c)
	case !t.have:
		word := seg(warn, "log in: "+shown(m.keys.Login))
		switch {
		case t.loading && t.err == nil:
			word = seg(dim, "reading…")
		case t.err != nil && !errors.Is(t.err, webex.ErrNotLoggedIn):
			word = seg(bad, "cannot be read")
		}
		return m.heldLine(set, cursor, clean(webex.Untrusted(m.opts.Account.Profile())), "", app.Login{}, word, w, c)
	}
	state := m.loginState(t.held)
	name := clean(webex.Untrusted(t.held.Profile))
	if org := clean(t.held.Tokens.Owner.OrgName); org != "" {
		name += "  " + org
	}
	return m.heldLine(set, cursor, name, "login", t.held, seg(state.tone, state.short), w, c)
}

func orgTone(state string) tone {
	switch state {
	case app.OrgOK:
		return good
	case app.OrgRenews:
		return plain
	case app.OrgFetch, "not allowed":
		return bad
	}
	return warn
}

// heldLine draws one pair of tokens. What has ended and renews by itself is no problem,
// and so it is dim.
func (m *Model) heldLine(set *[tones]style, cursor, name, id string, l app.Login, state segment, w int, c tokenColumns) string {
	cell := func(r webex.Remaining, has bool) (segment, time.Duration) {
		if !has || !r.Known() {
			return seg(dim, padLeft("—", c.left+1)), 0
		}
		words, d := app.HeldWords(l, r, m.now), max(l.In(r, m.now), 0)
		if d > 0 {
			return seg(strong, padLeft(words, c.left+1)), d
		}
		if cells(words) > c.left {
			words = "ended" // more than 99 days ago: the detail says when
		}
		return seg(dim, padLeft(words, c.left+1)), 0
	}
	access, _ := cell(l.AccessLeft(), !l.Tokens.Access.IsZero())
	r := l.Tokens.RefreshLeft()
	refresh, d := cell(r, !l.Tokens.Refresh.IsZero())
	if !l.Tokens.Rejected.IsZero() {
		refresh, d = seg(dim, padLeft("refused", c.left+1)), 0
	}
	segs := []segment{seg(link, cursor), seg(strong, pad(name, c.name)), seg(dim, " "+pad(id, c.id)), access, refresh}
	if bar := c.bar - 1; bar > 0 && d > 0 && r.Lifetime > 0 {
		filled := min(bar, max(1, int(int64(bar)*int64(d)/int64(r.Lifetime))))
		segs = append(segs, seg(plain, " "+repeat(m.glyphs.left, filled)), seg(dim, repeat(m.glyphs.used, bar-filled)))
	} else {
		segs = append(segs, seg(plain, spaces(c.bar)))
	}
	return paint(set, w, append(segs, seg(plain, "  "), state)...)
}

// tokenSecondsInSight reports whether a counter in sight shows seconds.
func (m *Model) tokenSecondsInSight() bool {
	t := &m.tokens
	shows := func(l app.Login) bool {
		now := m.now.Add(l.Tokens.Skew)
		return app.ShowsSeconds(l.AccessLeft(), now) || app.ShowsSeconds(l.Tokens.RefreshLeft(), now)
	}
	from, to := t.table.window()
	for _, r := range t.table.rows[from:to] {
		if r.profile >= 0 && r.profile < len(t.profiles) && shows(t.profiles[r.profile]) {
			return true
		}
		if r.org >= 0 && r.org < len(t.orgs) && shows(t.orgs[r.org].Login) || r.key == loginRow && t.have && shows(t.held) {
			return true
		}
	}
	return false
}

func (m *Model) tokensStatusLine() (string, *tea.Cursor) {
	t := &m.tokens
	question, input := "", t.filter
	switch {
	case t.adding.asks == askOrg:
		question, input = " Organization: its id, or a webhook's payload: ", t.adding.input
	case t.adding.asks == askRefresh:
		question, input = " Refresh token of "+head(t.adding.id.UUID(), 8)+", if you have one; enter alone asks Webex: ", t.adding.input
	case t.filtering:
		question = " / "
	default:
		return m.statusLine(m.tokensStatus()), nil
	}
	if m.width < 80 && t.adding.asks == askRefresh {
		question = " Refresh token of " + head(t.adding.id.UUID(), 8) + ", or enter: "
	}
	text := typedText(input.Value())
	if t.adding.asks == askRefresh {
		text = strings.Repeat("•", len([]rune(text)))
	}
	room := max(m.width-cells(question)-2, 4)
	shown := tail(text, max(cells(text)-room, 0))
	cursor := input.Cursor()
	if cursor != nil {
		cursor.X, cursor.Y = min(cells(question)+cells(shown), m.width-1), m.height-2
	}
	return m.paint(seg(strong, question), seg(plain, shown)), cursor
}

func (m *Model) tokensStatus() segment {
	t := &m.tokens
	switch {
	case t.busy != "":
		return seg(link, t.busy)
	case t.filter.Value() != "":
		return seg(warn, "filter "+cut(typedText(t.filter.Value()), 30)+": esc clears it")
	case m.opts.EnvToken:
		return seg(dim, "WEBEX_ACCESS_TOKEN goes before the login, unless --profile is given")
	case t.have || len(t.orgs) > 0:
		return seg(dim, "times are those that Webex named; what is assumed says so")
	}
	return segment{} // the right half of the line says what runs
}

func (m *Model) tokensKeys() string {
	t := &m.tokens
	switch {
	case t.adding.asks != askNothing:
		return m.keyLine([2]string{"enter", "go on"}, [2]string{"esc", "close"}, [2]string{"ctrl+c", "quit"})
	case t.filtering:
		return m.keyLine([2]string{"enter", "keep"}, [2]string{"esc", "clear"}, [2]string{"!", "in front: all others"}, [2]string{"↑ ↓", "move"})
	}
	_, isOrg := m.currentOrg()
	k := m.keys
	keys := [][2]string{hint(k.Fresh, "fresh token"), hint(k.Test, "test"), hint(k.CopyToken, "copy token"), hint(k.Forget, "forget")}
	if m.width < 100 {
		keys = [][2]string{hint(k.Fresh, "fresh"), hint(k.Test, "test"), hint(k.CopyToken, "copy"), hint(k.Forget, "forget")}
	}
	if !isOrg && !t.have || len(t.table.rows) == 0 {
		keys = nil
	}
	if _, ok := m.currentProfile(); ok {
		keys = [][2]string{hint(k.UseProfile, "use this profile")}
	}
	if m.orgs() != nil {
		keys = append(keys, hint(m.keys.AddOrg, "add org"))
	}
	if len(t.orgs) > 5 {
		keys = append(keys, hint(m.keys.Filter, "filter"))
	}
	keys = append(keys, hint(m.keys.Login, "log in"), hint(m.keys.Details, "details"), hint(m.keys.Authorizations, "authorizations"))
	return m.keyLine(append(keys, hint(m.keys.Help, "help"), hint(m.keys.Quit, "quit"))...)
}
