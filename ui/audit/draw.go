package audit

import (
	"fmt"
	"strconv"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/list"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

// Draw draws the view.
func (v *View) Draw(env view.Env) view.Drawing {
	d := view.Drawing{Body: []string{v.fact(env), env.Rule()}, Filter: v.Filter.Text(), Status: v.status(env), Keys: v.hints(env)}
	switch {
	case v.err != nil:
		d.Body = append(d.Body, env.Message("The audit log cannot be read.", app.Sentence(v.err))...)
	case !v.have:
		d.Body = append(d.Body, env.Message("Loading the audit log…", "")...)
	case len(v.attempts) == 0:
		d.Body = append(d.Body, env.Message("Nothing has been revoked from this computer yet.", "Every revoke attempt will be listed here, with its result.  "+env.Keys.Shown(action.Activity)+": what others revoked")...)
	case len(v.Rows) == 0:
		d.Body = append(d.Body, env.NoMatch(v.Filter.Text(), english.Count(len(v.attempts), "row"), v.olderWords())...)
	default:
		d.Body = append(d.Body, v.Body(env.Screen, list.Panes{
			Table:  func(w, h int) []string { return v.tableLines(env, w, h) },
			Detail: func(w int) []string { return v.detailLines(env, w) },
			Brief:  func(w int) []string { return v.briefLines(env, w) },
		})...)
	}
	if v.Filter.IsOpen() {
		d.Input, d.Cursor = v.Filter.Line(env.Screen, app.Typed(v.Filter.Text()), fmt.Sprintf("%d of %d rows ", len(v.Rows), len(v.attempts)))
	}
	return d
}

func (v *View) status(env view.Env) draw.Segment {
	switch {
	case v.loading && v.have:
		return draw.Link.Text("loading the audit log…")
	case v.busy != "":
		return draw.Link.Text(v.busy)
	case v.Filter.Text() != "":
		return env.Filtered(len(v.Rows), len(v.attempts))
	case len(v.Rows) > 0 && v.err == nil:
		return draw.Dim.Text(v.Table.Status())
	}
	return draw.Segment{}
}

func (v *View) hints(env view.Env) []action.Hint {
	k := env.Keys
	help, quit := k.Hint(action.Help, "help"), k.Hint(action.Quit, "quit")
	switch {
	case v.Filter.IsOpen():
		return v.Filter.Hints(env.Fixed)
	case v.Full:
		return []action.Hint{k.Hint(action.Back, "back to the list"), env.Keys.Hints("scroll", action.Up, action.Down), k.Hint(action.CopyID, "copy token id"), k.Hint(action.CopyJSON, "as JSON"), help, quit}
	case len(v.attempts) == 0:
		return []action.Hint{k.Hint(action.Reload, "reload"), k.Hint(action.Authorizations, "authorizations"), help, quit}
	}
	return []action.Hint{
		k.Hint(action.Details, "details"), k.Hint(action.CheckLog, "check the log"), k.Hint(action.Filter, "filter"), k.Hint(action.Export, "export"), k.Hint(action.CopyJSON, "copy as JSON"),
		k.Hint(action.Reload, "reload"), k.Hint(action.Authorizations, "authorizations"), k.Hint(action.Palette, "all"), help, quit,
	}
}

// fact returns the line that says whether the log has a problem.
func (v *View) fact(env view.Env) string {
	if !v.have {
		return env.Paint()
	}
	left := []draw.Segment{draw.Plain.Text(" " + english.Count(len(v.attempts), "row"))}
	counts := map[string]int{}
	tones := map[string]draw.Tone{}
	for _, r := range v.attempts {
		counts[r.outcomeWords()]++
		tones[r.outcomeWords()] = r.tone()
	}
	for _, words := range []string{"open", app.Unknown.Words(), app.StillListed.Words(), app.Failed.Words(), app.NotSent.Words()} {
		if n := counts[words]; n > 0 {
			left = append(left, draw.Dim.Text(" · "), tones[words].Text(english.Thousands(n)+" "+words))
		}
	}
	var right []draw.Segment
	switch {
	case v.verdict.Text != "":
		right = []draw.Segment{v.verdict, draw.Plain.Text(" ")}
	case v.read < v.all:
		right = []draw.Segment{draw.Dim.Text("the newest " + english.Thousands(v.read) + " of " + english.Thousands(v.all) + " entries ")}
	default:
		right = []draw.Segment{draw.Dim.Text(env.Keys.Shown(action.CheckLog) + ": check that the log is unchanged ")}
	}
	if draw.Total(left)+draw.Total(right)+2 > env.Width {
		right = nil
	}
	return env.Sides(left, right)
}

// columns holds the column widths of a row.
type columns struct{ time, user, app, kind, outcome, webex, by int }

// columnsFor divides w cells by what the columns want.
func (v *View) columnsFor(w int, plain bool) columns {
	c := columns{time: 10, kind: 8, outcome: 18, webex: 2}
	if plain { // words instead of signs
		c.webex = 8
	}
	if w >= 100 {
		c.outcome, c.webex = v.wants.outcome, 8
	}
	rest := w - 3 - c.time - c.kind - c.outcome - c.webex - 5
	if w < 100 {
		shares := list.Share(rest, v.wants.user, v.wants.app)
		c.user, c.app = shares[0], shares[1]
		return c
	}
	shares := list.Share(rest-1, v.wants.user, v.wants.app, v.wants.by)
	c.user, c.app, c.by = shares[0], shares[1], shares[2]
	return c
}

// measure stores what the columns want.
func (v *View) measure() {
	v.wants = columns{user: len("USER") + 2, app: len("APP") + 2, by: len("BY") + 2, outcome: len("OUTCOME") + 2}
	for _, i := range v.Rows[:min(len(v.Rows), list.Measured)] {
		r := v.attempts[i]
		v.wants.outcome = min(max(v.wants.outcome, draw.Cells(r.outcomeWords())), 20)
		v.wants.user, v.wants.app, v.wants.by = max(v.wants.user, draw.Cells(r.user())), max(v.wants.app, draw.Cells(r.app())), max(v.wants.by, draw.Cells(app.Clean(r.Actor)))
	}
}

func (v *View) tableLines(env view.Env, w, h int) []string {
	c := v.columnsFor(w, env.Plain)
	line := func(time, user, app, kind string, outcome, recorded draw.Segment, by string) []draw.Segment {
		segs := append([]draw.Segment{draw.Dim.Text(draw.Pad(time, c.time) + " ")}, env.Address(draw.Strong, draw.Pad(user, c.user)+" ")...)
		segs = append(segs, draw.Plain.Text(draw.Pad(app, c.app)+" "), draw.Plain.Text(draw.Pad(kind, c.kind)+" "),
			outcome.Tone.Text(draw.Pad(outcome.Text, c.outcome)), recorded.Tone.Text(" "+draw.Pad(recorded.Text, c.webex)))
		if c.by > 0 {
			segs = append(segs, draw.Dim.Text(" "+draw.Pad(by, c.by)))
		}
		return segs
	}
	name := "WEBEX"
	if c.webex < len(name) {
		name = "W"
	}
	heading := func(by int) string { return v.Order.Heading(env.Screen, v.columns()[by].Heading, by) }
	head := line(heading(byTime), heading(byUser), heading(byApp), "TYPE", draw.Dim.Text(heading(byOutcome)), draw.Dim.Text(name), heading(byActor))
	return v.Lines(env.Screen, w, h, head, func(i int) []draw.Segment {
		r := v.attempts[i]
		return line(env.ShortTime(r.Time), r.user(), r.app(), r.kind(), r.tone().Text(r.outcomeWords()), v.recordedMark(env, r, c.webex), app.Clean(r.Actor))
	})
}

// recordedMark says in w cells whether Webex recorded an attempt. Without room it is a sign:
// ✓ recorded, ? not yet, ! missing.
func (v *View) recordedMark(env view.Env, r attempt, w int) draw.Segment {
	state := v.recorded[r.Seq]
	tone, sign := draw.Dim, ""
	switch state {
	case app.RecordedYes:
		tone, sign = draw.Good, env.Glyphs.Done
	case app.RecordPending:
		sign = "?"
	case app.RecordMissing:
		tone, sign = draw.Bad, "!"
	case app.NotComparable:
		sign = "—"
	case "":
	}
	if state != app.NotComparable && (w > 2 || env.Plain) {
		sign = state.Words()
	}
	return tone.Text(sign)
}

// recordedWords says whether Webex recorded an attempt.
func (v *View) recordedWords(r attempt) string {
	switch state, known := v.recorded[r.Seq]; {
	case !known:
		return "not compared with Webex's record"
	case state == app.RecordMissing:
		return "missing in Webex's record"
	case state == app.RecordPending:
		return "not in Webex's record yet"
	case state == app.RecordedYes:
		return "recorded by Webex"
	}
	return "no event expected from Webex"
}

func (r attempt) user() string {
	if r.Action == app.ActionRevokeApp {
		return "everybody"
	}
	return app.OrDash(app.Clean(r.Person))
}

func (r attempt) app() string {
	switch {
	case r.IsRun():
		return "(all apps)"
	case r.Row == webex.Authorization{}:
		return "—"
	case r.Action == app.ActionRevokeApp:
		return "client " + app.ShortClient(r.Row.ClientID)
	}
	return app.ShortName(r.Row)
}

func (r attempt) kind() string {
	if r.Row.Type == "" {
		return "—"
	}
	return app.Kind(r.Row.Type)
}

// detailLines returns all details of the selected attempt.
func (v *View) detailLines(env view.Env, w int) []string {
	i, ok := v.Detailed()
	if !ok {
		return nil
	}
	r := v.attempts[i]
	f := draw.NewFields(env.Screen, w)
	f.Line(draw.Strong.Text(draw.Cut(r.app(), max(w-18, 10))), draw.Dim.Text("  "+r.kind()))
	f.Blank()
	words := r.outcomeWords()
	if r.open {
		words = "open: it was about to be sent; no outcome was logged"
	}
	f.Text("", r.tone(), words)
	if r.Error != "" {
		f.Text("", draw.Plain, app.Clean(webex.Untrusted(draw.Cut(r.Error, 600))))
	}
	f.Blank()
	f.Text("When", draw.Plain, env.StampAge(r.Time))
	f.Text("User", draw.Plain, r.user())
	f.Text("By", draw.Plain, app.OrDash(app.Clean(r.Actor)))
	f.Text("Action", draw.Plain, r.Action)
	entries := fmt.Sprintf("entry %d", r.Seq)
	if !r.open && r.intent != 0 {
		entries = fmt.Sprintf("entry %d before sending, entry %d with the outcome", r.intent, r.Seq)
	}
	f.Text("Log", draw.Plain, entries)
	f.Text("Webex", draw.Plain, v.recordedWords(r))
	f.Blank()
	if !r.Row.Created.IsZero() {
		f.Text("Created", draw.Plain, env.Stamp(r.Row.Created))
	}
	f.Text("Client", draw.Plain, app.OrDash(app.Clean(r.Row.ClientID)))
	f.Text("Token id", draw.Plain, app.OrDash(app.Clean(r.Row.ID)))
	if r.Status != 0 {
		f.Text("Status", draw.Plain, strconv.Itoa(r.Status))
	}
	if r.TrackingID != "" {
		f.Text("Tracking", draw.Plain, app.Clean(r.TrackingID))
	}
	return f.Out
}

// briefLines returns the details in four lines, for below the table.
func (v *View) briefLines(env view.Env, w int) []string {
	i, ok := v.Detailed()
	if !ok {
		return nil
	}
	r := v.attempts[i]
	f := draw.NewFields(env.Screen, w)
	f.Line(draw.Strong.Text(draw.Cut(r.app(), max(w-40, 12))), draw.Dim.Text("  "+r.kind()+"   "), r.tone().Text(r.outcomeWords()))
	reason := app.Clean(webex.Untrusted(r.Error))
	if reason == "" {
		reason = r.Action + " by " + app.OrDash(app.Clean(r.Actor))
	}
	f.Line(draw.Plain.Text(draw.Cut(reason, w)))
	f.Line(draw.Dim.Text(env.StampAge(r.Time) + " · " + v.recordedWords(r)))
	f.Line(draw.Dim.Text("client " + app.ShortClient(r.Row.ClientID) + " · entry " + english.Thousands(int(r.Seq)) + " · " + env.Keys.Shown(action.Details) + ": details"))
	return f.Out
}

// olderWords says that the log has older records that were not searched.
func (v *View) olderWords() string {
	if v.read >= v.all {
		return ""
	}
	return " · only the newest " + english.Thousands(v.read) + " of " + english.Thousands(v.all) + " entries are searched here. To search all: wxauth audit list"
}
