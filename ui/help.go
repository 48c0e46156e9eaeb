package ui

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
)

// help shows every key, from the same table that the handlers use.
type help struct {
	opening
	scroll, visible, total int
}

func newHelp(m *Model) *help { return &help{opening: opening{m.now}} }

func (d *help) paste() {}

func (d *help) press(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	k := m.fixed
	switch {
	case d.tooSoon(m.now):
	case k.Matches(msg, action.Up):
		d.scroll--
	case k.Matches(msg, action.Down):
		d.scroll++
	case k.Matches(msg, action.PageDown):
		d.scroll += d.visible
	case k.Matches(msg, action.PageUp):
		d.scroll -= d.visible
	case k.Matches(msg, action.Back), k.Matches(msg, action.Help, action.Help), k.Matches(msg, action.Quit, action.Quit), k.Matches(msg, action.Press):
		return m.closeDialog()
	}
	d.scroll = max(0, min(d.scroll, d.total-d.visible))
	return nil
}

func (d *help) lines(m *Model, w, h int) []string {
	w = min(w, 76)
	st := &m.Styles.Tone
	var all []string
	for _, g := range m.helpGroups() {
		all = append(all, "  "+st[draw.Dim].Render(g.title))
		for _, a := range g.actions {
			t, text := draw.Plain, a.Text()
			if a.Why != "" {
				t, text = draw.Dim, text+" ("+a.Why+")"
			}
			for n, l := range draw.Wrap(text, w-20) {
				k := ""
				if n == 0 {
					k = m.keys.Label(a.Key)
				}
				all = append(all, "    "+st[draw.Link].Render(draw.Pad(k, 10))+"  "+st[t].Render(l))
			}
		}
	}
	if m.screen == onTokens {
		all = append(all, "", "  "+st[draw.Dim].Render("STATE"),
			"    renews       the access token has ended; the next use gets a new one",
			"    ends soon    the refresh token does: "+m.keys.Shown(action.Fresh)+", or log in again",
			"    not renewed  works until the access token ends",
			"    fetch anew   nothing works any more: "+m.keys.Shown(action.Fresh)+" asks for new",
			"    not allowed  the org has not authorized the app",
		)
	}
	if m.screen == onInventory {
		all = append(all, "", "  "+st[draw.Dim].Render("FLAGS")+"  facts, no verdicts: look before you revoke",
			"    look-alike  its name looks like that of another app",
			"    new         in no sweep before",
			"    odd name    no letter in it, or it says test and nothing more",
			"    one user    nobody else has it",
			"    stale       no sign of life in the 30 days before the sweep",
		)
	}
	all = append(all, "",
		"  "+st[draw.Dim].Render("TIME LEFT"),
		"    renewed  from the newest access token, which renewed it",
		"    assumed  created, plus the lifetime of the policy",
		"    unknown  nothing to go by; Webex names no expiry",
		"    overdue  an assumed end has passed, and it is still listed",
	)
	d.total, d.visible = len(all), min(len(all), max(h-2, 1))
	d.scroll = max(0, min(d.scroll, d.total-d.visible))
	keys := "esc: close"
	if d.total > d.visible {
		keys = "↑ ↓ PgDn: scroll   " + keys
	}
	return m.Framed("Keys", all[d.scroll:d.scroll+d.visible], keys, w)
}

// helpGroup is a titled part of the help.
type helpGroup struct {
	title   string
	actions []action.Action
}

// helpGroups are the actions of all views by group, those of the view that is open first.
func (m *Model) helpGroups() []helpGroup {
	groups := []helpGroup{{title: "ACT"}, {title: "LOOK"}, {title: "VIEWS"}, {title: "MOVE"}}
	add := func(actions []action.Action) {
		for _, a := range actions {
			if a.Group == "" {
				continue
			}
			i := slices.IndexFunc(groups, func(g helpGroup) bool { return g.title == a.Group })
			if i < 0 {
				i = len(groups)
				groups = append(groups, helpGroup{title: a.Group})
			}
			if !slices.ContainsFunc(groups[i].actions, func(b action.Action) bool { return a.Key == b.Key }) {
				groups[i].actions = append(groups[i].actions, a)
			}
		}
	}
	for _, s := range []screen{onList, onTokens, onInventory, onAudit} {
		add(m.viewActions(s))
	}
	add(m.rootActions())
	if title := map[screen]string{onTokens: "TOKENS", onInventory: "INVENTORY", onAudit: "AUDIT"}[m.screen]; title != "" {
		i := slices.IndexFunc(groups, func(g helpGroup) bool { return g.title == title })
		open := groups[i]
		groups = slices.Insert(slices.Delete(groups, i, i+1), 0, open)
	}
	return groups
}
