package inventory

import (
	"errors"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/dialog"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

// result is the dialog with the result of revoking an app for everybody. It starts with the
// people for whom it failed.
type result struct {
	dialog.Base
	tone  draw.Tone
	title string
	first string
	named [][]draw.Segment
	next  string

	scroll int
}

// mostNamed is the maximum number of people listed for whom it failed.
const mostNamed = 6

func newResult(env view.Env, r app.BatchResult, ref *app.AppRef) *result {
	d := &result{tone: draw.Good, first: r.Report().Summary()}
	name := "The marked grants"
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
		d.name(app.Clean(webex.Untrusted(f.Name())), "list not read, not revoked", f.Err)
	}
	d.title = name + ": gone for " + english.Count(len(r.Results), "user")
	if people > 0 {
		d.tone = draw.Bad
		d.title = name + ": NOT gone for " + english.Thousands(people) + " of " + english.Count(len(r.Results)+len(r.Failures), "user")
		if more := len(d.named) - mostNamed; more > 0 {
			d.named = append(d.named[:mostNamed], []draw.Segment{draw.Dim.Text("  and " + english.Thousands(more) + " more: the report (" + env.Keys.Shown(action.CopyTicket) + ") lists them")})
		}
		d.next = "Press " + env.Keys.Shown(action.Revoke) + " on the app again to retry. "
		if errors.Is(r.Stopped, app.ErrStopped) {
			d.next = "You stopped it: what was not sent is still valid. " + d.next
		}
	}
	if ref != nil {
		if page := app.BlockPage(webex.Authorization{ApplicationName: ref.Name, ClientID: ref.Client}, signIn); page != "" {
			d.next += "Revoking does not block the app. To block it: " + page + ", by its client id. "
		}
	}
	d.next += "Every attempt is in the audit log: press " + env.Keys.Shown(action.Audit) + "."
	return d
}

// name adds a person for whom it failed.
func (d *result) name(who, what string, err error) {
	l := []draw.Segment{draw.Strong.Text("  " + draw.Cut(who, 34)), draw.Bad.Text("  " + what)}
	if err != nil {
		l = append(l, draw.Plain.Text(": "+app.Sentence(err)))
	}
	d.named = append(d.named, l)
}

// Press copies the report or closes the dialog.
func (d *result) Press(env view.Env, msg tea.KeyPressMsg) tea.Cmd {
	switch k := env.Fixed; {
	case d.TooSoon(env.Now):
	case k.Matches(msg, action.CopyReport, action.CopyTicket):
		d.Close()
		d.Send(view.CopyReport{})
	case k.Matches(msg, action.Back, action.Press, action.Quit, action.No):
		d.Close()
	case k.Matches(msg, action.RowAbove):
		d.scroll = max(d.scroll-1, 0)
	case k.Matches(msg, action.RowBelow):
		d.scroll++
	}
	return nil
}

// Lines draws the dialog.
func (d *result) Lines(env view.Env, w, h int) []string {
	k := env.Fixed
	w = min(w, 84)
	body := []string{""}
	add := func(t draw.Tone, text string) {
		for _, l := range draw.Wrap(text, w-6) {
			body = append(body, "  "+env.Styles.Tone[t].Render(l))
		}
	}
	add(d.tone, d.first)
	if len(d.named) > 0 {
		body = append(body, "")
	}
	for _, l := range d.named {
		body = append(body, " "+draw.Paint(&env.Styles.Tone, w-4, l...))
	}
	body = append(body, "")
	add(draw.Plain, d.next)
	keys := k.Shown(action.Back) + " or " + k.Shown(action.Press) + ": close   " + k.Shown(action.CopyTicket) + ": copy the report"
	if room := max(h-2, 1); len(body) > room {
		keys = k.Shown(action.Press) + ": close   " + k.Shown(action.CopyTicket) + ": copy the report   ↑ ↓: scroll"
		d.scroll = draw.Scrolled(d.scroll, len(body), room)
		body = body[d.scroll : d.scroll+room]
	}
	return env.Framed(draw.Link, d.title, body, keys, w)
}
