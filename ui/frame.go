package ui

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

func tooSmallLines(env view.Env) []string {
	text := "too small: " + strconv.Itoa(minWidth) + "×" + strconv.Itoa(minHeight) + " needed, this is " + strconv.Itoa(env.Width) + "×" + strconv.Itoa(env.Height)
	lines := []string{text, env.Keys.Shown(action.Quit) + " quits"}
	var out []string
	for _, l := range lines {
		out = append(out, draw.Pad(draw.Cut(l, env.Width), env.Width))
	}
	return out
}

// headerLine draws the top line: program and views on the left, organization and person on the
// right. Of its forms it takes the first that fits. Whose data this is comes before the names of views:
// those go first, then the role, the person, and, to make room for a custom API host, the views.
func headerLine(env view.Env, title string, tabs []tab, o Options) string {
	badges, badgeWidth := drawBadges(env, o.Badges)
	full, noRole, least := headerRight(env, o)
	var left string
	var leftWidth, room int
	draws := func(right []draw.Segment) string {
		words := min(draw.Total(right), max(room, 0))
		gap := max(env.Width-leftWidth-badgeWidth-words-1, 1)
		return draw.FitStyled(left+draw.Spaces(gap)+badges+draw.Paint(&env.Styles.Tone, words, right...)+" ", env.Width)
	}
	type form struct {
		tabs               []tab
		keysAlone, program bool
		rights             [][]draw.Segment
	}
	forms := []form{{tabs, false, true, [][]draw.Segment{full, noRole}}, {tabs, false, false, [][]draw.Segment{full, noRole}}, {tabs, true, true, [][]draw.Segment{full, noRole, least}}}
	if o.Host != "" {
		forms = append(forms, form{nil, true, true, [][]draw.Segment{full, noRole, least}})
	}
	for _, f := range forms {
		left, leftWidth = headerLeft(env, title, f.tabs, f.keysAlone, f.program)
		room = env.Width - leftWidth - badgeWidth - 3
		for _, right := range f.rights {
			if draw.Total(right) <= room {
				return draws(right)
			}
		}
	}
	least = slices.Clone(least[:1])
	least[0].Text = draw.Cut(least[0].Text, max(room, 0))
	return draws(least)
}

// drawBadges draws the badges, such as DEMO.
func drawBadges(env view.Env, badges []string) (drawn string, width int) {
	for _, b := range badges {
		style := env.Styles.Reverse
		if b == Demo {
			style = env.Styles.Demo
		}
		drawn += style.Render(" "+b+" ") + " "
		width += draw.Cells(b) + 3
	}
	return drawn, width
}

// headerRight returns what the right side of the header says: all of it, all but the role, and the
// least: a custom API host, which is never left out, and the organization.
func headerRight(env view.Env, o Options) (full, noRole, least []draw.Segment) {
	var host, who, role, org []draw.Segment
	if o.Host != "" {
		host = append(host, draw.Warn.Text("at "+app.Clean(webex.Untrusted(o.Host))))
	}
	switch s := env.Session; {
	case s != nil:
		who = append(who, draw.Plain.Text(app.Clean(s.Person.Email())))
		role = who
		if s.Role != "" && env.Width >= 100 {
			role = []draw.Segment{draw.Plain.Text(who[0].Text + ", " + s.Role)}
		}
		if name := app.Clean(s.Org.DisplayName); name != "" {
			org = append(org, draw.Plain.Text(name))
		}
	case errors.Is(env.SessionErr, webex.ErrNotLoggedIn):
		who = append(who, draw.Bad.Text("not logged in"))
	case env.SessionErr != nil:
		who = append(who, draw.Bad.Text("user unknown"))
	case o.Service != nil:
		who = append(who, draw.Dim.Text("checking who this token belongs to…"))
	default:
		who = append(who, draw.Dim.Text("no token"))
	}
	if role == nil {
		role = who
	}
	least = slices.Concat(host, org)
	if org == nil {
		least = slices.Concat(host, who)
	}
	join := func(parts ...[]draw.Segment) []draw.Segment {
		return draw.JoinSegments(slices.Concat(parts...), " · ")
	}
	return join(host, role, org), join(host, who, org), draw.JoinSegments(least, " · ")
}

// headerLeft draws the program's name, if it is wanted and there is room, and the views.
func headerLeft(env view.Env, open string, views []tab, keysAlone, program bool) (drawn string, width int) {
	drawn, width = drawTabs(env, open, views, keysAlone)
	if env.Width < draw.BelowFrom+20 || !program { // the organization and the person are more important
		return " " + drawn, 1 + width
	}
	return env.Styles.Tone[draw.Strong].Render(" wxauth") + "  " + drawn, 7 + 2 + width
}

// drawTabs draws the views. The open view is in reverse and brackets. With keysAlone, the others
// show only their keys.
func drawTabs(env view.Env, open string, views []tab, keysAlone bool) (drawn string, width int) {
	if len(views) == 1 || !slices.ContainsFunc(views, func(v tab) bool { return v.name == open }) {
		return env.Styles.Reverse.Render("[" + open + "]"), 2 + draw.Cells(open)
	}
	for _, v := range views {
		label := env.Keys.Shown(v.key)
		if v.name == open || !keysAlone {
			label += " " + v.name
		}
		if v.name == open {
			drawn += env.Styles.Reverse.Render("[" + label + "]")
		} else {
			drawn += env.Styles.Tone[draw.Dim].Render(" " + label + " ")
		}
		width += draw.Cells(label) + 2
	}
	return drawn, width
}

// statusLine shows the filter and the result of the last key on the left, and running work on the
// right.
func statusLine(env view.Env, filter string, idle, running draw.Segment) string {
	words := env.Said
	if words.Text == "" {
		words = idle
	}
	left := []draw.Segment{draw.Plain.Text(" "), words}
	if strings.TrimSpace(filter) != "" {
		chip := draw.Chip.Text(" / " + draw.Cut(app.Typed(filter), 30) + " ")
		if env.Plain {
			chip = draw.Warn.Text("filter " + app.Typed(filter))
		}
		left = []draw.Segment{draw.Plain.Text(" "), chip, draw.Plain.Text("  "), words}
	}
	right := []draw.Segment{running, draw.Plain.Text(" ")}
	if running.Text == "" {
		right = nil
	}
	return env.Sides(left, right)
}

// runningSegment returns the text for running work: w is the work of the authorizations, inv
// that of the Inventory. reading means that the authorizations are loading.
func runningSegment(env view.Env, w, inv view.Work, reading bool) draw.Segment {
	switch {
	case !env.PausedUntil.IsZero() && env.Running > 0:
		if inv.Total > 0 {
			w = inv
		}
		return draw.Warn.Text(fmt.Sprintf("revoking  %s of %s done, rate limited until %s", english.Thousands(w.Done), english.Thousands(w.Total), env.Clock(env.PausedUntil)))
	case !env.PausedUntil.IsZero():
		return draw.Warn.Text("rate limited until " + env.Clock(env.PausedUntil))
	case env.Running > 0 && inv.Total > 0:
		return draw.Link.Text(fmt.Sprintf("revoking  %s  %s of %s done", progressBar(env, inv.Done, inv.Total), english.Thousands(inv.Done), english.Thousands(inv.Total)))
	case env.Running > 0:
		return draw.Link.Text(fmt.Sprintf("%s running  %s  %s sent, %s of %s done", english.Count(env.Running, "revoke"), progressBar(env, w.Sent+w.Done, 2*w.Total), english.Thousands(w.Sent), english.Thousands(w.Done), english.Thousands(w.Total)))
	case w.Preparing, inv.Preparing && env.At != action.Inventory: // the Inventory says it itself
		return draw.Link.Text("reloading before confirmation…")
	case reading:
		return draw.Link.Text("loading…")
	case inv.Sweep.Text != "":
		return inv.Sweep
	case w.Watch != "":
		return draw.Link.Text(w.Watch)
	}
	return draw.Segment{}
}

// progressBar draws a progress bar, or only the numbers on a narrow screen.
func progressBar(env view.Env, done, total int) string {
	n := min(draw.BarCells*2, env.Width/8)
	if total == 0 || env.Width < draw.BelowFrom || env.Plain {
		return ""
	}
	full := n * done / total
	return draw.Repeat(env.Glyphs.Left, full) + draw.Repeat(env.Glyphs.Used, n-full)
}

// keyLine lists keys, the most important first. The last two, for help and for quitting, are
// always shown. Keys in between are left out if they do not fit.
func keyLine(env view.Env, keys ...action.Hint) string {
	width := func(k action.Hint) int { return draw.Cells(k.Keys) + 1 + draw.Cells(k.Words) + 2 }
	room := env.Width - 1
	tail := keys[max(len(keys)-2, 0):]
	for _, k := range tail {
		room -= width(k)
	}
	segs := []draw.Segment{draw.Plain.Text(" ")}
	add := func(k action.Hint) {
		name, words := draw.Link, draw.Plain
		if (k.Of == action.Revoke || k.Of == action.Offboard) && env.NoRevoke.Short != "" {
			name, words = draw.Dim, draw.Dim
		}
		segs = append(segs, name.Text(k.Keys), words.Text(" "+k.Words+"  "))
	}
	for _, k := range keys[:len(keys)-len(tail)] {
		if room -= width(k); room < 0 {
			break
		}
		add(k)
	}
	for _, k := range tail {
		add(k)
	}
	return env.Paint(segs...)
}
