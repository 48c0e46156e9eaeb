package login

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/facts"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

// Draw draws the login screen.
func (v *View) Draw(env view.Env) view.Drawing {
	switch {
	case v.alone && v.stage == waiting:
		return view.Drawing{Body: v.addressAlone(env), Alone: true}
	case v.stage == showingCode:
		return v.drawCode(env)
	case v.stage == choosingScopes:
		return v.drawScopes(env)
	}
	out := []string{v.stagesLine(env), env.Rule(), draw.Spaces(env.Width)}
	switch v.stage {
	case choosing:
		out = append(out, v.choiceLines(env)...)
	case choosingKey:
		out = append(out, v.keySourceLines(env)...)
	case waiting:
		out = append(out, v.waitingLines(env)...)
	case starting:
		words := "Preparing the login…"
		if v.way == byCode {
			words = "Asking Webex for a code…"
		}
		out = append(out, env.Paint(draw.Link.Text(" "+words)))
	case saving:
		out = append(out, env.Paint(draw.Link.Text(" Webex has answered. "), draw.Plain.Text("Getting the tokens, checking who they belong to, and saving them…")))
		if v.token {
			out[len(out)-1] = env.Paint(draw.Link.Text(" Checking who this token belongs to "), draw.Plain.Text("and saving it…"))
		}
	case done:
		out = append(out, v.loggedInLines(env)...)
	case failed:
		out = append(out, v.failedLines(env)...)
	}
	d := view.Drawing{Body: out, Status: v.status(), Keys: v.keys(env)}
	if v.typed != inputNothing {
		v.drawInput(env, &d)
	}
	return d
}

// drawInput shows the open input instead of the status.
func (v *View) drawInput(env view.Env, d *view.Drawing) {
	question := map[inputFor]string{
		inputAnswer: " Paste the address your browser landed on, or an access token: ", inputToken: " Paste an access token: ", inputPassphrase: " Passphrase for the store (it cannot be recovered): ", inputPassphraseAgain: " Passphrase again: ",
	}[v.typed]
	if draw.Cells(question) > env.Width-12 {
		question = map[inputFor]string{inputPassphrase: " Passphrase: ", inputPassphraseAgain: " Again: "}[v.typed]
		if question == "" {
			question = " Paste it: "
		}
	}
	shown := strings.Repeat("•", min(len([]rune(v.input.Value())), max(env.Width-draw.Cells(question)-2, 0)))
	d.Input = env.Paint(draw.Strong.Text(question), draw.Plain.Text(shown))
	if d.Cursor = v.input.Cursor(); d.Cursor != nil {
		d.Cursor.X, d.Cursor.Y = min(draw.Cells(question)+draw.Cells(shown), env.Width-1), env.Height-2
	}
	d.Keys = []action.Hint{env.Fixed.Hint(action.Press, "continue"), env.Fixed.Hint(action.Back, "close"), env.Fixed.Hint(action.ForceQuit, "quit")}
}

// stagesLine says in words which step of the login is current.
func (v *View) stagesLine(env view.Env) string {
	names := []string{"choose", "approve in the browser", "save", "done"}
	switch {
	case v.stage == choosing:
		names[1] = "sign in"
	case v.way == byCode:
		names[1] = "enter the code"
	}
	if v.stage == choosingKey {
		names[0] = "choose where to keep the key"
	}
	pasting := v.typed == inputToken
	if v.token || pasting {
		names[1] = "paste a token"
	}
	if env.Width < 80 && !v.token && v.way == byBrowser {
		names[1] = "browser"
	}
	at := map[stage]int{choosing: 0, choosingKey: 0, starting: 1, waiting: 1, showingCode: 1, saving: 2, done: 3, failed: -1}[v.stage]
	if pasting && at == 0 {
		at = 1
	}
	segs := []draw.Segment{draw.Strong.Text(" Log in to Webex   ")}
	for i, n := range names {
		switch {
		case i < at || v.stage == done:
			segs = append(segs, draw.Good.Text(env.Glyphs.Done+n))
		case i == at:
			segs = append(segs, draw.Link.Text(env.Glyphs.Cursor+" "+n))
		default:
			segs = append(segs, draw.Dim.Text(n))
		}
		if i < len(names)-1 {
			segs = append(segs, draw.Dim.Text(" "+env.Glyphs.Rule+" "))
		}
	}
	right := []draw.Segment{draw.Dim.Text("profile " + app.Clean(webex.Untrusted(v.Account.Profile())) + " ")}
	if env.Width < 90 {
		right = nil
	}
	if v.stage == failed {
		segs = []draw.Segment{draw.Strong.Text(" Log in to Webex   "), draw.Bad.Text("failed")}
	}
	return env.Sides(segs, right)
}

// wrapped appends text, wrapped to the screen's width.
func (v *View) wrapped(env view.Env, out []string, t draw.Tone, text string) []string {
	for _, l := range draw.Wrap(text, env.Width-2) {
		out = append(out, env.Paint(t.Text(" "+l)))
	}
	return out
}

func (v *View) keySourceLines(env view.Env) []string {
	var out []string
	if env.Height >= 20 {
		out = append(v.wrapped(env, nil, draw.Warn, app.Sentence(v.err)), draw.Spaces(env.Width))
	}
	out = append(out, env.Paint(draw.Strong.Text(" How should wxauth protect your saved login?")), draw.Spaces(env.Width))
	for _, c := range [][3]string{
		{"1", "a passphrase", "you type it every time wxauth starts"},
		{"2", "a key file", "less secure: a file next to the store, readable only by you"},
		{"3", "don't save", "the login is lost when you quit"},
	} {
		out = append(out, env.Paint(draw.Link.Text(" "+c[0]+"  "), draw.Strong.Text(draw.Pad(c[1], 15)), draw.Dim.Text(c[2])))
	}
	return append(out, draw.Spaces(env.Width), env.Paint(draw.Dim.Text(" Nothing is saved yet. To choose permanently, set key in the configuration or WXAUTH_KEY.")))
}

// waitingLines draws the screen that waits for the browser.
func (v *View) waitingLines(env view.Env) []string {
	left := max(v.deadline.Sub(env.Now), 0)
	total := v.deadline.Sub(v.started)
	barCells := max(env.Width/3, 10)
	filled := 0
	if total > 0 {
		filled = int(int64(barCells) * int64(left) / int64(total))
	}
	t := draw.Link
	if left < 30*time.Second {
		t = draw.Bad
	}
	out := []string{env.Paint(draw.Strong.Text(" Waiting for your browser  "), t.Text(draw.Repeat(env.Glyphs.Left, filled)), draw.Dim.Text(draw.Repeat(env.Glyphs.Used, barCells-filled)), t.Text("  "+v.countdown(env, left))), draw.Spaces(env.Width)}
	address := v.addressLines(env, draw.Link)
	short := len(address)+16 > env.Height
	if short {
		out = append(out[:1], env.Paint(draw.Strong.Text(" z: show only the address   c: copy it")))
	}
	switch {
	case v.listens != nil:
		out = v.wrapped(env, out, draw.Warn, app.Sentence(v.listens)+".")
		out = v.wrapped(env, out, draw.Plain, "Open the address and accept, then press "+env.Fixed.Shown(action.Paste)+" and paste the address your browser lands on.")
	case v.OpenBrowser == nil:
		out = v.wrapped(env, out, draw.Plain, "wxauth cannot open a browser here ("+v.NoBrowser+"). Open the address, sign in with your admin account and press Accept. On another computer, press "+env.Fixed.Shown(action.Paste)+" here and paste the address its browser lands on.")
	default:
		out = v.wrapped(env, out, draw.Plain, "A Webex page has opened. Sign in there with your admin account, then press Accept. This screen continues by itself.")
	}
	if v.notice != "" {
		out = v.wrapped(env, out, draw.Warn, v.notice)
	}
	out = append(out, draw.Spaces(env.Width))
	if short {
		return out
	}
	if v.OpenBrowser != nil && v.listens == nil {
		out = append(out, env.Paint(draw.Dim.Text(" No page? Open this address in any browser on this computer:")))
	}
	out = append(append(out, address...), draw.Spaces(env.Width))
	if room := env.Height - len(out) - 12; room >= len(v.askedScopes())+2 {
		out = append(append(out, v.scopeLines(env, room)...), draw.Spaces(env.Width))
	}
	return append(out, v.troubleLines(env)...)
}

// troubleLines explains the error pages after which Webex does not redirect to wxauth.
func (v *View) troubleLines(env view.Env) []string {
	wide := env.Width >= 100
	rows := [][3]string{
		{"redirect_uri is wrong or missing", "redirect_uri wrong", "register exactly  " + app.Clean(webex.Untrusted(v.Account.RedirectURI()))},
		{"invalid scope", "invalid scope", "add " + english.Count(len(v.askedScopes()), "scope") + " to your integration at developer.webex.com"},
		{"your administrator denied access", "admin denied access", "allow it: " + webex.PageIntegrations},
		{"nothing, or is on another computer", "other computer", "d: use a code, on any device; p: paste the address its browser lands on"},
	}
	out := []string{env.Paint(draw.Dim.Text(" IF THE PAGE SAYS …"))}
	for _, r := range rows {
		label, w := r[1], 22
		if wide {
			label, w = r[0], 39
		}
		out = append(out, env.Paint(draw.Plain.Text("   "+draw.Pad(label, w)), draw.Dim.Text(r[2])))
	}
	return out
}

// countdown formats the remaining time; on the plain screen in whole minutes.
func (v *View) countdown(env view.Env, d time.Duration) string {
	if env.Plain {
		return english.Count(int((d+time.Minute-1)/time.Minute), "minute") + " left"
	}
	return minutes(d) + " left"
}

func minutes(d time.Duration) string {
	s := int(d / time.Second)
	return strconv.Itoa(s/60) + ":" + strconv.Itoa(s%60/10) + strconv.Itoa(s%60%10)
}

// addressAlone shows only the URL, for users who copy it with the mouse.
func (v *View) addressAlone(env view.Env) []string {
	return append(v.addressLines(env, draw.Plain), draw.Spaces(env.Width), env.Paint(draw.Dim.Text(" z or esc: back")))
}

// addressLines draws the URL from the first column and without a frame, so that it can be copied
// with the mouse. All lines are one link (OSC 8): terminals that support it open or copy the
// whole URL.
func (v *View) addressLines(env view.Env, t draw.Tone) (out []string) {
	url := v.url
	for _, l := range chunks(url, env.Width) {
		l = env.Paint(t.Text(l))
		if !env.Plain {
			l = ansi.SetHyperlink(url, "id=wxauth-login") + l + ansi.ResetHyperlink()
		}
		out = append(out, l)
	}
	return out
}

func (v *View) loggedInLines(env view.Env) []string {
	in := v.in
	o := in.Tokens.Owner
	who := app.Clean(o.DisplayName)
	if who == "" {
		who = "unknown user (not covered by the scopes)"
	}
	out := []string{env.Paint(draw.Good.Text(" "+env.Glyphs.Done+"Signed in as "), draw.Strong.Text(who), draw.Plain.Text(facts.Joined(app.Clean(o.Email), app.Clean(o.OrgName)))), draw.Spaces(env.Width)}
	f := draw.NewFields(env.Screen, env.Width-1)
	facts.Times(env, f, in.Login)
	f.Blank()
	facts.Scopes(env, f, in.Login, false)
	for _, l := range f.Out {
		out = append(out, " "+l)
	}
	if env.EnvToken {
		out = append(out, draw.Spaces(env.Width))
		out = v.wrapped(env, out, draw.Warn, "WEBEX_ACCESS_TOKEN is set and takes precedence over this login. Unset it, or start with --profile "+app.Clean(webex.Untrusted(in.Profile))+".")
	}
	return out
}

func (v *View) failedLines(env view.Env) []string {
	why, next := errorWords(v.err)
	out := v.wrapped(env, nil, draw.Bad, why)
	out = append(out, draw.Spaces(env.Width))
	out = v.wrapped(env, out, draw.Plain, next)
	if errors.Is(v.err, webex.ErrNoDeviceLogin) {
		out = append(out, draw.Spaces(env.Width))
		for _, u := range webex.DeviceRedirectURIs { // from the first column, so that they can be copied with the mouse
			for _, l := range chunks(u, env.Width) {
				out = append(out, env.Paint(draw.Link.Text(l)))
			}
		}
		return out
	}
	if v.Account.Configured() == nil && !v.token {
		out = append(append(out, draw.Spaces(env.Width)), v.troubleLines(env)...)
	}
	return out
}

func (v *View) status() draw.Segment {
	switch v.stage {
	case waiting:
		words := "listening at " + app.Clean(webex.Untrusted(v.Account.RedirectURI())) + " while this screen is open"
		if v.listens != nil {
			words = "waiting for the pasted address"
		}
		if v.strays > 0 {
			return draw.Warn.Text(words + " · " + english.Count(v.strays, "stray request") + " ignored")
		}
		return draw.Dim.Text(words)
	case saving:
		return draw.Dim.Text("saving the login")
	case done:
		return draw.Dim.Text(facts.Kept(v.in.KeySource))
	}
	return draw.Dim.Text("nothing saved yet")
}

func (v *View) keys(env view.Env) []action.Hint {
	k := env.Fixed
	quit := k.Hint(action.Back, "cancel")
	help := env.Fixed.Hint(action.Help, "help")
	switch v.stage {
	case choosing, failed:
		keys := []action.Hint{k.Hint(action.Press, "in the browser"), k.Hint(action.Code, "with a code"), k.Hint(action.Paste, "paste a token"), k.Hint(action.Scopes, "scopes"), help, k.Hint(action.Back, "back")}
		if v.way == byCode {
			keys[0], keys[1] = env.Fixed.Hint(action.Press, "with a code"), env.Fixed.Hint(action.Browser, "in the browser")
		}
		if v.Account.Configured() != nil {
			keys = []action.Hint{k.Hint(action.Paste, "paste a token"), help, k.Hint(action.Back, "back")}
		}
		return keys
	case choosingKey:
		return []action.Hint{env.Fixed.Hints("choose", action.FirstChoice, action.SecondChoice, action.ThirdChoice), help, quit}
	case waiting:
		keys := []action.Hint{k.Hint(action.Paste, "paste the address"), k.Hint(action.Code, "use a code instead"), k.Hint(action.Copy, "copy address"), k.Hint(action.Alone, "address only"), k.Hint(action.OpenAgain, "open again"), help, quit}
		if v.OpenBrowser == nil {
			keys = append(keys[:4], keys[5:]...)
		}
		return keys
	case done:
		return []action.Hint{env.Fixed.Hint(action.Press, "continue"), help, env.Fixed.Hint(action.Back, "continue")}
	}
	if v.stage == saving && !v.token {
		return []action.Hint{help} // it can no longer be canceled
	}
	return []action.Hint{help, quit}
}
