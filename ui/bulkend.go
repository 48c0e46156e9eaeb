package ui

import (
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/webex"
)

// bulkEnd tells what became of an app that was to end for everybody: above all, for whom
// it has not.
type bulkEnd struct {
	opening
	tone  draw.Tone
	title string
	first string
	named []segmentsLine
	next  string
}

// mostNamed is how many of those who still hold something are named.
const mostNamed = 6

func newBulkEnd(m *Model, r app.BatchResult, ref *app.AppRef) *bulkEnd {
	d := &bulkEnd{opening: opening{m.now}, tone: draw.Good, first: r.Report().Summary()}
	name := "the app"
	if ref != nil {
		name = app.Shorten(app.AppName(webex.Authorization{ApplicationName: ref.Name, ClientID: ref.Client}), 36)
	}
	people := 0
	signIn := false
	for _, one := range r.Results {
		some := false
		for _, i := range one.Items {
			signIn = signIn || i.SignIn
			if i.Outcome.Gone() {
				continue
			}
			if !some {
				people++
				d.name(app.Clean(one.Person.Email()), i.Outcome.Words(), i.Err)
			}
			some = true
		}
	}
	for _, f := range r.Failures {
		people++
		d.name(app.Clean(webex.Untrusted(f.Name())), "not read, and so not revoked", f.Err)
	}
	d.title = name + ": gone for " + english.Count(len(r.Results), "user")
	if len(r.Results) != 1 {
		d.title = name + ": gone for all " + english.Count(len(r.Results), "user")
	}
	if people > 0 {
		d.tone = draw.Bad
		d.title = name + ": NOT gone for " + english.Thousands(people) + " of " + english.Count(len(r.Results)+len(r.Failures), "user")
		if more := len(d.named) - mostNamed; more > 0 {
			d.named = append(d.named[:mostNamed], segmentsLine{draw.Dim.Text("  and " + english.Thousands(more) + " more: the report (" + m.keys.Shown(action.CopyReport) + ") names them")})
		}
		d.next = "x on the app again tries what is left. "
	}
	if ref != nil && app.CanBlock(webex.Authorization{ApplicationName: ref.Name, ClientID: ref.Client}, signIn) {
		d.next += "Revoking does not keep it away: " + webex.PageIntegrations + ", by its client id. "
	}
	d.next += "Every attempt stands in the audit log: " + m.keys.Shown(action.Audit) + " shows it."
	return d
}

// name adds somebody for whom it is not gone.
func (d *bulkEnd) name(who, what string, err error) {
	l := segmentsLine{draw.Strong.Text("  " + draw.Cut(who, 34)), draw.Bad.Text("  " + what)}
	if err != nil {
		l = append(l, draw.Plain.Text(": "+app.Sentence(err)))
	}
	d.named = append(d.named, l)
}

func (d *bulkEnd) paste() {}

func (d *bulkEnd) press(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	k := m.fixed
	switch {
	case d.tooSoon(m.now):
	case k.Matches(msg, action.CopyReport, action.CopyTicket):
		return tea.Batch(m.closeDialog(), m.copyReport())
	case k.Matches(msg, action.Back, action.Press, action.Quit, action.No):
		return m.closeDialog()
	}
	return nil
}

func (d *bulkEnd) lines(m *Model, w, h int) []string {
	k := m.fixed
	w = min(w, 84)
	body := []string{""}
	add := func(t draw.Tone, text string) {
		for _, l := range draw.Wrap(text, w-6) {
			body = append(body, "  "+m.Styles.Tone[t].Render(l))
		}
	}
	add(d.tone, d.first)
	if len(d.named) > 0 {
		body = append(body, "")
	}
	for _, l := range d.named {
		body = append(body, " "+draw.Paint(&m.Styles.Tone, w-4, l...))
	}
	body = append(body, "")
	add(draw.Plain, d.next)
	if over := len(body) + 2 - h; over > 0 {
		body = body[:max(len(body)-over, 1)]
	}
	return m.Framed(d.title, body, "esc or enter: close   "+k.Shown(action.CopyTicket)+": copy the report", w)
}

// stopDialog asks whether a revoke for everybody is to stop where it is.
type stopDialog struct{ opening }

func newStopDialog(m *Model) *stopDialog { return &stopDialog{opening{m.now}} }

func (d *stopDialog) paste() {}

func (d *stopDialog) press(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	k := m.fixed
	switch {
	case d.tooSoon(m.now):
	case k.Matches(msg, action.Yes):
		if stop := m.inventory.bulk.stop; stop != nil {
			stop()
			m.say(draw.Warn, "Stopping: what was sent is read back, the rest is not sent.")
		}
		return m.closeDialog()
	case k.Matches(msg, action.No, action.Back, action.Press):
		return m.closeDialog()
	}
	return nil
}

func (d *stopDialog) lines(m *Model, w, _ int) []string {
	w = min(w, 64)
	b := m.inventory.bulk
	state := english.Thousands(b.done) + " of " + english.Count(b.total, "token") + " done"
	if b.total == 0 {
		state = "It has ended"
	}
	body := []string{"", "  " + m.Styles.Tone[draw.Strong].Render(state)}
	for _, l := range draw.Wrap("Stopping sends nothing more. What was sent is read back, and the report says what is gone and what is not.", w-6) {
		body = append(body, "  "+l)
	}
	return m.Framed("Stop revoking?", append(body, ""), "esc or enter: go on   y: stop", w)
}
