package authorizations

import (
	"errors"
	"fmt"

	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

func (v *View) status(env view.Env) draw.Segment {
	idle := draw.Dim.Text("")
	if v.have && len(v.table.Rows) > 0 {
		t, text := draw.Dim, ""
		if n := len(v.marks); n > 0 {
			t, text = draw.Strong, english.Thousands(n)+" marked"
			if hidden := v.hiddenByFilter(v.marked()); hidden > 0 {
				t, text = draw.Warn, text+fmt.Sprintf("; the filter hides %d of them", hidden)
			}
			text += "   "
		}
		text += fmt.Sprintf("row %s of %s%s", english.Thousands(v.table.Cursor+1), english.Thousands(len(v.table.Rows)), v.orderWords(env))
		if v.filter.Text() != "" {
			text += fmt.Sprintf("   %d of %s", v.shownTokens(), english.Count(len(v.alive()), "token"))
		}
		if why := env.NoRevoke.Short; why != "" {
			text = "revoking is off: " + why + "   " + text
		}
		idle = t.Text(text)
	}
	if v.err != nil && v.have {
		var e *webex.Error
		errors.As(v.err, &e)
		headline, steps := v.errorWords(env, v.err, e)
		idle = draw.Bad.Text("Reload failed. " + headline + " " + steps[len(steps)-1])
	}
	return idle
}

func (v *View) hints(env view.Env) []action.Hint {
	switch {
	case v.filter.IsOpen():
		return v.filter.Hints(env.Fixed)
	case !v.have && v.loading:
		return []action.Hint{env.Fixed.Hint(action.Back, "stop"), env.Keys.Hint(action.User, "another user"), env.Keys.Hint(action.Help, "help"), env.Keys.Hint(action.Quit, "quit")}
	case !v.have && errors.Is(v.err, webex.ErrNotLoggedIn) && !env.EnvToken:
		return []action.Hint{env.Keys.Hint(action.Login, "log in again"), env.Keys.Hint(action.Reload, "reload"), env.Keys.Hint(action.User, "another user"), env.Keys.Hint(action.Help, "help"), env.Keys.Hint(action.Quit, "quit")}
	case !v.have:
		return []action.Hint{env.Keys.Hint(action.Reload, "reload"), env.Keys.Hint(action.User, "another user"), env.Keys.Hint(action.Help, "help"), env.Keys.Hint(action.Quit, "quit")}
	case v.showReport:
		return []action.Hint{env.Keys.Hint(action.CopyTicket, "copy for the ticket"), env.Keys.Hint(action.CopyNotice, "for the user"), env.Keys.Hint(action.Details, map[bool]string{false: "all of it", true: "less"}[v.detail]), env.Keys.Hint(action.Reload, "reload"), env.Keys.Hint(action.User, "another user"), env.Fixed.Hint(action.Back, "close"), env.Keys.Hint(action.Help, "help"), env.Keys.Hint(action.Quit, "quit")}
	case v.detail:
		return []action.Hint{env.Keys.Hint(action.Revoke, "revoke"), env.Fixed.Hint(action.Back, "back to the list"), env.Keys.Hints("other rows", action.Up, action.Down), env.Keys.Hint(action.PageDown, "more"), env.Keys.Hint(action.CopyID, "copy id"), env.Keys.Hint(action.Help, "help"), env.Keys.Hint(action.Quit, "quit")}
	}
	if len(v.stops) > 0 {
		return []action.Hint{env.Fixed.Hint(action.Back, "stop revoking"), env.Keys.Hint(action.NextView, "other views"), env.Keys.Hint(action.Help, "help"), env.Fixed.Hint(action.ForceQuit, "stop and quit")}
	}
	if len(v.listing.Rows) == 0 { // nothing to act on
		return []action.Hint{env.Keys.Hint(action.User, "another user"), env.Keys.Hint(action.Reload, "reload"), env.Keys.Hint(action.Help, "help"), env.Keys.Hint(action.Quit, "quit")}
	}
	revoke := "revoke"
	if n := len(v.marks); n > 0 {
		revoke = "revoke the " + english.Thousands(n) + " marked"
	}
	return []action.Hint{
		env.Keys.Hint(action.Revoke, revoke), env.Keys.Hint(action.Mark, "mark"), env.Keys.Hint(action.Offboard, "offboard"), env.Keys.Hint(action.Filter, "filter"), env.Keys.Hint(action.Sort, "sort"),
		env.Keys.Hint(action.User, "user"), env.Keys.Hint(action.Reload, "reload"), env.Keys.Hint(action.Export, "export"), env.Keys.Hint(action.Palette, "all"), env.Keys.Hint(action.Details, "details"), env.Keys.Hint(action.Help, "help"), env.Keys.Hint(action.Quit, "quit"),
	}
}
