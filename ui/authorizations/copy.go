package authorizations

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

func (v *View) copyID() tea.Cmd {
	cur, ok := v.table.Current()
	if !ok {
		return nil
	}
	if cur.row < 0 && cur.group.client == "" {
		v.Say(draw.Warn, "Webex sent no client id for this app.")
		return nil
	}
	if cur.row < 0 {
		return v.Copy(app.Clean(cur.group.client), "client id "+app.Clean(cur.group.client))
	}
	id := app.Clean(v.listing.Rows[cur.row].ID)
	if id == "" {
		v.Say(draw.Warn, "Webex sent no id for this row.")
		return nil
	}
	return v.Copy(id, "token id "+id)
}

func (v *View) copyJSON(env view.Env) tea.Cmd {
	cur, ok := v.table.Current()
	if !ok {
		return nil
	}
	rows := cur.group.rows
	if cur.row >= 0 {
		rows = []int{cur.row}
	}
	out := make([]any, len(rows))
	for i, r := range rows {
		out[i] = v.listing.Rows[r].JSON(env.Now)
	}
	b, err := app.MarshalJSON(out)
	if err != nil {
		v.Say(draw.Bad, "Cannot write the row as JSON.")
		return nil
	}
	return v.Copy(string(b), english.Count(len(out), "row")+" as JSON.")
}

// copyTicket copies the report on this person, even if another person's revoke finished later.
func (v *View) copyTicket(env view.Env) tea.Cmd {
	if v.report == nil {
		v.Say(draw.Warn, "Nothing was revoked from this list yet, so there is no report. "+env.Fixed.Shown(action.CopyCommand)+" copies the command that revokes.")
		return nil
	}
	return v.Copy(v.report.Report().Markdown(), "the report on "+draw.Cut(app.Clean(v.report.Person.Email()), 40)+".")
}

// copyCommand copies the command that revokes the marked rows or the row under the cursor.
func (v *View) copyCommand(env view.Env) tea.Cmd {
	ids, why := v.targets()
	if len(ids) == 0 {
		v.warn(why)
		return nil
	}
	line := v.Commands.Revoke(v.listing.Who, v.listing.Person, ids, v.selfAmong(env, ids))
	return v.Copy(line, line)
}

// copyNotice copies a text for the person whose tokens were revoked.
func (v *View) copyNotice() tea.Cmd {
	if v.report == nil {
		v.Say(draw.Warn, "Nothing was revoked from this list yet, so there is nothing to tell the user.")
		return nil
	}
	text, err := v.report.Report().Notice("")
	if err != nil {
		v.Say(draw.Warn, app.Sentence(err))
		return nil
	}
	return v.Copy(text, "a text for the user. Replace ________ in it before you send it.")
}

// selfAmong reports whether rows belong to our own session, with the same rule as the command
// line: if our client id is unknown, all rows of the signed-in person count.
func (v *View) selfAmong(env view.Env, ids []webex.AuthorizationID) bool {
	us := env.Session != nil && env.Session.Person.ID.Same(v.listing.Person.ID)
	return slices.ContainsFunc(v.listing.Rows, func(r app.Row) bool {
		return slices.Contains(ids, r.ID) && (r.Own || us && env.EnvToken)
	})
}

// exportedRows returns the authorizations that match the filter, including those of folded apps,
// in display order.
func (v *View) exportedRows(env view.Env) []app.RowJSON {
	out := []app.RowJSON{}
	for _, l := range v.tree.visible(v.listing, v.sort, v.filter.Text(), nil) {
		if l.row >= 0 && !v.gone(v.listing.Rows[l.row]) {
			out = append(out, v.listing.Rows[l.row].JSON(env.Now))
		}
	}
	return out
}
