package tokens

import (
	"testing"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

type oneServiceApp struct{ Account }

func (oneServiceApp) Orgs() Orgs { return noOrgs{} }

type noOrgs struct{ Orgs }

func (noOrgs) ClientID() (webex.ClientID, string) { return "C1", "" }
func (noOrgs) Configured() error                  { return nil }

// A late answer about an organization whose form was closed doesn't affect the form for another
// one. The text typed into the closed form is gone.
func TestALateAnswerToTheFormIsDropped(t *testing.T) {
	v := New(t.Context(), oneServiceApp{}, nil)
	env := view.Env{Screen: &draw.Screen{Width: 120, Height: 40}}
	v.openAddOrg()
	late := orgNamedMsg{gen: v.adding.gen, id: "41c0d7e3-0000-4000-8000-000000000000"}
	v.Update(env, tea.KeyPressMsg{Code: tea.KeyEscape})
	v.openAddOrg()
	v.Update(env, tea.KeyPressMsg{Code: '9', Text: "9"})
	v.Update(env, late)
	if v.adding.asks != askOrg || v.adding.id != "" {
		t.Errorf("the form shows question %d for %q", v.adding.asks, v.adding.id)
	}
	v.Update(env, tea.KeyPressMsg{Code: tea.KeyEscape})
	if text := v.adding.input.Value(); text != "" {
		t.Errorf("the input still contains %q", text)
	}
}
