package ui

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/list"
	"github.com/wxauth/wxauth/webex"
)

const inventoryTop = 4 // header, lists, facts, rule

// inventoryShape divides the Inventory view.
func (m *Model) inventoryShape() list.Shape {
	return list.Divide(&m.Screen, inventoryTop, 35, 42, m.inventory.detail)
}

// inventoryLines draws the Inventory view.
func (m *Model) inventoryLines() ([]string, *tea.Cursor) {
	v, s := &m.inventory, m.inventoryShape()
	out := []string{m.headerLine("Inventory"), m.inventoryTabs(), m.inventoryFact(), m.Rule()}
	switch {
	case v.err != nil:
		out = append(out, m.Message("The inventory cannot be read.", app.Sentence(v.err))...)
	case !v.have:
		out = append(out, m.Message("Reading the inventory…", "")...)
	case v.nothingYet():
		out = append(out, m.noInventoryLines()...)
	case v.opening:
		out = append(out, m.Message("Looking up who holds it…", "")...)
	case len(v.table().Rows) == 0 && v.arranging:
		out = append(out, m.Message("Filtering…", "")...)
	case len(v.table().Rows) == 0:
		out = append(out, m.emptyListLines()...)
	default:
		rest := func(lines func(int) []string) func(int) []string {
			return func(w int) []string { return m.rested(w, s.Body, func() []string { return lines(w) }) }
		}
		detail := m.inventoryDetail
		if s.Beside > 0 {
			detail = rest(detail)
		}
		out = append(out, s.Lines(&m.Screen, list.Panes{Scroll: v.scroll, Table: m.inventoryTable, Detail: detail, Brief: rest(m.inventoryBrief), Rule: m.inventoryRule})...)
	}
	out = m.Footed(out)
	status, cursor := m.inventoryStatus()
	return append(out, status, m.inventoryKeys()), cursor
}

// nothingYet reports whether no sweep has found anything.
func (v *inventoryView) nothingYet() bool {
	return v.view.Newest == nil || v.view.Partial && v.view.Apps.Len() == 0
}

func (m *Model) noInventoryLines() []string {
	if m.inventory.sweep.running {
		return m.Message("The first sweep is under way.", "What it finds shows here as it goes on. Work on meanwhile: it goes on behind every view.")
	}
	return m.Message("There is no inventory yet.",
		"Webex has no list of what everybody authorized. "+m.keys.Shown(action.Sweep)+" asks for every user of the organization, one by one, at the pace that Webex allows, and keeps the answers here, sealed. It only reads. Stopping it loses nothing.")
}

func (m *Model) emptyListLines() []string {
	v := &m.inventory
	if f := v.filter.Value(); strings.TrimSpace(f) != "" {
		return m.Message(fmt.Sprintf("Nothing matches %q.", draw.Cut(app.Typed(f), 40)), english.Count(v.length(), "row")+" hidden · esc: clear the filter")
	}
	switch v.list() {
	case listStale:
		return m.Message("Nothing is stale.", "Every app has shown a sign of life for every user within 30 days.")
	case listChanges:
		if v.view.Before == nil {
			return m.Message("There is nothing to compare with yet.", "After the next sweep the changes since this one stand here: "+m.keys.Shown(action.Sweep)+" sweeps.")
		}
		return m.Message("Nothing has changed since "+m.stamp(v.view.Before.Started)+".", "No grant came, and none ended.")
	case listHolders:
		return m.Message("Nobody holds it.", "esc goes back to the list.")
	}
	return m.Message("No app holds a token.", "")
}

func (m *Model) inventoryRule() string {
	t := m.inventory.table()
	from, to := t.Window()
	return m.RowsRule(from, to, len(t.Rows))
}

// inventoryTabs names the lists, the one that is shown in brackets.
func (m *Model) inventoryTabs() string {
	v := &m.inventory
	if v.nothingYet() {
		return m.Paint(draw.Strong.Text(" Who uses what, in the whole organization"))
	}
	segs := []draw.Segment{draw.Plain.Text(" ")}
	tab := func(list inventoryList, label string) {
		t := draw.Dim
		if v.list() == list {
			label, t = "["+label+"]", draw.Strong
		}
		segs = append(segs, t.Text(label), draw.Plain.Text("  "))
	}
	tab(listApps, "Apps "+english.Thousands(v.view.Apps.Len()))
	tab(listStale, "Stale "+english.Thousands(v.view.Stale.Len()))
	changes := "Changes: after the next sweep"
	switch {
	case v.view.Before != nil && m.Width >= draw.BelowFrom:
		changes = "Changes " + english.Thousands(v.view.New) + " new, " + english.Thousands(v.view.Ended) + " ended"
	case v.view.Before != nil:
		changes = "Changes " + english.Thousands(v.view.New+v.view.Ended)
	case !m.HasSide():
		changes = "Changes: none yet"
	}
	tab(listChanges, changes)
	if v.holders != nil {
		segs = append(segs, draw.Strong.Text("["+app.Shorten(inventoryName(v.opened), max(m.Width-draw.Total(segs)-24, 12))+": "+english.Count(v.holders.Len(), "user")+"]"))
	}
	right := m.ageSegment(m.Width - draw.Total(segs) - 1)
	return m.Sides(segs, right)
}

// ageSegment says how old what is shown is, in the longest words that fit w cells: that it
// is old is never left out.
func (m *Model) ageSegment(w int) []draw.Segment {
	v := &m.inventory
	n := v.view.Newest
	old := draw.Dim
	if m.now.Sub(n.Started) > oldSweep {
		old = draw.Warn
	}
	words := []string{"sweep of " + m.inventoryAge(n.Started) + " ", app.AgeWords(n.Started, m.now) + " "}
	switch {
	case v.view.Partial && v.sweep.running:
		words = []string{"counts still grow "}
	case v.view.Partial:
		old = draw.Warn
		read := english.Thousands(n.People()-n.Left()) + " of " + english.Thousands(n.People())
		words = []string{"unfinished: " + read + " read, " + m.keys.Shown(action.Sweep) + " goes on ", "unfinished: " + read + " ", "unfinished "}
	}
	for _, text := range words {
		if draw.Cells(text) <= w {
			return []draw.Segment{old.Text(text)}
		}
	}
	return nil
}

// oldSweep is from which age on a sweep is pointed out as old.
const oldSweep = 24 * time.Hour

func inventoryName(a inventory.App) string {
	return app.AppName(webex.Authorization{ApplicationName: a.Name, ClientID: a.ClientID})
}

// inventoryFact says how far a sweep has come, or answers "is something wrong".
func (m *Model) inventoryFact() string {
	v := &m.inventory
	if v.sweep.running {
		return m.Paint(append([]draw.Segment{draw.Strong.Text(" Sweeping  ")}, m.sweepWords(m.Width-12)...)...)
	}
	n := v.view.Newest
	if v.nothingYet() {
		return m.Paint()
	}
	left := []draw.Segment{}
	if m.opts.Org != "" {
		left = append(left, draw.Warn.Text(" customer "+app.ShortClient(webex.OrgID(m.opts.Org))+" ·"))
	}
	left = append(left, []draw.Segment{draw.Plain.Text(" " + english.Count(v.view.Apps.Len(), "app") + ", " + english.Count(n.Authorizations(), "token") + " of " + english.Count(n.Count(inventory.Read), "user"))}...)
	if f := n.Count(inventory.Failed); f > 0 {
		left = append(left, draw.Warn.Text(" · "+english.Thousands(f)+" could not be read"))
	}
	if v.list() == listChanges && v.view.Skipped > 0 {
		left = append(left, draw.Warn.Text(" · changes of "+english.Count(v.view.Skipped, "user")+" are not known"))
	}
	if n.What != "" {
		left = append(left, draw.Warn.Text(" · only "+strings.TrimPrefix(app.Clean(webex.Untrusted(n.What)), "of ")))
	}
	var right []draw.Segment
	for _, f := range []struct{ word, one, many string }{
		{inventory.FlagNew, "new", "new"}, {inventory.FlagLookAlike, "look-alike", "look-alikes"}, {inventory.FlagOddName, "odd name", "odd names"},
	} {
		if c := v.view.Apps.Flagged(f.word); c > 0 {
			if len(right) > 0 {
				right = append(right, draw.Dim.Text(" · "))
			}
			label := f.many
			if c == 1 {
				label = f.one
			}
			right = append(right, draw.Warn.Text(english.Thousands(c)+" "+label))
		}
	}
	right = append(right, draw.Plain.Text(" "))
	if draw.Total(left)+draw.Total(right)+2 > m.Width {
		right = nil
	}
	return m.Sides(left, right)
}

func (m *Model) inventoryStatus() (string, *tea.Cursor) {
	v := &m.inventory
	t := v.table()
	if v.filtering {
		shown := fmt.Sprintf("%s of %s ", english.Thousands(len(t.Rows)), english.Thousands(v.length()))
		if v.arranging {
			shown = "filtering… "
		}
		line := m.Sides([]draw.Segment{draw.Link.Text(" / "), draw.Plain.Text(app.Typed(v.filter.Value()))}, []draw.Segment{draw.Dim.Text(shown)})
		cursor := v.filter.Cursor()
		if cursor != nil {
			cursor.X, cursor.Y = cursor.X+3, m.Height-2
		}
		return line, cursor
	}
	idle := draw.Segment{}
	switch {
	case v.preparing != "":
		return m.statusLine(draw.Link.Text(v.preparing)), nil
	case v.arranging:
		idle = draw.Link.Text("sorting…")
	case v.loading && v.have && !v.sweep.running:
		idle = draw.Link.Text("reading the inventory…")
	case strings.TrimSpace(v.filter.Value()) != "":
		idle = draw.Warn.Text(fmt.Sprintf("filter %s shows %s of %s: esc clears it", draw.Cut(app.Typed(v.filter.Value()), 30), english.Thousands(len(t.Rows)), english.Thousands(v.length())))
	case len(t.Rows) > 0:
		idle = draw.Dim.Text(fmt.Sprintf("row %s of %s", english.Thousands(t.Cursor+1), english.Thousands(len(t.Rows))))
	}
	return m.statusLine(idle), nil
}

func (m *Model) inventoryKeys() string {
	v := &m.inventory
	sweep := m.keys.Hint(action.Sweep, "sweep")
	switch {
	case v.preparing != "":
		return m.keyLine(m.fixed.Hint(action.Back, "stop: nothing is sent"), m.fixed.Hint(action.ForceQuit, "quit"))
	case v.bulk.total > 0:
		return m.keyLine(m.fixed.Hint(action.Back, "stop revoking"), action.Hint{Keys: m.keys.Shown(action.Authorizations) + "–" + m.keys.Shown(action.Audit), Words: "other views, it goes on"}, m.fixed.Hint(action.ForceQuit, "quit"))
	case v.sweep.running && v.sweep.paused:
		sweep = m.keys.Hint(action.PauseSweep, "go on")
	case v.sweep.running:
		sweep = m.keys.Hint(action.PauseSweep, "pause")
	}
	tail := []action.Hint{m.keys.Hint(action.Help, "help"), m.keys.Hint(action.Quit, "quit")}
	line := func(keys ...action.Hint) string { return m.keyLine(append(keys, tail...)...) }
	switch {
	case v.filtering:
		return m.keyLine(m.filterHints()...)
	case v.detail:
		return line(m.fixed.Hint(action.Back, "back to the list"), m.fixed.Hints("scroll", action.Up, action.Down), m.keys.Hint(action.CopyID, "copy client id"))
	case v.nothingYet():
		return line(sweep, m.keys.Hint(action.Authorizations, "authorizations"))
	case len(v.table().Rows) == 0:
		return line(m.keys.Hint(action.NextList, "next list"), sweep, m.keys.Hint(action.Filter, "filter"), m.keys.Hint(action.Authorizations, "authorizations"))
	case v.list() == listApps:
		lists := "stale, changes"
		if m.Width < draw.BesideFrom {
			lists = "next list"
		}
		return line(m.keys.Hint(action.Details, "who holds it"), m.keys.Hint(action.Revoke, "revoke for all"), m.keys.Hint(action.NextList, lists), sweep, m.keys.Hint(action.Filter, "filter"), m.keys.Hint(action.Sort, "sort"),
			m.keys.Hint(action.Mark, "details"), m.keys.Hint(action.Export, "export"), m.keys.Hint(action.Palette, "all"))
	case v.list() == listHolders:
		return line(m.keys.Hint(action.Details, "the user's apps"), m.keys.Hint(action.Revoke, "revoke"), m.fixed.Hint(action.Back, "back"), m.keys.Hint(action.Filter, "filter"), m.keys.Hint(action.Sort, "sort"), m.keys.Hint(action.Mark, "details"), m.keys.Hint(action.Export, "export"), sweep, m.keys.Hint(action.Palette, "all"))
	}
	return line(m.keys.Hint(action.Details, "the user's apps"), m.keys.Hint(action.Revoke, "revoke"), m.keys.Hint(action.Who, "who else"), sweep, m.keys.Hint(action.NextList, "next list"), m.keys.Hint(action.Filter, "filter"), m.keys.Hint(action.Sort, "sort"),
		m.keys.Hint(action.Mark, "details"), m.keys.Hint(action.Export, "export"), m.keys.Hint(action.Palette, "all"))
}
