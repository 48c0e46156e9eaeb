package ui

import (
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/ui/dialog"
	"github.com/wxauth/wxauth/ui/draw"
)

// askToCopy guards the one key that puts a secret outside of wxauth.
// instead is what a script runs instead.
func (m *Model) askToCopy(whose, instead string, l app.Login) *dialog.Ask {
	token, until := l.Tokens.Access, "it ends"
	if left := l.AccessLeft(); left.Known() {
		until = m.stamp(left.Until)
	}
	return dialog.NewAsk("Copy the access token?", "Copy", func() tea.Cmd {
		m.say(draw.Warn, "Sent to the terminal's clipboard: the access token. Mind where you paste it.")
		return tea.SetClipboard(token.Reveal())
	},
		"Whoever has it can do what "+whose+" can do, within its scopes, until "+until+".",
		"It goes to the terminal's clipboard, where other programs can read it. In a script, "+instead+" keeps it out of there.",
	)
}

// untilWords says when a login's tokens end at Webex.
func (m *Model) untilWords(l app.Login) string {
	if left := l.EndsAt(); left.Known() {
		return m.stamp(left.Until)
	}
	return "an unknown time"
}

func (m *Model) askToForget() *dialog.Ask {
	a, ctx := m.opts.Account, m.ctx
	l := m.tokens.held
	there := "At Webex its tokens stay valid until " + m.untilWords(l) + ". To end them there too, run: wxauth logout --revoke"
	if l.Personal() {
		there = "At Webex it stays valid until " + m.untilWords(l) + "."
	}
	return dialog.NewAsk("Forget this login?", "Forget", func() tea.Cmd {
		m.tokens.busy = "forgetting…"
		return func() tea.Msg {
			l, err := a.Forget(ctx)
			return forgottenMsg{l, err}
		}
	},
		"The login of "+m.ownerName()+" is removed from this computer, with its backups.",
		there,
	)
}

// askToForgetOrg: ended says that a webhook told that the organization took its
// authorization back.
func (m *Model) askToForgetOrg(name string, org app.Org, ended bool) *dialog.Ask {
	o, ctx := m.orgs(), m.ctx
	there := "At Webex they stay valid until " + m.untilWords(org.Login) + ", unless that organization takes its authorization of the Service App back."
	if ended {
		there = "The payload says that this organization took its authorization back, so Webex accepts them no longer."
	}
	return dialog.NewAsk("Forget this organization's tokens?", "Forget", func() tea.Cmd {
		m.tokens.busy = "forgetting…"
		return func() tea.Msg {
			held, err := o.Remove(ctx, org.ID)
			return orgMsg{act: orgRemoved, id: org.ID, org: held, err: err}
		}
	},
		"The tokens of "+name+" are removed from this computer, with their backups.",
		there,
	)
}

func (m *Model) ownerName() string {
	o := m.tokens.held.Tokens.Owner
	if e := app.Clean(o.Email); e != "" {
		return draw.Cut(e, 60)
	}
	return "its owner"
}
