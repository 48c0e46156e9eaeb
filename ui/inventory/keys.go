package inventory

import (
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/dialog"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

// back undoes one thing per call.
func (v *View) back() tea.Cmd {
	switch {
	case v.preparing != "":
		v.stopPreparing()
		v.Say(draw.Dim, "Stopped. Nothing was sent.")
	case v.opening:
		v.opening = false
		return v.showList(v.which, nil)
	case v.detail:
		v.detail = false
	case v.bulk.total > 0: // before the filter, because the key line says "esc stop revoking"
		v.Stop()
	case v.filter.Text() != "":
		v.filter.Clear()
		return v.filterChanged()
	case v.table().ClearMarks():
	case v.holders != nil && v.fromList:
		v.fromList = false
		v.Send(view.Leave{})
		return v.showList(v.which, nil)
	case v.holders != nil:
		return v.showList(v.which, nil)
	case v.sweep.running && v.sweep.paused:
		v.stopSweep()
	default:
		v.Send(view.Leave{})
	}
	return nil
}

// grantAt returns the grant of a row; ok is false on the list of apps and if there is no row.
func (v *View) grantAt(n int32, there bool) (r inventory.Ref, number int32, ok bool) {
	l := v.grants()
	if l == nil || !there {
		return r, n, false
	}
	return l.Ref(n), n, true
}

// appAt returns the app of a row, or the opened app.
func (v *View) appAt(n int32, there bool) (inventory.App, bool) {
	if v.holders != nil {
		return v.opened, true
	}
	if there && v.list() == listApps {
		return v.found.Apps.App(n), true
	}
	return inventory.App{}, false
}

// current returns the grant under the cursor.
func (v *View) current() (r inventory.Ref, n int32, ok bool) { return v.grantAt(v.table().Current()) }

// currentApp returns the app under the cursor.
func (v *View) currentApp() (inventory.App, bool) { return v.appAt(v.table().Current()) }

// openRow opens the people who have an app, or a person's authorizations.
func (v *View) openRow(env view.Env) tea.Cmd {
	if v.list() == listApps {
		return v.openHolders(env)
	}
	r, n, ok := v.current()
	if !ok {
		return nil
	}
	v.Send(view.OpenPerson{Who: r.Person().Who(), FromInventory: true})
	if v.grants().Ended(n) {
		v.Say(draw.Dim, "That grant is removed; this is what the user has now.")
	}
	return nil
}

// browse opens the page of the row's user, or of its app, in Control Hub.
func (v *View) browse() {
	if r, _, ok := v.current(); ok {
		v.Send(view.Browse{URL: v.Hub.PersonPage(r.Person().ID), What: "the user's page"})
		return
	}
	if a, ok := v.currentApp(); ok {
		v.Send(view.Browse{URL: v.Hub.AppPage(a), What: "the list of apps"})
	}
}

// sortBy sorts the current list by a column, or reverses it if it is sorted by that column. Which
// of the two orders applies depends on the list.
func (v *View) sortBy(apps inventory.AppSort, grants inventory.Sort) tea.Cmd {
	if v.list() == listApps {
		v.appSort.Set(apps)
		v.Say(draw.Dim, v.appSort.Words("Sorted by "+[...]string{"flags", "users", "newest", "name"}[apps])+".")
		return v.arrange(v.onRow())
	}
	by := &v.sort[v.list()]
	by.Set(grants)
	v.Say(draw.Dim, by.Words("Sorted by "+[...]string{"last token, newest first", "user", "app"}[grants])+".")
	return v.arrange(v.onRow())
}

func (v *View) nextSort() tea.Cmd {
	return v.sortBy((v.appSort.By+1)%(inventory.AppsByName+1), (v.sort[v.list()].By+1)%(inventory.ByApp+1))
}

func (v *View) reverse() tea.Cmd { return v.sortBy(v.appSort.By, v.sort[v.list()].By) }

// Click moves the cursor to a row, sorts by a heading, or opens a list.
func (v *View) Click(env view.Env, x, y int) tea.Cmd {
	s := v.shape(env)
	switch {
	case y == 1 && !v.nothingYet():
		for kind, label := range []string{"Apps", "Stale", "Changes"} {
			if draw.LabelAt(v.tabsLine(env), x, label) == 0 {
				return v.showList(listKind(kind), nil)
			}
		}
	case y == 2:
		if filter, ok := v.counts().At(v.factLine(env), x); ok {
			return v.filterBy(filter)
		}
	case s.Table == 0 || x >= s.Width || len(v.table().Rows) == 0:
	case y == above:
		head := v.drawTable(env, s.Width, 1)[0]
		if v.list() == listApps {
			if i := draw.LabelAt(head, x, "FLAGS", "USERS", "NEWEST", "APP"); i >= 0 {
				return v.sortBy(inventory.AppSort(i), 0)
			}
		} else if i := draw.LabelAt(head, x, "LAST TOKEN", "USER", "APP", "NEWEST"); i >= 0 {
			return v.sortBy(0, inventory.Sort(i%3))
		}
	default:
		v.table().Point(y - above - 1)
	}
	return nil
}

// Wheel scrolls the table, or the detail.
func (v *View) Wheel(env view.Env, by int) {
	if v.detail {
		v.scroll = draw.Scrolled(v.scroll+by, len(v.detailLines(env, env.Width-2)), v.shape(env).Body)
		return
	}
	v.table().Wheel(by)
}

// nextCount filters by the next of the counts above the list, and after the last one by none.
func (v *View) nextCount() tea.Cmd {
	if len(v.counts().Present()) == 0 {
		v.Say(draw.Dim, "There are no counts above this list to filter by.")
		return nil
	}
	text := v.counts().After(v.filters[v.list()])
	if text == "" {
		v.Say(draw.Dim, "No filter.")
	}
	return v.filterBy(text)
}

// filterBy filters the changes or, from any other list, the apps, as if the filter had been typed.
func (v *View) filterBy(text string) tea.Cmd {
	to := listApps
	if v.list() == listChanges {
		to = listChanges
	}
	v.filters[to] = text
	return v.showList(to, nil)
}

func (v *View) filterChanged() tea.Cmd {
	v.filters[v.list()] = v.filter.Text()
	return v.arrange(v.onRow())
}

func (v *View) export() {
	rows := v.table().Chosen()
	what := [...]string{"apps", "stale", "changes", "app"}[v.list()]
	v.Send(view.Export{What: what, N: len(rows), Rows: v.data(rows)})
}

// data returns a function that converts rows of the current list for output. It may be slow, so
// the caller must run it in the background. This is safe because the lists don't change.
func (v *View) data(rows []int32) func() any {
	inv := v.Inventory
	apps, changes, list := v.found.Apps, v.found.Changes, v.grants()
	refs := func() []inventory.Ref {
		out := make([]inventory.Ref, len(rows))
		for i, n := range rows {
			out[i] = list.Ref(n)
		}
		return out
	}
	switch v.list() {
	case listStale:
		return func() any { return inv.StaleJSON(refs()) }
	case listChanges:
		return func() any {
			return inv.ChangesJSON(refs(), func(n int) bool { return changes.Ended(rows[n]) })
		}
	case listHolders:
		return func() any { return inv.RowsJSON(refs()) }
	}
	return func() any {
		out := []app.AppJSON{}
		for _, n := range rows {
			out = append(out, app.NewAppJSON(apps.App(n)))
		}
		return out
	}
}

func (v *View) copyJSON() tea.Cmd {
	n, _ := v.table().Current()
	b, err := app.MarshalJSON(v.data([]int32{n})())
	if err != nil {
		v.Say(draw.Bad, "Cannot write the row as JSON.")
		return nil
	}
	return v.Copy(string(b), "the row as JSON.")
}

func (v *View) copyID() tea.Cmd {
	client := webex.ClientID("")
	if a, ok := v.currentApp(); ok {
		client = a.ClientID
	} else if r, _, ok := v.current(); ok {
		client = r.ClientID()
	}
	if client == "" {
		v.Say(draw.Warn, "Webex sent no client id for this app.")
		return nil
	}
	return v.Copy(app.Clean(client), "client id "+app.Clean(client))
}

// copyAsCommand copies the command that does the same as pressing x.
func (v *View) copyAsCommand() tea.Cmd {
	if r, _, ok := v.current(); ok {
		p := r.Person()
		var ids []webex.AuthorizationID
		for _, a := range r.Authorizations() {
			ids = append(ids, a.ID)
		}
		line := v.Commands.Revoke(p.Who(), webex.PersonDetails{ID: p.ID}, ids, false)
		return v.Copy(line, line)
	}
	a, ok := v.currentApp()
	if !ok || a.ClientID == "" {
		v.Say(draw.Warn, "Webex sent no client id for this app, so there is no command for it.")
		return nil
	}
	line := v.Commands.Everywhere(a.ClientID)
	return v.Copy(line, line)
}

// Actions returns the key bindings of this view.
func (v *View) Actions(env view.Env) []action.Action {
	list := func(run func() tea.Cmd) func() tea.Cmd { // needs an inventory
		return func() tea.Cmd {
			if !v.have || v.found.Newest == nil || v.opening || v.err != nil {
				return nil
			}
			return run()
		}
	}
	row := func(run func() tea.Cmd) func() tea.Cmd { // also needs a row
		return list(func() tea.Cmd {
			if len(v.table().Rows) == 0 {
				return nil
			}
			return run()
		})
	}
	noInventory := ""
	if v.Inventory == nil {
		noInventory = "inventory not available"
	}
	const group = "INVENTORY"
	out := []action.Action{
		{Key: action.NextList, Group: group, Run: list(v.nextList)},
		{Key: action.Sweep, Group: group, Run: func() tea.Cmd { return v.startSweep(env) }},
		{Key: action.PauseSweep, Group: group, Run: action.Do(func() { v.pauseSweep(env) })},
		{Key: action.Details, Words: "who holds the app; on a user, that user's apps", Group: group, Run: row(func() tea.Cmd { return v.openRow(env) })},
		{Key: action.Revoke, Words: "revoke the app for everybody; on a user, only for that user; or the marked rows", Group: group, Why: env.NoRevoke.Short, Run: row(func() tea.Cmd { return v.askToRevoke(env) })},
		{Key: action.Browse, Group: group, Run: row(action.Do(v.browse))},
		{Key: action.Who, Words: "who else has the app of this row", Group: group, Why: noInventory, Run: row(func() tea.Cmd {
			if v.list() == listApps {
				return nil
			}
			r, _, _ := v.current()
			return v.findHolders(env, inventory.App{ClientID: r.ClientID(), Name: r.Name()})
		})},
		{Key: action.Mark, Group: group, Run: row(action.Do(func() { v.table().Mark() }))},
		{Key: action.MarkAll, Group: group, Run: row(action.Do(func() { v.table().MarkAll() }))},
		{Key: action.Info, Group: group, Run: row(action.Do(func() { v.detail, v.scroll = !v.detail, 0 }))},
		{Key: action.Filter, Group: group, Run: list(func() tea.Cmd {
			v.detail = false
			return v.filter.Open()
		})},
		{Key: action.Sort, Group: group, Run: list(v.nextSort)},
		{Key: action.Flagged, Group: group, Run: list(v.nextCount)},
		{Key: action.Reverse, Group: group, Run: list(v.reverse)},
		{Key: action.Reload, Words: "reload the inventory", Group: group, Run: func() tea.Cmd {
			if v.loading {
				return nil
			}
			v.reading = true
			return v.load()
		}},
		{Key: action.CopyID, Words: "copy the client id", Group: group, Run: row(v.copyID)},
		{Key: action.CopyJSON, Group: group, Run: row(v.copyJSON)},
		{Key: action.CopyCommand, Words: "copy the command that does what " + env.Keys.Shown(action.Revoke) + " does", Group: group, Run: row(v.copyAsCommand)},
		{Key: action.CopyTicket, Group: group, Why: env.NoReport, Run: row(action.Do(func() { v.Send(view.CopyReport{}) }))},
		{Key: action.CopyReport, Group: group, Why: env.NoReport, Run: row(action.Do(func() { v.Send(view.CopyReport{}) }))},
		{Key: action.Export, Group: group, Run: row(action.Do(v.export))},
		{Key: action.User, Run: action.Do(func() { v.Send(view.ChoosePerson{}) })},
		{Key: action.Back, Run: v.back},
		{Key: action.Quit, Run: func() tea.Cmd {
			if v.detail || v.holders != nil {
				return v.back()
			}
			v.Send(view.Quit{})
			return nil
		}},
	}
	return append(out, action.Moves(v.table().Height, func(by int) {
		if v.detail {
			v.Wheel(env, by)
		} else {
			v.table().Move(by)
		}
	})...)
}

// Notes explains the words of the FLAGS column, for the help.
func (v *View) Notes(view.Env) []dialog.Note {
	return []dialog.Note{{Title: "FLAGS", More: "  hints, not proof: check before you revoke", Lines: []string{
		"look-alike  its name looks like that of another app",
		"new         not in any earlier sweep",
		"odd name    hidden or mixed characters, no letters, or a test name",
		"one user    nobody else has it",
		"stale       no new token in the 30 days before the sweep",
	}}}
}
