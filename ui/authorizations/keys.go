package authorizations

import (
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
)

// Actions returns the key bindings of this view.
func (v *View) Actions(env view.Env) []action.Action {
	send := func(m tea.Msg) func() tea.Cmd { return action.Do(func() { v.Send(m) }) }
	row := func(run func() tea.Cmd) func() tea.Cmd { // needs a list
		return func() tea.Cmd {
			if !v.have {
				return nil
			}
			return run()
		}
	}
	why, noInventory := env.NoRevoke.Short, ""
	if !v.Inventory {
		noInventory = "inventory not available"
	}
	const act, look, move = "ACT", "LOOK", "MOVE"
	out := []action.Action{
		{Key: action.Mark, Group: act, Run: row(action.Do(func() {
			v.warn(v.toggleMark())
			v.table.Move(v.toNextMark())
		}))},
		{Key: action.MarkAll, Group: act, Run: row(action.Do(func() { v.warn(v.markShown()) }))},
		{Key: action.Revoke, Group: act, Why: why, Run: row(func() tea.Cmd { return v.askToRevoke(env) })},
		{Key: action.Offboard, Group: act, Why: why, Run: row(func() tea.Cmd { return v.askToOffboard(env) })},
		{Key: action.CopyID, Group: act, Run: row(v.copyID)},
		{Key: action.CopyJSON, Group: act, Run: row(func() tea.Cmd { return v.copyJSON(env) })},
		{Key: action.CopyTicket, Group: act, Run: row(func() tea.Cmd { return v.copyTicket(env) })},
		{Key: action.CopyNotice, Group: act, Run: row(v.copyNotice)},
		{Key: action.CopyReport, Group: act, Why: env.NoReport, Run: row(send(view.CopyReport{}))},
		{Key: action.CopyCommand, Group: act, Run: row(func() tea.Cmd { return v.copyCommand(env) })},
		{Key: action.Export, Group: act, Run: row(action.Do(func() {
			rows := v.exportedRows(env)
			v.Send(view.Export{What: "authorizations", N: len(rows), Rows: func() any { return rows }})
		}))},
		{Key: action.Details, Group: look, Run: row(action.Do(v.toggleDetail))},
		{Key: action.Filter, Group: look, Run: row(func() tea.Cmd { return v.openFilter(env) })},
		{Key: action.Flagged, Group: look, Run: row(action.Do(func() { v.filterBy(env, v.counts().After(v.filter.Text())) }))},
		{Key: action.Sort, Group: look, Run: row(action.Do(func() {
			v.sortBy((v.sort.By + 1) % sortModes)
		}))},
		{Key: action.Reverse, Group: look, Run: row(action.Do(func() { v.sortBy(v.sort.By) }))},
		{Key: action.User, Group: look, Run: send(view.ChoosePerson{})},
		{Key: action.Reload, Group: look, Run: func() tea.Cmd { return v.reload(env) }},
		{Key: action.Who, Group: look, Why: noInventory, Run: row(action.Do(v.whoElse))},
		{Key: action.Browse, Group: look, Run: action.Do(func() {
			v.Send(view.Browse{URL: v.Hub.PersonPage(v.person.ID), What: "the user's page"})
		})},
		{Key: action.Watch, Group: look, Run: row(action.Do(func() { v.watchUser(env) }))},
	}
	out = append(out, v.moves(env)...)
	return append(out,
		action.Action{Key: action.Fold, Group: move, Run: action.Do(func() { v.fold(true) })},
		action.Action{Key: action.Unfold, Group: move, Run: action.Do(func() { v.fold(false) })},
		action.Action{Key: action.Login, Run: action.Do(func() {
			if env.Typing {
				v.Send(view.StillTyping{})
				return
			}
			v.Send(view.LogIn{})
		})},
		action.Action{Key: action.Back, Run: action.Do(func() { v.back(env) })},
		action.Action{Key: action.Quit, Run: action.Do(func() {
			if v.detail {
				v.back(env)
				return
			}
			v.Send(view.Quit{})
		})},
	)
}

// sortBy sorts the apps, or reverses their order if they are sorted this way.
func (v *View) sortBy(by sortMode) {
	v.sort.Set(by)
	v.refresh()
	v.Say(draw.Dim, v.sort.Words("Sorted by "+by.String())+".")
}

// factRow is the line of the screen with the counts.
const factRow = 2

// Click moves the cursor to a row, sorts by a heading, or filters by a count.
func (v *View) Click(env view.Env, x, y int) tea.Cmd {
	s := v.shape(env)
	if filter, ok := v.counts().At(v.factLine(env), x); ok && v.have && y == factRow {
		v.filterBy(env, filter)
		return nil
	}
	switch {
	case !v.have || s.full || x >= s.table || len(v.table.Rows) == 0:
	case y == s.top:
		labels := []string{"CREATED", "TIME LEFT", "APP"}
		if i := draw.LabelAt(v.tableHeader(env, s.table, columnsFor(s.table)), x, labels...); i >= 0 {
			v.sortBy(sortMode(i))
		}
	default:
		v.table.Point(y - s.top - 1)
	}
	return nil
}

// Wheel scrolls the table, or the detail.
func (v *View) Wheel(env view.Env, by int) {
	if v.detail {
		v.scrollDetail(env, by)
		return
	}
	v.table.Wheel(by)
}

func (v *View) scrollDetail(env view.Env, by int) {
	v.scroll = draw.Scrolled(v.scroll+by, len(v.allLines(env, env.Width-2)), v.shape(env).body)
}

func (v *View) clearFilter() {
	v.filter.Clear()
	v.refresh()
}

// moves returns the keys that move the cursor, or scroll a full-screen detail pane.
func (v *View) moves(env view.Env) []action.Action {
	out := action.Moves(v.table.Height, func(by int) {
		v.scroll = 0
		v.table.Move(by)
	})
	page := max(v.shape(env).body-1, 1)
	pages := map[*action.Key]int{action.PageDown: page, action.HalfDown: page, action.PageUp: -page, action.HalfUp: -page}
	for i, a := range out {
		if by := pages[a.Key]; v.detail && by != 0 {
			out[i].Run = action.Do(func() { v.scrollDetail(env, by) })
		}
	}
	return out
}

func (v *View) openFilter(env view.Env) tea.Cmd {
	v.preparing = false // no dialog opens while the user types
	v.filter.Clear()
	v.tree.describe(v.listing, env.Now)
	v.refresh()
	return v.filter.Open()
}

func (v *View) warn(why string) {
	if why != "" {
		v.Say(draw.Warn, why)
	}
}

// fold folds or unfolds the app under the cursor.
func (v *View) fold(closed bool) {
	cur, ok := v.table.Current()
	if !ok {
		return
	}
	v.folded[cur.group.key] = closed
	if closed {
		v.table.On = cur.group.key
	}
	v.refresh()
}

func (v *View) toggleDetail() {
	v.detail, v.scroll = !v.detail, 0
}

// back undoes one thing per call: it closes the report or the detail pane, stops revoking, clears
// the filter, or removes marks.
func (v *View) back(env view.Env) {
	switch {
	case v.preparing:
		v.preparing = false
		v.Say(draw.Dim, "Stopped. Nothing was sent.")
	case v.detail:
		v.detail = false
	case v.showReport:
		v.showReport = false
	case len(v.stops) > 0: // before the filter, because the key line says "esc stop revoking"
		v.Stop()
	case v.filter.Text() != "":
		v.clearFilter()
	case len(v.marks) > 0:
		clear(v.marks)
	case v.loading:
		v.gen++ // drop late answers
		v.loading = false
		v.Say(draw.Dim, "Stopped. Press "+env.Keys.Shown(action.Reload)+" to load the list.")
	case v.fromInventory:
		v.Send(view.Show{View: action.Inventory})
	}
}
