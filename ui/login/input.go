package login

import (
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

func (v *View) openInput(f inputFor) tea.Cmd {
	v.input = draw.NewInput()
	v.input.CharLimit = 16 << 10              // a self-contained token has about 1,700 characters
	v.input.EchoMode = textinput.EchoPassword // all inputs here are secrets
	v.typed = f
	return v.input.Focus()
}

func (v *View) pressInInput(env view.Env, msg tea.KeyPressMsg) tea.Cmd {
	switch k := env.Fixed; {
	case k.Matches(msg, action.Back):
		v.typed = inputNothing
		return nil
	case k.Matches(msg, action.Press):
		return v.submitInput()
	}
	return v.editInput(msg)
}

func (v *View) editInput(msg tea.Msg) tea.Cmd {
	var cmd tea.Cmd
	v.input, cmd = v.input.Update(msg)
	return cmd
}

func (v *View) submitInput() tea.Cmd {
	text, what := v.input.Value(), v.typed
	if text == "" {
		return nil
	}
	v.typed = inputNothing
	v.input.SetValue("")
	switch what {
	case inputPassphrase:
		v.passphrase = webex.NewSecret(text)
		return v.openInput(inputPassphraseAgain)
	case inputPassphraseAgain:
		if !v.passphrase.Equal(webex.NewSecret(text)) {
			v.Say(draw.Bad, "The two passphrases differ. Nothing was saved.")
			return nil
		}
		return v.choseKey("passphrase", v.passphrase)
	case inputToken:
		return v.adoptToken(text)
	}
	v.notice = ""
	select {
	case v.pasted <- text:
	default:
		v.Say(draw.Warn, "wxauth is still checking what you pasted before.")
	}
	return nil
}
