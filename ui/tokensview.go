package ui

import (
	"errors"
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/webex"
)

const (
	tokensTop    = 3
	tokensFooter = 3
)

func (m *Model) tokensShape() paneShape {
	s := paneShape{body: max(m.Height-tokensTop-tokensFooter, 1), width: m.Width}
	s.table = s.body
	switch {
	case m.tokens.detail:
		s.table = 0
	case m.HasSide():
		s.beside = max(48, m.Width*38/100) // a UUID fits beside its label
		s.width = m.Width - s.beside - 1
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
	out := []string{m.headerLine("Tokens"), m.tokensFact(), m.Rule()}
	switch {
	case t.detail:
		out = append(out, m.tokensFullDetail(s.body)...)
	case s.beside > 0:
		table := m.tokensTable(s.width, s.body)
		side := m.rested(s.beside, s.body, func() []string { return m.Padded(m.tokenDetails(s.beside-2), s.beside, s.body) })
		bar := m.Styles.tone[dim].Render(m.Glyphs.side)
		for i := range table {
			out = append(out, table[i]+bar+side[i])
		}
	default:
		out = append(out, m.tokensTable(s.width, s.table)...)
		out = append(out, m.tokensWindowRule())
		out = append(out, m.rested(m.Width, s.below, func() []string {
			details := m.tokenDetails(m.Width - 2)
			if len(details) > s.below {
				details = m.tokenBrief(m.Width - 2)
			}
			return m.Padded(details, m.Width, s.below)
		})...)
	}
	for len(out) < m.Height-tokensFooter {
		out = append(out, spaces(m.Width))
	}
	out = append(out[:m.Height-tokensFooter], m.Rule())
	status, cursor := m.tokensStatusLine()
	return append(out, status, m.tokensKeys()), cursor
}

func (m *Model) tokensFullDetail(h int) []string {
	t := &m.tokens
	all := m.tokenDetails(m.Width - 2)
	t.scroll = max(0, min(t.scroll, len(all)-h))
	shown := all[t.scroll:min(t.scroll+h, len(all))]
	if below := len(all) - t.scroll - len(shown); below > 0 {
		shown[len(shown)-1] = paint(&m.Styles.tone, m.Width-2, warn.Text("↓ "+english.Count(below+1, "more line")))
	}
	return m.Padded(shown, m.Width, h)
}

// tokensWindowRule is a rule that says which rows are in sight, if not all are.
func (m *Model) tokensWindowRule() string {
	from, to := m.tokens.table.window()
	if n := len(m.tokens.table.rows); to-from < n {
		label := fmt.Sprintf(" %d–%d of %d ", from+1, to, n)
		return m.Paint(dim.Text(repeat(m.Glyphs.rule, max(m.Width-cells(label)-1, 0)) + label + m.Glyphs.rule))
	}
	return m.Rule()
}

// tokensFact answers "is something wrong" for what is held here.
func (m *Model) tokensFact() string {
	t := &m.tokens
	var left []segment
	switch {
	case t.have:
		state := m.loginState(t.held)
		left = append(left, state.tone.Text(" login "+state.short))
	case errors.Is(t.err, webex.ErrNotLoggedIn):
		left = append(left, warn.Text(" no login here"))
	case t.err != nil:
		left = append(left, bad.Text(" the store cannot be read"))
	default:
		left = append(left, dim.Text(" reading…"))
	}
	for _, c := range []struct {
		state, words string
		tone         tone
	}{{"not allowed", "not allowed", bad}, {app.OrgFetch, "to be fetched anew", bad}, {app.OrgEndsSoon, "ends within 14 days", warn}, {app.OrgNoRenew, "not renewed", warn}} {
		if n := t.counts[c.state]; n > 0 {
			left = append(left, dim.Text(" · "), c.tone.Text(english.Count(n, "org")+" "+c.words))
		}
	}
	right := []segment{}
	if n := len(t.orgs); n > 0 {
		right = append(right, dim.Text(english.Count(n, "org")+"   "))
	}
	if t.have {
		right = append(right, dim.Text(keptWords(t.held.KeySource)+" "))
	}
	if total(left)+total(right)+2 > m.Width {
		right = nil
	}
	return m.Sides(left, right)
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
	out := []string{paint(&m.Styles.tone, w, dim.Text("   "+pad(title, c.name)+" "+pad("ID", c.id)+padLeft("ACCESS", c.left+1)+padLeft("REFRESH", c.left+1)+spaces(c.bar)+"  STATE"))}
	from, to := t.table.window()
	for i := from; i < to && len(out) < h; i++ {
		out = append(out, m.tokenRowLine(t.table.rows[i], i == t.table.cursor, w, c))
	}
	if t.filter.Value() != "" && len(t.table.rows) == 0 {
		out = append(out, paint(&m.Styles.tone, w, strong.Text(fmt.Sprintf("   Nothing matches %q.", cut(typedText(t.filter.Value()), 30)))))
	}
	for _, id := range t.others {
		out = append(out, paint(&m.Styles.tone, w, warn.Text("   organizations of Service App "+app.ShortID(id)+" are held; its credentials are not set")))
	}
	if m.orgs() != nil && t.orgsGot && len(t.orgs) == 0 && t.orgsErr == nil {
		out = append(out, paint(&m.Styles.tone, w, dim.Text("   none yet: "+shown(m.keys.AddOrg)+" adds an organization")))
	}
	if t.orgsErr != nil {
		out = append(out, paint(&m.Styles.tone, w, bad.Text("   "+sentence(t.orgsErr))))
	}
	for len(out) < h {
		out = append(out, spaces(w))
	}
	return out[:h]
}

func (m *Model) tokenRowLine(r tokenRow, selected bool, w int, c tokenColumns) string {
	t := &m.tokens
	set, cursor := &m.Styles.tone, "   "
	if selected {
		set, cursor = &m.Styles.selected, " "+m.Glyphs.cursor+" "
	}
	switch {
	case r.key == headingRow:
		id, from := m.orgs().ClientID()
		line := "   SERVICE APP  " + app.ShortID(id)
		if from != "" {
			line += "  from " + from
		}
		return paint(set, w, dim.Text(line))
	case r.org >= 0:
		o := t.orgs[r.org]
		name, id := m.orgName(o, o.ID), head(o.UUID(), c.id)
		state := m.orgState(o)
		return m.heldLine(set, cursor, name, id, o.Login, orgTone(state).Text(state), w, c)
	case r.profile >= 0:
		l := t.profiles[r.profile]
		name, state := m.profileCells(l)
		return m.heldLine(set, cursor, name, "profile", l, state, w, c)
	case !t.have:
		word := warn.Text("log in: " + shown(m.keys.Login))
		switch {
		case t.loading && t.err == nil:
			word = dim.Text("reading…")
		case t.err != nil && !errors.Is(t.err, webex.ErrNotLoggedIn):
			word = bad.Text("cannot be read")
		}
		return m.heldLine(set, cursor, clean(webex.Untrusted(m.opts.Account.Profile())), "", app.Login{}, word, w, c)
	}
	state := m.loginState(t.held)
	name := clean(webex.Untrusted(t.held.Profile))
	if org := clean(t.held.Tokens.Owner.OrgName); org != "" {
		name += "  " + org
	}
	return m.heldLine(set, cursor, name, "login", t.held, state.tone.Text(state.short), w, c)
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
			return dim.Text(padLeft("—", c.left+1)), 0
		}
		words, d := app.HeldWords(l, r, m.now), max(l.In(r, m.now), 0)
		if d > 0 {
			return strong.Text(padLeft(words, c.left+1)), d
		}
		if cells(words) > c.left {
			words = "ended" // more than 99 days ago: the detail says when
		}
		return dim.Text(padLeft(words, c.left+1)), 0
	}
	access, _ := cell(l.AccessLeft(), !l.Tokens.Access.IsZero())
	r := l.Tokens.RefreshLeft()
	refresh, d := cell(r, !l.Tokens.Refresh.IsZero())
	if !l.Tokens.Rejected.IsZero() {
		refresh, d = dim.Text(padLeft("refused", c.left+1)), 0
	}
	segs := []segment{link.Text(cursor), strong.Text(pad(name, c.name)), dim.Text(" " + pad(id, c.id)), access, refresh}
	if bar := c.bar - 1; bar > 0 && d > 0 && r.Lifetime > 0 {
		filled := min(bar, max(1, int(int64(bar)*int64(d)/int64(r.Lifetime))))
		segs = append(segs, plain.Text(" "+repeat(m.Glyphs.left, filled)), dim.Text(repeat(m.Glyphs.used, bar-filled)))
	} else {
		segs = append(segs, plain.Text(spaces(c.bar)))
	}
	return paint(set, w, append(segs, plain.Text("  "), state)...)
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
	if m.Width < 80 && t.adding.asks == askRefresh {
		question = " Refresh token of " + head(t.adding.id.UUID(), 8) + ", or enter: "
	}
	text := typedText(input.Value())
	if t.adding.asks == askRefresh {
		text = strings.Repeat("•", len([]rune(text)))
	}
	room := max(m.Width-cells(question)-2, 4)
	shown := tail(text, max(cells(text)-room, 0))
	cursor := input.Cursor()
	if cursor != nil {
		cursor.X, cursor.Y = min(cells(question)+cells(shown), m.Width-1), m.Height-2
	}
	return m.Paint(strong.Text(question), plain.Text(shown)), cursor
}

func (m *Model) tokensStatus() segment {
	t := &m.tokens
	switch {
	case t.busy != "":
		return link.Text(t.busy)
	case t.filter.Value() != "":
		return warn.Text("filter " + cut(typedText(t.filter.Value()), 30) + ": esc clears it")
	case m.opts.EnvToken:
		return dim.Text("WEBEX_ACCESS_TOKEN goes before the login, unless --profile is given")
	case t.have || len(t.orgs) > 0:
		return dim.Text("times are those that Webex named; what is assumed says so")
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
	if m.Width < 100 {
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
