package session

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/config"
	"github.com/wxauth/wxauth/webex"
)

// OrgsIn returns the organizations of a profile's Service App in a store. Their tokens are
// requested with login, which may be nil.
func (c *Session) OrgsIn(k OpenStore, s Settings, p config.Profile, login *app.Account) *app.Orgs {
	var manager webex.TokenSource
	if login != nil {
		manager = login
	}
	if !s.Token.IsZero() && !s.Named && p.Name == s.Profile.Name {
		manager = &environmentManager{c: c, token: s.Token}
	}
	return app.NewOrgs(k.profile(p.Name), app.OrgsOptions{
		Profile: p.Name, ClientFrom: p.ServiceApp.ClientFrom, Manager: manager, Client: c.Client(s, p),
		Credentials: webex.ServiceAppCredentials{
			ClientID: p.ServiceApp.ClientID, ClientSecret: p.ServiceApp.ClientSecret, ClientSecretFrom: c.ServiceAppSecret(p),
		},
	})
}

// ServiceAppSecret returns a function that gets the secret of a profile's Service App, or nil if
// there is none.
func (c *Session) ServiceAppSecret(p config.Profile) func(context.Context) (webex.Secret, error) {
	return c.SecretFrom(p.ServiceApp, "Secret of Service App ", webex.EnvSASecret)
}

// environmentManager requests tokens with the token from the environment, and tells the user
// when it does.
type environmentManager struct {
	c     *Session
	token webex.Secret
	once  sync.Once
}

func (m *environmentManager) Token(context.Context) (webex.Secret, error) {
	m.once.Do(func() {
		m.c.UsedEnv.Store(true)
		if !m.c.OnScreen {
			m.c.Say("using the token in %s", TokenVariable)
		}
	})
	return m.token, nil
}

// Stored returns our own organization, if the token contains it.
func (m *environmentManager) Stored(context.Context) (webex.Tokens, error) {
	return webex.Tokens{Access: m.token, Owner: webex.Owner{OrgID: webex.InspectToken(m.token).OrgID}}, nil
}

// ProfileLogin is a profile and its stored login.
type ProfileLogin struct {
	config.Profile
	gone  bool // a login whose profile is no longer in the file
	Held  bool
	Login app.Login
}

// ProfileLogins returns all profiles, sorted by name: those in the configuration, those with a
// stored login, and the one in use.
func (c *Session) ProfileLogins(ctx context.Context, s Settings, k OpenStore) ([]ProfileLogin, error) {
	names := append(s.ProfileNames(), s.Profile.Name)
	logins, err := k.Logins(ctx)
	if err != nil {
		return nil, err
	}
	for _, l := range logins {
		names = append(names, l.Profile)
	}
	slices.Sort(names)
	var out []ProfileLogin
	for _, name := range slices.Compact(names) {
		p, err := s.Resolve(name, c.Getenv)
		gone := err != nil
		if gone {
			p = config.Profile{Name: name, BaseURL: s.BaseURL}
		}
		login, err := c.AccountIn(k, s, p).Login(ctx)
		if err != nil && !errors.Is(err, webex.ErrNotLoggedIn) {
			return nil, err
		}
		out = append(out, ProfileLogin{p, gone, err == nil, login})
	}
	return out, nil
}
