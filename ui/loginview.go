package ui

import (
	"errors"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/facts"
	"github.com/wxauth/wxauth/webex"
)

// loginLines draws the login's screen.
func (m *Model) loginLines() ([]string, *tea.Cursor) {
	v := &m.login
	switch {
	case v.alone && v.stage == loginWaiting:
		return m.addressAlone(), nil
	case v.stage == loginCode:
		return m.codeLines(), nil
	case v.stage == loginScopes:
		return m.scopesLines()
	}
	out := []string{m.headerLine("Log in"), m.stagesLine(), m.Rule(), draw.Spaces(m.Width)}
	switch v.stage {
	case loginChoose:
		out = append(out, m.loginChoiceLines()...)
	case loginKey:
		out = append(out, m.keySourceLines()...)
	case loginWaiting:
		out = append(out, m.waitingLines()...)
	case loginStarting:
		words := "Getting the login ready…"
		if v.way == byCode {
			words = "Asking Webex for a code…"
		}
		out = append(out, m.Paint(draw.Link.Text(" "+words)))
	case loginSaving:
		out = append(out, m.Paint(draw.Link.Text(" Webex has answered. "), draw.Plain.Text("Getting the tokens, asking whose they are, and storing them…")))
		if v.token {
			out[len(out)-1] = m.Paint(draw.Link.Text(" Asking Webex whose token this is, "), draw.Plain.Text("and storing it…"))
		}
	case loginDone:
		out = append(out, m.loggedInLines()...)
	case loginFailed:
		out = append(out, m.loginFailedLines()...)
	}
	return m.withFooter(out)
}

// withFooter adds the input, if it is open, the status and the keys.
func (m *Model) withFooter(out []string) ([]string, *tea.Cursor) {
	v := &m.login
	footer := 3
	blank := draw.Spaces(m.Width)
	for len(out) < m.Height-footer {
		out = append(out, blank)
	}
	out = append(out[:m.Height-footer], m.Rule())
	if v.typed == inputNothing {
		return append(out, m.statusLine(m.loginStatus()), m.loginKeys()), nil
	}
	question := map[inputFor]string{
		inputAnswer: " Paste the address that the browser ended on, or an access token: ", inputToken: " Paste an access token: ", inputPassphrase: " A passphrase for the store (it cannot be recovered): ", inputPassphraseAgain: " The same again: ",
	}[v.typed]
	if draw.Cells(question) > m.Width-12 {
		question = map[inputFor]string{inputPassphrase: " Passphrase: ", inputPassphraseAgain: " Again: "}[v.typed]
		if question == "" {
			question = " Paste it: "
		}
	}
	shown := strings.Repeat("•", min(len([]rune(v.input.Value())), max(m.Width-draw.Cells(question)-2, 0)))
	out = append(out, m.Paint(draw.Strong.Text(question), draw.Plain.Text(shown)))
	cursor := v.input.Cursor()
	if cursor != nil {
		cursor.X, cursor.Y = min(draw.Cells(question)+draw.Cells(shown), m.Width-1), len(out)-1
	}
	return append(out, m.keyLine(m.fixed.Hint(action.Press, "go on"), m.fixed.Hint(action.Back, "close"), m.fixed.Hint(action.ForceQuit, "quit"))), cursor
}

// stagesLine says where in the login we are, in words.
func (m *Model) stagesLine() string {
	v := &m.login
	names := []string{"choose", "approve in the browser", "save", "done"}
	if v.way == byCode {
		names[1] = "enter the code"
	}
	if v.token {
		names[1] = "paste a token"
	}
	if m.Width < 80 && !v.token && v.way == byBrowser {
		names[1] = "browser"
	}
	at := map[loginStage]int{loginChoose: 0, loginKey: 0, loginStarting: 1, loginWaiting: 1, loginCode: 1, loginSaving: 2, loginDone: 3, loginFailed: -1}[v.stage]
	segs := []draw.Segment{draw.Strong.Text(" Log in to Webex   ")}
	for i, n := range names {
		switch {
		case i < at || v.stage == loginDone:
			segs = append(segs, draw.Good.Text(m.Glyphs.Done+n))
		case i == at:
			segs = append(segs, draw.Link.Text(m.Glyphs.Cursor+" "+n))
		default:
			segs = append(segs, draw.Dim.Text(n))
		}
		if i < len(names)-1 {
			segs = append(segs, draw.Dim.Text(" "+m.Glyphs.Rule+" "))
		}
	}
	right := []draw.Segment{draw.Dim.Text("profile " + app.Clean(webex.Untrusted(m.opts.Account.Profile())) + " ")}
	if m.Width < 90 {
		right = nil
	}
	if v.stage == loginFailed {
		segs = []draw.Segment{draw.Strong.Text(" Log in to Webex   "), draw.Bad.Text("failed")}
	}
	return m.Sides(segs, right)
}

// wrapped adds a text, broken at the screen's width.
func (m *Model) wrapped(out []string, t draw.Tone, text string) []string {
	for _, l := range draw.Wrap(text, m.Width-2) {
		out = append(out, m.Paint(t.Text(" "+l)))
	}
	return out
}

func (m *Model) keySourceLines() []string {
	var out []string
	if m.Height >= 20 {
		out = append(m.wrapped(nil, draw.Warn, app.Sentence(m.login.err)), draw.Spaces(m.Width))
	}
	out = append(out, m.Paint(draw.Strong.Text(" Where should the key of the stored login come from?")), draw.Spaces(m.Width))
	for _, c := range [][3]string{
		{"1", "a passphrase", "you type it each time wxauth starts"},
		{"2", "a key file", "weaker: it lies beside the store, readable by you alone"},
		{"3", "nowhere", "the login is gone when you quit"},
	} {
		out = append(out, m.Paint(draw.Link.Text(" "+c[0]+"  "), draw.Strong.Text(draw.Pad(c[1], 15)), draw.Dim.Text(c[2])))
	}
	return append(out, draw.Spaces(m.Width), m.Paint(draw.Dim.Text(" Nothing was stored yet. To decide it for good: key = in the configuration, or WXAUTH_KEY.")))
}

// waitingLines draws the wait for the browser.
func (m *Model) waitingLines() []string {
	v := &m.login
	left := max(v.deadline.Sub(m.now), 0)
	total := v.deadline.Sub(v.started)
	barCells := max(m.Width/3, 10)
	filled := 0
	if total > 0 {
		filled = int(int64(barCells) * int64(left) / int64(total))
	}
	t := draw.Link
	if left < 30*time.Second {
		t = draw.Bad
	}
	out := []string{m.Paint(draw.Strong.Text(" Waiting for your browser  "), t.Text(draw.Repeat(m.Glyphs.Left, filled)), draw.Dim.Text(draw.Repeat(m.Glyphs.Used, barCells-filled)), t.Text("  "+m.countdown(left))), draw.Spaces(m.Width)}
	address := m.addressLines(draw.Link)
	short := len(address)+16 > m.Height
	if short {
		out = append(out[:1], m.Paint(draw.Strong.Text(" z shows the address alone, c copies it.")))
	}
	switch {
	case v.listens != nil:
		out = m.wrapped(out, draw.Warn, app.Sentence(v.listens)+".")
		out = m.wrapped(out, draw.Plain, "Open the address, accept there, then press "+m.fixed.Shown(action.Paste)+" and paste the address on which the browser ends.")
	case m.opts.OpenBrowser == nil:
		out = m.wrapped(out, draw.Plain, "No browser is opened here ("+m.opts.NoBrowser+"). Open the address, sign in with your admin account and press Accept. If that is another computer, press "+m.fixed.Shown(action.Paste)+" and paste the address on which its browser ends.")
	default:
		out = m.wrapped(out, draw.Plain, "A Webex page has opened. Sign in there with your admin account, then press Accept. This screen goes on by itself.")
	}
	if v.notice != "" {
		out = m.wrapped(out, draw.Warn, v.notice)
	}
	out = append(out, draw.Spaces(m.Width))
	if short {
		return out
	}
	if m.opts.OpenBrowser != nil && v.listens == nil {
		out = append(out, m.Paint(draw.Dim.Text(" No page? Open this address in any browser on this computer:")))
	}
	out = append(append(out, address...), draw.Spaces(m.Width))
	if room := m.Height - len(out) - 12; room >= len(m.askedScopes())+2 {
		out = append(append(out, m.scopeLines(room)...), draw.Spaces(m.Width))
	}
	return append(out, m.troubleLines()...)
}

// troubleLines say what the pages mean on which Webex never calls us back.
func (m *Model) troubleLines() []string {
	wide := m.Width >= 100
	rows := [][3]string{
		{"redirect_uri is wrong or missing", "redirect_uri wrong", "register exactly  " + app.Clean(webex.Untrusted(m.opts.Account.RedirectURI()))},
		{"invalid scope", "invalid scope", "tick " + english.Count(len(m.askedScopes()), "scope") + " on your integration at developer.webex.com"},
		{"your administrator denied access", "admin denied access", "allow it: " + webex.PageIntegrations},
		{"nothing, or this is another computer", "other computer", "d: a code works on any device; p takes the address on which its browser ends"},
	}
	out := []string{m.Paint(draw.Dim.Text(" IF THE PAGE SAYS …"))}
	for _, r := range rows {
		label, w := r[1], 22
		if wide {
			label, w = r[0], 39
		}
		out = append(out, m.Paint(draw.Plain.Text("   "+draw.Pad(label, w)), draw.Dim.Text(r[2])))
	}
	return out
}

// countdown is what is left of a wait; read aloud it is in whole minutes.
func (m *Model) countdown(d time.Duration) string {
	if m.Plain {
		return english.Count(int((d+time.Minute-1)/time.Minute), "minute") + " left"
	}
	return minutes(d) + " left"
}

func minutes(d time.Duration) string {
	s := int(d / time.Second)
	return strconv.Itoa(s/60) + ":" + strconv.Itoa(s%60/10) + strconv.Itoa(s%60%10)
}

// addressAlone shows nothing but the address, for those who have to copy it by mouse.
func (m *Model) addressAlone() []string {
	return append(m.addressLines(draw.Plain), draw.Spaces(m.Width), m.Paint(draw.Dim.Text(" z or esc: back")))
}

// addressLines begin in the first column and have no frame, so that a mouse can take
// them. Together they are one link (OSC 8): terminals that know it open and copy the whole.
func (m *Model) addressLines(t draw.Tone) (out []string) {
	url := m.login.url
	for _, l := range chunks(url, m.Width) {
		l = m.Paint(t.Text(l))
		if !m.Plain {
			l = ansi.SetHyperlink(url, "id=wxauth-login") + l + ansi.ResetHyperlink()
		}
		out = append(out, l)
	}
	return out
}

func (m *Model) loggedInLines() []string {
	in := m.login.in
	o := in.Tokens.Owner
	who := app.Clean(o.DisplayName)
	if who == "" {
		who = "somebody whom the scopes do not name"
	}
	out := []string{m.Paint(draw.Good.Text(" "+m.Glyphs.Done+"Signed in as "), draw.Strong.Text(who), draw.Plain.Text(facts.Joined(app.Clean(o.Email), app.Clean(o.OrgName)))), draw.Spaces(m.Width)}
	f := draw.NewFields(&m.Screen, m.Width-1)
	facts.Times(m.env(), f, in.Login)
	f.Blank()
	facts.Scopes(m.env(), f, in.Login, false)
	for _, l := range f.Out {
		out = append(out, " "+l)
	}
	if m.opts.EnvToken {
		out = append(out, draw.Spaces(m.Width))
		out = m.wrapped(out, draw.Warn, "WEBEX_ACCESS_TOKEN is set and goes before this login: unset it, or start with --profile "+app.Clean(webex.Untrusted(in.Profile))+".")
	}
	return out
}

func (m *Model) loginFailedLines() []string {
	why, next := loginErrorWords(m.login.err)
	out := m.wrapped(nil, draw.Bad, why)
	out = append(out, draw.Spaces(m.Width))
	out = m.wrapped(out, draw.Plain, next)
	if errors.Is(m.login.err, webex.ErrNoDeviceLogin) {
		out = append(out, draw.Spaces(m.Width))
		for _, u := range webex.DeviceRedirectURIs { // from the first column: a mouse takes them
			for _, l := range chunks(u, m.Width) {
				out = append(out, m.Paint(draw.Link.Text(l)))
			}
		}
		return out
	}
	if m.opts.Account.Configured() == nil && !m.login.token {
		out = append(append(out, draw.Spaces(m.Width)), m.troubleLines()...)
	}
	return out
}

func (m *Model) loginStatus() draw.Segment {
	v := &m.login
	switch v.stage {
	case loginWaiting:
		words := "listening at " + app.Clean(webex.Untrusted(m.opts.Account.RedirectURI())) + " while this screen is open"
		if v.listens != nil {
			words = "waiting for what you paste"
		}
		if v.strays > 0 {
			return draw.Warn.Text(words + " · " + english.Count(v.strays, "stray request") + " ignored")
		}
		return draw.Dim.Text(words)
	case loginSaving:
		return draw.Dim.Text("the login is being stored")
	case loginDone:
		return draw.Dim.Text(facts.Kept(v.in.KeySource))
	}
	return draw.Dim.Text("nothing is stored yet")
}

func (m *Model) loginKeys() string {
	k := m.fixed
	quit := k.Hint(action.Back, "cancel")
	help := m.fixed.Hint(action.Help, "help")
	switch m.login.stage {
	case loginChoose, loginFailed:
		keys := []action.Hint{k.Hint(action.Press, "in the browser"), k.Hint(action.Code, "with a code"), k.Hint(action.Paste, "paste a token"), k.Hint(action.Scopes, "scopes"), help, k.Hint(action.Back, "back")}
		if m.login.way == byCode {
			keys[0], keys[1] = m.fixed.Hint(action.Press, "with a code"), m.fixed.Hint(action.Browser, "in the browser")
		}
		if m.opts.Account.Configured() != nil {
			keys = []action.Hint{k.Hint(action.Paste, "paste a token"), help, k.Hint(action.Back, "back")}
		}
		return m.keyLine(keys...)
	case loginKey:
		return m.keyLine(m.fixed.Hints("choose", action.FirstChoice, action.SecondChoice, action.ThirdChoice), help, quit)
	case loginWaiting:
		keys := []action.Hint{k.Hint(action.Paste, "paste the answer"), k.Hint(action.Code, "use a code instead"), k.Hint(action.Copy, "copy address"), k.Hint(action.Alone, "address alone"), k.Hint(action.OpenAgain, "open again"), help, quit}
		if m.opts.OpenBrowser == nil {
			keys = append(keys[:4], keys[5:]...)
		}
		return m.keyLine(keys...)
	case loginDone:
		return m.keyLine(m.fixed.Hint(action.Press, "go on"), help, m.fixed.Hint(action.Back, "go on"))
	}
	if m.login.stage == loginSaving && !m.login.token {
		return m.keyLine(help) // it can no longer be given up
	}
	return m.keyLine(help, quit)
}
