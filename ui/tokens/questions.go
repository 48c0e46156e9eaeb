package tokens

import (
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/ui/dialog"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
)

// askToCopy asks for confirmation before a token is copied to the clipboard, outside of wxauth's
// control. instead is the command that scripts should run.
func (v *View) askToCopy(env view.Env, whose, instead string, l app.Login) *dialog.Ask {
	token, until := l.Tokens.Access, "it expires"
	if left := l.AccessLeft(); left.Known() {
		until = env.Stamp(left.Until)
	}
	return dialog.NewAsk("Copy the access token?", "Copy", func() tea.Cmd {
		v.Say(draw.Warn, "Sent to the terminal's clipboard: the access token. Be careful where you paste it.")
		return tea.SetClipboard(token.Reveal())
	},
		"Anyone who has it can do what "+whose+" can do, within its scopes, until "+until+".",
		"Other programs can read the clipboard. In a script, use "+instead+" instead.",
	)
}

// untilWords describes when a login's tokens expire at Webex.
func (v *View) untilWords(env view.Env, l app.Login) string {
	if left := l.EndsAt(); left.Known() {
		return env.Stamp(left.Until)
	}
	return "an unknown time"
}

func (v *View) askToForget(env view.Env) *dialog.Ask {
	a, ctx := v.account, v.ctx
	l := v.held
	there := "Its tokens stay valid at Webex until " + v.untilWords(env, l) + ". To revoke them too, run: wxauth logout --revoke"
	if l.Personal() {
		there = "It stays valid at Webex until " + v.untilWords(env, l) + "."
	}
	return dialog.NewAsk("Forget this login?", "Forget", func() tea.Cmd {
		v.busy = "forgetting…"
		return func() tea.Msg {
			l, err := a.Forget(ctx, l)
			return forgottenMsg{l, err}
		}
	},
		"The login of "+v.ownerName()+" is removed from this computer, with its backups.",
		there,
	)
}

// askToForgetOrg asks for confirmation to forget an organization. ended means that a webhook
// reported that the organization deauthorized the Service App.
func (v *View) askToForgetOrg(env view.Env, name string, org app.Org, ended bool) *dialog.Ask {
	o, ctx := v.serviceApp(), v.ctx
	there := "They stay valid at Webex until " + v.untilWords(env, org.Login) + ", unless the organization deauthorizes the Service App."
	if ended {
		there = "The payload says that this organization deauthorized the Service App, so Webex no longer accepts them."
	}
	return dialog.NewAsk("Forget this organization's tokens?", "Forget", func() tea.Cmd {
		v.busy = "forgetting…"
		return func() tea.Msg {
			held, err := o.Remove(ctx, org.ID)
			return orgMsg{act: orgRemoved, id: org.ID, org: held, err: err}
		}
	},
		"The tokens of "+name+" are removed from this computer, with their backups.",
		there,
	)
}

func (v *View) ownerName() string {
	o := v.held.Tokens.Owner
	if e := app.Clean(o.Email); e != "" {
		return draw.Cut(e, 60)
	}
	return "its owner"
}
