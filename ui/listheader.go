package ui

import (
	"fmt"
	"strings"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/facts"
	"github.com/wxauth/wxauth/webex"
)

// personName is what a person is called where a name is to stand.
func (m *Model) personName() string {
	if m.list.known && strings.TrimSpace(app.Clean(m.list.person.DisplayName)) != "" {
		return app.Clean(m.list.person.DisplayName)
	}
	if e := m.list.listing.Email(); e != "" {
		return app.Clean(e)
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
	left := []draw.Segment{draw.Plain.Text(" "), draw.Strong.Text(m.personName())}
	email := app.Clean(a.listing.Email())
	if a.known && a.person.Email() != "" {
		email = app.Clean(a.person.Email())
	}
	if email != "" && email != m.personName() {
		left = append(left, draw.Plain.Text("  "+email))
	}
	if a.known {
		left = append(left, draw.Dim.Text("  "), facts.SignIn(a.person))
		if !a.person.LastActivity.IsZero() && m.Width >= 100 {
			left = append(left, draw.Dim.Text(" · seen "+app.AgeWords(a.person.LastActivity, m.now)))
		}
	}
	var right []draw.Segment
	if a.have {
		right = append(right, draw.Dim.Text("read "+m.clock(a.listing.ReadAt)+", "+readAge(a.listing, m)+" "))
		if draw.Total(left)+draw.Total(right)+1 > m.Width {
			right[0].Text = "read " + readAge(a.listing, m) + " "
		}
		if over := draw.Total(left) + draw.Total(right) + 1 - m.Width; over > 0 { // the address says who it is: the name gives way
			left[1].Text = draw.Cut(left[1].Text, max(draw.Cells(left[1].Text)-over, 8))
		}
		if n := len(left); draw.Total(left)+draw.Total(right)+1 > m.Width && n > 3 {
			left = left[:n-2] // whether somebody can sign in goes before it is cut in half
		}
	}
	return m.Sides(left, right)
}

// readAge rounds to minutes, so that the header is not one more thing that ticks.
func readAge(l app.Listing, m *Model) string { return app.AgeWords(l.ReadAt, m.now) }

// factLine answers "is something wrong"; each word of it is a filter.
func (m *Model) factLine() string {
	a := &m.list
	if m.session != nil && m.session.MayRevoke == webex.No {
		return m.Paint(draw.Bad.Text(" " + m.session.Role + ": Webex will refuse to list or revoke. Needs a Full, User or Device Admin."))
	}
	if !a.have {
		return m.Paint(draw.Dim.Text(" " + facts.Role(m.session)))
	}
	t := a.left()
	counts := english.Count(t.apps, "app") + " hold" + map[bool]string{true: "s"}[t.apps == 1] + " " + english.Count(t.refresh+t.access+t.other, "token")
	if m.Width >= 100 {
		counts += fmt.Sprintf("  (%s refresh, %s access", english.Thousands(t.refresh), english.Thousands(t.access))
		if t.other > 0 {
			counts += fmt.Sprintf(", %s other", english.Thousands(t.other))
		}
		counts += ")"
	}
	var facts []draw.Segment
	add := func(n int, tn draw.Tone, words string) {
		if n > 0 {
			facts = append(facts, tn.Text(english.Thousands(n)+" "+words))
		}
	}
	add(t.gone, draw.Good, "gone")
	add(t.new, draw.Warn, "new today")
	add(t.stale, draw.Warn, "stale")
	if t.imitate == 1 {
		add(1, draw.Warn, "odd name")
	} else {
		add(t.imitate, draw.Warn, "odd names")
	}
	add(t.overdue, draw.Bad, "overdue")
	if t.signIns == 1 {
		add(1, draw.Link, "Webex sign-in")
	} else {
		add(t.signIns, draw.Link, "Webex sign-ins")
	}
	if t.access >= crowdedFrom {
		facts = append(facts, draw.Bad.Text(fmt.Sprintf("%d of at most %d access tokens", t.access, tokenLimit)))
	}
	if len(facts) == 0 && len(a.listing.Rows) > 0 {
		facts = append(facts, draw.Dim.Text("nothing new, stale or overdue"))
	}
	left := append([]draw.Segment{draw.Plain.Text(" " + counts + "   ")}, draw.JoinSegments(facts, " · ")...)
	return m.Paint(left...)
}
