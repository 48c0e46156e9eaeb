package ui

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// keyMap holds every key of the dashboard. Help is made from it, so that what is
// shown is what works.
type keyMap struct {
	Up, Down, PageUp, PageDown, HalfUp, HalfDown, Top, Bottom, Fold, Unfold key.Binding

	Details, Mark, MarkAll, Filter, Sort, User, Reload key.Binding
	Revoke, Offboard, CopyID, CopyJSON, CopyTicket     key.Binding
	Export, Palette, CopyCommand                       key.Binding
	Help, Back, Quit, ForceQuit, Suspend               key.Binding

	// The views, the login, and in Tokens.
	Authorizations, Tokens, Inventory, Audit, NextView key.Binding
	NextList, Sweep, PauseSweep, Who, Watch            key.Binding
	Login, CheckLog                                    key.Binding
	Fresh, Test, AddOrg, Forget, UseProfile            key.Binding
	CopyToken, CopyReport                              key.Binding
	Browser, Code, Paste, Scopes                       key.Binding
	OpenAgain, Alone, Square                           key.Binding

	// In dialogs.
	Yes, No, Next, Previous, Press key.Binding
}

func bind(help string, keys ...string) key.Binding {
	return key.NewBinding(key.WithKeys(keys...), key.WithHelp(keyLabel(keys), help))
}

// keyLabel writes keys as help shows them.
func keyLabel(keys []string) string {
	names := map[string]string{
		"up": "↑", "down": "↓", "left": "←", "right": "→", "pgup": "PgUp", "pgdown": "PgDn", "home": "Home", "end": "End",
	}
	label := ""
	for i, k := range keys {
		if i > 0 {
			label += " "
		}
		if n, ok := names[k]; ok {
			k = n
		}
		label += k
	}
	return label
}

// newKeyMap returns the default keys, and in their place those of the user's own.
func newKeyMap(own Keys) keyMap {
	k := keyMap{
		Up:       bind("up", "up", "k"),
		Down:     bind("down", "down", "j"),
		PageUp:   bind("page up", "pgup"),
		PageDown: bind("page down", "pgdown"),
		HalfUp:   bind("half a page up", "ctrl+u"),
		HalfDown: bind("half a page down", "ctrl+d"),
		Top:      bind("first row", "g", "home"),
		Bottom:   bind("last row", "G", "end"),
		Fold:     bind("fold the app", "left"),
		Unfold:   bind("unfold the app", "right"),

		Details:  bind("details", "enter"),
		Mark:     bind("mark", "space"),
		MarkAll:  bind("mark all shown", "*"),
		Filter:   bind("filter: all words; !not, app:, type:, is:stale", "/"),
		Sort:     bind("sort: newest, time left, name", "s"),
		User:     bind("another user", "u"),
		Reload:   bind("read again", "r"),
		Revoke:   bind("revoke what is marked, or this row", "x"),
		CopyID:   bind("copy the token's id", "y"),
		CopyJSON: bind("copy the row as JSON", "Y"),

		Offboard:    bind("offboard: revoke everything of this user", "X"),
		CopyTicket:  bind("copy for the ticket, or as a command", "c"),
		CopyReport:  bind("copy the last report", "C"),
		CopyCommand: bind("copy as a command (in a question)", "ctrl+y"),
		Export:      bind("export what is shown, as CSV or JSON", "e"),
		Palette:     bind("all actions by name", ":"),

		Help:      bind("help", "?"),
		Back:      bind("close, clear filter, clear marks, back", "esc"),
		Quit:      bind("back, quit", "q"),
		ForceQuit: bind("quit", "ctrl+c"),
		Suspend:   bind("suspend: back to the shell until fg", "ctrl+z"),

		Authorizations: bind("the authorizations", "1"),
		Tokens:         bind("the tokens that are held here", "2"),
		Inventory:      bind("who uses what, in the whole organization", "3"),
		Audit:          bind("the record of what was revoked", "4"),
		NextList:       bind("next list: apps, stale, changes (in Inventory)", "v"),
		Sweep:          bind("sweep the organization (in Inventory)", "S"),
		PauseSweep:     bind("pause the sweep, or have it go on (in Inventory)", "P"),
		Who:            bind("who else has this app", "w"),
		Watch:          bind("watch this user: what is new, every minute", "W"),
		NextView:       bind("next view", "tab"),
		CheckLog:       bind("check that nobody changed the log (in Audit)", "t"),
		Login:          bind("log in", "l"),
		Fresh:          bind("fresh access token (in Tokens)", "f"),
		Test:           bind("ask Webex; renews what has ended (in Tokens)", "t"),
		CopyToken:      bind("copy the token (in Tokens; asks)", "c"),
		AddOrg:         bind("add an organization (in Tokens)", "n"),
		Forget:         bind("forget the login or the organization (in Tokens)", "d"),
		UseProfile:     bind("use another profile (in Tokens)", "p"),

		Browser:   bind("in the browser", "b"),
		Code:      bind("with a code, on any device", "d"),
		Paste:     bind("paste", "p"),
		Scopes:    bind("choose scopes", "s"),
		Square:    bind("the square alone", "v"),
		OpenAgain: bind("open the address again", "o"),
		Alone:     bind("the address alone", "z"),

		Yes:      bind("yes", "y"),
		No:       bind("no", "n"),
		Next:     bind("next button", "tab", "right"),
		Previous: bind("button before", "shift+tab", "left"),
		Press:    bind("press the focused button", "enter"),
	}
	k.rebind(own.own) // without problems: ParseKeys has looked
	return k
}

// far is more rows than any table has.
const far = 1 << 30

// moves returns how many rows a key moves the cursor in a window of height rows; ok is
// false for a key that moves nothing.
func (k keyMap) moves(msg tea.KeyPressMsg, height int) (by int, ok bool) {
	switch {
	case key.Matches(msg, k.Up):
		return -1, true
	case key.Matches(msg, k.Down):
		return 1, true
	case key.Matches(msg, k.PageUp):
		return -max(height, 1), true
	case key.Matches(msg, k.PageDown):
		return max(height, 1), true
	case key.Matches(msg, k.HalfUp):
		return -max(height/2, 1), true
	case key.Matches(msg, k.HalfDown):
		return max(height/2, 1), true
	case key.Matches(msg, k.Top):
		return -far, true
	case key.Matches(msg, k.Bottom):
		return far, true
	}
	return 0, false
}

// inInventory is what the same keys do in the Inventory.
func (k keyMap) inInventory() []key.Binding {
	return []key.Binding{
		k.NextList, k.Sweep, k.PauseSweep,
		as(k.Details, "who holds the app; on a user, that user's apps"),
		as(k.Revoke, "revoke: an app for everybody, on a user that one's"),
		as(k.Who, "who else has the app of this row"),
		as(k.Mark, "details"),
		k.Filter,
		as(k.Sort, "sort"),
		as(k.Reload, "read the inventory again"),
		as(k.CopyID, "copy the client id"),
		k.CopyJSON,
		as(k.CopyTicket, "copy what "+shown(k.Revoke)+" does as a command"),
		k.CopyReport, k.Export,
	}
}

// helpGroup is a titled part of the help.
type helpGroup struct {
	title    string
	bindings []key.Binding
}

func (k keyMap) groups() []helpGroup {
	return []helpGroup{
		{"ACT", []key.Binding{k.Mark, k.MarkAll, k.Revoke, k.Offboard, k.CopyID, k.CopyJSON, k.CopyTicket, k.CopyReport, k.CopyCommand, k.Export}},
		{"LOOK", []key.Binding{k.Details, k.Filter, k.Sort, k.User, k.Reload, k.Who, k.Watch}},
		{"VIEWS", []key.Binding{k.Authorizations, k.Tokens, k.Inventory, k.Audit, k.NextView, k.Palette}},
		{"MOVE", []key.Binding{k.Up, k.Down, k.PageUp, k.PageDown, k.HalfUp, k.HalfDown, k.Top, k.Bottom, k.Fold, k.Unfold}},
		{"TOKENS", []key.Binding{k.Login, k.Fresh, k.Test, k.CopyToken, k.AddOrg, k.Forget, k.UseProfile}},
		{"INVENTORY", k.inInventory()},
		{"AUDIT", []key.Binding{k.CheckLog}},
		{"LEAVE", []key.Binding{k.Back, k.Help, k.Quit, k.ForceQuit, k.Suspend}},
	}
}
