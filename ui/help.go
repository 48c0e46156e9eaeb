package ui

import (
	"slices"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

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
	case key.Matches(msg, k.Up):
		d.scroll--
	case key.Matches(msg, k.Down):
		d.scroll++
	case key.Matches(msg, k.PageDown):
		d.scroll += d.visible
	case key.Matches(msg, k.PageUp):
		d.scroll -= d.visible
	case key.Matches(msg, k.Back), key.Matches(msg, k.Help, m.keys.Help), key.Matches(msg, k.Quit, m.keys.Quit), key.Matches(msg, k.Press):
		return m.closeDialog()
	}
	d.scroll = max(0, min(d.scroll, d.total-d.visible))
	return nil
}

func (d *help) lines(m *Model, w, h int) []string {
	w = min(w, 76)
	st := &m.Styles.Tone
	var all []string
	groups := m.keys.groups()
	if title := map[screen]string{onTokens: "TOKENS", onInventory: "INVENTORY", onAudit: "AUDIT"}[m.screen]; title != "" { // what is about this screen goes first
		i := slices.IndexFunc(groups, func(g helpGroup) bool { return g.title == title })
		groups = slices.Insert(slices.Delete(groups, i, i+1), 0, m.keys.groups()[i])
	}
	for _, g := range groups {
		all = append(all, "  "+st[draw.Dim].Render(g.title))
		for _, b := range g.bindings {
			t, text := draw.Plain, b.Help().Desc
			if why := m.cannot(b); why != "" {
				t, text = draw.Dim, text+" ("+why+")"
			}
			for n, l := range draw.Wrap(text, w-20) {
				k := ""
				if n == 0 {
					k = b.Help().Key
				}
				all = append(all, "    "+st[draw.Link].Render(draw.Pad(k, 10))+"  "+st[t].Render(l))
			}
		}
	}
	if m.screen == onTokens {
		all = append(all, "", "  "+st[draw.Dim].Render("STATE"),
			"    renews       the access token has ended; the next use gets a new one",
			"    ends soon    the refresh token does: "+shown(m.keys.Fresh)+", or log in again",
			"    not renewed  works until the access token ends",
			"    fetch anew   nothing works any more: "+shown(m.keys.Fresh)+" asks for new",
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

// cannot says why an action cannot run now; empty when it can.
func (m *Model) cannot(b key.Binding) string {
	help := b.Help()
	if why := m.whyNotRevoke(); why != "" && (help.Key == m.keys.Revoke.Help().Key || help == m.keys.Offboard.Help()) {
		return why
	}
	k := m.keys
	if m.opts.Account == nil && (help == k.Tokens.Help() || help == k.Login.Help()) {
		return "there is no login here"
	}
	if m.opts.Audit == nil && help == k.Audit.Help() {
		return "there is no record here"
	}
	if m.opts.Inventory == nil && (help == k.Inventory.Help() || help == k.Who.Help()) {
		return "there is no inventory here"
	}
	if help == m.keys.CopyReport.Help() && m.report == nil && m.bulkReport == nil {
		return "nothing revoked yet"
	}
	return ""
}
