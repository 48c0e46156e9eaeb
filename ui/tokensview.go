package ui

import (
	"errors"
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/facts"
	"github.com/wxauth/wxauth/webex"
)

const tokensTop = 3

func (m *Model) tokensShape() draw.PaneShape {
	s := draw.PaneShape{Body: max(m.Height-tokensTop-draw.Footer, 1), Width: m.Width}
	s.Table = s.Body
	switch {
	case m.tokens.detail:
		s.Table = 0
	case m.HasSide():
		s.Beside = max(48, m.Width*38/100) // a UUID fits beside its label
		s.Width = m.Width - s.Beside - 1
	default:
		// The table takes what it needs, and at most half where there is more to say.
		note := btoi(m.orgs() != nil && len(m.tokens.orgs) == 0) + len(m.tokens.others)
		if len(m.tokens.table.Rows) == 0 {
			note++ // which says that nothing matches
		}
		s.Table = min(len(m.tokens.table.Rows)+1+note, max(s.Body*6/10, 5))
		s.Below = max(s.Body-s.Table-1, 0)
	}
	return s
}

// tokensLines draws the Tokens view.
func (m *Model) tokensLines() ([]string, *tea.Cursor) {
	t, s := &m.tokens, m.tokensShape()
	out := []string{m.headerLine("Tokens"), m.tokensFact(), m.Rule()}
	switch {
	case t.detail:
		out = append(out, m.tokensFullDetail(s.Body)...)
	case s.Beside > 0:
		table := m.tokensTable(s.Width, s.Body)
		side := m.rested(s.Beside, s.Body, func() []string { return m.Padded(m.tokenDetails(s.Beside-2), s.Beside, s.Body) })
		bar := m.Styles.Tone[draw.Dim].Render(m.Glyphs.Side)
		for i := range table {
			out = append(out, table[i]+bar+side[i])
		}
	default:
		out = append(out, m.tokensTable(s.Width, s.Table)...)
		out = append(out, m.tokensWindowRule())
		out = append(out, m.rested(m.Width, s.Below, func() []string {
			details := m.tokenDetails(m.Width - 2)
			if len(details) > s.Below {
				details = m.tokenBrief(m.Width - 2)
			}
			return m.Padded(details, m.Width, s.Below)
		})...)
	}
	for len(out) < m.Height-draw.Footer {
		out = append(out, draw.Spaces(m.Width))
	}
	out = append(out[:m.Height-draw.Footer], m.Rule())
	status, cursor := m.tokensStatusLine()
	return append(out, status, m.tokensKeys()), cursor
}

func (m *Model) tokensFullDetail(h int) []string {
	t := &m.tokens
	all := m.tokenDetails(m.Width - 2)
	t.scroll = max(0, min(t.scroll, len(all)-h))
	shown := all[t.scroll:min(t.scroll+h, len(all))]
	if below := len(all) - t.scroll - len(shown); below > 0 {
		shown[len(shown)-1] = draw.Paint(&m.Styles.Tone, m.Width-2, draw.Warn.Text("↓ "+english.Count(below+1, "more line")))
	}
	return m.Padded(shown, m.Width, h)
}

// tokensWindowRule is a rule that says which rows are in sight, if not all are.
func (m *Model) tokensWindowRule() string {
	from, to := m.tokens.table.Window()
	if n := len(m.tokens.table.Rows); to-from < n {
		label := fmt.Sprintf(" %d–%d of %d ", from+1, to, n)
		return m.Paint(draw.Dim.Text(draw.Repeat(m.Glyphs.Rule, max(m.Width-draw.Cells(label)-1, 0)) + label + m.Glyphs.Rule))
	}
	return m.Rule()
}

// tokensFact answers "is something wrong" for what is held here.
func (m *Model) tokensFact() string {
	t := &m.tokens
	var left []draw.Segment
	switch {
	case t.have:
		state := m.loginState(t.held)
		left = append(left, state.tone.Text(" login "+state.short))
	case errors.Is(t.err, webex.ErrNotLoggedIn):
		left = append(left, draw.Warn.Text(" no login here"))
	case t.err != nil:
		left = append(left, draw.Bad.Text(" the store cannot be read"))
	default:
		left = append(left, draw.Dim.Text(" reading…"))
	}
	for _, c := range []struct {
		state, words string
		tone         draw.Tone
	}{{"not allowed", "not allowed", draw.Bad}, {app.OrgFetch, "to be fetched anew", draw.Bad}, {app.OrgEndsSoon, "ends within 14 days", draw.Warn}, {app.OrgNoRenew, "not renewed", draw.Warn}} {
		if n := t.counts[c.state]; n > 0 {
			left = append(left, draw.Dim.Text(" · "), c.tone.Text(english.Count(n, "org")+" "+c.words))
		}
	}
	right := []draw.Segment{}
	if n := len(t.orgs); n > 0 {
		right = append(right, draw.Dim.Text(english.Count(n, "org")+"   "))
	}
	if t.have {
		right = append(right, draw.Dim.Text(facts.Kept(t.held.KeySource)+" "))
	}
	if draw.Total(left)+draw.Total(right)+2 > m.Width {
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
	if c.name < draw.Cells(title) {
		title = "LOGIN · ORG"
	}
	out := []string{draw.Paint(&m.Styles.Tone, w, draw.Dim.Text("   "+draw.Pad(title, c.name)+" "+draw.Pad("ID", c.id)+draw.PadLeft("ACCESS", c.left+1)+draw.PadLeft("REFRESH", c.left+1)+draw.Spaces(c.bar)+"  STATE"))}
	from, to := t.table.Window()
	for i := from; i < to && len(out) < h; i++ {
		out = append(out, m.tokenRowLine(t.table.Rows[i], i == t.table.Cursor, w, c))
	}
	if t.filter.Value() != "" && len(t.table.Rows) == 0 {
		out = append(out, draw.Paint(&m.Styles.Tone, w, draw.Strong.Text(fmt.Sprintf("   Nothing matches %q.", draw.Cut(app.Typed(t.filter.Value()), 30)))))
	}
	for _, id := range t.others {
		out = append(out, draw.Paint(&m.Styles.Tone, w, draw.Warn.Text("   organizations of Service App "+app.ShortID(id)+" are held; its credentials are not set")))
	}
	if m.orgs() != nil && t.orgsGot && len(t.orgs) == 0 && t.orgsErr == nil {
		out = append(out, draw.Paint(&m.Styles.Tone, w, draw.Dim.Text("   none yet: "+m.keys.Shown(action.AddOrg)+" adds an organization")))
	}
	if t.orgsErr != nil {
		out = append(out, draw.Paint(&m.Styles.Tone, w, draw.Bad.Text("   "+app.Sentence(t.orgsErr))))
	}
	for len(out) < h {
		out = append(out, draw.Spaces(w))
	}
	return out[:h]
}

func (m *Model) tokenRowLine(r tokenRow, selected bool, w int, c tokenColumns) string {
	t := &m.tokens
	set, cursor := &m.Styles.Tone, "   "
	if selected {
		set, cursor = &m.Styles.Selected, " "+m.Glyphs.Cursor+" "
	}
	switch {
	case r.key == headingRow:
		id, from := m.orgs().ClientID()
		line := "   SERVICE APP  " + app.ShortID(id)
		if from != "" {
			line += "  from " + from
		}
		return draw.Paint(set, w, draw.Dim.Text(line))
	case r.org >= 0:
		o := t.orgs[r.org]
		name, id := m.orgName(o, o.ID), draw.Head(o.UUID(), c.id)
		state := m.orgState(o)
		return m.heldLine(set, cursor, name, id, o.Login, orgTone(state).Text(state), w, c)
	case r.profile >= 0:
		l := t.profiles[r.profile]
		name, state := m.profileCells(l)
		return m.heldLine(set, cursor, name, "profile", l, state, w, c)
	case !t.have:
		word := draw.Warn.Text("log in: " + m.keys.Shown(action.Login))
		switch {
		case t.loading && t.err == nil:
			word = draw.Dim.Text("reading…")
		case t.err != nil && !errors.Is(t.err, webex.ErrNotLoggedIn):
			word = draw.Bad.Text("cannot be read")
		}
		return m.heldLine(set, cursor, app.Clean(webex.Untrusted(m.opts.Account.Profile())), "", app.Login{}, word, w, c)
	}
	state := m.loginState(t.held)
	name := app.Clean(webex.Untrusted(t.held.Profile))
	if org := app.Clean(t.held.Tokens.Owner.OrgName); org != "" {
		name += "  " + org
	}
	return m.heldLine(set, cursor, name, "login", t.held, state.tone.Text(state.short), w, c)
}

func orgTone(state string) draw.Tone {
	switch state {
	case app.OrgOK:
		return draw.Good
	case app.OrgRenews:
		return draw.Plain
	case app.OrgFetch, "not allowed":
		return draw.Bad
	}
	return draw.Warn
}

// heldLine draws one pair of tokens. What has ended and renews by itself is no problem,
// and so it is dim.
func (m *Model) heldLine(set *[draw.Tones]draw.Style, cursor, name, id string, l app.Login, state draw.Segment, w int, c tokenColumns) string {
	cell := func(r webex.Remaining, has bool) (draw.Segment, time.Duration) {
		if !has || !r.Known() {
			return draw.Dim.Text(draw.PadLeft("—", c.left+1)), 0
		}
		words, d := app.HeldWords(l, r, m.now), max(l.In(r, m.now), 0)
		if d > 0 {
			return draw.Strong.Text(draw.PadLeft(words, c.left+1)), d
		}
		if draw.Cells(words) > c.left {
			words = "ended" // more than 99 days ago: the detail says when
		}
		return draw.Dim.Text(draw.PadLeft(words, c.left+1)), 0
	}
	access, _ := cell(l.AccessLeft(), !l.Tokens.Access.IsZero())
	r := l.Tokens.RefreshLeft()
	refresh, d := cell(r, !l.Tokens.Refresh.IsZero())
	if !l.Tokens.Rejected.IsZero() {
		refresh, d = draw.Dim.Text(draw.PadLeft("refused", c.left+1)), 0
	}
	segs := []draw.Segment{draw.Link.Text(cursor), draw.Strong.Text(draw.Pad(name, c.name)), draw.Dim.Text(" " + draw.Pad(id, c.id)), access, refresh}
	if bar := c.bar - 1; bar > 0 && d > 0 && r.Lifetime > 0 {
		filled := min(bar, max(1, int(int64(bar)*int64(d)/int64(r.Lifetime))))
		segs = append(segs, draw.Plain.Text(" "+draw.Repeat(m.Glyphs.Left, filled)), draw.Dim.Text(draw.Repeat(m.Glyphs.Used, bar-filled)))
	} else {
		segs = append(segs, draw.Plain.Text(draw.Spaces(c.bar)))
	}
	return draw.Paint(set, w, append(segs, draw.Plain.Text("  "), state)...)
}

// tokenSecondsInSight reports whether a counter in sight shows seconds.
func (m *Model) tokenSecondsInSight() bool {
	t := &m.tokens
	shows := func(l app.Login) bool {
		now := m.now.Add(l.Tokens.Skew)
		return app.ShowsSeconds(l.AccessLeft(), now) || app.ShowsSeconds(l.Tokens.RefreshLeft(), now)
	}
	from, to := t.table.Window()
	for _, r := range t.table.Rows[from:to] {
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
		question, input = " Refresh token of "+draw.Head(t.adding.id.UUID(), 8)+", if you have one; enter alone asks Webex: ", t.adding.input
	case t.filtering:
		question = " / "
	default:
		return m.statusLine(m.tokensStatus()), nil
	}
	if m.Width < 80 && t.adding.asks == askRefresh {
		question = " Refresh token of " + draw.Head(t.adding.id.UUID(), 8) + ", or enter: "
	}
	text := app.Typed(input.Value())
	if t.adding.asks == askRefresh {
		text = strings.Repeat("•", len([]rune(text)))
	}
	room := max(m.Width-draw.Cells(question)-2, 4)
	shown := draw.Tail(text, max(draw.Cells(text)-room, 0))
	cursor := input.Cursor()
	if cursor != nil {
		cursor.X, cursor.Y = min(draw.Cells(question)+draw.Cells(shown), m.Width-1), m.Height-2
	}
	return m.Paint(draw.Strong.Text(question), draw.Plain.Text(shown)), cursor
}

func (m *Model) tokensStatus() draw.Segment {
	t := &m.tokens
	switch {
	case t.busy != "":
		return draw.Link.Text(t.busy)
	case t.filter.Value() != "":
		return draw.Warn.Text("filter " + draw.Cut(app.Typed(t.filter.Value()), 30) + ": esc clears it")
	case m.opts.EnvToken:
		return draw.Dim.Text("WEBEX_ACCESS_TOKEN goes before the login, unless --profile is given")
	case t.have || len(t.orgs) > 0:
		return draw.Dim.Text("times are those that Webex named; what is assumed says so")
	}
	return draw.Segment{} // the right half of the line says what runs
}

func (m *Model) tokensKeys() string {
	t := &m.tokens
	switch {
	case t.adding.asks != askNothing:
		return m.keyLine(m.fixed.Hint(action.Press, "go on"), m.fixed.Hint(action.Back, "close"), m.fixed.Hint(action.ForceQuit, "quit"))
	case t.filtering:
		return m.keyLine(m.filterHints()...)
	}
	_, isOrg := m.currentOrg()
	k := m.keys
	keys := []action.Hint{k.Hint(action.Fresh, "fresh token"), k.Hint(action.Test, "test"), k.Hint(action.CopyToken, "copy token"), k.Hint(action.Forget, "forget")}
	if m.Width < 100 {
		keys = []action.Hint{k.Hint(action.Fresh, "fresh"), k.Hint(action.Test, "test"), k.Hint(action.CopyToken, "copy"), k.Hint(action.Forget, "forget")}
	}
	if !isOrg && !t.have || len(t.table.Rows) == 0 {
		keys = nil
	}
	if _, ok := m.currentProfile(); ok {
		keys = []action.Hint{k.Hint(action.UseProfile, "use this profile")}
	}
	if m.orgs() != nil {
		keys = append(keys, m.keys.Hint(action.AddOrg, "add org"))
	}
	if len(t.orgs) > 5 {
		keys = append(keys, m.keys.Hint(action.Filter, "filter"))
	}
	keys = append(keys, m.keys.Hint(action.Login, "log in"), m.keys.Hint(action.Details, "details"), m.keys.Hint(action.Authorizations, "authorizations"))
	return m.keyLine(append(keys, m.keys.Hint(action.Help, "help"), m.keys.Hint(action.Quit, "quit"))...)
}
