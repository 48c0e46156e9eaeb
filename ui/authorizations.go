package ui

import (
	"slices"
	"time"

	"charm.land/bubbles/v2/textinput"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/filter"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/list"
	"github.com/wxauth/wxauth/webex"
)

// rowState is what a revoke has done to a row so far.
type rowState struct {
	op    int
	stage app.Stage
	look  int
	looks int
	res   app.ItemResult
}

// authorizations is the view of what one person authorized.
type authorizations struct {
	who     webex.Person
	person  webex.PersonDetails // as /people knows them, when it answers
	known   bool                // person is filled
	listing app.Listing
	have    bool // listing is filled
	err     error
	tree    tree
	readAt  time.Time // when the tree was made: what is new, stale and overdue is as of then
	table   list.Table[line]
	drawn   map[int]drawnLine // of rows of the listing

	gen       int
	loading   bool
	loadStart time.Time
	// held is an answer that came under a dialog: the list is frozen until it closes.
	held *listMsg

	marks     map[webex.AuthorizationID]bool
	folded    map[string]bool
	sort      sortMode
	filter    textinput.Model
	filtering bool
	detail    bool // the detail fills the screen
	// detailScroll is how many lines of it lie above the screen.
	detailScroll int

	prepareGen int
	preparing  bool
	asked      []webex.AuthorizationID // what the question being prepared is about; nil for everything
	states     map[webex.AuthorizationID]rowState
	report     *app.Result // of the last revoke
	showReport bool
	// revokeNext is the app that the list was opened for, to be asked about when the first
	// list comes; empty when there is none.
	revokeNext webex.ClientID
	// fromInventory is set where the list was opened from there: esc leads back.
	fromInventory bool
}

func newAuthorizations() authorizations {
	a := authorizations{
		marks: map[webex.AuthorizationID]bool{}, folded: map[string]bool{},
		states: map[webex.AuthorizationID]rowState{}, filter: draw.NewInput(),
	}
	a.table.Key = func(l line) string { return l.key }
	return a
}

// refresh lays the rows out again, after anything that decides what is shown.
func (a *authorizations) refresh() {
	a.table.Set(a.tree.visible(a.listing, a.sort, a.filter.Value(), a.folded))
}

// take makes a listing the one that is shown. Marks stay on what is still listed.
func (a *authorizations) take(l app.Listing, now time.Time) {
	a.listing, a.have, a.err = l, true, nil
	a.tree, a.readAt, a.drawn = newTree(l, now), now, nil
	listed := map[webex.AuthorizationID]bool{}
	for _, r := range l.Rows {
		listed[r.ID] = true
	}
	for id := range a.marks {
		if !listed[id] {
			delete(a.marks, id)
		}
	}
	for id, s := range a.states {
		// A list that was asked for before the token went says nothing about it.
		if s.stage == app.StageDone && l.ReadAt.After(s.res.Gone) && l.ReadAt.After(s.res.Sent) {
			delete(a.states, id)
		}
	}
	a.refresh()
}

// gone reports whether a revoke has shown that a row is no longer there.
func (a *authorizations) gone(r app.Row) bool {
	s, ok := a.states[r.ID]
	return ok && r.ID != "" && s.stage == app.StageDone && s.res.Outcome.Gone()
}

// alive returns the rows that are not gone: what "everything" means for a person is
// what is there.
func (a *authorizations) alive() []app.Row {
	return slices.DeleteFunc(slices.Clone(a.listing.Rows), a.gone)
}

// left tallies what is there without what was revoked since it was read.
func (a *authorizations) left() tally {
	if len(a.states) == 0 {
		return a.tree.tally
	}
	var t tally
	for _, g := range a.tree.groups {
		alive := false
		for _, i := range g.rows {
			r := a.listing.Rows[i]
			if a.gone(r) {
				t.gone++
				continue
			}
			alive = true
			t.countRow(r, a.readAt)
		}
		if alive {
			t.countApp(g)
		}
	}
	return t
}

// marked returns the marked rows, in the order of the listing.
func (a *authorizations) marked() []webex.AuthorizationID {
	var out []webex.AuthorizationID
	for _, r := range a.listing.Rows {
		if a.marks[r.ID] {
			out = append(out, r.ID)
		}
	}
	return out
}

// targets are the rows that a revoke would be about, by id: the marked ones, else
// the one under the cursor, else the rows of the app under the cursor. refused says
// why the current row is not one.
func (a *authorizations) targets() (ids []webex.AuthorizationID, refused string) {
	if ids = a.marked(); len(ids) > 0 {
		for _, r := range a.listing.Rows {
			if why := a.cannotRevoke(r); a.marks[r.ID] && why != "" {
				return nil, "Among the marked rows: " + why
			}
		}
		return ids, ""
	}
	cur, ok := a.table.Current()
	if !ok {
		return nil, "There is nothing to revoke."
	}
	if cur.row >= 0 {
		r := a.listing.Rows[cur.row]
		if why := a.cannotRevoke(r); why != "" {
			return nil, why
		}
		return []webex.AuthorizationID{r.ID}, ""
	}
	for _, i := range cur.group.rows {
		if r := a.listing.Rows[i]; a.cannotRevoke(r) == "" {
			ids = append(ids, r.ID)
		} else {
			refused = a.cannotRevoke(r)
		}
	}
	if len(ids) > 0 {
		return ids, ""
	}
	return nil, refused
}

// cannotRevoke says why a row cannot be revoked now; empty when it can.
func (a *authorizations) cannotRevoke(r app.Row) string {
	if why := r.CannotRevoke(); why != "" {
		return why
	}
	if s, ok := a.states[r.ID]; ok {
		if s.stage != app.StageDone {
			return "It is being revoked already."
		}
		if s.res.Outcome.Gone() {
			return "It is gone already. Reading the list again takes the row away."
		}
	}
	return ""
}

// hiddenByFilter counts the ids that the filter keeps out of sight.
func (a *authorizations) hiddenByFilter(ids []webex.AuthorizationID) int {
	match := filter.Matcher(a.filter.Value())
	hidden := 0
	wanted := make(map[webex.AuthorizationID]bool, len(ids))
	for _, id := range ids {
		wanted[id] = true
	}
	for i, r := range a.listing.Rows {
		if wanted[r.ID] && !match(a.tree.haystack[i]) {
			hidden++
		}
	}
	return hidden
}

// toggleMark marks the row under the cursor, or all of the app under it. It returns
// why nothing could be marked.
func (a *authorizations) toggleMark() string {
	cur, ok := a.table.Current()
	if !ok {
		return ""
	}
	if cur.row >= 0 {
		r := a.listing.Rows[cur.row]
		if a.marks[r.ID] {
			delete(a.marks, r.ID)
			return ""
		}
		if why := a.cannotRevoke(r); why != "" {
			return why
		}
		a.marks[r.ID] = true
		return ""
	}
	return a.markRows(cur.group.rows)
}

// markShown marks every row that is in sight, folded apps included.
func (a *authorizations) markShown() string {
	match := filter.Matcher(a.filter.Value())
	var rows []int
	for i := range a.listing.Rows {
		if match(a.tree.haystack[i]) {
			rows = append(rows, i)
		}
	}
	return a.markRows(rows)
}

// markRows marks rows, or takes the marks off when all of them had one.
func (a *authorizations) markRows(rows []int) string {
	var able []webex.AuthorizationID
	why := ""
	for _, i := range rows {
		r := a.listing.Rows[i]
		if w := a.cannotRevoke(r); w != "" {
			why = w
			continue
		}
		able = append(able, r.ID)
	}
	if len(able) == 0 {
		return why
	}
	if !slices.ContainsFunc(able, func(id webex.AuthorizationID) bool { return !a.marks[id] }) {
		for _, id := range able {
			delete(a.marks, id)
		}
		return ""
	}
	for _, id := range able {
		a.marks[id] = true
	}
	return ""
}

// apply takes a step of a revoke.
func (a *authorizations) apply(op int, p app.Progress) {
	if old, ok := a.states[p.ID]; ok && old.op > op {
		return
	}
	a.states[p.ID] = rowState{op: op, stage: p.Stage, look: p.Look, looks: p.Looks, res: p.Result}
}

// finish takes the result of a revoke: the last word on every row of it.
func (a *authorizations) finish(op int, res app.Result) {
	for _, i := range res.Items {
		a.apply(op, app.Progress{ID: i.ID, Stage: app.StageDone, Result: i})
		delete(a.marks, i.ID)
	}
	for _, r := range res.Kept {
		a.apply(op, app.Progress{ID: r.ID, Stage: app.StageDone, Result: app.ItemResult{Row: r, Outcome: app.Kept}})
	}
	a.report, a.showReport, a.detail = &res, true, false
}
