package inventory

import (
	"fmt"
	"strings"
	"time"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/list"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

const above = 4 // header, lists, facts, rule

// shape returns the layout of the view.
func (v *View) shape(env view.Env) list.Shape {
	return list.Divide(env.Screen, above, 35, 42, v.detail)
}

// Draw draws the view.
func (v *View) Draw(env view.Env) view.Drawing {
	s := v.shape(env)
	out := []string{v.tabsLine(env), v.factLine(env), env.Rule()}
	switch {
	case v.err != nil:
		out = append(out, env.Message("The inventory cannot be read.", app.Sentence(v.err))...)
	case !v.have:
		out = append(out, env.Message("Loading the inventory…", "")...)
	case v.nothingYet():
		out = append(out, v.nothingYetLines(env)...)
	case v.opening:
		out = append(out, env.Message("Finding its users…", "")...)
	case len(v.table().Rows) == 0 && v.arranging:
		out = append(out, env.Message("Filtering…", "")...)
	case len(v.table().Rows) == 0:
		out = append(out, v.emptyListLines(env)...)
	default:
		out = append(out, s.Lines(env.Screen, list.Panes{
			Scroll: v.scroll,
			Table:  func(w, h int) []string { return v.drawTable(env, w, h) },
			Detail: func(w int) []string { return v.detailLines(env, w) },
			Brief:  func(w int) []string { return v.briefLines(env, w) },
			Rule: func() string {
				from, to := v.table().Window()
				return env.RowsRule(from, to, len(v.table().Rows))
			},
		})...)
	}
	d := view.Drawing{Body: out, Filter: v.filter.Text(), Status: v.status(env), Keys: v.hints(env)}
	if v.filter.IsOpen() {
		counted := fmt.Sprintf("%s of %s ", english.Thousands(len(v.table().Rows)), english.Thousands(v.length()))
		if v.arranging {
			counted = "filtering… "
		}
		d.Input, d.Cursor = v.filter.Line(env.Screen, app.Typed(v.filter.Text()), counted)
	}
	return d
}

// nothingYet reports whether there is no sweep to show.
func (v *View) nothingYet() bool {
	return v.found.Newest == nil || v.found.Partial && v.found.Apps.Len() == 0
}

func (v *View) nothingYetLines(env view.Env) []string {
	if v.sweep.running {
		return env.Message("The first sweep is running.", "Results appear here as they arrive. You can use the other views meanwhile.")
	}
	return env.Message("There is no inventory yet.",
		"Press "+env.Keys.Shown(action.Sweep)+" to sweep the organization: wxauth lists every user's authorizations, one user at a time, and saves them here, encrypted. A sweep changes nothing in Webex. You can stop and resume it.")
}

func (v *View) emptyListLines(env view.Env) []string {
	if f := v.filter.Text(); strings.TrimSpace(f) != "" {
		more := " · " + env.Keys.Shown(action.User) + ": find a user"
		if n := v.found.Newest; n != nil && env.Now.Sub(n.Started) > time.Hour { // a new app may not be in it
			more += " · the sweep is of " + env.ShortTime(n.Started) + ", " + env.Keys.Shown(action.Sweep) + ": sweep again"
		}
		return env.NoMatch(f, english.Count(v.length(), "row"), more)
	}
	switch v.list() {
	case listStale:
		return env.Message("Nothing is stale.", "Every app got a new token for every user within the last 30 days.")
	case listChanges:
		if v.found.Before == nil {
			return env.Message("There is nothing to compare with yet.", "The next sweep will be compared with this one. Press "+env.Keys.Shown(action.Sweep)+" to sweep.")
		}
		return env.Message("Nothing has changed since "+env.Stamp(v.found.Before.Started)+".", "No grant was added or removed.")
	case listHolders:
		return env.Message("No user has it.", "esc goes back to the list.")
	}
	return env.Message("No app holds a token.", "")
}

// tabsLine draws the names of the lists, with the current one in brackets.
func (v *View) tabsLine(env view.Env) string {
	if v.nothingYet() {
		return env.Paint(draw.Strong.Text(" Who uses which app, in the whole organization"))
	}
	segs := []draw.Segment{draw.Plain.Text(" ")}
	tab := func(list listKind, label string) {
		t := draw.Dim
		if v.list() == list {
			label, t = "["+label+"]", draw.Strong
		}
		segs = append(segs, t.Text(label), draw.Plain.Text("  "))
	}
	tab(listApps, "Apps "+english.Thousands(v.found.Apps.Len()))
	tab(listStale, "Stale "+english.Thousands(v.found.Stale.Len()))
	changes := "Changes: after the next sweep"
	switch {
	case v.found.Before != nil && env.Width >= draw.BelowFrom:
		changes = "Changes " + english.Thousands(v.found.New) + " new, " + english.Thousands(v.found.Ended) + " removed"
	case v.found.Before != nil:
		changes = "Changes " + english.Thousands(v.found.New+v.found.Ended)
	case !env.HasSide():
		changes = "Changes: not yet"
	}
	tab(listChanges, changes)
	if v.holders != nil {
		segs = append(segs, draw.Strong.Text("["+app.Shorten(appName(v.opened), max(env.Width-draw.Total(segs)-24, 12))+": "+english.Count(v.holders.Len(), "user")+"]"))
	}
	right := v.ageSegment(env, env.Width-draw.Total(segs)-1)
	return env.Sides(segs, right)
}

// ageSegment describes the age of the shown sweep, in the longest form that fits into w cells.
// It always says when the sweep is outdated.
func (v *View) ageSegment(env view.Env, w int) []draw.Segment {
	n := v.found.Newest
	old := draw.Dim
	if env.Now.Sub(n.Started) > app.OldSweep {
		old = draw.Warn
	}
	words := []string{"sweep of " + v.age(env, n.Started) + " ", app.AgeWords(n.Started, env.Now) + " "}
	switch {
	case v.found.Partial && v.sweep.running:
		words = []string{"still counting "}
	case v.found.Partial:
		old = draw.Warn
		read := english.Thousands(n.People()-n.Left()) + " of " + english.Thousands(n.People())
		words = []string{"unfinished: " + read + " read, " + env.Keys.Shown(action.Sweep) + " resumes ", "unfinished: " + read + " ", "unfinished "}
	}
	for _, text := range words {
		if draw.Cells(text) <= w {
			return []draw.Segment{old.Text(text)}
		}
	}
	return nil
}

func appName(a inventory.App) string {
	return app.AppName(webex.Authorization{ApplicationName: a.Name, ClientID: a.ClientID})
}

// factLine draws the progress of a sweep or, without one, the counts that need attention.
func (v *View) factLine(env view.Env) string {
	if v.sweep.running {
		return env.Paint(append([]draw.Segment{draw.Strong.Text(" Sweeping  ")}, v.sweepWords(env, env.Width-12)...)...)
	}
	if v.bulk.total > 0 {
		return env.Paint(append([]draw.Segment{draw.Strong.Text(" Revoking  ")}, env.Progress(env.Width-12, v.bulk.done, v.bulk.total, v.bulk.began)...)...)
	}
	n := v.found.Newest
	if v.nothingYet() {
		return env.Paint()
	}
	left := []draw.Segment{}
	if v.Org != "" {
		left = append(left, draw.Warn.Text(" customer "+app.ShortClient(webex.OrgID(v.Org))+" ·"))
	}
	left = append(left, []draw.Segment{draw.Plain.Text(" " + english.Count(v.found.Apps.Len(), "app") + ", " + english.Count(n.Authorizations(), "token") + " of " + english.Count(n.Count(inventory.Read), "user"))}...)
	if f := n.Count(inventory.Failed); f > 0 {
		left = append(left, draw.Warn.Text(" · "+english.Thousands(f)+" could not be read"))
	}
	if v.list() == listChanges && v.found.Skipped > 0 {
		left = append(left, draw.Warn.Text(" · changes for "+english.Count(v.found.Skipped, "user")+" unknown"))
	}
	if q := v.found.Changes.Quiet(); v.list() == listChanges && q > 0 && strings.TrimSpace(v.filter.Text()) == "" {
		left = append(left, draw.Dim.Text(" · "+english.Count(q, "sign-in")+" not listed: "+env.Keys.Shown(action.Flagged)+" lists them"))
	}
	if n.What != "" {
		left = append(left, draw.Warn.Text(" · only "+strings.TrimPrefix(app.Clean(webex.Untrusted(n.What)), "of ")))
	}
	right := append(v.counts().Segments(), draw.Plain.Text(" "))
	if draw.Total(left)+draw.Total(right)+2 > env.Width {
		right = nil
	}
	return env.Sides(left, right)
}

// counts are the numbers of flagged apps.
func (v *View) counts() list.Counts {
	if v.nothingYet() {
		return nil
	}
	switch {
	case v.list() != listApps && v.list() != listChanges:
		return nil // the flags are those of apps
	case v.list() == listChanges && v.found.Changes.Quiet() == 0:
		return nil
	case v.list() == listChanges:
		return list.Counts{{N: v.found.Changes.Quiet(), Tone: draw.Link, One: "sign-in", Many: "sign-ins", Filter: "is:signin"}}
	}
	of := v.found.Apps.Flagged
	return list.Counts{
		{N: of(inventory.FlagNew), Tone: draw.Warn, One: "new", Many: "new", Filter: "is:new"},
		{N: of(inventory.FlagLookAlike), Tone: draw.Warn, One: "look-alike", Many: "look-alikes", Filter: "look-alike"},
		{N: of(inventory.FlagOddName), Tone: draw.Warn, One: "odd name", Many: "odd names", Filter: "is:odd !look-alike"},
	}
}

func (v *View) status(env view.Env) draw.Segment {
	t := v.table()
	switch {
	case v.preparing != "":
		return draw.Link.Text(v.preparing)
	case v.arranging:
		return draw.Link.Text("sorting…")
	case v.loading && v.have && !v.sweep.running:
		return draw.Link.Text("loading the inventory…")
	case strings.TrimSpace(v.filter.Text()) != "":
		return env.Filtered(len(t.Rows), v.length())
	case len(t.Rows) > 0:
		return draw.Dim.Text(t.Status())
	}
	return draw.Segment{}
}

func (v *View) hints(env view.Env) []action.Hint {
	sweep := env.Keys.Hint(action.Sweep, "sweep")
	switch {
	case v.preparing != "":
		return []action.Hint{env.Fixed.Hint(action.Back, "stop: nothing is sent"), env.Fixed.Hint(action.ForceQuit, "quit")}
	case v.bulk.total > 0:
		return []action.Hint{env.Fixed.Hint(action.Back, "stop revoking"), env.Keys.Hint(action.NextView, "other views"), env.Fixed.Hint(action.ForceQuit, "stop and quit")}
	case v.sweep.running && v.sweep.paused:
		sweep = env.Keys.Hint(action.PauseSweep, "resume")
	case v.sweep.running:
		sweep = env.Keys.Hint(action.PauseSweep, "pause")
	}
	tail := []action.Hint{env.Keys.Hint(action.Help, "help"), env.Keys.Hint(action.Quit, "quit")}
	line := func(keys ...action.Hint) []action.Hint { return append(keys, tail...) }
	switch {
	case v.filter.IsOpen():
		return v.filter.Hints(env.Fixed)
	case v.detail:
		return line(env.Fixed.Hint(action.Back, "back to the list"), env.Keys.Hints("scroll", action.Up, action.Down), env.Keys.Hint(action.CopyID, "copy client id"))
	case v.nothingYet():
		return line(sweep, env.Keys.Hint(action.Authorizations, "authorizations"))
	case len(v.table().Rows) == 0:
		return line(env.Keys.Hint(action.NextList, "next list"), sweep, env.Keys.Hint(action.Filter, "filter"), env.Keys.Hint(action.Authorizations, "authorizations"))
	case v.list() == listApps:
		lists := "stale, changes"
		if env.Width < draw.BesideFrom {
			lists = "next list"
		}
		return line(env.Keys.Hint(action.Details, "who holds it"), env.Keys.Hint(action.Revoke, "revoke for all"), env.Keys.Hint(action.NextList, lists), sweep, env.Keys.Hint(action.Filter, "filter"), env.Keys.Hint(action.Sort, "sort"),
			env.Keys.Hint(action.Info, "details"), env.Keys.Hint(action.Export, "export"), env.Keys.Hint(action.Palette, "all"))
	case v.list() == listHolders:
		return line(env.Keys.Hint(action.Details, "the user's apps"), env.Keys.Hint(action.Revoke, "revoke"), env.Fixed.Hint(action.Back, "back"), env.Keys.Hint(action.Filter, "filter"), env.Keys.Hint(action.Sort, "sort"), env.Keys.Hint(action.Info, "details"), env.Keys.Hint(action.Export, "export"), sweep, env.Keys.Hint(action.Palette, "all"))
	}
	revoke := "revoke"
	if n := v.table().Marks(); n > 0 {
		revoke = "revoke the " + english.Thousands(n) + " marked"
	}
	return line(env.Keys.Hint(action.Revoke, revoke), env.Keys.Hint(action.Mark, "mark"), env.Keys.Hint(action.Details, "the user's apps"), env.Keys.Hint(action.Who, "who else"), sweep, env.Keys.Hint(action.NextList, "next list"), env.Keys.Hint(action.Filter, "filter"), env.Keys.Hint(action.Sort, "sort"),
		env.Keys.Hint(action.Info, "details"), env.Keys.Hint(action.Export, "export"), env.Keys.Hint(action.Palette, "all"))
}
