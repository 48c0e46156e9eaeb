package session

import (
	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/webex"
)

// Service builds the use cases over a token source: that of a login, or of the environment,
// of which nothing is known.
func (c *Session) Service(s Settings, token webex.TokenSource, login app.Login) *app.Service {
	client := webex.New(token, c.Client(s, s.Profile)...)
	org, _ := c.OrgFlag() // checked before anything is done
	return app.New(client, c.Recorder(s), app.Options{Policy: s.Policy, ReadOnly: s.Profile.ReadOnly, OwnClient: login.Client, Scopes: login.Tokens.Scopes, Org: org})
}
