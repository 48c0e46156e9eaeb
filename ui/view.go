package ui

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/webex"
)

// windowTitle is constant: the terminal gets a title raw, and nothing that came
// from elsewhere may be part of it.
const windowTitle = "wxauth"

// View draws the model. It never fails, at any size.
func (m *Model) View() tea.View {
	if m.opts.Plain {
		return m.plainView()
	}
	return m.drawnView()
}

// emptyView is a view with nothing on it yet.
func emptyView() tea.View {
	v := tea.NewView("")
	v.AltScreen = true
	v.WindowTitle = windowTitle
	return v
}

func (m *Model) drawnView() tea.View {
	v := emptyView()
	if m.width <= 0 || m.height <= 0 {
		return v
	}
	lines, cursor := m.screenLines()
	if len(m.dialogs) > 0 && !m.tooSmall() {
		cursor = nil
		lines = overlay(m, lines, m.dialogs[len(m.dialogs)-1].lines(m, m.width-2, m.height))
	}
	v.Content = strings.Join(lines, "\n")
	v.Cursor = cursor
	return v
}

// screenLines draws what lies under a dialog: exactly height lines of width cells.
func (m *Model) screenLines() ([]string, *tea.Cursor) {
	var (
		out    []string
		cursor *tea.Cursor
	)
	switch {
	case m.tooSmall():
		out = m.tooSmallLines()
	case m.screen == onFirstRun:
		out = m.firstRunLines()
	case m.screen == onPicker:
		out, cursor = m.pickerLines()
	case m.screen == onTokens:
		out, cursor = m.tokensLines()
	case m.screen == onInventory:
		out, cursor = m.inventoryLines()
	case m.screen == onAudit:
		out, cursor = m.auditLines()
	case m.screen == onLogin:
		out, cursor = m.loginLines()
	default:
		out, cursor = m.listLines()
	}
	blank := spaces(m.width)
	for len(out) < m.height {
		out = append(out, blank)
	}
	return out[:m.height], cursor
}

func (m *Model) tooSmallLines() []string {
	text := "too small: " + itoa(minWidth) + "×" + itoa(minHeight) + " needed, this is " + itoa(m.width) + "×" + itoa(m.height)
	lines := []string{text, shown(m.keys.Quit) + " quits"}
	var out []string
	for _, l := range lines {
		out = append(out, pad(cut(l, m.width), m.width))
	}
	return out
}

func (m *Model) paint(segs ...segment) string { return paint(&m.styles.tone, m.width, segs...) }

func (m *Model) sides(left, right []segment) string {
	return paintSides(&m.styles.tone, m.width, left, right)
}

func (m *Model) rule() string { return m.paint(seg(dim, repeat(m.glyphs.rule, m.width))) }

// headerLine is the top line: where we are at the left, who we are at the right.
func (m *Model) headerLine(title string) string {
	tabs, tabCells := m.tabs(title)
	left, leftWidth := m.styles.tone[strong].Render(" wxauth")+"  "+tabs, 7+2+tabCells
	if m.width < belowFrom+20 { // whose and where matter more
		left, leftWidth = " "+tabs, 1+tabCells
	}
	var right []segment
	if m.opts.Host != "" {
		right = append(right, seg(warn, "at "+clean(webex.Untrusted(m.opts.Host))))
	}
	switch {
	case m.session != nil:
		who := clean(m.session.Person.Email())
		if m.session.Role != "" && m.width >= 100 {
			who += ", " + m.session.Role
		}
		right = append(right, seg(plain, who))
		if org := clean(m.session.Org.DisplayName); org != "" {
			right = append(right, seg(plain, org))
		}
	case m.sessionErr != nil:
		words := "who you are is not known"
		if errors.Is(m.sessionErr, webex.ErrNotLoggedIn) {
			words = "not signed in"
		}
		right = append(right, seg(bad, words))
	case m.opts.Service != nil:
		right = append(right, seg(dim, "asking who this token belongs to…"))
	default:
		right = append(right, seg(dim, "no token"))
	}
	badges := ""
	badgeWidth := 0
	for _, b := range m.opts.Badges {
		badges += m.styles.reverse.Render(" "+b+" ") + " "
		badgeWidth += cells(b) + 3
	}
	room := m.width - leftWidth - badgeWidth - 3
	joined := joinSegments(right, " · ")
	first := btoi(m.opts.Host != "") // a host that is not Webex's never goes; then the org matters most
	for total(joined) > room && len(right) > first+1 {
		right = append(right[:first:first], right[first+1:]...)
		joined = joinSegments(right, " · ")
	}
	if total(joined) > room && len(right) > 1 { // the host gives way to the organization
		right[0].text = cut(right[0].text, max(room-total(right[1:])-3, 0))
		joined = joinSegments(right, " · ")
	}
	gap := m.width - leftWidth - badgeWidth - min(total(joined), max(room, 0)) - 1
	return fitStyled(left+spaces(max(gap, 1))+badges+paint(&m.styles.tone, min(total(joined), max(room, 0)), joined...)+" ", m.width)
}

// tab is a view that can be gone to.
type tab struct {
	key    key.Binding
	name   string
	screen screen
}

// views are those that there are here, by their keys; what is missing leaves a gap, so
// that a key means the same everywhere.
func (m *Model) views() []tab {
	out := []tab{{m.keys.Authorizations, "Authorizations", onList}}
	if m.opts.Account != nil {
		out = append(out, tab{m.keys.Tokens, "Tokens", onTokens})
	}
	if m.opts.Inventory != nil {
		out = append(out, tab{m.keys.Inventory, "Inventory", onInventory})
	}
	if m.opts.Audit != nil {
		out = append(out, tab{m.keys.Audit, "Audit", onAudit})
	}
	return out
}

// tabs draws the views, the one that is open in reverse and brackets.
func (m *Model) tabs(open string) (drawn string, width int) {
	views := m.views()
	if len(views) == 1 || !slices.ContainsFunc(views, func(v tab) bool { return v.name == open }) {
		return m.styles.reverse.Render("[" + open + "]"), 2 + cells(open)
	}
	for _, v := range views {
		label := shown(v.key) + " " + v.name
		if v.name != open && m.width < belowFrom {
			label = shown(v.key) // there is more to say up here
		}
		if v.name == open {
			drawn += m.styles.reverse.Render("[" + label + "]")
		} else {
			drawn += m.styles.tone[dim].Render(" " + label + " ")
		}
		width += cells(label) + 2
	}
	return drawn, width
}

func joinSegments(segs []segment, sep string) []segment {
	var out []segment
	for i, s := range segs {
		if i > 0 {
			out = append(out, seg(dim, sep))
		}
		out = append(out, s)
	}
	return out
}

func total(segs []segment) int {
	n := 0
	for i := range segs {
		n += segs[i].cells()
	}
	return n
}

// statusLine says what the last key came to, and at the right what is running.
func (m *Model) statusLine(idle segment) string {
	left := m.flash
	if left.text == "" {
		left = idle
	}
	right := []segment{m.runningSegment(), seg(plain, " ")}
	if right[0].text == idleWords && cells(left.text)+total(right)+2 > m.width {
		right = nil // that nothing runs can be left unsaid
	}
	return m.sides([]segment{seg(plain, " "), left}, right)
}

const idleWords = "nothing running"

func (m *Model) runningSegment() segment {
	switch {
	case !m.pausedUntil.IsZero() && m.running > 0:
		done, total := m.revokedSoFar()
		return seg(warn, fmt.Sprintf("revoking  %s of %s done, Webex asks for a pause until %s", thousands(done), thousands(total), m.clock(m.pausedUntil)))
	case !m.pausedUntil.IsZero():
		return seg(warn, "Webex asks for a pause, until "+m.clock(m.pausedUntil))
	case m.running > 0 && m.inventory.bulk.total > 0:
		b := m.inventory.bulk
		return seg(link, fmt.Sprintf("revoking  %s  %s of %s done", m.progressBar(b.done, b.total), thousands(b.done), thousands(b.total)))
	case m.running > 0:
		sent, done, total := 0, 0, 0
		for _, s := range m.list.states {
			if s.op == m.op {
				total++
				sent += btoi(s.stage != app.StageWaiting)
				done += btoi(s.stage == app.StageDone)
			}
		}
		return seg(link, fmt.Sprintf("%s running  %s  %s sent, %s of %s done", count(m.running, "revoke"), m.progressBar(sent+done, 2*total), thousands(sent), thousands(done), thousands(total)))
	case m.list.preparing, m.inventory.preparing != "":
		return seg(link, "reading before asking…")
	case m.list.loading && m.screen == onList:
		return seg(link, "reading…")
	case m.inventory.sweep.running:
		return m.sweepSegment()
	case m.watch != nil && m.screen == onList && m.watch.who == m.list.who:
		return seg(link, m.watchWords())
	}
	return seg(dim, idleWords)
}

// revokedSoFar counts the tokens of the revoke that is under way, and those that are done.
func (m *Model) revokedSoFar() (done, total int) {
	if b := m.inventory.bulk; b.total > 0 {
		return b.done, b.total
	}
	for _, s := range m.list.states {
		if s.op == m.op {
			total++
			done += btoi(s.stage == app.StageDone)
		}
	}
	return done, total
}

// progressBar draws how far something has come; a narrow screen has the numbers alone.
func (m *Model) progressBar(done, total int) string {
	n := min(barCells*2, m.width/8)
	if total == 0 || m.width < belowFrom || m.opts.Plain {
		return ""
	}
	full := n * done / total
	return repeat(m.glyphs.left, full) + repeat(m.glyphs.used, n-full)
}

// keyLine lists keys, the most important first. The last two, how to get help and
// how to leave, always stay; what does not fit between is left out.
func (m *Model) keyLine(keys ...[2]string) string {
	width := func(k [2]string) int { return cells(k[0]) + 1 + cells(k[1]) + 2 }
	room := m.width - 1
	tail := keys[max(len(keys)-2, 0):]
	for _, k := range tail {
		room -= width(k)
	}
	segs := []segment{seg(plain, " ")}
	add := func(k [2]string) {
		name, words := link, plain
		if (k[0] == shown(m.keys.Revoke) || k[0] == shown(m.keys.Offboard)) && m.whyNotRevoke() != "" {
			name, words = dim, dim
		}
		segs = append(segs, seg(name, k[0]), seg(words, " "+k[1]+"  "))
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
	return m.paint(segs...)
}

// clock writes a time of day with its zone.
func (m *Model) clock(t time.Time) string { return t.In(m.opts.Location).Format("15:04:05 MST") }

// stamp writes a date and time with its zone.
func (m *Model) stamp(t time.Time) string {
	return t.In(m.opts.Location).Format("2006-01-02 15:04 MST")
}

// sentence writes an error as a line for the user.
func sentence(err error) string {
	s := strings.TrimPrefix(clean(webex.Untrusted(err.Error())), "invalid input: ")
	if r := []rune(s); len(r) > 0 {
		return strings.ToUpper(string(r[0])) + string(r[1:])
	}
	return s
}
