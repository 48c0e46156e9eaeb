package authorizations

import (
	"fmt"
	"strings"
	"time"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

// columns contains the column widths of a token's row.
type columns struct {
	name, created, left, bar, basis int
}

const leadCells = 4 // cursor, mark, fold, blank

// anyWidth is wider than any screen.
const anyWidth = 1 << 30

func columnsFor(w int) columns {
	c := columns{created: 10, left: 13, bar: draw.BarCells, basis: 8}
	if w < 70 {
		c.bar = 0
	}
	c.name = max(w-leadCells-c.created-c.left-2-c.basis-1-c.barWidth(), 8)
	return c
}

func (c columns) barWidth() int {
	if c.bar == 0 {
		return 0
	}
	return c.bar + 2
}

// tableLines draws the header and the visible rows: h lines, w cells wide.
func (v *View) tableLines(env view.Env, w, h int) []string {
	if h <= 0 {
		return nil
	}
	c := columnsFor(w)
	out := []string{v.tableHeader(env, w, c)}
	from, to := v.table.Window()
	for i := from; i < to; i++ {
		l := v.table.Rows[i]
		set := &env.Styles.Tone
		cursor := " "
		if i == v.table.Cursor {
			set, cursor = &env.Styles.Selected, env.Glyphs.Cursor
		}
		if l.row < 0 {
			out = append(out, v.appLine(env, set, cursor, l, w))
		} else {
			out = append(out, v.tokenLine(env, set, cursor, l, w, c))
		}
	}
	for len(out) < h {
		out = append(out, draw.Spaces(w))
	}
	return out
}

// tableHeader draws the column names. If the first visible row is a token, it shows the name of
// its app instead, so that tokens are never shown without their app.
func (v *View) tableHeader(env view.Env, w int, c columns) string {
	title := draw.Column(draw.Dim, v.sort.Heading(env.Screen, "APP", byName)+" · TOKEN", c.name)
	from, to := v.table.Window()
	if from < to && v.table.Rows[from].row >= 0 {
		title = draw.Column(draw.Strong, draw.Cut(v.table.Rows[from].group.name, c.name-draw.Cells(env.Glyphs.Above))+env.Glyphs.Above, c.name)
	}
	mark := func(s sortMode, label string) string { return v.sort.Heading(env.Screen, label, s) }
	segs := []draw.Segment{
		draw.Plain.Text(draw.Spaces(leadCells)), title,
		draw.ColumnRight(draw.Dim, mark(byNewest, "CREATED"), c.created), draw.ColumnRight(draw.Dim, mark(byTimeLeft, "TIME LEFT"), c.left),
		draw.Dim.Text("  " + draw.Spaces(c.barWidth()) + "BASIS"),
	}
	return draw.Paint(&env.Styles.Tone, w, segs...)
}

// appLine draws an app: its name on the left, notes on the right.
func (v *View) appLine(env view.Env, set *[draw.Tones]draw.Style, cursor string, l line, w int) string {
	fold := env.Glyphs.Open
	var right []draw.Segment
	for n, word := range v.appWords(env, l.group) {
		if n > 0 {
			right = append(right, draw.Dim.Text(" · "))
		}
		right = append(right, word)
	}
	tone := draw.Strong
	if n := v.goneOf(l.group); n > 0 && n == len(l.group.rows) {
		tone, right = draw.Dim, []draw.Segment{draw.Good.Text(fmt.Sprintf("%sgone %d/%d", env.Glyphs.Done, n, n))}
		if v.folded[l.group.key] {
			fold = env.Glyphs.Folded
		}
	} else if v.folded[l.group.key] {
		fold = env.Glyphs.Folded
		right = append([]draw.Segment{draw.Dim.Text(english.Count(len(l.group.rows), "token") + v.foldedWord(env) + "  ")}, right...)
	}
	mark := " "
	if marked, able := v.markedIn(l.group); marked > 0 {
		mark = env.Glyphs.Some
		if marked == able {
			mark = env.Glyphs.Mark
		}
	}
	left := []draw.Segment{draw.Link.Text(cursor), draw.Warn.Text(mark), draw.Dim.Text(fold), tone.Text(l.group.name)}
	left = draw.Highlight(left, v.table.Found)
	// The name takes precedence: notes are dropped, the last one first.
	for len(right) > 1 && draw.Total(right) > w-leadCells-min(draw.Cells(l.group.name), w/2)-2 {
		right = right[:len(right)-1]
	}
	if len(right) == 1 {
		right[0].Text = draw.Cut(right[0].Text, max(w-leadCells-min(draw.Cells(l.group.name), w/2)-2, 8))
	}
	return draw.PaintSides(set, w, left, append(right, draw.Plain.Text(" ")))
}

// markedIn returns how many tokens of an app are marked, and how many can be.
func (v *state) markedIn(g *group) (marked, able int) {
	if len(v.marks) == 0 {
		return 0, 0
	}
	for _, i := range g.rows {
		marked += btoi(v.marks[v.listing.Rows[i].ID])
		able += btoi(v.listing.Rows[i].CannotRevoke() == "")
	}
	return marked, able
}

// drawnLine caches a drawn token line together with its inputs. Most keys change only two lines.
type drawnLine struct {
	second int64 // clock in seconds; nothing on the line changes faster
	width  int
	look   draw.Look
	branch string
	text   string
}

// mostDrawn is the maximum number of cached lines, enough for several screens.
const mostDrawn = 512

// tokenLine draws a token's row, or returns it from the cache.
func (v *View) tokenLine(env view.Env, set *[draw.Tones]draw.Style, cursor string, l line, w int, c columns) string {
	r := &v.listing.Rows[l.row]
	_, acted := v.states[r.ID]
	if set != &env.Styles.Tone || v.marks[r.ID] || acted {
		return v.paintToken(env, set, cursor, l, w, c)
	}
	d, ok := v.drawn[l.row]
	if ok && d.second == env.Now.Unix() && d.width == w && d.look == env.Styles.Look && d.branch == l.branch {
		return d.text
	}
	if v.drawn == nil || len(v.drawn) >= mostDrawn {
		v.drawn = make(map[int]drawnLine, 64)
	}
	d = drawnLine{env.Now.Unix(), w, env.Styles.Look, l.branch, v.paintToken(env, set, cursor, l, w, c)}
	v.drawn[l.row] = d
	return d.text
}

// paintToken draws a token's row: its columns, or the progress of revoking it.
func (v *View) paintToken(env view.Env, set *[draw.Tones]draw.Style, cursor string, l line, w int, c columns) string {
	r := &v.listing.Rows[l.row]
	mark := " "
	if v.marks[r.ID] && r.ID != "" {
		mark = env.Glyphs.Mark
	}
	name := "  " + env.Glyphs.Hung(l.branch) + app.Kind(r.Type)
	if r.Own {
		name += "  own"
	}
	if mark != " " && env.Plain {
		name += "  marked"
	}
	segs := append(make([]draw.Segment, 0, 12), // stays on the stack
		draw.Link.Text(cursor), draw.Warn.Text(mark), draw.Plain.Text("  "), draw.Column(draw.Plain, name, c.name),
		draw.ColumnRight(draw.Dim, app.AgeWords(r.Created, env.Now), c.created),
	)
	if s, ok := v.states[r.ID]; ok && r.ID != "" {
		for i := range segs[3:] {
			segs[3+i].Tone = draw.Dim
		}
		return draw.Paint(set, w, append(segs, draw.Plain.Text("  "), v.stateSegment(env, s, w-leadCells-c.name-c.created-3))...)
	}
	left := app.LeftWords(r.Left, env.Now)
	steady, seconds := splitSeconds(left)
	segs = append(segs, draw.ColumnRight(leftTone(r, env.Now), steady, c.left-len(seconds)), draw.Plain.Text(seconds+"  "))
	if c.bar > 0 {
		segs = append(v.appendBar(env, segs, r, c.bar), draw.Plain.Text("  "))
	}
	return draw.Paint(set, w, append(segs, draw.Dim.Text(string(r.Left.Basis)))...)
}

// splitSeconds splits the seconds off a remaining time that is shown in minutes. Seconds are
// drawn without a style: on a screen full of countdowns, styles would be two thirds of the bytes
// sent each second.
func splitSeconds(left string) (steady, seconds string) {
	if i := strings.LastIndexByte(left, ' '); i > 0 && strings.HasSuffix(left, "s") && left[i-1] == 'm' {
		return left[:i], left[i:]
	}
	return left, ""
}

func leftTone(r *app.Row, now time.Time) draw.Tone {
	switch {
	case !r.Left.Known():
		return draw.Dim
	case r.Left.Overdue(now):
		return draw.Bad
	case endingSoon(r, now):
		return draw.Warn
	}
	return draw.Strong
}

// endingSoon reports whether a refresh token expires soon. It ignores access tokens, because
// they always do.
func endingSoon(r *app.Row, now time.Time) bool {
	return r.Type == webex.TypeRefresh && r.Left.Known() && r.Left.In(now) < rowEndsSoon
}

// appendBar appends the bar of a token's remaining lifetime. Unknown and overdue tokens get
// none, because an empty bar would read as 0.
func (v *View) appendBar(env view.Env, segs []draw.Segment, r *app.Row, w int) []draw.Segment {
	now := env.Now
	if !r.Left.Known() || r.Left.Overdue(now) || r.Left.Lifetime <= 0 {
		return append(segs, draw.Plain.Text(draw.Spaces(w)))
	}
	full := int(float64(w)*float64(r.Left.In(now))/float64(r.Left.Lifetime) + 0.5)
	full = max(1, min(full, w))
	t := draw.Link
	if endingSoon(r, now) {
		t = draw.Warn
	}
	return append(segs, t.Text(draw.Repeat(env.Glyphs.Left, full)), draw.Dim.Text(draw.Repeat(env.Glyphs.Used, w-full)))
}

// fitting returns the first of ways that fits into w cells, otherwise the last.
func fitting(w int, ways ...string) string {
	for _, s := range ways {
		if draw.Cells(s) <= w {
			return s
		}
	}
	return ways[len(ways)-1]
}

// stateSegment describes the progress of revoking a row in w cells. It is green only after the
// revoke was verified.
func (v *View) stateSegment(env view.Env, s rowState, w int) draw.Segment {
	switch s.stage {
	case app.StageWaiting:
		return draw.Link.Text("waiting…")
	case app.StageSending:
		return draw.Link.Text("revoking…")
	case app.StageLooking:
		looks := fmt.Sprintf("%d of %d…", s.look, s.looks)
		return draw.Link.Text(fitting(w, "sent, verifying that it is gone, "+looks, "sent, verifying "+looks, "verifying "+looks))
	}
	at := func(t time.Time) string { return t.In(env.Location).Format("15:04:05") }
	why := ""
	if s.res.Err != nil {
		why = ": " + shortReason(s.res.Err)
	}
	switch s.res.Outcome {
	case app.Revoked:
		return draw.Good.Text(fitting(w, "revoked "+at(s.res.Sent)+", gone at "+at(s.res.Gone), "revoked "+at(s.res.Sent)+", gone "+at(s.res.Gone), "revoked, gone "+at(s.res.Gone), "gone "+at(s.res.Gone)))
	case app.Cascaded:
		return draw.Good.Text(fitting(w, "revoked too, gone "+at(s.res.Gone), "gone too "+at(s.res.Gone), "gone "+at(s.res.Gone)))
	case app.AlreadyGone:
		return draw.Good.Text(fitting(w, "already gone, not listed at "+at(s.res.Gone), "already gone "+at(s.res.Gone)))
	case app.StillListed:
		return draw.Warn.Text(fitting(w, "accepted, but still listed", "still listed"))
	case app.Failed:
		return draw.Bad.Text("failed" + why)
	case app.Unknown:
		return draw.Warn.Text(fitting(w, "unknown: press "+env.Keys.Shown(action.Reload)+" to check", "unknown"))
	case app.Kept:
		return draw.Link.Text("kept: still signed in")
	}
	return draw.Warn.Text("not sent" + why)
}

// orderWords names the sort order, if no column is marked with it.
func (v *View) orderWords(env view.Env) string {
	if !env.Plain {
		return ""
	}
	return v.sort.Words(map[sortMode]string{byNewest: ", newest first", byTimeLeft: ", least time left first", byName: ", by name"}[v.sort.By])
}

// foldedWord says that an app is folded, if no symbol shows it.
func (v *View) foldedWord(env view.Env) string {
	if env.Plain {
		return ", folded"
	}
	return ""
}

func (v *View) secondsInSight(env view.Env) bool {
	from, to := v.table.Window()
	for _, l := range v.table.Rows[from:to] {
		if l.row >= 0 && app.ShowsSeconds(v.listing.Rows[l.row].Left, env.Now) {
			return true
		}
	}
	return false
}
