package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/wxauth/wxauth/internal/seal"
	"github.com/wxauth/wxauth/webex"
)

// Memory is a store that is lost when the process exits. It is a [webex.TokenStore] and a
// [webex.RefreshGuard].
type Memory struct {
	*held
	profile string
}

type held struct {
	mu      sync.Mutex
	values  map[string][]byte // by joined path
	names   map[string][]string
	refresh map[string]chan struct{}
}

// NewMemory returns an empty store.
func NewMemory() *Memory {
	return &Memory{&held{values: map[string][]byte{}, names: map[string][]string{}, refresh: map[string]chan struct{}{}}, DefaultProfile}
}

// Profile returns the same store for another profile.
func (m *Memory) Profile(name string) *Memory { return &Memory{m.held, name} }

// KeySource returns [SourceMemory].
func (m *Memory) KeySource() string { return SourceMemory }

// Prepare does nothing.
func (m *Memory) Prepare(ctx context.Context) error { return ctx.Err() }

func (m *Memory) get(path ...string) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.values[string(seal.Joined(path...))]
}

func (m *Memory) put(v []byte, path ...string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := string(seal.Joined(path...))
	m.values[k], m.names[k] = v, path
}

func (m *Memory) delete(path ...string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := string(seal.Joined(path...))
	delete(m.values, k)
	delete(m.names, k)
}

func (m *Memory) tokens(ctx context.Context, missing error, path ...string) (webex.Tokens, error) {
	if err := ctx.Err(); err != nil {
		return webex.Tokens{}, err
	}
	v := m.get(path...)
	if v == nil {
		return webex.Tokens{}, missing
	}
	return decode(v)
}

func (m *Memory) setTokens(ctx context.Context, t webex.Tokens, path ...string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	// Encoded, as on a disk, so that the caller's slices are not shared.
	v, err := t.RevealJSON()
	if err == nil {
		m.put(v, path...)
	}
	return err
}

// IntegrationTokens returns the tokens of an integration.
func (m *Memory) IntegrationTokens(ctx context.Context, client webex.ClientID) (webex.Tokens, error) {
	return m.tokens(ctx, fmt.Errorf("%w: profile %q holds no login", webex.ErrNotLoggedIn, m.profile), m.profile, kindIntegration, keyOf(client))
}

// SetIntegrationTokens replaces the tokens of an integration.
func (m *Memory) SetIntegrationTokens(ctx context.Context, client webex.ClientID, t webex.Tokens) error {
	return m.setTokens(ctx, t, m.profile, kindIntegration, keyOf(client))
}

// DeleteIntegrationTokens deletes the tokens of an integration.
func (m *Memory) DeleteIntegrationTokens(ctx context.Context, client webex.ClientID) error {
	m.delete(m.profile, kindIntegration, keyOf(client))
	return ctx.Err()
}

// Logins lists the profiles and clients with stored tokens.
func (m *Memory) Logins(context.Context) (out []Login, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, n := range m.names {
		if len(n) == 3 && n[1] == kindIntegration {
			out = append(out, Login{n[0], clientOf(n[2])})
		}
	}
	return out, nil
}

// ServiceApps lists the profiles and Service Apps with stored tokens.
func (m *Memory) ServiceApps(context.Context) ([]Login, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return serviceApps(slices.Collect(maps.Values(m.names))), nil
}

// ServiceAppClients lists the Service Apps with stored tokens in this profile.
func (m *Memory) ServiceAppClients(ctx context.Context) ([]webex.ClientID, error) {
	all, err := m.ServiceApps(ctx)
	return OfProfile(all, m.profile), err
}

// Clients lists the clients with stored tokens in this profile.
func (m *Memory) Clients(ctx context.Context) ([]webex.ClientID, error) {
	all, err := m.Logins(ctx)
	return OfProfile(all, m.profile), err
}

// OrgTokens returns a Service App's tokens for an organization.
func (m *Memory) OrgTokens(ctx context.Context, client webex.ClientID, org webex.OrgID) (webex.Tokens, error) {
	key, err := orgKey(org)
	if err != nil {
		return webex.Tokens{}, err
	}
	return m.tokens(ctx, fmt.Errorf("%w: %s", webex.ErrOrgNotRegistered, key), m.profile, kindServiceApp, keyOf(client), key)
}

// SetOrgTokens replaces a Service App's tokens for an organization.
func (m *Memory) SetOrgTokens(ctx context.Context, client webex.ClientID, org webex.OrgID, t webex.Tokens) error {
	key, err := orgKey(org)
	if err != nil {
		return err
	}
	return m.setTokens(ctx, t, m.profile, kindServiceApp, keyOf(client), key)
}

// DeleteOrgTokens deletes a Service App's tokens for an organization.
func (m *Memory) DeleteOrgTokens(ctx context.Context, client webex.ClientID, org webex.OrgID) error {
	key, err := orgKey(org)
	if err != nil {
		return err
	}
	m.delete(m.profile, kindServiceApp, keyOf(client), key)
	return ctx.Err()
}

// ListOrgTokens returns a Service App's tokens of all organizations, by their UUID.
func (m *Memory) ListOrgTokens(ctx context.Context, client webex.ClientID) ([]webex.OrgTokens, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	values := map[string][]byte{}
	for k, n := range m.names {
		if len(n) == 4 && slices.Equal(n[:3], []string{m.profile, kindServiceApp, keyOf(client)}) {
			values[n[3]] = m.values[k]
		}
	}
	m.mu.Unlock()
	return decodeOrgs(values)
}

// Setting returns a setting, or "" if it is not set.
func (m *Memory) Setting(_ context.Context, name string) (string, error) {
	return string(m.get(m.profile, kindSettings, name)), nil
}

// SetSetting saves a setting; an empty value deletes it.
func (m *Memory) SetSetting(_ context.Context, name, value string) error {
	if value == "" {
		m.delete(m.profile, kindSettings, name)
	} else {
		m.put([]byte(value), m.profile, kindSettings, name)
	}
	return nil
}

// LockRefresh prevents other goroutines from refreshing the tokens of p.
func (m *Memory) LockRefresh(ctx context.Context, p webex.Principal) (unlock func(), err error) {
	k := string(seal.Joined(m.profile, string(p.Client), p.Org.UUID()))
	m.mu.Lock()
	if m.refresh[k] == nil {
		m.refresh[k] = make(chan struct{}, 1)
	}
	c := m.refresh[k]
	m.mu.Unlock()
	select {
	case c <- struct{}{}:
		return func() { <-c }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// IntendRefresh does nothing: the tokens are in memory only.
func (m *Memory) IntendRefresh(context.Context, webex.Principal, webex.Tokens) error { return nil }
