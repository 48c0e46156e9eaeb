package ui

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/webex"
)

// detailLines draws everything about the row under the cursor.
func (m *Model) detailLines(w, h int) []string {
	cur, ok := m.list.table.current()
	if !ok || w <= 0 {
		return nil
	}
	f := newFields(&m.Screen, w)
	if cur.row < 0 {
		m.appDetail(f, cur.group)
	} else {
		m.tokenDetail(f, cur.group, m.list.listing.Rows[cur.row])
	}
	if len(f.out) > h && h > 0 {
		f.out = append(f.out[:h-1], paint(&m.Styles.tone, w, dim.Text("… enter shows all")))
	}
	return f.out
}

// fullDetail is the detail over the whole screen: it scrolls.
func (m *Model) fullDetail(w, h int) []string {
	all := m.detailLines(w, 0)
	from := max(0, min(m.list.detailScroll, len(all)-h))
	shown := all[from:min(from+h, len(all))]
	if rest := len(all) - from - len(shown); rest > 0 && h > 0 {
		shown[len(shown)-1] = paint(&m.Styles.tone, w, warn.Text(fmt.Sprintf("↓ %d more lines (PgDn)", rest+1)))
	}
	return shown
}

func (m *Model) tokenDetail(f *fields, g *group, r app.Row) {
	name := f.w - cells(kind(r.Type)) - 9
	f.line(strong.Text(cut(g.name, max(name, 12))), dim.Text("  "+kind(r.Type)+" token"))
	f.blank()
	if s := m.list.states[r.ID]; m.list.gone(r) {
		st := m.stateSegment(s, far)
		f.text("", st.tone, st.text)
		f.blank()
		m.idDetail(f, g, &r)
		return
	}
	f.line(m.leftSegments(r)...)
	if r.Left.Known() && !r.Left.Overdue(m.now) {
		f.line(m.appendBar(nil, &r, f.w)...)
	}
	f.text(string(r.Left.Basis), plain, m.basisWords(r))
	if s, ok := m.list.states[r.ID]; ok && r.ID != "" {
		f.blank()
		st := m.stateSegment(s, far)
		f.text("", st.tone, st.text)
		if s.res.Err != nil {
			f.text("", plain, clean(webex.Untrusted(s.res.Err.Error())))
		}
	}
	f.blank()
	if r.Created.IsZero() {
		f.text("Created", plain, "Webex sent no time, or one that cannot be read")
	} else {
		f.text("Created", plain, m.stamp(r.Created)+" ("+app.AgeWords(r.Created, m.now)+")")
	}
	if r.Unreadable != "" {
		f.text("", warn, "Webex sent this row with fields that cannot be read: "+r.Unreadable+".")
	}
	f.blank()
	m.endsDetail(f, g, r)
	f.blank()
	m.idDetail(f, g, &r)
}

func (m *Model) leftSegments(r app.Row) []segment {
	switch {
	case !r.Left.Known():
		return []segment{strong.Text("Time left is not known")}
	case r.Left.Overdue(m.now):
		return []segment{bad.Text(app.LeftWords(r.Left, m.now)), plain.Text("   since " + m.stamp(r.Left.Until))}
	}
	return []segment{leftTone(&r, m.now).Text(app.LeftWords(r.Left, m.now) + " left"), plain.Text("   until " + m.stamp(r.Left.Until))}
}

// basisWords say how the time left was reached.
func (m *Model) basisWords(r app.Row) string {
	life := app.LifetimeWords(r.Left.Lifetime)
	switch {
	case r.Left.Basis == webex.BasisRenewed:
		return life + " after its newest access token (" + m.stamp(r.Left.Since) + "), since getting one renews this one"
	case r.Left.Basis == webex.BasisAssumed && r.Left.Overdue(m.now):
		return "created + " + life + " has passed, yet it is still listed: the assumption failed. It may work."
	case r.Left.Basis == webex.BasisAssumed:
		return "created + " + life + ", by the policy: Webex names no expiry for other people's tokens"
	case r.Created.IsZero():
		return "Webex sent no time of creation"
	case r.SignIn:
		return "one of Webex's own apps: a policy of the organization sets how long it lives"
	case r.Type != webex.TypeAccess && r.Type != webex.TypeRefresh:
		return "nobody knows how long a token of this type lives"
	}
	return "the policy calls it unknown"
}

// endsDetail says what a revoke would end.
func (m *Model) endsDetail(f *fields, g *group, r app.Row) {
	if why := r.CannotRevoke(); why != "" {
		f.text("", warn, "Cannot be revoked: "+why+".")
		return
	}
	if n := len(m.list.marks); n > 0 && !m.list.marks[r.ID] {
		f.text("", warn, shown(m.keys.Revoke)+" acts on the "+english.Thousands(n)+" marked, not on this row.")
	}
	if r.SignIn {
		f.text("", warn, "Revoking it signs "+m.personName()+" out of Webex where this client is used.")
	}
	if r.Type != webex.TypeRefresh || g.access == 0 || g.client == "" {
		f.line(strong.Text("Revoking it ends this token alone"))
		if r.Type == webex.TypeAccess && g.refresh > 0 {
			f.text("", dim, "The app holds a refresh token too, and can get a new access token with it.")
		}
		return
	}
	if g.refresh > 1 {
		f.line(strong.Text(fmt.Sprintf("Revoking it ends this, and up to %s", english.Count(g.access, "access token"))))
		f.text("", dim, fmt.Sprintf("The app holds %d refresh tokens; Webex does not say which access token is whose.", g.refresh))
		return
	}
	f.line(strong.Text("Revoking it ends " + english.Count(g.access+1, "token")))
	f.line(plain.Text("  refresh  this one"))
	for _, i := range g.rows {
		a := m.list.listing.Rows[i]
		if a.Type == webex.TypeAccess {
			f.line(plain.Text("  access   " + pad(app.AgeWords(a.Created, m.now), 9) + "  " + app.LeftWords(a.Left, m.now)))
		}
	}
	f.text("", dim, "inferred: same person, same app; Webex publishes no link between tokens")
}

func (m *Model) idDetail(f *fields, g *group, r *app.Row) {
	l := m.list.listing
	f.text("Person", plain, m.personName())
	if e := clean(l.Email()); e != "" && e != m.personName() {
		f.more(plain, e)
	}
	f.text("Client", plain, app.OrDash(clean(g.client)))
	if r != nil {
		f.text("Token id", plain, app.OrDash(clean(r.ID)))
		if d, ok := webex.DecodeID(r.ID); ok {
			f.more(dim, clean(d.UUID))
		}
		f.text("App id", plain, app.OrDash(clean(r.ApplicationID)))
	}
	f.text("Scopes", dim, "not disclosed by Webex for other people's tokens")
}

func (m *Model) appDetail(f *fields, g *group) {
	f.text("", strong, cut(g.name, 400))
	f.line(dim.Text(fmt.Sprintf("%s refresh, %s access", english.Thousands(g.refresh), english.Thousands(g.access))))
	f.blank()
	for _, w := range m.appWords(g) {
		f.text("", w.tone, w.text)
	}
	if g.isNew {
		f.text("", dim, "Its first token here was made "+app.AgeWords(g.oldest, m.now)+".")
	}
	if g.stale {
		f.text("", dim, "Its newest token here was made on "+m.stamp(g.newest)+". An app in use gets a new one at least every 14 days.")
	}
	if g.imitates {
		f.text("", dim, "Only its name says so: its client id is none of Webex's that are known here.")
	}
	if g.overdue > 0 {
		f.text("", bad, english.Count(g.overdue, "token")+" overdue: past its assumed end, and still listed.")
	}
	f.blank()
	f.text("Newest", plain, app.OrDash(stampOrEmpty(m, g)))
	f.blank()
	f.line(m.appAct(g))
	f.blank()
	m.idDetail(f, g, nil)
}

// appAct says what x would do to an app.
func (m *Model) appAct(g *group) segment {
	there, able := m.tokensLeft(g)
	switch why := m.whyNotRevoke(); {
	case there == 0:
		return good.Text("nothing of it is left")
	case why != "":
		return dim.Text("revoking is off: " + why)
	case able == 0:
		return warn.Text("none of its tokens can be revoked here")
	}
	if n := len(m.list.marks); n > 0 {
		if marked, able := m.list.markedIn(g); marked < able || marked < n {
			return warn.Text(shown(m.keys.Revoke) + " acts on the " + english.Thousands(n) + " marked, wherever they are")
		}
	}
	return strong.Text(shown(m.keys.Revoke) + " revokes its " + english.Count(able, "token"))
}

// tokensLeft counts the tokens of an app that were not revoked here, and those of them that
// can be.
func (m *Model) tokensLeft(g *group) (there, able int) {
	for _, i := range g.rows {
		r := m.list.listing.Rows[i]
		there += btoi(!m.list.gone(r))
		able += btoi(!m.list.gone(r) && r.CannotRevoke() == "")
	}
	return there, able
}

// appWords say what is worth knowing about an app; nothing once all of its tokens are gone.
func (m *Model) appWords(g *group) []segment {
	if there, _ := m.tokensLeft(g); there == 0 {
		return nil
	}
	return g.words(m.now)
}

func stampOrEmpty(m *Model, g *group) string {
	if g.newest.IsZero() {
		return ""
	}
	return m.stamp(g.newest)
}

// briefLines is the detail in four lines, for below the table.
func (m *Model) briefLines(w int) []string {
	cur, ok := m.list.table.current()
	if !ok {
		return nil
	}
	f := newFields(&m.Screen, w)
	g := cur.group
	if cur.row < 0 {
		f.line(strong.Text(cut(g.name, w-26)), dim.Text(fmt.Sprintf("  %s refresh, %s access", english.Thousands(g.refresh), english.Thousands(g.access))))
		f.line(joinSegments(m.appWords(g), " · ")...)
		f.line(m.appAct(g))
		f.line(dim.Text("client " + shortClient(g.client) + " · enter: everything"))
		return f.out
	}
	r := m.list.listing.Rows[cur.row]
	if m.list.gone(r) {
		f.line(strong.Text(cut(g.name, max(w-60, 14))), dim.Text("  "+kind(r.Type)+" token   "), m.stateSegment(m.list.states[r.ID], far))
		return f.out
	}
	f.line(append([]segment{strong.Text(cut(g.name, max(w-60, 14))), dim.Text("  " + kind(r.Type) + " token   ")}, m.leftSegments(r)...)...)
	f.line(dim.Text(string(r.Left.Basis)+"  "), plain.Text(m.basisWords(r)))
	if n := len(m.list.marks); n > 0 && !m.list.marks[r.ID] {
		f.line(warn.Text(shown(m.keys.Revoke) + " acts on the " + english.Thousands(n) + " marked, not on this row"))
	} else {
		f.line(m.endsBrief(g, r))
	}
	created := "no time of creation"
	if !r.Created.IsZero() {
		created = "created " + m.stamp(r.Created)
	}
	f.line(dim.Text(created + " · client " + shortClient(g.client) + " · enter: everything"))
	return f.out
}

func (m *Model) endsBrief(g *group, r app.Row) segment {
	switch {
	case r.CannotRevoke() != "":
		return warn.Text("cannot be revoked: " + r.CannotRevoke())
	case r.Type != webex.TypeRefresh || g.access == 0 || g.client == "":
		return plain.Text("revoking it ends this token alone")
	case g.refresh > 1:
		return plain.Text("revoking it ends this one, and up to " + english.Count(g.access, "access token"))
	}
	return plain.Text(fmt.Sprintf("revoking it ends %s: this one and %s (inferred)", english.Count(g.access+1, "token"), english.Count(g.access, "access token")))
}

// reportLines says what the last revoke came to, and what it does not do.
func (m *Model) reportLines(w, h int) []string {
	res := m.list.report
	f := newFields(&m.Screen, w)
	mark := map[app.Verdict]string{app.AllGone: m.Glyphs.done, app.SomeGone: "! ", app.NoneGone: m.Glyphs.failed, app.Listed: "! "}[res.Verdict()]
	if res.Verdict() == app.AllGone && len(res.AppsKeepingAccess()) > 0 {
		mark = "! "
	}
	f.text("", summaryTone(*res), mark+res.Summary())
	sent, looked := res.Span()
	if !sent.IsZero() {
		f.text("", plain, "Sent "+m.clock(sent)+"; the list was last looked at "+m.clock(looked)+".")
	}
	if next := m.nextWords(*res); next != "" {
		f.text("", link, next)
	}
	breaks := []int{len(f.out)} // where a blank line goes, if there is room
	for _, i := range res.Items {
		if i.Err != nil && len(f.out) < h-2 {
			f.line(warn.Text(app.ShortName(i.Authorization) + ", " + kind(i.Type)))
			f.text("", plain, clean(webex.Untrusted(i.Err.Error())))
		}
	}
	if len(f.out) > breaks[0] {
		breaks = append(breaks, len(f.out))
	}
	notes := res.Notes()
	if res.Offboard {
		f.text("", link, shown(m.keys.CopyTicket)+" copies the report for the ticket.")
		notes = app.NewRunReport(res.Records, res.Head, res.Durable).Notes()
	}
	for _, n := range notes {
		f.text("", dim, n)
	}
	breaks = append(breaks, len(f.out))
	f.text("", dim, "The rows stay here until "+shown(m.keys.Reload)+" reads the list again.")
	if len(f.out)+len(breaks) <= h {
		for n, at := range breaks {
			f.out = slices.Insert(f.out, at+n, spaces(w))
		}
	}
	if len(f.out) > h && h > 1 { // never cut without a word
		f.out = append(f.out[:h-1], paint(&m.Styles.tone, w, warn.Text("↓ "+english.Count(len(f.out)-h+1, "more line")+": "+shown(m.keys.CopyTicket)+" copies all of it")))
	}
	return f.out
}

// nextWords say what to do about what is not gone.
func (m *Model) nextWords(res app.Result) string {
	c, k := res.Counts(), m.keys
	switch {
	case c[app.StillListed] > 0:
		return "Not gone yet: in a minute " + shown(k.Reload) + " reads the list again. If it is still there then, " + shown(k.Revoke) + " on it again."
	case c[app.Unknown] > 0:
		return "It may have happened: " + shown(k.Reload) + " reads the list again and shows it."
	case slices.ContainsFunc(res.Items, func(i app.ItemResult) bool {
		return (i.Outcome == app.Failed || i.Outcome == app.NotSent) && !errors.Is(i.Err, app.ErrNotRevocable)
	}):
		return "Still in force. What stood in the way is below; then " + shown(k.Revoke) + " on it again."
	}
	return ""
}

func summaryTone(r app.Result) tone {
	switch r.Verdict() {
	case app.AllGone:
		if len(r.AppsKeepingAccess()) > 0 {
			return warn
		}
		return good
	case app.Listed:
		return warn
	}
	return bad
}

// shortReason is an error in the few words that fit a row.
func shortReason(err error) string {
	var e *webex.Error
	if errors.As(err, &e) {
		return strings.TrimSpace(cut(e.Reason(), 60))
	}
	return cut(clean(webex.Untrusted(err.Error())), 60)
}

// ticketFacts is what only the screen knows for a ticket.
func (m *Model) ticketFacts(r app.Result) app.TicketFacts {
	f := app.TicketFacts{}
	if m.list.known && samePerson(r, m.list.listing) {
		f.Name = m.list.person.DisplayName
	}
	if samePerson(r, m.list.listing) {
		f.Org = m.personOrg()
	}
	if m.session != nil {
		f.Actor = m.session.Person.Email()
	}
	return f
}
