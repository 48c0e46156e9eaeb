package authorizations

import (
	"fmt"
	"strings"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/facts"
	"github.com/wxauth/wxauth/ui/list"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

// personName returns the name to show for the person.
func (v *View) personName() string {
	if v.known && strings.TrimSpace(app.Clean(v.person.DisplayName)) != "" {
		return app.Clean(v.person.DisplayName)
	}
	if e := v.listing.Email(); e != "" {
		return app.Clean(e)
	}
	return v.who.String()
}

// personOrg returns the name of our organization, or "" if the person is known to belong to
// another one, such as a partner's customer.
func (v *View) personOrg(env view.Env) webex.Untrusted {
	if env.Session == nil || v.known && v.person.OrgID != "" && v.person.OrgID != env.Session.Org.ID {
		return ""
	}
	return env.Session.Org.DisplayName
}

func (v *View) personLine(env view.Env) string {
	left := []draw.Segment{draw.Plain.Text(" "), draw.Strong.Text(v.personName())}
	email := app.Clean(v.listing.Email())
	if v.known && v.person.Email() != "" {
		email = app.Clean(v.person.Email())
	}
	if email != "" && email != v.personName() {
		left = append(left, draw.Plain.Text("  "+email))
	}
	if v.known {
		left = append(left, draw.Dim.Text("  "), facts.SignIn(v.person))
		if !v.person.LastActivity.IsZero() && env.Width >= 100 {
			left = append(left, draw.Dim.Text(" · seen "+app.AgeWords(v.person.LastActivity, env.Now)))
		}
	}
	const gap = 3 // between the sides
	var right []draw.Segment
	if v.have {
		tone := draw.Dim
		if v.err != nil { // the list on the screen is the one before
			tone = draw.Bad
		}
		read := v.listing.ReadAt
		if v.report != nil && v.report.Finished.After(read) { // the revoke was verified with a newer list
			read = v.report.Finished
		}
		right = append(right, tone.Text("read "+env.Clock(read)+", "+app.AgeWords(read, env.Now)+" "))
		if draw.Total(left)+draw.Total(right)+gap > env.Width {
			right[0].Text = "read " + app.AgeWords(read, env.Now) + " "
		}
		if draw.Total(left)+draw.Total(right)+gap > env.Width {
			right[0].Text = app.AgeWords(read, env.Now) + " "
		}
		if draw.Total(left)+draw.Total(right)+gap > env.Width && v.err == nil {
			right = nil // the name, and whether the user can sign in, are more important
		}
		if over := draw.Total(left) + draw.Total(right) + gap - env.Width; over > 0 { // shorten the name, because the address identifies the person
			left[1].Text = draw.Cut(left[1].Text, max(draw.Cells(left[1].Text)-over, 8))
		}
		if n := len(left); draw.Total(left)+draw.Total(right)+gap > env.Width && n > 3 {
			left = left[:n-2] // rather omit whether the person can sign in than truncate it
		}
	}
	return env.Sides(left, right)
}

// factLine draws the counts above the table; each word of it works as a filter.
func (v *View) factLine(env view.Env) string {
	if env.Session != nil && env.Session.MayRevoke == webex.No {
		return env.Paint(draw.Bad.Text(" " + env.Session.Role + ": cannot list or revoke. Requires Full, User or Device Admin."))
	}
	if !v.have {
		return env.Paint(draw.Dim.Text(" " + facts.Role(env.Session)))
	}
	if len(v.stops) > 0 {
		w := v.Work(env)
		segs := append([]draw.Segment{draw.Strong.Text(" Revoking  ")}, env.Progress(env.Width-12, w.Done, w.Total, v.began)...)
		if under := w.Sent - w.Done; under > 0 {
			segs = append(segs, draw.Plain.Text(" · "+english.Thousands(under)+" sent, not verified yet"))
		}
		return env.Paint(segs...)
	}
	t := v.left()
	counts := english.Count(t.apps, "app") + " hold" + map[bool]string{true: "s"}[t.apps == 1] + " " + english.Count(t.refresh+t.access+t.other, "token")
	if env.Width >= 100 {
		counts += fmt.Sprintf("  (%s refresh, %s access", english.Thousands(t.refresh), english.Thousands(t.access))
		if t.other > 0 {
			counts += fmt.Sprintf(", %s other", english.Thousands(t.other))
		}
		counts += ")"
	}
	facts := v.counts().Segments()
	if t.access >= crowdedFrom {
		if len(facts) > 0 {
			facts = append(facts, draw.Dim.Text(" · "))
		}
		facts = append(facts, draw.Bad.Text(fmt.Sprintf("%d of at most %d access tokens", t.access, tokenLimit)))
	}
	if len(facts) == 0 && len(v.listing.Rows) > 0 {
		facts = append(facts, draw.Dim.Text("nothing new, stale or overdue"))
	}
	return env.Paint(append([]draw.Segment{draw.Plain.Text(" " + counts + "   ")}, facts...)...)
}

// counts are the counts above the table that need attention.
func (v *View) counts() list.Counts {
	t := v.left()
	return list.Counts{
		{N: t.gone, Tone: draw.Good, One: "gone", Many: "gone"},
		{N: t.new, Tone: draw.Warn, One: "new today", Many: "new today", Filter: "is:new"},
		{N: t.stale, Tone: draw.Warn, One: "stale", Many: "stale", Filter: "is:stale"},
		{N: t.imitate, Tone: draw.Warn, One: "odd name", Many: "odd names", Filter: "is:odd"},
		{N: t.overdue, Tone: draw.Bad, One: "overdue", Many: "overdue", Filter: "is:overdue"},
		{N: t.signIns, Tone: draw.Link, One: "Webex sign-in", Many: "Webex sign-ins", Filter: "is:signin"},
	}
}

// filterBy shows only the rows that match a filter, as if it had been typed.
func (v *View) filterBy(env view.Env, text string) {
	v.preparing = false
	v.tree.describe(v.listing, env.Now)
	v.filter.Set(text)
	v.refresh()
}
