package ui

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/dialog"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/webex"
)

// windowTitle is constant: the terminal gets a title raw, and nothing that came
// from elsewhere may be part of it.
const windowTitle = "wxauth"

// View draws the model. It never fails, at any size.
func (m *Model) View() tea.View {
	if m.Plain {
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
	if m.Width <= 0 || m.Height <= 0 {
		return v
	}
	lines, cursor := m.screenLines()
	if m.dialogs.IsOpen() && !m.tooSmall() {
		cursor = nil
		w, h := dialog.Size(m.env())
		lines = m.Overlay(lines, m.dialogs.Top().Lines(m.env(), w, h))
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
	if m.tooSmall() {
		out = m.tooSmallLines()
	} else {
		out, cursor = m.drawScreen()
	}
	return m.Filled(out, m.Height), cursor
}

func (m *Model) tooSmallLines() []string {
	text := "too small: " + strconv.Itoa(minWidth) + "×" + strconv.Itoa(minHeight) + " needed, this is " + strconv.Itoa(m.Width) + "×" + strconv.Itoa(m.Height)
	lines := []string{text, m.keys.Shown(action.Quit) + " quits"}
	var out []string
	for _, l := range lines {
		out = append(out, draw.Pad(draw.Cut(l, m.Width), m.Width))
	}
	return out
}

// headerLine is the top line: where we are at the left, who we are at the right.
func (m *Model) headerLine(title string) string {
	tabs, tabCells := m.drawTabs(title)
	left, leftWidth := m.Styles.Tone[draw.Strong].Render(" wxauth")+"  "+tabs, 7+2+tabCells
	if m.Width < draw.BelowFrom+20 { // whose and where matter more
		left, leftWidth = " "+tabs, 1+tabCells
	}
	var right []draw.Segment
	if m.opts.Host != "" {
		right = append(right, draw.Warn.Text("at "+app.Clean(webex.Untrusted(m.opts.Host))))
	}
	switch {
	case m.session != nil:
		who := app.Clean(m.session.Person.Email())
		if m.session.Role != "" && m.Width >= 100 {
			who += ", " + m.session.Role
		}
		right = append(right, draw.Plain.Text(who))
		if org := app.Clean(m.session.Org.DisplayName); org != "" {
			right = append(right, draw.Plain.Text(org))
		}
	case m.sessionErr != nil:
		words := "who you are is not known"
		if errors.Is(m.sessionErr, webex.ErrNotLoggedIn) {
			words = "not signed in"
		}
		right = append(right, draw.Bad.Text(words))
	case m.opts.Service != nil:
		right = append(right, draw.Dim.Text("asking who this token belongs to…"))
	default:
		right = append(right, draw.Dim.Text("no token"))
	}
	badges := ""
	badgeWidth := 0
	for _, b := range m.opts.Badges {
		badges += m.Styles.Reverse.Render(" "+b+" ") + " "
		badgeWidth += draw.Cells(b) + 3
	}
	room := m.Width - leftWidth - badgeWidth - 3
	joined := draw.JoinSegments(right, " · ")
	first := min(len(m.opts.Host), 1) // a host that is not Webex's never goes; then the org matters most
	for draw.Total(joined) > room && len(right) > first+1 {
		right = append(right[:first:first], right[first+1:]...)
		joined = draw.JoinSegments(right, " · ")
	}
	if draw.Total(joined) > room && len(right) > 1 { // the host gives way to the organization
		right[0].Text = draw.Cut(right[0].Text, max(room-draw.Total(right[1:])-3, 0))
		joined = draw.JoinSegments(right, " · ")
	}
	gap := m.Width - leftWidth - badgeWidth - min(draw.Total(joined), max(room, 0)) - 1
	return draw.FitStyled(left+draw.Spaces(max(gap, 1))+badges+draw.Paint(&m.Styles.Tone, min(draw.Total(joined), max(room, 0)), joined...)+" ", m.Width)
}

// drawTabs draws the views, the one that is open in reverse and brackets.
func (m *Model) drawTabs(open string) (drawn string, width int) {
	views := m.present()
	if len(views) == 1 || !slices.ContainsFunc(views, func(v tab) bool { return v.name == open }) {
		return m.Styles.Reverse.Render("[" + open + "]"), 2 + draw.Cells(open)
	}
	for _, v := range views {
		label := m.keys.Shown(v.key) + " " + v.name
		if v.name != open && m.Width < draw.BelowFrom {
			label = m.keys.Shown(v.key) // there is more to say up here
		}
		if v.name == open {
			drawn += m.Styles.Reverse.Render("[" + label + "]")
		} else {
			drawn += m.Styles.Tone[draw.Dim].Render(" " + label + " ")
		}
		width += draw.Cells(label) + 2
	}
	return drawn, width
}

// statusLine says what the last key came to, and at the right what is running.
func (m *Model) statusLine(idle draw.Segment) string {
	left := m.flash
	if left.Text == "" {
		left = idle
	}
	right := []draw.Segment{m.runningSegment(), draw.Plain.Text(" ")}
	if right[0].Text == idleWords && draw.Cells(left.Text)+draw.Total(right)+2 > m.Width {
		right = nil // that nothing runs can be left unsaid
	}
	return m.Sides([]draw.Segment{draw.Plain.Text(" "), left}, right)
}

const idleWords = "nothing running"

func (m *Model) runningSegment() draw.Segment {
	w, inv := m.list.Work(m.env()), m.inventory.Work(m.env())
	switch {
	case !m.pausedUntil.IsZero() && m.revokes() > 0:
		if inv.Total > 0 {
			w = inv
		}
		return draw.Warn.Text(fmt.Sprintf("revoking  %s of %s done, Webex asks for a pause until %s", english.Thousands(w.Done), english.Thousands(w.Total), m.env().Clock(m.pausedUntil)))
	case !m.pausedUntil.IsZero():
		return draw.Warn.Text("Webex asks for a pause, until " + m.env().Clock(m.pausedUntil))
	case m.revokes() > 0 && inv.Total > 0:
		return draw.Link.Text(fmt.Sprintf("revoking  %s  %s of %s done", m.progressBar(inv.Done, inv.Total), english.Thousands(inv.Done), english.Thousands(inv.Total)))
	case m.revokes() > 0:
		return draw.Link.Text(fmt.Sprintf("%s running  %s  %s sent, %s of %s done", english.Count(m.revokes(), "revoke"), m.progressBar(w.Sent+w.Done, 2*w.Total), english.Thousands(w.Sent), english.Thousands(w.Done), english.Thousands(w.Total)))
	case w.Preparing, inv.Preparing:
		return draw.Link.Text("reading before asking…")
	case m.open == m.list && m.list.Reading():
		return draw.Link.Text("reading…")
	case inv.Sweep.Text != "":
		return inv.Sweep
	case w.Watch != "":
		return draw.Link.Text(w.Watch)
	}
	return draw.Dim.Text(idleWords)
}

// progressBar draws how far something has come; a narrow screen has the numbers alone.
func (m *Model) progressBar(done, total int) string {
	n := min(draw.BarCells*2, m.Width/8)
	if total == 0 || m.Width < draw.BelowFrom || m.Plain {
		return ""
	}
	full := n * done / total
	return draw.Repeat(m.Glyphs.Left, full) + draw.Repeat(m.Glyphs.Used, n-full)
}

// keyLine lists keys, the most important first. The last two, how to get help and
// how to leave, always stay; what does not fit between is left out.
func (m *Model) keyLine(keys ...action.Hint) string {
	width := func(k action.Hint) int { return draw.Cells(k.Keys) + 1 + draw.Cells(k.Words) + 2 }
	room := m.Width - 1
	tail := keys[max(len(keys)-2, 0):]
	for _, k := range tail {
		room -= width(k)
	}
	segs := []draw.Segment{draw.Plain.Text(" ")}
	add := func(k action.Hint) {
		name, words := draw.Link, draw.Plain
		if (k.Of == action.Revoke || k.Of == action.Offboard) && m.noRevoke().Short != "" {
			name, words = draw.Dim, draw.Dim
		}
		segs = append(segs, name.Text(k.Keys), words.Text(" "+k.Words+"  "))
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
	return m.Paint(segs...)
}
