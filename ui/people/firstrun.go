package people

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
)

// FirstRun is the screen without a token.
type FirstRun struct {
	view.Outbox
	login      bool   // this installation can log in
	configPath string // path of the configuration file
}

// NewFirstRun returns the screen. login says whether this installation can log in. configPath is
// the path of the configuration file.
func NewFirstRun(login bool, configPath string) *FirstRun {
	return &FirstRun{login: login, configPath: configPath}
}

// Update handles a key.
func (v *FirstRun) Update(env view.Env, msg tea.Msg) tea.Cmd {
	if k, ok := msg.(tea.KeyPressMsg); ok {
		if a, ok := env.Keys.Find(k, v.Actions(env)); ok {
			return a.Run()
		}
	}
	return nil
}

// Resize does nothing, because there is no list.
func (v *FirstRun) Resize(view.Env) {}

// Typing returns true: the screen receives all keys.
func (v *FirstRun) Typing() bool { return true }

// Tick returns 0, because nothing changes on its own.
func (v *FirstRun) Tick(view.Env) time.Duration { return 0 }

// Draw draws the screen with the available choices.
func (v *FirstRun) Draw(env view.Env) view.Drawing {
	out := []string{env.Rule(), draw.Spaces(env.Width)}
	item := func(n, title, command string, lines ...string) {
		out = append(out, env.Sides([]draw.Segment{draw.Link.Text(" " + n + "  "), draw.Strong.Text(title)}, []draw.Segment{draw.Link.Text(command + " ")}))
		for _, l := range lines {
			for _, w := range draw.Wrap(l, env.Width-6) {
				out = append(out, env.Paint(draw.Dim.Text("    "+w)))
			}
		}
		out = append(out, draw.Spaces(env.Width))
	}
	item("1", "Try the demo", "wxauth demo", "Sample data. No account, no network, no files.")
	if v.login {
		item("2", "Use a personal access token (12 h)", "wxauth login --paste",
			"Copy it from developer.webex.com, press "+env.Fixed.Shown(action.SecondChoice)+" and paste it. It can do whatever you can do. Or set WEBEX_ACCESS_TOKEN.")
		item("3", "Log in once; wxauth renews the login", "wxauth login",
			"In the browser or with a code. Requires an integration: your own (set it up with: wxauth config init --from-url -), or one from your team's configuration file.")
	} else {
		item("2", "Use a personal access token (12 h)", "WEBEX_ACCESS_TOKEN",
			"Copy it from developer.webex.com (it can do whatever you can do),",
			"set the environment variable WEBEX_ACCESS_TOKEN to it, and restart wxauth.")
	}
	out = append(env.Filled(out, env.Height-7), env.Rule())
	for _, l := range draw.Wrap("Viewing other people's tokens requires the Full, User or Device Admin role. You can always view and revoke your own apps in the browser: https://idbroker.webex.com/idb/profile#/tokens", env.Width-2) {
		out = append(out, env.Paint(draw.Dim.Text(" "+l)))
	}
	keys := []action.Hint{env.Fixed.Hint(action.FirstChoice, "demo")}
	if v.login {
		keys = []action.Hint{env.Fixed.Hints("choose", action.FirstChoice, action.SecondChoice, action.ThirdChoice), env.Keys.Hint(action.Login, "log in"), env.Keys.Hint(action.NextView, "saved logins")}
	}
	return view.Drawing{
		Open: true, Body: out, Status: draw.Dim.Text("No token. Configuration: " + app.OrDash(v.configPath)),
		Keys: append(keys, env.Keys.Hint(action.Help, "help"), env.Keys.Hint(action.Quit, "quit")),
	}
}

// Actions returns the actions of the screen.
func (v *FirstRun) Actions(env view.Env) []action.Action {
	logIn := func(paste bool, words string) func() tea.Cmd {
		return action.Do(func() {
			if v.login {
				v.Send(view.LogIn{Paste: paste})
			} else if words != "" {
				v.Say(draw.Dim, words)
			}
		})
	}
	send := func(m tea.Msg) func() tea.Cmd { return action.Do(func() { v.Send(m) }) }
	return []action.Action{
		{Key: action.FirstChoice, Run: send(view.Demo{})},
		{Key: action.SecondChoice, Run: logIn(true, "Press "+env.Keys.Shown(action.Quit)+" to quit, set WEBEX_ACCESS_TOKEN and start wxauth again.")},
		{Key: action.Paste, Run: logIn(true, "")},
		{Key: action.ThirdChoice, Run: logIn(false, "")},
		{Key: action.Login, Run: logIn(false, "")},
		{Key: action.NextView, Run: send(view.Show{View: action.Tokens})},
		{Key: action.Help, Run: send(view.Help{})},
		{Key: action.Quit, Run: send(view.Quit{})},
		{Key: action.Back},
		{Key: action.ForceQuit},
		{Key: action.Suspend},
	}
}
