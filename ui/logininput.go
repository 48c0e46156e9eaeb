package ui

import (
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/webex"
)

func (m *Model) openLoginInput(f inputFor) tea.Cmd {
	v := &m.login
	v.input = draw.NewInput()
	v.input.CharLimit = 16 << 10              // a self-contained token has some 1,700 characters
	v.input.EchoMode = textinput.EchoPassword // each of them is a secret
	v.typed = f
	return v.input.Focus()
}

func (m *Model) pressedInLoginInput(msg tea.KeyPressMsg) tea.Cmd {
	v := &m.login
	switch k := m.fixed; {
	case k.Matches(msg, action.Back):
		v.typed = inputNothing
		return nil
	case k.Matches(msg, action.Press):
		return m.submitLoginInput()
	}
	return m.editLoginInput(msg)
}

func (m *Model) editLoginInput(msg tea.Msg) tea.Cmd {
	var cmd tea.Cmd
	m.login.input, cmd = m.login.input.Update(msg)
	return cmd
}

func (m *Model) submitLoginInput() tea.Cmd {
	v := &m.login
	text, what := v.input.Value(), v.typed
	if text == "" {
		return nil
	}
	v.typed = inputNothing
	v.input.SetValue("")
	switch what {
	case inputPassphrase:
		v.passphrase = webex.NewSecret(text)
		return m.openLoginInput(inputPassphraseAgain)
	case inputPassphraseAgain:
		if !v.passphrase.Equal(webex.NewSecret(text)) {
			m.say(draw.Bad, "The two passphrases differ. Nothing was stored.")
			return nil
		}
		return m.choseKey("passphrase", v.passphrase)
	case inputToken:
		return m.adoptToken(text)
	}
	v.notice = ""
	select {
	case v.pasted <- text:
	default:
		m.say(draw.Warn, "Still looking at what was pasted before.")
	}
	return nil
}
