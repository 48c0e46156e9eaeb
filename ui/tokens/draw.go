package tokens

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
	"github.com/wxauth/wxauth/ui/list"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

// above is the number of lines above the body.
const above = 3

func (v *View) shape(env view.Env) list.Shape {
	s := list.Divide(env.Screen, above, 38, 48, v.detail) // a UUID fits beside its label
	if v.detail || s.Beside > 0 {
		return s
	}
	// The table takes the lines it needs, but at most half of them if the detail needs more.
	note := len(v.others)
	if v.serviceApp() != nil && len(v.orgs) == 0 {
		note++
	}
	if len(v.Rows) == 0 {
		note++ // for the line that says that nothing matches
	}
	s.Table = min(len(v.Rows)+1+note, max(s.Body*6/10, 5))
	s.Below = max(s.Body-s.Table-1, 0)
	return s
}

// Draw draws the view.
func (v *View) Draw(env view.Env) view.Drawing {
	s := v.shape(env)
	d := view.Drawing{Body: []string{v.fact(env), env.Rule()}, Filter: v.filter.Text(), Status: v.status(env), Keys: v.hints(env)}
	d.Input, d.Cursor = v.inputLine(env)
	switch {
	case v.detail:
		d.Body = append(d.Body, v.fullDetail(env, s.Body)...)
	default:
		d.Body = append(d.Body, s.Lines(env.Screen, list.Panes{
			Table:  func(w, h int) []string { return v.tableLines(env, w, h) },
			Detail: func(w int) []string { return v.detailLines(env, w) },
			Brief: func(w int) []string {
				if details := v.detailLines(env, w); len(details) <= s.Below {
					return details
				}
				return v.briefLines(env, w)
			},
			Rule: func() string { return v.windowRule(env) },
		})...)
	}
	return d
}

func (v *View) fullDetail(env view.Env, h int) []string {
	all := v.detailLines(env, env.Width-2)
	from := draw.Scrolled(v.scroll, len(all), h)
	shown := all[from:min(from+h, len(all))]
	if below := len(all) - from - len(shown); below > 0 {
		shown[len(shown)-1] = draw.Paint(&env.Styles.Tone, env.Width-2, draw.Warn.Text("↓ "+english.Count(below+1, "more line")))
	}
	return env.Padded(shown, env.Width, h)
}

// windowRule draws a rule that says which rows are visible, unless all are.
func (v *View) windowRule(env view.Env) string {
	from, to := v.Window()
	if n := len(v.Rows); to-from < n {
		label := fmt.Sprintf(" %d–%d of %d ", from+1, to, n)
		return env.Paint(draw.Dim.Text(draw.Repeat(env.Glyphs.Rule, max(env.Width-draw.Cells(label)-1, 0)) + label + env.Glyphs.Rule))
	}
	return env.Rule()
}

// fact draws what is wrong with the tokens stored here, or that nothing is.
func (v *View) fact(env view.Env) string {
	var left []draw.Segment
	switch {
	case v.have:
		state := v.loginState(env, v.held)
		left = append(left, state.tone.Text(" login "+state.short))
	case errors.Is(v.err, webex.ErrNotLoggedIn):
		left = append(left, draw.Warn.Text(" not logged in"))
	case v.err != nil:
		left = append(left, draw.Bad.Text(" the store cannot be read"))
	default:
		left = append(left, draw.Dim.Text(" loading…"))
	}
	for _, c := range []struct {
		state, words string
		tone         draw.Tone
	}{{"not allowed", "not allowed", draw.Bad}, {app.OrgFetch, "to fetch again", draw.Bad}, {app.OrgEndsSoon, "ending soon", draw.Warn}, {app.OrgNoRenew, "not renewed", draw.Warn}} {
		if n := v.counts[c.state]; n > 0 {
			left = append(left, draw.Dim.Text(" · "), c.tone.Text(english.Count(n, "org")+" "+c.words))
		}
	}
	right := []draw.Segment{}
	if n := len(v.orgs); n > 0 {
		right = append(right, draw.Dim.Text(english.Count(n, "org")+"   "))
	}
	if v.have {
		right = append(right, draw.Dim.Text(facts.Kept(v.held.KeySource)+" "))
	}
	if draw.Total(left)+draw.Total(right)+2 > env.Width {
		right = nil
	}
	return env.Sides(left, right)
}

// columns contains the column widths of the table. Only the refresh token has a bar: the access
// token is renewed automatically, so its expiry is no problem.
type columns struct{ name, id, left, bar, state int }

func columnsFor(w int) columns {
	c := columns{id: 8, left: 9, state: 12}
	if w >= 68 {
		c.bar = 7
	}
	c.name = max(w-3-1-c.id-2*(1+c.left)-c.bar-2-c.state, 10)
	return c
}

// tableLines draws the header and the visible rows: h lines, w cells wide.
func (v *View) tableLines(env view.Env, w, h int) []string {
	if h <= 0 {
		return nil
	}
	t, c := v, columnsFor(w)
	title := "LOGIN · ORGANIZATION"
	if c.name < draw.Cells(title) {
		title = "LOGIN · ORG"
	}
	out := []string{draw.Paint(&env.Styles.Tone, w, draw.Dim.Text("   "+draw.Pad(title, c.name)+" "+draw.Pad("ID", c.id)+draw.PadLeft("ACCESS", c.left+1)+draw.PadLeft("REFRESH", c.left+1)+draw.Spaces(c.bar)+"  STATE"))}
	from, to := t.Window()
	for i := from; i < to && len(out) < h; i++ {
		out = append(out, v.rowLine(env, t.Rows[i], i == t.Cursor, w, c))
	}
	if t.filter.Text() != "" && len(t.Rows) == 0 {
		out = append(out, draw.Paint(&env.Styles.Tone, w, draw.Strong.Text(fmt.Sprintf("   Nothing matches %q.", draw.Cut(app.Typed(t.filter.Text()), 30)))))
	}
	for _, id := range t.others {
		out = append(out, draw.Paint(&env.Styles.Tone, w, draw.Warn.Text("   organizations of Service App "+app.ShortID(id)+" are saved; its credentials are not set")))
	}
	if v.serviceApp() != nil && t.orgsGot && len(t.orgs) == 0 && t.orgsErr == nil {
		out = append(out, draw.Paint(&env.Styles.Tone, w, draw.Dim.Text("   none yet: press "+env.Keys.Shown(action.AddOrg)+" to add an organization")))
	}
	if t.orgsErr != nil {
		out = append(out, draw.Paint(&env.Styles.Tone, w, draw.Bad.Text("   "+app.Sentence(t.orgsErr))))
	}
	for len(out) < h {
		out = append(out, draw.Spaces(w))
	}
	return out[:h]
}

func (v *View) rowLine(env view.Env, r row, selected bool, w int, c columns) string {
	set, cursor := &env.Styles.Tone, "   "
	if selected {
		set, cursor = &env.Styles.Selected, " "+env.Glyphs.Cursor+" "
	}
	switch {
	case r.key == headingRow:
		id, from := v.serviceApp().ClientID()
		line := "   SERVICE APP  " + app.ShortID(id)
		if from != "" {
			line += "  from " + from
		}
		return draw.Paint(set, w, draw.Dim.Text(line))
	case r.org >= 0:
		o := v.orgs[r.org]
		name, id := v.orgName(o, o.ID), draw.Head(o.UUID(), c.id)
		state := v.orgState(env, o)
		return v.heldLine(env, set, cursor, name, id, o.Login, orgTone(state).Text(state), w, c)
	case r.profile >= 0:
		l := v.profiles[r.profile]
		name, state := v.profileCells(env, l)
		return v.heldLine(env, set, cursor, name, "profile", l, state, w, c)
	case !v.have:
		word := draw.Warn.Text("log in: " + env.Keys.Shown(action.Login))
		switch {
		case v.loading && v.err == nil:
			word = draw.Dim.Text("loading…")
		case v.err != nil && !errors.Is(v.err, webex.ErrNotLoggedIn):
			word = draw.Bad.Text("cannot be read")
		}
		return v.heldLine(env, set, cursor, app.Clean(webex.Untrusted(v.account.Profile())), "", app.Login{}, word, w, c)
	}
	state := v.loginState(env, v.held)
	name := app.Clean(webex.Untrusted(v.held.Profile))
	if org := app.Clean(v.held.Tokens.Owner.OrgName); org != "" {
		name += "  " + org
	}
	return v.heldLine(env, set, cursor, name, "login", v.held, state.tone.Text(state.short), w, c)
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

// heldLine draws a login's or an organization's tokens. An expired token that is renewed
// automatically is no problem, so it is dim.
func (v *View) heldLine(env view.Env, set *[draw.Tones]draw.Style, cursor, name, id string, l app.Login, state draw.Segment, w int, c columns) string {
	cell := func(r webex.Remaining, has bool) (draw.Segment, time.Duration) {
		if !has || !r.Known() {
			return draw.Dim.Text(draw.PadLeft("—", c.left+1)), 0
		}
		words, d := app.HeldWords(l, r, env.Now), max(l.In(r, env.Now), 0)
		if d > 0 {
			return draw.Strong.Text(draw.PadLeft(words, c.left+1)), d
		}
		if draw.Cells(words) > c.left {
			words = "expired" // the detail pane says when
		}
		return draw.Dim.Text(draw.PadLeft(words, c.left+1)), 0
	}
	access, _ := cell(l.AccessLeft(), !l.Tokens.Access.IsZero())
	r := l.Tokens.RefreshLeft()
	refresh, d := cell(r, !l.Tokens.Refresh.IsZero())
	if !l.Tokens.Rejected.IsZero() {
		refresh, d = draw.Dim.Text(draw.PadLeft("rejected", c.left+1)), 0
	}
	segs := []draw.Segment{draw.Link.Text(cursor), draw.Strong.Text(draw.Pad(name, c.name)), draw.Dim.Text(" " + draw.Pad(id, c.id)), access, refresh}
	if bar := c.bar - 1; bar > 0 && d > 0 && r.Lifetime > 0 {
		filled := min(bar, max(1, int(int64(bar)*int64(d)/int64(r.Lifetime))))
		segs = append(segs, draw.Plain.Text(" "+draw.Repeat(env.Glyphs.Left, filled)), draw.Dim.Text(draw.Repeat(env.Glyphs.Used, bar-filled)))
	} else {
		segs = append(segs, draw.Plain.Text(draw.Spaces(c.bar)))
	}
	return draw.Paint(set, w, append(segs, draw.Plain.Text("  "), state)...)
}

// secondsInSight reports whether a visible countdown shows seconds.
func (v *View) secondsInSight(env view.Env) bool {
	shows := func(l app.Login) bool {
		now := env.Now.Add(l.Tokens.Skew)
		return app.ShowsSeconds(l.AccessLeft(), now) || app.ShowsSeconds(l.Tokens.RefreshLeft(), now)
	}
	from, to := v.Window()
	for _, r := range v.Rows[from:to] {
		if r.profile >= 0 && r.profile < len(v.profiles) && shows(v.profiles[r.profile]) {
			return true
		}
		if r.org >= 0 && r.org < len(v.orgs) && shows(v.orgs[r.org].Login) || r.key == loginRow && v.have && shows(v.held) {
			return true
		}
	}
	return false
}

func (v *View) inputLine(env view.Env) (string, *tea.Cursor) {
	question, input := "", v.adding.input
	switch {
	case v.adding.asks == askNothing && v.filter.IsOpen():
		return v.filter.Line(env.Screen, app.Typed(v.filter.Text()), "")
	case v.adding.asks == askOrg:
		question = " Organization id, or a webhook payload: "
	case v.adding.asks == askRefresh:
		question = " Refresh token of " + draw.Head(v.adding.id.UUID(), 8) + ", if you have one (enter: fetch from Webex): "
	default:
		return "", nil
	}
	if env.Width < 80 && v.adding.asks == askRefresh {
		question = " Refresh token of " + draw.Head(v.adding.id.UUID(), 8) + ", or enter: "
	}
	text := app.Typed(input.Value())
	if v.adding.asks == askRefresh {
		text = strings.Repeat("•", len([]rune(text)))
	}
	room := max(env.Width-draw.Cells(question)-2, 4)
	shown := draw.Tail(text, max(draw.Cells(text)-room, 0))
	cursor := input.Cursor()
	if cursor != nil {
		cursor.X, cursor.Y = min(draw.Cells(question)+draw.Cells(shown), env.Width-1), env.Height-2
	}
	return env.Paint(draw.Strong.Text(question), draw.Plain.Text(shown)), cursor
}

func (v *View) status(env view.Env) draw.Segment {
	switch {
	case v.busy != "":
		return draw.Link.Text(v.busy)
	case v.filter.Text() != "":
		return draw.Warn.Text("filter " + draw.Cut(app.Typed(v.filter.Text()), 30) + ": esc clears it")
	case env.EnvToken:
		return draw.Dim.Text("WEBEX_ACCESS_TOKEN takes precedence, unless --profile is given")
	case v.have || len(v.orgs) > 0:
		return draw.Dim.Text("times are from Webex, unless marked as assumed")
	}
	return draw.Segment{} // the right half of the line shows the work in progress
}

func (v *View) hints(env view.Env) []action.Hint {
	switch {
	case v.adding.asks != askNothing:
		return []action.Hint{env.Fixed.Hint(action.Press, "continue"), env.Fixed.Hint(action.Back, "close"), env.Fixed.Hint(action.ForceQuit, "quit")}
	case v.filter.IsOpen():
		return v.filter.Hints(env.Fixed)
	}
	_, isOrg := v.CurrentOrg()
	k := env.Keys
	keys := []action.Hint{k.Hint(action.Fresh, "fresh token"), k.Hint(action.Test, "test"), k.Hint(action.CopyToken, "copy token"), k.Hint(action.Forget, "forget")}
	if env.Width < 100 {
		keys = []action.Hint{k.Hint(action.Fresh, "fresh"), k.Hint(action.Test, "test"), k.Hint(action.CopyToken, "copy"), k.Hint(action.Forget, "forget")}
	}
	if !isOrg && !v.have || len(v.Rows) == 0 {
		keys = nil
	}
	if _, ok := v.currentProfile(); ok {
		keys = []action.Hint{k.Hint(action.UseProfile, "use this profile")}
	}
	if v.serviceApp() != nil {
		keys = append(keys, env.Keys.Hint(action.AddOrg, "add org"))
	}
	if len(v.orgs) > 5 {
		keys = append(keys, env.Keys.Hint(action.Filter, "filter"))
	}
	keys = append(keys, env.Keys.Hint(action.Login, "log in"), env.Keys.Hint(action.Details, "details"), env.Keys.Hint(action.Authorizations, "authorizations"))
	return append(keys, env.Keys.Hint(action.Help, "help"), env.Keys.Hint(action.Quit, "quit"))
}
