package session

import (
	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/webex"
)

// Service returns the use cases for a token source. login is the stored login of that source, or
// the zero value for a token from the environment.
func (c *Session) Service(s Settings, token webex.TokenSource, login app.Login) *app.Service {
	client := webex.New(token, c.Client(s, s.Profile)...)
	org, _ := c.OrgFlag() // already validated
	opts := app.Options{Policy: s.Policy, ReadOnly: s.Profile.ReadOnly, OwnClient: login.Client, Scopes: login.Tokens.Scopes, Org: org}
	if t := login.Tokens; !t.RefreshIssued.IsZero() {
		opts.OwnSince = t.RefreshIssued.Add(t.Skew)
	}
	return app.New(client, c.Recorder(s), opts)
}
