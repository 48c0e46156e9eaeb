package activity

import (
	"fmt"
	"strconv"
	"time"

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
		d.Body = append(d.Body, env.Message("Loading the audit log and Webex's record…", "")...)
	case len(v.activity.Rows) == 0:
		d.Body = append(d.Body, env.Message("Nothing in this period.", v.emptyWords())...)
	case len(v.Rows) == 0:
		d.Body = append(d.Body, env.NoMatch(v.Filter.Text(), english.Count(len(v.activity.Rows), "row"), "")...)
	default:
		d.Body = append(d.Body, v.Body(env.Screen, list.Panes{
			Table:  func(w, h int) []string { return v.tableLines(env, w, h) },
			Detail: func(w int) []string { return v.detailLines(env, w) },
			Brief:  func(w int) []string { return v.briefLines(env, w) },
		})...)
	}
	if v.Filter.IsOpen() {
		d.Input, d.Cursor = v.Filter.Line(env.Screen, app.Typed(v.Filter.Text()), fmt.Sprintf("%d of %d rows ", len(v.Rows), len(v.activity.Rows)))
	}
	return d
}

func (v *View) emptyWords() string {
	if why := v.missing(); why != "" {
		return "Only the audit log was searched: " + why + "."
	}
	return "No admin revoked a token or an app, and no Service App was authorized."
}

// missing returns why Webex's record was not read; empty if it was.
func (v *View) missing() string {
	switch err := v.activity.Err; {
	case err == nil:
		return ""
	case webex.LacksAuditScope(err):
		return "Webex's record requires the Full Admin role and the scope " + webex.ScopeAuditEvents
	case v.service == nil:
		return "Webex's record requires a login"
	default:
		return "Webex's record could not be read: " + app.Clean(webex.Untrusted(err.Error()))
	}
}

// fact is the line below the header: what is wrong, or that nothing is.
func (v *View) fact(env view.Env) string {
	if !v.have {
		return env.Paint(draw.Plain.Text(""))
	}
	left := []draw.Segment{draw.Strong.Text(" " + english.Count(len(v.activity.Rows), "row")), draw.Dim.Text(" since " + v.activity.Since.In(env.Location).Format(time.DateOnly))}
	if v.damaged != "" {
		return env.Paint(append(left, draw.Bad.Text(" · "+v.damaged))...)
	}
	if why := v.missing(); why != "" {
		return env.Paint(append(left, draw.Warn.Text(" · "+why))...)
	}
	counts := map[app.Recorded]int{}
	foreign, services := 0, 0
	for _, r := range v.activity.Rows {
		if r.Record == nil && r.Event.IsRevoke() {
			foreign++
		} else if r.Record == nil {
			services++
		}
		counts[r.State]++
	}
	add := func(n int, tone draw.Tone, words string) {
		if n > 0 {
			left = append(left, draw.Dim.Text(" · "), tone.Text(english.Thousands(n)+" "+words))
		}
	}
	add(counts[app.RecordMissing], draw.Bad, "missing in Webex's record")
	add(foreign, draw.Warn, "revoked by others")
	add(counts[app.RecordPending], draw.Dim, "not there yet")
	add(counts[app.RecordedYes], draw.Good, "in both")
	add(services, draw.Dim, "about Service Apps")
	add(counts[app.NotComparable]+counts[""]-foreign-services, draw.Dim, "without an event")
	return env.Paint(left...)
}

func (v *View) status(env view.Env) draw.Segment {
	switch {
	case v.loading && v.have:
		return draw.Link.Text("loading both records…")
	case v.Filter.Text() != "":
		return env.Filtered(len(v.Rows), len(v.activity.Rows))
	case len(v.Rows) > 0:
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
		return []action.Hint{k.Hint(action.Back, "back to the list"), env.Keys.Hints("scroll", action.Up, action.Down), k.Hint(action.ShowUser, "show the user"), k.Hint(action.CopyJSON, "copy as JSON"), help, quit}
	case len(v.activity.Rows) == 0:
		return []action.Hint{k.Hint(action.Reload, "reload"), k.Hint(action.Authorizations, "authorizations"), help, quit}
	}
	return []action.Hint{
		k.Hint(action.Details, "details"), k.Hint(action.ShowUser, "show the user"), k.Hint(action.Filter, "filter"), k.Hint(action.Sort, "sort"), k.Hint(action.Reload, "reload"),
		k.Hint(action.Export, "export"), k.Hint(action.CopyJSON, "copy as JSON"), help, quit,
	}
}

// columns holds the column widths of a row.
type columns struct{ time, what, user, by, webex int }

// columnsFor divides w cells by what the columns want.
func (v *View) columnsFor(w int) columns {
	c := columns{time: 10, webex: 13}
	rest := w - 3 - c.time - c.webex - 3
	if w < 100 {
		shares := list.Share(rest, v.wants.what, max(v.wants.user, v.wants.by+3)) // who acted is shown there, if the user is unknown
		c.what, c.user = shares[0], shares[1]
		return c
	}
	shares := list.Share(rest-1, v.wants.what, v.wants.user, v.wants.by)
	c.what, c.user, c.by = shares[0], shares[1], shares[2]
	return c
}

// measure stores what the columns want.
func (v *View) measure() {
	v.wants = columns{what: len("WHAT"), user: len("USER") + 2, by: len("BY") + 2}
	for _, i := range v.Rows[:min(len(v.Rows), list.Measured)] {
		r := v.activity.Rows[i]
		v.wants.what, v.wants.user, v.wants.by = max(v.wants.what, draw.Cells(r.Words())), max(v.wants.user, draw.Cells(user(r))), max(v.wants.by, draw.Cells(app.Clean(r.Actor())))
	}
}

func (v *View) tableLines(env view.Env, w, h int) []string {
	c := v.columnsFor(w)
	line := func(time string, what draw.Segment, user, by string, recorded draw.Segment) []draw.Segment {
		segs := []draw.Segment{draw.Dim.Text(draw.Pad(time, c.time) + " "), what.Tone.Text(draw.Pad(what.Text, c.what) + " ")}
		segs = append(segs, env.Address(draw.Strong, draw.Pad(user, c.user)+" ")...)
		if c.by > 0 {
			segs = append(segs, draw.Dim.Text(draw.Pad(by, c.by)+" "))
		}
		return append(segs, recorded.Tone.Text(draw.Pad(recorded.Text, c.webex)))
	}
	heading := func(by int) string { return v.Order.Heading(env.Screen, v.columns()[by].Heading, by) }
	head := line(heading(byTime), draw.Dim.Text("WHAT"), heading(byUser), heading(byActor), draw.Dim.Text(heading(byRecord)))
	return v.Lines(env.Screen, w, h, head, func(i int) []draw.Segment {
		r := v.activity.Rows[i]
		who := user(r)
		if c.by == 0 && r.Record == nil { // without a column of its own, who acted is more important
			who = "by " + app.Clean(r.Actor())
		}
		return line(env.ShortTime(r.Time), draw.Plain.Text(r.Words()), who, app.Clean(r.Actor()), recorded(r))
	})
}

// user returns whose token a row is about, as far as that is known.
func user(r app.ActivityRow) string {
	switch {
	case r.Record == nil && r.Event.IsRevoke() && r.Event.TokenID != "":
		return "not recorded"
	case r.Record == nil && r.Event.IsRevoke():
		return "everybody"
	case r.Record == nil:
		return "—"
	case r.Record.IsAppWide():
		return "everybody"
	}
	return app.OrDash(app.Clean(r.Record.Person))
}

// recorded returns whether Webex recorded our act, or whether only Webex recorded it.
func recorded(r app.ActivityRow) draw.Segment {
	switch {
	case r.Record == nil && r.Event.IsRevoke():
		return draw.Warn.Text("only Webex")
	case r.Record == nil:
		return draw.Dim.Text("Webex event")
	case r.State == app.RecordedYes:
		return draw.Good.Text(r.State.Words())
	case r.State == app.RecordMissing:
		return draw.Bad.Text(r.State.Words())
	}
	return draw.Dim.Text(r.State.Words())
}

// detailLines returns all details of the selected row.
func (v *View) detailLines(env view.Env, w int) []string {
	i, ok := v.Detailed()
	if !ok {
		return nil
	}
	r := v.activity.Rows[i]
	f := draw.NewFields(env.Screen, w)
	f.Text("", draw.Strong, r.Words())
	f.Blank()
	f.Text("When", draw.Plain, env.StampAge(r.Time))
	f.Text("User", draw.Plain, user(r))
	f.Text("By", draw.Plain, app.OrDash(app.Clean(r.Actor())))
	if o := r.Record; o != nil {
		f.Text("Log", draw.Plain, "entry "+strconv.FormatInt(o.Seq, 10))
		if o.TrackingID != "" {
			f.Text("Tracking", draw.Plain, app.Clean(o.TrackingID))
		}
		f.Text("Client", draw.Plain, app.OrDash(app.Clean(o.Row.ClientID)))
	}
	f.Blank()
	f.Text("Webex", recorded(r).Tone, v.recordedWords(r))
	if e := r.Event; e != nil {
		f.Text("Event", draw.Plain, app.OrDash(app.Clean(e.Description)))
		f.Text("At", draw.Plain, env.Stamp(e.Created))
		f.Text("Address", draw.Plain, app.OrDash(app.Clean(e.IP)))
		f.Text("Program", draw.Plain, app.OrDash(app.Clean(e.UserAgent)))
		f.Text("Tracking", draw.Plain, app.OrDash(app.Clean(e.TrackingID)))
		if r.Record == nil && e.ClientID != "" {
			f.Text("Client", draw.Plain, app.Clean(e.ClientID))
		}
		if len(e.ServiceAppScopes) > 0 {
			f.Text("Scopes", draw.Plain, app.Joined(e.ServiceAppScopes))
		}
		if len(e.ServiceAppSites) > 0 {
			f.Text("Sites", draw.Plain, app.Joined(e.ServiceAppSites))
		}
		f.Text("Event id", draw.Dim, app.OrDash(app.Clean(e.ID)))
	}
	if id := v.id(i); id != "" {
		f.Text("Token id", draw.Dim, app.Clean(id))
	}
	return f.Out
}

// recordedWords explains the column WEBEX.
func (v *View) recordedWords(r app.ActivityRow) string {
	switch {
	case r.Record == nil && r.Event.IsRevoke():
		return "only Webex recorded it: another admin, program or computer"
	case r.Record == nil:
		return "recorded by Webex"
	case v.activity.Err != nil:
		return "not compared"
	}
	switch r.State {
	case app.RecordedYes:
		return "recorded"
	case app.RecordPending:
		return "not there yet: an event takes a while to appear"
	case app.RecordMissing:
		return "missing: Webex accepted the request, but recorded no event"
	case app.NotComparable:
		switch {
		case r.Record.Outcome == app.Cascaded:
			return "no event expected: revoked along with its refresh token"
		case r.Record.Outcome != "" && r.Record.Intent == 0:
			return "no event expected: wxauth sent no request for it"
		case r.Record.Status != 0:
			return "no event expected: Webex did not accept the request"
		}
		return "not compared: the request got no response"
	}
	return "no event expected: nothing was revoked"
}

// briefLines returns the details in four lines, for below the table.
func (v *View) briefLines(env view.Env, w int) []string {
	i, ok := v.Detailed()
	if !ok {
		return nil
	}
	r := v.activity.Rows[i]
	f := draw.NewFields(env.Screen, w)
	f.Line(draw.Strong.Text(draw.Cut(r.Words(), w)))
	by := " · by " + app.OrDash(app.Clean(r.Actor()))
	if r.Event != nil && r.Event.IP != "" {
		by += " from " + app.Clean(r.Event.IP)
	}
	f.Line(draw.Plain.Text(draw.Cut(user(r)+by, w)))
	f.Line(recorded(r).Tone.Text(draw.Cut("Webex: "+v.recordedWords(r), w)))
	f.Line(draw.Dim.Text(env.StampAge(r.Time) + " · " + env.Keys.Shown(action.Details) + ": details"))
	return f.Out
}
