package authorizations

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

// detailLines draws the details of the row under the cursor.
func (v *View) detailLines(env view.Env, w, h int) []string {
	cur, ok := v.table.Detailed()
	if !ok || w <= 0 {
		return nil
	}
	f := draw.NewFields(env.Screen, w)
	if cur.row < 0 {
		v.appDetail(env, f, cur.group)
	} else {
		v.tokenDetail(env, f, cur.group, v.listing.Rows[cur.row])
	}
	if len(f.Out) > h && h > 0 {
		f.Out = append(f.Out[:h-1], draw.Paint(&env.Styles.Tone, w, draw.Dim.Text("… "+env.Keys.Shown(action.Details)+" shows all")))
	}
	return f.Out
}

// allLines returns what the full-screen detail pane shows: the report, or the details of a row.
func (v *View) allLines(env view.Env, w int) []string {
	if v.showReport && v.report != nil {
		return v.reportLines(env, w, 0)
	}
	return v.detailLines(env, w, 0)
}

// fullDetail draws the full-screen detail pane, which can be scrolled.
func (v *View) fullDetail(env view.Env, w, h int) []string {
	all := v.allLines(env, w)
	from := max(0, min(v.scroll, len(all)-h))
	shown := all[from:min(from+h, len(all))]
	if rest := len(all) - from - len(shown); rest > 0 && h > 0 {
		shown[len(shown)-1] = draw.Paint(&env.Styles.Tone, w, draw.Warn.Text("↓ "+english.Count(rest+1, "more line")+" ("+env.Keys.Shown(action.PageDown)+")"))
	}
	return shown
}

func (v *View) tokenDetail(env view.Env, f *draw.Fields, g *group, r app.Row) {
	name := f.W - draw.Cells(app.Kind(r.Type)) - 9
	f.Line(draw.Strong.Text(draw.Cut(g.name, max(name, 12))), draw.Dim.Text("  "+app.Kind(r.Type)+" token"))
	f.Blank()
	if s := v.states[r.ID]; v.gone(r) {
		st := v.stateSegment(env, s, anyWidth)
		f.Text("", st.Tone, st.Text)
		f.Blank()
		v.idDetail(f, g, &r)
		return
	}
	f.Line(v.leftSegments(env, r)...)
	if r.Left.Known() && !r.Left.Overdue(env.Now) {
		f.Line(v.appendBar(env, nil, &r, f.W)...)
	}
	f.Text(string(r.Left.Basis), draw.Plain, v.basisWords(env, r))
	if s, ok := v.states[r.ID]; ok && r.ID != "" {
		f.Blank()
		st := v.stateSegment(env, s, anyWidth)
		f.Text("", st.Tone, st.Text)
		if s.res.Err != nil {
			f.Text("", draw.Plain, app.Clean(webex.Untrusted(s.res.Err.Error())))
		}
	}
	f.Blank()
	if r.Created.IsZero() {
		f.Text("Created", draw.Plain, "no valid time from Webex")
	} else {
		f.Text("Created", draw.Plain, env.Stamp(r.Created)+" ("+app.AgeWords(r.Created, env.Now)+")")
	}
	if r.Unreadable != "" {
		f.Text("", draw.Warn, "Unreadable fields from Webex: "+r.Unreadable+".")
	}
	f.Blank()
	v.endsDetail(env, f, g, r)
	f.Blank()
	v.idDetail(f, g, &r)
}

func (v *View) leftSegments(env view.Env, r app.Row) []draw.Segment {
	switch {
	case !r.Left.Known():
		return []draw.Segment{draw.Strong.Text("Time left unknown")}
	case r.Left.Overdue(env.Now):
		return []draw.Segment{draw.Bad.Text(app.LeftWords(r.Left, env.Now)), draw.Plain.Text("   since " + env.Stamp(r.Left.Until))}
	}
	return []draw.Segment{leftTone(&r, env.Now).Text(app.LeftWords(r.Left, env.Now) + " left"), draw.Plain.Text("   until " + env.Stamp(r.Left.Until))}
}

// basisWords describes how the remaining time was determined.
func (v *View) basisWords(env view.Env, r app.Row) string {
	life := app.LifetimeWords(r.Left.Lifetime)
	switch {
	case r.Left.Basis == webex.BasisRenewed:
		if r.Left.Since.Equal(r.Created) {
			return life + " from its last refresh (" + env.Stamp(r.Left.Since) + ")"
		}
		return life + " from the app's newest access token (" + env.Stamp(r.Left.Since) + ")"
	case r.Left.Basis == webex.BasisAssumed && r.Left.Overdue(env.Now):
		return "its lifetime (created + " + life + ") is over, but Webex still lists it: it may still work"
	case r.Left.Basis == webex.BasisAssumed:
		return "created + " + life + " (lifetime setting): Webex shows no expiry for other people's tokens"
	case r.Created.IsZero():
		return "Webex sent no creation time"
	case r.SignIn:
		return "one of Webex's own apps: an organization policy sets its lifetime"
	case r.Type != webex.TypeAccess && r.Type != webex.TypeRefresh:
		return "the lifetime of this token type is unknown"
	}
	return "no lifetime is set for it"
}

// endsDetail describes what a revoke of this row would revoke.
func (v *View) endsDetail(env view.Env, f *draw.Fields, g *group, r app.Row) {
	if why := r.CannotRevoke(); why != "" {
		f.Text("", draw.Warn, "Cannot be revoked: "+why+".")
		return
	}
	if n := len(v.marks); n > 0 && !v.marks[r.ID] {
		f.Text("", draw.Warn, env.Keys.Shown(action.Revoke)+" revokes the marked rows ("+english.Thousands(n)+"), not this one.")
	}
	if r.SignIn {
		f.Text("", draw.Warn, "Revoking this signs "+v.personName()+" out of Webex wherever this app is used.")
	}
	if r.Type != webex.TypeRefresh || g.access == 0 || g.client == "" {
		f.Line(draw.Strong.Text("Revoking this affects only this token"))
		if r.Type == webex.TypeAccess && g.refresh > 0 {
			f.Text("", draw.Dim, "The app also holds a refresh token and can get a new access token with it.")
		}
		return
	}
	if g.refresh > 1 {
		f.Line(draw.Strong.Text(fmt.Sprintf("Revoking this affects this token and up to %s", english.Count(g.access, "access token"))))
		f.Text("", draw.Dim, fmt.Sprintf("The app holds %d refresh tokens; Webex does not say which access tokens belong to which.", g.refresh))
		return
	}
	f.Line(draw.Strong.Text("Revoking this affects " + english.Count(g.access+1, "token")))
	f.Line(draw.Plain.Text("  refresh  this one"))
	for _, i := range g.rows {
		a := v.listing.Rows[i]
		if a.Type == webex.TypeAccess {
			f.Line(draw.Plain.Text("  access   " + draw.Pad(app.AgeWords(a.Created, env.Now), 9) + "  " + app.LeftWords(a.Left, env.Now)))
		}
	}
	f.Text("", draw.Dim, "inferred: same person, same app; Webex publishes no link between tokens")
}

func (v *View) idDetail(f *draw.Fields, g *group, r *app.Row) {
	l := v.listing
	f.Text("Person", draw.Plain, v.personName())
	if e := app.Clean(l.Email()); e != "" && e != v.personName() {
		f.More(draw.Plain, e)
	}
	f.Text("Client", draw.Plain, app.OrDash(app.Clean(g.client)))
	if r != nil {
		f.Text("Token id", draw.Plain, app.OrDash(app.Clean(r.ID)))
		if d, ok := webex.DecodeID(r.ID); ok {
			f.More(draw.Dim, app.Clean(d.UUID))
		}
		f.Text("App id", draw.Plain, app.OrDash(app.Clean(r.ApplicationID)))
	}
	f.Text("Scopes", draw.Dim, "not disclosed by Webex for other people's tokens")
}

func (v *View) appDetail(env view.Env, f *draw.Fields, g *group) {
	f.Text("", draw.Strong, draw.Cut(g.name, 400))
	f.Line(draw.Dim.Text(v.kindsLeft(g)))
	f.Blank()
	for _, w := range v.appWords(env, g) {
		f.Text("", w.Tone, w.Text)
	}
	if g.isNew {
		f.Text("", draw.Dim, "Its first listed token was created "+app.AgeWords(g.oldest, env.Now)+".")
	}
	if g.stale {
		f.Text("", draw.Dim, "Its newest token was created on "+env.Stamp(g.newest)+". An app in use gets a new one at least every 14 days.")
	}
	if g.imitates {
		f.Text("", draw.Dim, "Only its name says so: its client id is not a known Webex id.")
	}
	if g.overdue > 0 {
		f.Text("", draw.Bad, english.Count(g.overdue, "token")+" overdue: past the assumed expiry, but still listed.")
	}
	f.Blank()
	f.Text("Newest", draw.Plain, app.OrDash(stampOrEmpty(env, g.newest)))
	f.Blank()
	f.Line(v.appAct(env, g))
	f.Blank()
	v.idDetail(f, g, nil)
}

// kindsLeft counts an app's tokens that were not revoked.
func (v *View) kindsLeft(g *group) string {
	refresh, access := 0, 0
	for _, i := range g.rows {
		if r := v.listing.Rows[i]; !v.gone(r) {
			refresh += btoi(r.Type == webex.TypeRefresh)
			access += btoi(r.Type == webex.TypeAccess)
		}
	}
	return english.Thousands(refresh) + " refresh, " + english.Thousands(access) + " access"
}

// appAct describes what pressing x on an app does.
func (v *View) appAct(env view.Env, g *group) draw.Segment {
	there, able := v.tokensLeft(g)
	switch why := env.NoRevoke.Short; {
	case there == 0:
		return draw.Good.Text("no tokens left")
	case why != "":
		return draw.Dim.Text("revoking is off: " + why)
	case able == 0:
		return draw.Warn.Text("none of its tokens can be revoked")
	}
	if n := len(v.marks); n > 0 {
		if marked, able := v.markedIn(g); marked < able || marked < n {
			return draw.Warn.Text(env.Keys.Shown(action.Revoke) + " revokes the " + english.Thousands(n) + " marked, in all apps")
		}
	}
	return draw.Strong.Text(env.Keys.Shown(action.Revoke) + " revokes its " + english.Count(able, "token"))
}

// tokensLeft returns how many tokens of an app are not revoked, and how many of these can be
// revoked.
func (v *View) tokensLeft(g *group) (there, able int) {
	for _, i := range g.rows {
		r := v.listing.Rows[i]
		there += btoi(!v.gone(r))
		able += btoi(!v.gone(r) && r.CannotRevoke() == "")
	}
	return there, able
}

// appWords returns notes about an app; none once all of its tokens are revoked.
func (v *View) appWords(env view.Env, g *group) []draw.Segment {
	if there, _ := v.tokensLeft(g); there == 0 {
		return nil
	}
	return g.words(env.Now)
}

func stampOrEmpty(env view.Env, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return env.Stamp(t)
}

// briefLines draws the detail in four lines, the first two of which are for small screens, for the
// space below the table.
func (v *View) briefLines(env view.Env, w int) []string {
	cur, ok := v.table.Detailed()
	if !ok {
		return nil
	}
	f := draw.NewFields(env.Screen, w)
	g := cur.group
	if cur.row < 0 {
		f.Line(draw.Strong.Text(draw.Cut(g.name, w-26)), draw.Dim.Text("  "+v.kindsLeft(g)))
		f.Line(v.appAct(env, g))
		f.Line(draw.JoinSegments(v.appWords(env, g), " · ")...)
		f.Line(draw.Dim.Text("client " + app.ShortClient(g.client) + " · " + env.Keys.Shown(action.Details) + ": details"))
		return f.Out
	}
	r := v.listing.Rows[cur.row]
	if v.gone(r) {
		f.Line(draw.Strong.Text(draw.Cut(g.name, max(w-60, 14))), draw.Dim.Text("  "+app.Kind(r.Type)+" token   "), v.stateSegment(env, v.states[r.ID], anyWidth))
		return f.Out
	}
	f.Line(append([]draw.Segment{draw.Strong.Text(draw.Cut(g.name, max(w-60, 14))), draw.Dim.Text("  " + app.Kind(r.Type) + " token   ")}, v.leftSegments(env, r)...)...)
	if n := len(v.marks); n > 0 && !v.marks[r.ID] {
		f.Line(draw.Warn.Text(env.Keys.Shown(action.Revoke) + " revokes the " + english.Thousands(n) + " marked, not this row"))
	} else {
		f.Line(v.endsBrief(g, r))
	}
	f.Line(draw.Dim.Text(string(r.Left.Basis)+"  "), draw.Plain.Text(v.basisWords(env, r)))
	created := "no creation time"
	if !r.Created.IsZero() {
		created = "created " + env.Stamp(r.Created)
	}
	f.Line(draw.Dim.Text(created + " · client " + app.ShortClient(g.client) + " · " + env.Keys.Shown(action.Details) + ": details"))
	return f.Out
}

func (v *View) endsBrief(g *group, r app.Row) draw.Segment {
	switch {
	case r.CannotRevoke() != "":
		return draw.Warn.Text("cannot be revoked: " + r.CannotRevoke())
	case r.Type != webex.TypeRefresh || g.access == 0 || g.client == "":
		return draw.Plain.Text("revoking it affects only this token")
	case g.refresh > 1:
		return draw.Plain.Text("revoking it affects this token and up to " + english.Count(g.access, "access token"))
	}
	return draw.Plain.Text(fmt.Sprintf("revoking it affects %s: this one and %s (inferred)", english.Count(g.access+1, "token"), english.Count(g.access, "access token")))
}

// reportLines draws the result of the last revoke in h lines: the verdict, what to do next, and as
// much of the rest as fits. With h 0 it draws everything.
func (v *View) reportLines(env view.Env, w, h int) []string {
	res := v.report
	f := draw.NewFields(env.Screen, w)
	mark := map[app.Verdict]string{app.AllGone: env.Glyphs.Done, app.SomeGone: "! ", app.NoneGone: env.Glyphs.Failed, app.Listed: "! "}[res.Verdict()]
	if res.Verdict() == app.AllGone && len(res.AppsKeepingAccess()) > 0 {
		mark = "! "
	}
	f.Out = append(f.Out, env.Banner(summaryTone(*res), mark+res.Headline(), w))
	for i, step := range v.nextSteps(env, *res) {
		f.Text("", draw.Plain, strconv.Itoa(i+1)+". "+step)
	}
	first := len(f.Out)
	f.Blank()
	f.Text("", draw.Plain, res.Summary())
	sent, looked := res.Span()
	if !sent.IsZero() {
		f.Text("", draw.Plain, "Sent "+env.Clock(sent)+"; list last checked at "+env.Clock(looked)+".")
	}
	for _, i := range res.Items {
		if i.Err != nil {
			f.Line(draw.Warn.Text(app.ShortName(i.Authorization) + ", " + app.Kind(i.Type)))
			f.Text("", draw.Plain, app.Clean(webex.Untrusted(i.Err.Error())))
		}
	}
	f.Blank()
	notes := res.Notes()
	if res.Offboard {
		notes = res.Report().Notes()
	}
	for _, n := range notes {
		f.Text("", draw.Dim, n)
	}
	if over := len(f.Out) - h; h > 1 && over > 0 { // say so if lines are cut off
		shown := f.Out[:h-1]
		if h-1 >= first && h-2 <= first { // nothing but a blank line would follow the steps
			shown = f.Out[:first]
		}
		f.Out = append(shown, draw.Paint(&env.Styles.Tone, w, draw.Link.Text(env.Keys.Shown(action.Details)+": "+english.Count(len(f.Out)-len(shown), "more line"))))
	}
	return f.Out
}

// nextSteps says what to do after a revoke, the most important first.
func (v *View) nextSteps(env view.Env, res app.Result) (steps []string) {
	if next := v.nextWords(env, res); next != "" {
		steps = append(steps, next)
	}
	if keep := res.AppsKeepingAccess(); len(keep) > 0 {
		steps = append(steps, "Revoke the remaining refresh tokens of "+app.FewNames(keep)+", or the app gets new access tokens.")
	}
	if i := slices.IndexFunc(res.Items, func(i app.ItemResult) bool { return errors.Is(i.Err, app.ErrNotRevocable) }); i >= 0 {
		steps = append(steps, "Ask "+v.personName()+" to revoke "+app.ShortName(res.Items[i].Authorization)+" at "+app.OwnTokensPage+": it cannot be revoked here.")
	}
	switch {
	case res.Offboard && len(res.Kept) > 0:
		steps = append(steps, v.personName()+" is still signed in to Webex ("+english.Count(len(res.Kept), "token")+" kept) and can authorize apps again.")
	case res.Offboard:
		steps = append(steps, "Block the sign-in and reset the password, if you have not: "+v.personName()+" can authorize apps again.")
	}
	k := env.Keys
	return append(steps, "Copy the report for the ticket: "+k.Shown(action.CopyTicket)+"; a text for the user: "+k.Shown(action.CopyNotice)+". Reload: "+k.Shown(action.Reload)+".")
}

// nextWords tells the user what to do about tokens that were not revoked.
func (v *View) nextWords(env view.Env, res app.Result) string {
	c, k := res.Counts(), env.Keys
	switch {
	case c[app.StillListed] > 0:
		return "Not gone yet: wait a minute, then press " + k.Shown(action.Reload) + ". If it is still listed, press " + k.Shown(action.Revoke) + " on it again."
	case c[app.Unknown] > 0:
		return "It may be revoked: press " + k.Shown(action.Reload) + " to reload the list and check."
	case slices.ContainsFunc(res.Items, func(i app.ItemResult) bool { return errors.Is(i.Err, app.ErrStopped) }):
		return "You stopped it. " + english.Count(c[app.NotSent], "token") + " not sent and still valid: press " + k.Shown(action.Revoke) + " again to revoke the rest."
	case slices.ContainsFunc(res.Items, func(i app.ItemResult) bool {
		return (i.Outcome == app.Failed || i.Outcome == app.NotSent) && !errors.Is(i.Err, app.ErrNotRevocable)
	}):
		return "Some tokens are still valid (the rows that are not gone). Fix the cause, then press " + k.Shown(action.Revoke) + " on them again."
	}
	return ""
}

func summaryTone(r app.Result) draw.Tone {
	switch r.Verdict() {
	case app.AllGone:
		if len(r.AppsKeepingAccess()) > 0 {
			return draw.Warn
		}
		return draw.Good
	case app.Listed:
		return draw.Warn
	}
	return draw.Bad
}

// shortReason describes an error in a few words, to fit into a row.
func shortReason(err error) string {
	var e *webex.Error
	if errors.Is(err, app.ErrStopped) {
		return "you stopped it"
	}
	if errors.As(err, &e) {
		return strings.TrimSpace(draw.Cut(e.Reason(), 60))
	}
	return draw.Cut(app.Clean(webex.Untrusted(err.Error())), 60)
}
