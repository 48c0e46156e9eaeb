package cli

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/config"
	"github.com/wxauth/wxauth/webex"
)

// clientOptions are what every client of a profile has.
func (c *command) clientOptions(s settings, p config.Profile) []webex.Option {
	opts := []webex.Option{
		webex.WithBaseURL(p.BaseURL), webex.WithEndpoints(p.Endpoints), webex.WithUserAgent("wxauth/" + version().Version),
		webex.WithProxy(c.proxyOf),
	}
	if c.g.maxWait >= 0 {
		opts = append(opts, webex.WithMaxWait(time.Duration(c.g.maxWait)))
	}
	if s.caFile != "" {
		opts = append(opts, trusting(s.caFile))
	}
	if p.ReadOnly {
		opts = append(opts, webex.WithReadOnly())
	}
	if c.logTo != nil {
		opts = append(opts, webex.WithLogger(slog.New(slog.NewTextHandler(c.logTo, &slog.HandlerOptions{Level: slog.LevelDebug}))))
	}
	return opts
}

// service builds the use cases over a token source: that of a login, or of the environment,
// of which nothing is known.
func (c *command) service(s settings, token webex.TokenSource, login app.Login) *app.Service {
	client := webex.New(token, c.clientOptions(s, s.profile)...)
	org, _ := c.orgFlag() // checked before anything is done
	return app.New(client, c.recorder(s), app.Options{Policy: s.Policy, ReadOnly: s.profile.ReadOnly, OwnClient: login.Client, Scopes: login.Tokens.Scopes, Org: org})
}

// scriptService is service for a subcommand: it says which token is used, and what
// that hides.
func (c *command) scriptService(ctx context.Context) (*app.Service, settings, error) {
	s, err := c.load()
	if err != nil {
		return nil, s, err
	}
	c.debugToStderr()
	if !s.token.IsZero() && !s.named {
		hidden := ""
		if names := c.storedProfiles(ctx, s); slices.Contains(names, s.profile.Name) {
			c.hidesLogin = true
			hidden = fmt.Sprintf("; the stored login of profile %s is not used (--profile %s uses it)", s.profile.Name, s.profile.Name)
		}
		c.usedEnv.Store(true)
		c.say("using the token in %s%s", tokenVariable, hidden)
		return c.service(s, webex.StaticToken(s.token), app.Login{}), s, nil
	}
	account, err := c.account(ctx, s, s.profile)
	if err != nil {
		return nil, s, err
	}
	login, err := account.Login(ctx)
	if err != nil {
		return nil, s, err
	}
	hidden := ""
	if !s.token.IsZero() {
		hidden = "; the token in " + tokenVariable + " is not used"
	}
	c.say("using the login of %s, profile %s%s", ownerWords(login), login.Profile, hidden)
	c.warnOfEnd(login)
	return c.service(s, account.For(login.Tokens.Owner), login), s, nil
}
