package ui

import (
	"errors"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/webex"
)

const (
	besideFrom = 110 // columns from which the detail stands beside the table
	belowFrom  = 80  // columns from which it stands below it
	barCells   = 10
	detailBox  = 4 // lines of the detail below the table
)

// shape is how the screen of the list is divided.
type shape struct {
	top     int // lines above the body
	body    int // lines of the table with its header, and of the detail beside it
	table   int // columns of the table
	beside  int // columns of the detail beside it, 0 if none
	below   int // lines of the detail below it, 0 if none
	full    bool
	ruleEnd bool
}

func (m *Model) shape() shape {
	s := shape{top: 3, table: m.width, full: m.list.detail}
	switch {
	case s.full:
		s.top++
	case m.beside():
		s.beside = max(42, m.width*36/100)
		s.table = m.width - s.beside - 1
		s.top, s.ruleEnd = s.top+1, true
	case m.width >= belowFrom:
		s.below = detailBox + 1
		if m.list.showReport {
			s.below = min(detailBox+4, m.height/2)
		}
	case m.list.showReport:
		s.below = 5
	}
	s.body = max(m.height-s.top-s.below-2-btoi(s.ruleEnd), 0)
	return s
}

// layout tells the table how many rows it has room for.
func (m *Model) layout() {
	if m.screen == onList {
		m.list.table.resize(m.shape().body - 1)
	}
	if m.screen == onTokens {
		m.tokens.table.resize(m.tokensShape().table - 1)
	}
	if m.screen == onInventory {
		m.inventory.table().resize(m.inventoryShape().table - 1)
		m.inventory.filter.SetWidth(max(m.width-30, 10))
	}
	if m.screen == onAudit {
		m.audit.table.resize(m.auditShape().table - 1)
	}
	if m.screen == onLogin && m.login.stage == loginScopes {
		m.login.picker.table.resize(m.height - scopesTop - scopesFooter)
		m.login.picker.input.SetWidth(max(m.width-24, 10))
	}
	m.list.filter.SetWidth(max(m.width-30, 10))
	m.picker.input.SetWidth(max(m.width-30, 10))
}

func (m *Model) listLines() ([]string, *tea.Cursor) {
	s := m.shape()
	out := []string{m.headerLine("Authorizations"), m.personLine(), m.factLine()}
	switch {
	case !m.list.have:
		out = append(out, m.rule())
		out = append(out, m.stateLines()...)
	case s.full:
		out = append(out, m.rule())
		out = append(out, m.padded(m.fullDetail(m.width-2, s.body), m.width, s.body)...)
	case len(m.list.table.rows) == 0:
		out = append(out, m.rule())
		out = append(out, m.emptyLines()...)
	default:
		out = append(out, m.tableAndDetail(s)...)
	}
	for len(out) < m.height-2 {
		out = append(out, spaces(m.width))
	}
	out = out[:m.height-2]
	if s.ruleEnd && m.list.have {
		out[len(out)-1] = m.rule()
	}
	status, cursor := m.listStatus()
	return append(out, status, m.listKeys()), cursor
}

func (m *Model) tableAndDetail(s shape) []string {
	table := m.tableLines(s.table, s.body)
	var out []string
	if s.beside > 0 {
		out = append(out, m.rule())
		side := m.rested(s.beside, s.body, func() []string { return m.padded(m.sideLines(s.beside-2, s.body), s.beside, s.body) })
		bar := m.styles.tone[dim].Render(m.glyphs.side)
		for i, l := range table {
			out = append(out, l+bar+side[i])
		}
		return out
	}
	out = append(out, table...)
	if s.below > 0 {
		out = append(out, m.windowRule())
		out = append(out, m.rested(m.width, s.below-1, func() []string { return m.padded(m.belowLines(m.width-2, s.below-1), m.width, s.below-1) })...)
	}
	return out
}

// padded makes n lines of w cells, with a blank at the left.
func (m *Model) padded(lines []string, w, n int) []string {
	out := make([]string, n)
	for i := range out {
		l := ""
		if i < len(lines) {
			l = " " + lines[i]
		}
		out[i] = fitStyled(l, w)
	}
	return out
}

// sideLines is what stands beside the table: the last revoke, else the row.
func (m *Model) sideLines(w, h int) []string {
	if m.list.showReport && m.list.report != nil {
		return m.reportLines(w, h)
	}
	return m.detailLines(w, h)
}

func (m *Model) belowLines(w, h int) []string {
	if m.list.showReport && m.list.report != nil {
		return m.reportLines(w, h)
	}
	return m.briefLines(w)
}

// windowRule is a rule that says which rows are in sight.
func (m *Model) windowRule() string {
	from, to := m.list.table.window()
	return m.rowsRule(from, to, len(m.list.table.rows))
}

// personName is what a person is called where a name is to stand.
func (m *Model) personName() string {
	if m.list.known && strings.TrimSpace(clean(m.list.person.DisplayName)) != "" {
		return clean(m.list.person.DisplayName)
	}
	if e := m.list.listing.Email(); e != "" {
		return clean(e)
	}
	return m.list.who.String()
}

// personOrg is the name of the person's organization, empty when it is not known to
// be ours: a partner's customer is in another one.
func (m *Model) personOrg() webex.Untrusted {
	if m.session == nil || m.list.known && m.list.person.OrgID != "" && m.list.person.OrgID != m.session.Org.ID {
		return ""
	}
	return m.session.Org.DisplayName
}

func (m *Model) personLine() string {
	a := &m.list
	left := []segment{seg(plain, " "), seg(strong, m.personName())}
	email := clean(a.listing.Email())
	if a.known && a.person.Email() != "" {
		email = clean(a.person.Email())
	}
	if email != "" && email != m.personName() {
		left = append(left, seg(plain, "  "+email))
	}
	if a.known {
		left = append(left, seg(dim, "  "), signInWords(a.person))
		if !a.person.LastActivity.IsZero() && m.width >= 100 {
			left = append(left, seg(dim, " · seen "+app.AgeWords(a.person.LastActivity, m.now)))
		}
	}
	var right []segment
	if a.have {
		right = append(right, seg(dim, "read "+m.clock(a.listing.ReadAt)+", "+readAge(a.listing, m)+" "))
	}
	return m.sides(left, right)
}

// readAge rounds to minutes, so that the header is not one more thing that ticks.
func readAge(l app.Listing, m *Model) string { return app.AgeWords(l.ReadAt, m.now) }

func signInWords(p webex.PersonDetails) segment {
	switch {
	case p.InvitePending == webex.Yes:
		return seg(warn, "invite pending")
	case p.SignIn == webex.No:
		return seg(warn, "sign-in off")
	case p.SignIn == webex.Yes:
		return seg(dim, "can sign in")
	}
	return seg(dim, "sign-in state not shown to you")
}

// factLine answers "is something wrong"; each word of it is a filter.
func (m *Model) factLine() string {
	a := &m.list
	if m.session != nil && m.session.MayRevoke == webex.No {
		return m.paint(seg(bad, " "+m.session.Role+": Webex will refuse to list or revoke. Needs a Full, User or Device Admin."))
	}
	if !a.have {
		return m.paint(seg(dim, " "+m.roleWords()))
	}
	t := a.left()
	counts := count(t.apps, "app") + " hold" + map[bool]string{true: "s"}[t.apps == 1] + " " + count(t.refresh+t.access+t.other, "token")
	if m.width >= 100 {
		counts += fmt.Sprintf("  (%s refresh, %s access", thousands(t.refresh), thousands(t.access))
		if t.other > 0 {
			counts += fmt.Sprintf(", %s other", thousands(t.other))
		}
		counts += ")"
	}
	var facts []segment
	add := func(n int, tn tone, words string) {
		if n > 0 {
			facts = append(facts, seg(tn, thousands(n)+" "+words))
		}
	}
	add(t.gone, good, "gone")
	add(t.new, warn, "new today")
	add(t.stale, warn, "stale")
	if t.imitate == 1 {
		add(1, warn, "odd name")
	} else {
		add(t.imitate, warn, "odd names")
	}
	add(t.overdue, bad, "overdue")
	if t.signIns == 1 {
		add(1, link, "Webex sign-in")
	} else {
		add(t.signIns, link, "Webex sign-ins")
	}
	if t.access >= crowdedFrom {
		facts = append(facts, seg(bad, fmt.Sprintf("%d of %d access tokens", t.access, tokenLimit)))
	}
	if len(facts) == 0 && len(a.listing.Rows) > 0 {
		facts = append(facts, seg(dim, "nothing new, stale or overdue"))
	}
	left := append([]segment{seg(plain, " "+counts+"   ")}, joinSegments(facts, " · ")...)
	return m.paint(left...)
}

// roleWords says before the first list whether Webex will allow it.
func (m *Model) roleWords() string {
	switch {
	case m.session == nil:
		return ""
	case m.session.MayRevoke == webex.Yes:
		return m.session.Role + " · the token's scopes show with the first list"
	}
	return "role not known · other people's apps need a Full, User or Device Admin and identity:tokens_read"
}

// stateLines is what stands where the table will be: reading, or what went wrong.
func (m *Model) stateLines() []string {
	a := &m.list
	if a.err == nil {
		if !a.loading {
			return m.words("Nothing was read.", shown(m.keys.Reload)+" reads the list; "+shown(m.keys.User)+" chooses another user.")
		}
		seconds := ""
		if d := m.now.Sub(a.loadStart).Seconds(); d >= 1 {
			seconds = fmt.Sprintf("%d s", int(d))
		}
		return m.words("Reading the authorizations of "+m.personName()+"… "+seconds, "esc: stop")
	}
	var e *webex.Error
	tracking := ""
	if errors.As(a.err, &e) && e.TrackingID != "" {
		tracking = "trackingId " + clean(e.TrackingID)
	}
	first, second := m.errorWords(a.err, e)
	return append(m.words(first, second), m.words(tracking, "")[1:2]...)
}

// errorWords says what went wrong and what to try, for the errors that people meet.
func (m *Model) errorWords(err error, e *webex.Error) (first, second string) {
	org := "the organizations that this token reaches"
	if m.session != nil && m.session.Org.DisplayName != "" {
		org = clean(m.session.Org.DisplayName)
	}
	switch {
	case errors.Is(err, app.ErrPersonNotFound), errors.Is(err, webex.ErrNotFound):
		return "Webex knows no " + m.list.who.String() + " in " + org + ".", "A typo, another organization, or deleted already. Nothing was changed. " + shown(m.keys.User) + ": another user"
	case errors.Is(err, webex.ErrNotLoggedIn):
		return "Webex refuses the token (401).", "It is missing, malformed, revoked or expired: Webex does not say which. Get a fresh one and start again."
	case errors.Is(err, webex.ErrForbidden):
		return "Webex does not let you see other people's tokens (403).", "Needs a Full, User or Device Admin and identity:tokens_read; a partner needs Full Admin. Own apps: https://idbroker.webex.com/idb/profile#/tokens"
	case errors.Is(err, webex.ErrRateLimited):
		return sentence(err), shown(m.keys.Reload) + ": try again"
	case errors.Is(err, webex.ErrNetwork):
		return "No answer from Webex.", sentence(err) + ". " + shown(m.keys.Reload) + ": try again"
	case errors.Is(err, webex.ErrInvalidInput) && e == nil:
		return sentence(err), shown(m.keys.User) + ": another user"
	case e != nil:
		return "Webex did not answer as it should: " + cut(e.Reason(), 200), e.Hint + "  " + shown(m.keys.Reload) + ": try again"
	}
	return sentence(err), shown(m.keys.Reload) + ": try again"
}

func (m *Model) emptyLines() []string {
	a := &m.list
	if len(a.listing.Rows) == 0 {
		return m.words("No app holds a token for "+m.personName()+".", "Webex shows what exists now, not what was.  "+shown(m.keys.Reload)+": read again  "+shown(m.keys.User)+": another user")
	}
	return m.words(fmt.Sprintf("Nothing matches %q.", cut(a.filter.Value(), 40)), count(len(a.listing.Rows), "token")+" hidden · esc: clear the filter")
}

// words draws a state: a bold line and a dim one, wrapped, below a blank.
func (m *Model) words(first, second string) []string {
	out := []string{spaces(m.width)}
	for _, l := range wrap(first, m.width-4) {
		out = append(out, m.paint(seg(strong, "  "+l)))
	}
	for _, l := range wrap(second, m.width-4) {
		out = append(out, m.paint(seg(dim, "  "+l)))
	}
	return out
}

func (m *Model) listStatus() (string, *tea.Cursor) {
	a := &m.list
	if a.filtering {
		shown := fmt.Sprintf("%d of %d tokens ", m.shownTokens(), len(a.listing.Rows))
		line := m.sides([]segment{seg(link, " / "), seg(plain, clean(webex.Untrusted(a.filter.Value())))}, []segment{seg(dim, shown)})
		var cursor *tea.Cursor
		if c := a.filter.Cursor(); c != nil {
			c.X += 3
			c.Y = m.height - 2
			cursor = c
		}
		return line, cursor
	}
	idle := seg(dim, "")
	if a.have && len(a.table.rows) > 0 {
		t, text := dim, "nothing marked"
		if n := len(a.marks); n > 0 {
			t, text = strong, thousands(n)+" marked"
			if hidden := a.hiddenByFilter(a.marked()); hidden > 0 {
				t, text = warn, text+fmt.Sprintf(", %d hidden by the filter", hidden)
			}
		}
		text += fmt.Sprintf("   row %s of %s%s", thousands(a.table.cursor+1), thousands(len(a.table.rows)), m.orderWords())
		if f := a.filter.Value(); f != "" {
			text += fmt.Sprintf("   filter %q shows %d of %d tokens", cut(clean(webex.Untrusted(f)), 20), m.shownTokens(), len(a.listing.Rows))
		}
		idle = seg(t, text)
	}
	if a.err != nil && a.have {
		idle = seg(bad, "Reading again failed: "+sentence(a.err))
	}
	return m.statusLine(idle), nil
}

func (m *Model) shownTokens() int {
	match, n := matcher(m.list.filter.Value()), 0
	for _, h := range m.list.tree.haystack {
		n += btoi(match(h))
	}
	return n
}

func (m *Model) listKeys() string {
	switch {
	case m.list.filtering:
		return m.keyLine([2]string{"enter", "keep"}, [2]string{"esc", "clear"}, [2]string{"!", "in front: all others"}, [2]string{"↑ ↓", "move"})
	case !m.list.have && m.list.loading:
		return m.keyLine([2]string{"esc", "stop"}, hint(m.keys.User, "another user"), hint(m.keys.Help, "help"), hint(m.keys.Quit, "quit"))
	case !m.list.have:
		return m.keyLine(hint(m.keys.Reload, "read again"), hint(m.keys.User, "another user"), hint(m.keys.Help, "help"), hint(m.keys.Quit, "quit"))
	case m.list.showReport:
		return m.keyLine(hint(m.keys.CopyTicket, "copy for the ticket"), hint(m.keys.Reload, "read again"), hint(m.keys.User, "next user"), [2]string{"esc", "close"}, hint(m.keys.Help, "help"), hint(m.keys.Quit, "quit"))
	case m.list.detail:
		return m.keyLine(hint(m.keys.Revoke, "revoke"), [2]string{"esc", "back to the list"}, [2]string{"↑ ↓", "other rows"}, [2]string{"PgDn", "more"}, hint(m.keys.CopyID, "copy id"), hint(m.keys.Help, "help"), hint(m.keys.Quit, "quit"))
	}
	return m.keyLine(hint(m.keys.Revoke, "revoke"), hint(m.keys.Mark, "mark"), hint(m.keys.Offboard, "offboard"), hint(m.keys.Filter, "filter"), hint(m.keys.Sort, "sort"),
		hint(m.keys.User, "user"), hint(m.keys.Reload, "read again"), hint(m.keys.Export, "export"), hint(m.keys.Palette, "all"), hint(m.keys.Details, "details"), hint(m.keys.Help, "help"), hint(m.keys.Quit, "quit"))
}
