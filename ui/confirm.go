package ui

import (
	"fmt"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/webex"
)

// confirm asks before a revoke. It names everything that will end, and holds the
// plan that is executed: what was read is what happens.
type confirm struct {
	opening
	plan    app.Plan
	typed   string // what has been typed so far
	want    string // what must be typed; empty when y is enough
	revoke  bool   // the focus is on the revoke button
	pasted  bool
	scroll  int
	title   string
	head    string
	tokens  []segmentsLine
	facts   []fact
	visible int // token lines in sight, from the last drawing
}

type segmentsLine []segment

// fact is a line of "what else there is to know". The optional ones give way on a
// small screen.
type fact struct {
	label, text string
	tone        tone
	optional    bool
}

func newConfirm(m *Model, p app.Plan, missing, hidden int) *confirm {
	d := &confirm{opening: opening{m.now}, plan: p, want: clean(p.Confirmation().Text)}
	name := cut(m.personName(), 40)
	org := ""
	if m.session != nil && m.session.Org.DisplayName != "" {
		org = " (" + clean(m.session.Org.DisplayName) + ")"
	}
	what := count(len(p.Items), "token") + " of " + count(p.Apps(), "app")
	if len(p.Items) == 1 || p.Apps() == 1 {
		what = cut(app.AppName(p.Items[0].Authorization), 40)
	}
	d.title = "Revoke " + what + " for " + cut(name, 30) + cut(org, 30) + "?"
	sure, more := p.Ends()
	d.head = count(sure, "token") + " end"
	if sure == 1 {
		d.head = "1 token ends"
	}
	if more > 0 {
		d.head += fmt.Sprintf(", and up to %d more", more)
	}
	d.tokens = tokenLines(m, p)
	d.facts = confirmFacts(m, p, name, missing, hidden)
	return d
}

// tokenLines names every token that ends, app by app.
func tokenLines(m *Model, p app.Plan) []segmentsLine {
	var out []segmentsLine
	planned := map[webex.AuthorizationID]bool{}
	for _, i := range p.Items {
		planned[i.ID] = true
	}
	line := func(r app.Row, branch, what string) segmentsLine {
		left := app.LeftWords(r.Left, m.now)
		if r.Left.Known() && !r.Left.Overdue(m.now) {
			left += " left"
		}
		return segmentsLine{
			seg(plain, "    "+pad(branch+kind(r.Type), 11)), seg(dim, padLeft(app.AgeWords(r.Created, m.now), 9)+"  "),
			seg(plain, padLeft(left, 13)+"  "), seg(dim, what),
		}
	}
	type appID struct {
		client webex.ClientID
		person webex.PersonID
	}
	told := map[appID]bool{}
	ended := map[webex.AuthorizationID]bool{}
	for _, first := range p.Items {
		id := appID{first.ClientID, first.PersonID}
		if told[id] {
			continue
		}
		told[id] = true
		// What we say stands at the left of the name, where no name can stand.
		name := segmentsLine{seg(dim, "  client "+shortID(clean(first.ClientID))+"  ")}
		if first.SignIn {
			name = append(name, seg(link, "Webex sign-in  "))
		}
		out = append(out, append(name, seg(strong, app.ShortName(first.Authorization))))
		var ends []segmentsLine
		for _, i := range p.Items {
			if (appID{i.ClientID, i.PersonID}) != id {
				continue
			}
			branch := ""
			if i.Type == webex.TypeAccess {
				branch = "· "
			}
			out = append(out, line(i.Row, branch, "you revoke it"))
			for _, e := range i.Ends {
				if planned[e.ID] || ended[e.ID] {
					continue
				}
				ended[e.ID] = true
				what := "ends with it"
				if i.UpTo {
					what = "may end with it"
				}
				ends = append(ends, line(e, "├ ", what))
			}
		}
		if n := len(ends); n > 0 && !first.UpTo {
			ends[n-1][0].text = strings.Replace(ends[n-1][0].text, "├", "└", 1)
		}
		out = append(out, ends...)
	}
	return out
}

func confirmFacts(m *Model, p app.Plan, name string, missing, hidden int) []fact {
	var out []fact
	add := func(f fact) { out = append(out, f) }
	if p.HasSelf() {
		add(fact{"Careful", "This is your own session: wxauth may lose the token it is using right now.", bad, false})
	}
	if hidden > 0 {
		add(fact{"Hidden", fmt.Sprintf("%s of these %d %s out of sight by the filter.", thousands(hidden), len(p.Items), isAre(hidden)), warn, false})
	}
	if missing > 0 {
		add(fact{"Missing", fmt.Sprintf("%s that you chose %s gone since; not among these.", count(missing, "token"), isAre(missing)), warn, false})
	}
	sure, more := p.Ends()
	signOut := false
	for _, i := range p.Items {
		signOut = signOut || i.SignIn
	}
	if signOut {
		add(fact{"Sign-in", name + " is signed out of Webex where this client is used.", warn, false})
	}
	if more > 0 {
		add(fact{"Up to", "The app holds more refresh tokens; Webex does not say which access token is whose. We list again afterwards.", plain, false})
	} else if sure > len(p.Items) {
		add(fact{"", `"Ends with it" is inferred: same person, same app. Webex publishes no link between tokens, so we list again afterwards and say what is really gone.`, dim, true})
	}
	undo := "none. " + name + " can authorize the app again, and so can anyone who can sign in as " + name + "."
	add(fact{"Undo", undo, plain, false})
	add(fact{"Block", "to keep an app away: Control Hub > Apps > Integrations, by its client id.", plain, true})
	add(fact{"Delay", "parts of Webex may accept the tokens a little longer.", plain, true})
	if m.opts.RecordNote != "" {
		add(fact{"Record", m.opts.RecordNote, plain, true})
	}
	return out
}

func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// shortID shows the two ends of an id that has to be recognized, not typed.
func shortID(id string) string {
	r := []rune(id)
	if len(r) <= 12 {
		if id == "" {
			return "—"
		}
		return id
	}
	return string(r[:5]) + "…" + string(r[len(r)-4:])
}

func (d *confirm) paste() { d.pasted = true }

func (d *confirm) press(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	k := m.keys
	if d.tooSoon(m.now) {
		return nil
	}
	d.pasted = false
	switch {
	case key.Matches(msg, k.Back):
		return d.cancel(m)
	case msg.String() == "tab", msg.String() == "shift+tab":
		d.revoke = !d.revoke
	case key.Matches(msg, k.Press):
		if !d.revoke {
			return d.cancel(m)
		}
		if d.ready() {
			return d.confirmed(m)
		}
	case msg.String() == "up":
		d.scroll--
	case msg.String() == "down":
		d.scroll++
	case key.Matches(msg, k.PageUp):
		d.scroll -= max(d.visible, 1)
	case key.Matches(msg, k.PageDown):
		d.scroll += max(d.visible, 1)
	case d.want != "":
		d.edit(msg)
	case key.Matches(msg, k.Yes):
		return d.confirmed(m)
	case key.Matches(msg, k.No):
		return d.cancel(m)
	}
	d.scroll = max(0, min(d.scroll, len(d.tokens)-d.visible))
	return nil
}

// edit takes the typed confirmation: text, and taking it back.
func (d *confirm) edit(msg tea.KeyPressMsg) {
	switch {
	case msg.String() == "backspace":
		if r := []rune(d.typed); len(r) > 0 {
			d.typed = string(r[:len(r)-1])
		}
	case msg.String() == "ctrl+u":
		d.typed = ""
	case msg.Text != "" && len(d.typed) < 400:
		d.typed += clean(webex.Untrusted(msg.Text))
	}
}

func (d *confirm) ready() bool { return d.want == "" || d.typed == d.want }

func (d *confirm) cancel(m *Model) tea.Cmd {
	cmd := m.closeDialog()
	m.say(dim, "Cancelled. Nothing was sent.")
	return cmd
}

func (d *confirm) confirmed(m *Model) tea.Cmd {
	cmd := m.closeDialog()
	for _, i := range d.plan.Items {
		m.list.states[i.ID] = rowState{op: m.op + 1, stage: app.StageWaiting}
	}
	return tea.Batch(cmd, m.revoke(d.plan))
}

func (d *confirm) lines(m *Model, w, h int) []string {
	w = min(w, 88)
	inner := w - 4
	facts := d.factLines(m, inner, false)
	tail := d.tailLines(m, inner)
	room := h - 2 - 3 - len(tail) // frame, head and blanks
	if room-len(facts) < min(len(d.tokens), 3) {
		facts = d.factLines(m, inner, true)
	}
	if over := len(facts) - (room - min(len(d.tokens), 2)); over > 0 {
		facts = facts[:max(len(facts)-over, 0)]
	}
	d.visible = max(min(len(d.tokens), room-len(facts)), 1)
	d.scroll = max(0, min(d.scroll, len(d.tokens)-d.visible))
	body := []string{"  " + d.headLine(m, inner)}
	for _, l := range d.tokens[d.scroll:min(d.scroll+d.visible, len(d.tokens))] {
		body = append(body, " "+paint(&m.styles.tone, inner, l...))
	}
	body = append(body, "")
	body = append(body, facts...)
	if len(body)+len(tail)+2 < h {
		body = append(body, "")
	}
	body = append(body, tail...)
	return framed(m, d.title, body, d.keyLine(), w)
}

// headLine says how many tokens end and whose they are. How much lies out of sight
// always has its place.
func (d *confirm) headLine(m *Model, w int) string {
	left := []segment{seg(strong, d.head)}
	if e := clean(d.plan.Person.Email()); e != "" {
		left = append(left, seg(plain, "   "+e))
	}
	var right []segment
	if d.scroll > 0 {
		right = append(right, seg(dim, fmt.Sprintf("↑ %d more ", d.scroll)))
	}
	if below := len(d.tokens) - d.visible - d.scroll; below > 0 {
		right = append(right, seg(warn, fmt.Sprintf("↓ %d more ", below)))
	}
	return paintSides(&m.styles.tone, w, left, right)
}

func (d *confirm) keyLine() string {
	keys := "esc or enter: cancel   y: revoke"
	if d.want != "" {
		keys = "esc or enter: cancel   tab: to the button"
	}
	if len(d.tokens) > d.visible {
		keys += "   ↑ ↓: scroll"
	}
	return keys
}

func (d *confirm) factLines(m *Model, w int, short bool) []string {
	var out []string
	for _, f := range d.facts {
		if short && f.optional {
			continue
		}
		label := ""
		if f.label != "" {
			label = pad(f.label, 9)
		}
		lines := wrap(f.text, w-2-cells(label))
		if short && len(lines) > 1 {
			lines = []string{cut(lines[0]+" "+lines[1], w-2-cells(label))}
		}
		for n, l := range lines {
			if n > 0 {
				label = spaces(cells(label))
			}
			out = append(out, "  "+m.styles.tone[dim].Render(label)+m.styles.tone[f.tone].Render(l))
		}
	}
	return out
}

func (d *confirm) tailLines(m *Model, w int) []string {
	var out []string
	if d.want != "" {
		shown := d.typed
		if cells(shown) > w-30 {
			r := []rune(shown)
			shown = "…" + string(r[max(len(r)-w+31, 0):])
		}
		out = append(out, "  "+m.styles.tone[strong].Render("To go on, type  ")+cut(d.want, w-20))
		prompt := "  > " + shown + "▏"
		switch {
		case d.pasted:
			prompt += m.styles.tone[warn].Render("  type it: pasting does not count")
		case d.typed != "" && d.ready():
			prompt += m.styles.tone[good].Render("  complete: tab, then enter")
		case d.typed != "" && !strings.HasPrefix(d.want, d.typed):
			prompt += m.styles.tone[warn].Render("  differs")
		}
		out = append(out, prompt)
	}
	label := "Revoke " + count(len(d.plan.Items), "token")
	if len(d.plan.Items) == 1 {
		label = "Revoke 1 " + kind(d.plan.Items[0].Type) + " token"
	}
	if d.want == "" {
		label += " (y)"
	}
	act := button(m, label, d.revoke, d.ready())
	if !d.ready() {
		act = m.styles.tone[dim].Render("  " + label + "  ")
		if d.revoke {
			act = m.styles.tone[dim].Render("[ " + label + " ]")
		}
	}
	return append(out, "  "+button(m, "Cancel", !d.revoke, false)+"   "+act)
}
