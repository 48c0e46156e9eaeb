package cli

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/config"
	"github.com/wxauth/wxauth/internal/session"
	"github.com/wxauth/wxauth/webex"
)

// clientOptions returns the options common to every client of a profile.
func (c *command) clientOptions(s session.Settings, p config.Profile) []webex.Option {
	opts := []webex.Option{
		webex.WithBaseURL(p.BaseURL), webex.WithEndpoints(p.Endpoints), webex.WithUserAgent("wxauth/" + version().Version),
		webex.WithProxy(c.proxyOf),
	}
	if c.g.maxWait >= 0 {
		opts = append(opts, webex.WithMaxWait(time.Duration(c.g.maxWait)))
	}
	if s.CaFile != "" {
		opts = append(opts, trusting(s.CaFile))
	}
	if p.ReadOnly {
		opts = append(opts, webex.WithReadOnly())
	}
	if c.logTo != nil {
		opts = append(opts, webex.WithLogger(slog.New(slog.NewTextHandler(c.logTo, &slog.HandlerOptions{Level: slog.LevelDebug}))))
	}
	return opts
}

// environmentService returns the use cases with the token in the environment.
func (c *command) environmentService(ctx context.Context, s session.Settings) *app.Service {
	c.UsedEnv.Store(true)
	c.hidesLogin = slices.Contains(c.StoredProfiles(ctx, s), s.Profile.Name)
	return c.Service(s, webex.StaticToken(s.Token), app.Login{})
}

// scriptService returns the use cases for a subcommand. It prints which token is used, and whether
// that hides a saved login.
func (c *command) scriptService(ctx context.Context) (*app.Service, session.Settings, error) {
	s, err := c.Load()
	if err != nil {
		return nil, s, err
	}
	c.debugToStderr()
	if !s.Token.IsZero() && !s.Named {
		svc := c.environmentService(ctx, s)
		hidden := ""
		if c.hidesLogin {
			hidden = fmt.Sprintf("; not using the saved login of profile %s (to use it: --profile %s)", s.Profile.Name, s.Profile.Name)
		}
		c.say("using the token in %s%s", session.TokenVariable, hidden)
		return svc, s, nil
	}
	account, err := c.Account(ctx, s, s.Profile)
	if err != nil {
		return nil, s, err
	}
	login, err := account.Login(ctx)
	if err != nil {
		return nil, s, err
	}
	hidden := ""
	if !s.Token.IsZero() {
		hidden = ", not the token in " + session.TokenVariable
	}
	c.say("using the login of %s, profile %s%s", ownerWords(login), login.Profile, hidden)
	c.warnOfEnd(login)
	return c.Service(s, account.For(login.Tokens.Owner), login), s, nil
}
