package authorizations

import (
	"errors"
	"fmt"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/internal/filter"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

// shape is the layout of the screen.
type shape struct {
	top     int // lines above the body
	body    int // lines of the table with its header, and of the detail pane beside it
	table   int // columns of the table
	beside  int // columns of the detail pane beside the table, 0 if none
	below   int // lines of the detail pane below the table, 0 if none
	full    bool
	ruleEnd bool
	times   bool // a line says when tokens expire and were created
}

// widestTable is the width from which on the table does not get better: its numbers would stand far
// from the names.
const widestTable = 104

func (v *View) shape(env view.Env) shape {
	s := shape{top: 3, table: env.Width, full: v.detail}
	switch {
	case s.full:
		s.top++
	case env.HasSide():
		s.beside = max(42, env.Width*36/100, env.Width-1-widestTable)
		s.table = env.Width - s.beside - 1
		s.top, s.ruleEnd = s.top+1, true
	case env.Width >= draw.BelowFrom:
		s.below = env.DetailBox() + 1
		if v.showReport {
			s.below = min(8, env.Height/2)
		}
	case v.showReport:
		s.below = 5
	}
	if s.times = v.have && !s.full && env.Height >= timesFrom && len(v.listing.Rows) > 0; s.times {
		s.top++
	}
	s.body = max(env.Height-s.top-s.below-2-btoi(s.ruleEnd), 0)
	return s
}

// Draw draws the view.
func (v *View) Draw(env view.Env) view.Drawing {
	s := v.shape(env)
	out := []string{v.personLine(env), v.factLine(env)}
	if s.times {
		out = append(out, v.timesLine(env))
	}
	switch {
	case !v.have:
		out = append(append(out, env.Rule()), v.stateLines(env)...)
	case s.full:
		out = append(append(out, env.Rule()), env.Padded(v.fullDetail(env, env.Width-2, s.body), env.Width, s.body)...)
	case len(v.table.Rows) == 0:
		out = append(append(out, env.Rule()), v.emptyLines(env)...)
	default:
		out = append(out, v.tableAndDetail(env, s)...)
	}
	out = env.Filled(out, env.Height-3)
	if s.ruleEnd && v.have {
		out[len(out)-1] = env.Rule()
	}
	d := view.Drawing{Open: true, Body: out, Filter: v.filter.Text(), Status: v.status(env), Keys: v.hints(env)}
	if v.filter.IsOpen() {
		d.Input, d.Cursor = v.filter.Line(env.Screen, app.Typed(v.filter.Text()), fmt.Sprintf("%d of %d tokens ", v.shownTokens(), len(v.alive())))
	}
	return d
}

func (v *View) tableAndDetail(env view.Env, s shape) []string {
	table := v.tableLines(env, s.table, s.body)
	var out []string
	if s.beside > 0 {
		out = append(out, env.Rule())
		side := env.Padded(v.sideLines(env, s.beside-2, s.body), s.beside, s.body)
		bar := env.Styles.Tone[draw.Dim].Render(env.Glyphs.Side)
		for i, l := range table {
			out = append(out, l+bar+side[i])
		}
		return out
	}
	out = append(out, table...)
	if s.below > 0 {
		out = append(out, v.windowRule(env))
		out = append(out, env.Padded(v.belowLines(env, env.Width-2, s.below-1), env.Width, s.below-1)...)
	}
	return out
}

// sideLines draws the pane beside the table: the report of the last revoke, otherwise the
// detail.
func (v *View) sideLines(env view.Env, w, h int) []string {
	if v.showReport && v.report != nil {
		return v.reportLines(env, w, h)
	}
	return v.detailLines(env, w, h)
}

func (v *View) belowLines(env view.Env, w, h int) []string {
	if v.showReport && v.report != nil {
		return v.reportLines(env, w, h)
	}
	return v.briefLines(env, w)
}

// windowRule draws a rule that says which rows are visible.
func (v *View) windowRule(env view.Env) string {
	from, to := v.table.Window()
	return env.RowsRule(from, to, len(v.table.Rows))
}

// stateLines draws what replaces the table: that the list is loading, or an error.
func (v *View) stateLines(env view.Env) []string {
	if v.err == nil {
		if !v.loading {
			return env.Message("The list is not loaded.", env.Keys.Shown(action.Reload)+": load the list  "+env.Keys.Shown(action.User)+": another user")
		}
		seconds := ""
		if d := env.Now.Sub(v.loadStart).Seconds(); d >= 1 {
			seconds = fmt.Sprintf("%d s", int(d))
		}
		return env.Message("Loading the authorizations of "+v.personName()+"… "+seconds, "esc: stop")
	}
	var e *webex.Error
	tracking := ""
	if errors.As(v.err, &e) && e.TrackingID != "" {
		tracking = "trackingId " + app.Clean(e.TrackingID)
	}
	headline, steps := v.errorWords(env, v.err, e)
	lines := env.Failure(headline, steps...)
	if tracking != "" {
		lines = append(lines, env.Paint(draw.Dim.Text("  "+tracking)))
	}
	return lines
}

// errorWords describes common errors, and the steps that help, with their keys.
func (v *View) errorWords(env view.Env, err error, e *webex.Error) (headline string, steps []string) {
	org := "the organizations that this token can access"
	if env.Session != nil && env.Session.Org.DisplayName != "" {
		org = app.Clean(env.Session.Org.DisplayName)
	}
	again := "Press " + env.Keys.Shown(action.Reload) + " to try again."
	other := "Press " + env.Keys.Shown(action.User) + " for another user."
	switch {
	case app.StoreAway(err):
		return "The team's database is not available.", []string{app.Sentence(err) + ".", "wxauth tries again every few seconds. " + again}
	case errors.Is(err, app.ErrPersonNotFound), errors.Is(err, webex.ErrNotFound):
		return "Webex has no " + v.who.String() + " in " + org + ".", []string{"Check the spelling. The user may have been deleted, or may be in another organization.", other}
	case errors.Is(err, webex.ErrNotLoggedIn) && env.EnvToken:
		return "Webex rejected the token (401).", []string{"The token in WEBEX_ACCESS_TOKEN is malformed, revoked or expired, and cannot be renewed.", "Quit, set a new one, and start wxauth again. Or unset it, and wxauth uses the saved login."}
	case errors.Is(err, webex.ErrNotLoggedIn):
		return "Webex rejected the token (401).", []string{"The login was revoked or has expired. Press " + env.Keys.Shown(action.Login) + " to log in again."}
	case errors.Is(err, webex.ErrForbidden):
		return "Webex does not let you see other people's tokens (403).", []string{
			"Ask for the Full, User or Device Admin role (partners: Full Admin).",
			"Or enable the scope identity:tokens_read on the integration, and press " + env.Keys.Shown(action.Login) + " to log in again.",
			"Your own apps: https://idbroker.webex.com/idb/profile#/tokens",
		}
	case errors.Is(err, webex.ErrRateLimited):
		return app.Sentence(err), []string{again}
	case errors.Is(err, webex.ErrNetwork):
		return "No answer from Webex.", []string{app.Sentence(err) + ".", "Check the network connection and any proxy: wxauth doctor.", again}
	case errors.Is(err, webex.ErrInvalidInput) && e == nil:
		return app.Sentence(err), []string{other}
	case e != nil && e.Hint != "":
		return "Unexpected answer from Webex: " + draw.Cut(e.Reason(), 200), []string{english.Capital(e.Hint) + ".", again}
	case e != nil:
		return "Unexpected answer from Webex: " + draw.Cut(e.Reason(), 200), []string{again}
	}
	return app.Sentence(err), []string{again}
}

func (v *View) emptyLines(env view.Env) []string {
	if len(v.listing.Rows) == 0 {
		keys := env.Keys.Shown(action.Reload) + ": reload  " + env.Keys.Shown(action.User) + ": another user"
		if v.report != nil {
			keys = env.Keys.Shown(action.CopyTicket) + ": copy the report for the ticket  " + keys
		}
		return env.Success("No app holds a token for "+v.personName()+" (read "+env.Clock(v.listing.ReadAt)+").", "Webex lists only tokens that exist now.  "+keys)
	}
	return env.NoMatch(v.filter.Text(), english.Count(len(v.listing.Rows), "token"), "")
}

func (v *View) shownTokens() int {
	match, n := filter.Matcher(v.filter.Text()), 0
	for i, h := range v.tree.haystack {
		n += btoi(match(h) && !v.gone(v.listing.Rows[i]))
	}
	return n
}
