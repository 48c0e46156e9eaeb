package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	bolt "go.etcd.io/bbolt"

	"github.com/wxauth/wxauth/webex"
)

const (
	kindIntegration = "integration"
	kindServiceApp  = "serviceapp"
	kindIntents     = "intents"
	noClient        = "-" // bbolt has no empty keys
)

func keyOf(client webex.ClientID) string {
	if client == "" {
		return noClient
	}
	return string(client)
}

func clientOf(key string) webex.ClientID {
	if key == noClient {
		return ""
	}
	return webex.ClientID(key)
}

// orgKey names an organization by its UUID, so that each of its encodings finds the
// same record.
func orgKey(org webex.OrgID) (string, error) {
	id, err := webex.ParseOrgID(string(org))
	if err != nil {
		return "", err
	}
	d, _ := webex.DecodeID(id)
	return string(d.UUID), nil
}

// decode reads the record of tokens, as webex.Tokens.RevealJSON wrote it. It has the
// secrets unencrypted: it never leaves this package in this form.
func decode(b []byte) (webex.Tokens, error) {
	t, err := webex.ParseTokens(b)
	if err != nil {
		return t, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return t, nil
}

func (b *Bolt) integration(client webex.ClientID) []string {
	return b.record(kindIntegration, keyOf(client))
}

func (b *Bolt) tokens(ctx context.Context, path []string, missing error) (webex.Tokens, error) {
	v, err := b.get(ctx, path)
	if err != nil {
		return webex.Tokens{}, err
	}
	if v == nil {
		return webex.Tokens{}, missing
	}
	return decode(v)
}

func (b *Bolt) setTokens(ctx context.Context, t webex.Tokens, path, intent []string) error {
	plain, err := t.RevealJSON()
	if err != nil {
		return fmt.Errorf("write tokens: %w", err)
	}
	return b.change(ctx, func(w *writer) error {
		w.backups = 1
		if err := w.delete(intent...); err != nil {
			return err
		}
		return w.put(plain, path...)
	})
}

// IntegrationTokens returns the tokens of an integration. Without any, the error matches
// webex.ErrNotLoggedIn.
func (b *Bolt) IntegrationTokens(ctx context.Context, client webex.ClientID) (webex.Tokens, error) {
	return b.tokens(ctx, b.integration(client), fmt.Errorf("%w: profile %q holds no login", webex.ErrNotLoggedIn, b.profile))
}

// SetIntegrationTokens saves the tokens of an integration. They are on disk when it returns
// nil.
func (b *Bolt) SetIntegrationTokens(ctx context.Context, client webex.ClientID, t webex.Tokens) error {
	return b.setTokens(ctx, t, b.integration(client), b.intent(webex.Principal{Client: client}))
}

// DeleteIntegrationTokens deletes the tokens of an integration. It is not an error if there
// are none.
func (b *Bolt) DeleteIntegrationTokens(ctx context.Context, client webex.ClientID) error {
	return b.remove(ctx, b.integration(client), b.intent(webex.Principal{Client: client}))
}

func (b *Bolt) remove(ctx context.Context, paths ...[]string) error {
	// Nothing to forget creates nothing.
	if !exists(b.path) {
		return nil
	}
	return b.change(ctx, func(w *writer) error {
		w.backups = generations
		for _, p := range paths {
			if err := w.delete(p...); err != nil {
				return err
			}
		}
		return nil
	})
}

// Logins lists the profiles and clients with stored tokens. It does not need the key, and
// returns nothing if there is no store.
func (b *Bolt) Logins(ctx context.Context) (out []Login, err error) {
	_, err = b.view(ctx, func(tx *bolt.Tx) error {
		out = logins(tx)
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return out, err
}

// ServiceApps lists the profiles and Service Apps with stored tokens. It does not need the
// key, and returns nothing if there is no store.
func (b *Bolt) ServiceApps(ctx context.Context) (out []Login, err error) {
	_, err = b.view(ctx, func(tx *bolt.Tx) error {
		out = serviceApps(allNames(tx))
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return out, err
}

// ServiceAppClients lists the Service Apps with stored tokens in this profile. It does not
// need the key.
func (b *Bolt) ServiceAppClients(ctx context.Context) ([]webex.ClientID, error) {
	all, err := b.ServiceApps(ctx)
	return OfProfile(all, b.profile), err
}

// Clients lists the clients with stored tokens in this profile; the empty client id is a
// token without a client. It does not need the key.
func (b *Bolt) Clients(ctx context.Context) ([]webex.ClientID, error) {
	all, err := b.Logins(ctx)
	return OfProfile(all, b.profile), err
}

// OfProfile returns the clients of one profile.
func OfProfile(all []Login, profile string) (out []webex.ClientID) {
	for _, l := range all {
		if l.Profile == profile {
			out = append(out, l.Client)
		}
	}
	return out
}

// SealedWith returns the key source of the store at path, or "" if there is no store. It
// does not need the key.
func SealedWith(ctx context.Context, path string) (string, error) {
	b, err := Open(path, Keyring())
	if err != nil {
		return "", err
	}
	s, err := b.view(ctx, func(*bolt.Tx) error { return nil })
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	h, err := decodeHeader(s.header)
	if err != nil {
		return "", b.named(err)
	}
	return h.KeySource, nil
}

// OrgTokens returns a Service App's tokens for an organization. Without any, the error
// matches webex.ErrOrgNotRegistered.
func (b *Bolt) OrgTokens(ctx context.Context, client webex.ClientID, org webex.OrgID) (webex.Tokens, error) {
	key, err := orgKey(org)
	if err != nil {
		return webex.Tokens{}, err
	}
	return b.tokens(ctx, b.record(kindServiceApp, keyOf(client), key), fmt.Errorf("%w: %s", webex.ErrOrgNotRegistered, key))
}

// SetOrgTokens saves a Service App's tokens for an organization. They are on disk when it
// returns nil.
func (b *Bolt) SetOrgTokens(ctx context.Context, client webex.ClientID, org webex.OrgID, t webex.Tokens) error {
	key, err := orgKey(org)
	if err != nil {
		return err
	}
	return b.setTokens(ctx, t, b.record(kindServiceApp, keyOf(client), key), b.intent(webex.Principal{Client: client, Org: org}))
}

// DeleteOrgTokens deletes a Service App's tokens for an organization. It is not an error if
// there are none.
func (b *Bolt) DeleteOrgTokens(ctx context.Context, client webex.ClientID, org webex.OrgID) error {
	key, err := orgKey(org)
	if err != nil {
		return err
	}
	return b.remove(ctx, b.record(kindServiceApp, keyOf(client), key), b.intent(webex.Principal{Client: client, Org: org}))
}

// ListOrgTokens returns a Service App's tokens for all organizations, sorted by UUID.
func (b *Bolt) ListOrgTokens(ctx context.Context, client webex.ClientID) ([]webex.OrgTokens, error) {
	values, err := b.each(ctx, b.record(kindServiceApp, keyOf(client)))
	if err != nil {
		return nil, err
	}
	return decodeOrgs(values)
}

func decodeOrgs(values map[string][]byte) ([]webex.OrgTokens, error) {
	out := make([]webex.OrgTokens, 0, len(values))
	for key, v := range values {
		t, err := decode(v)
		if err != nil {
			return nil, err
		}
		org, err := webex.ParseOrgID(key)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		out = append(out, webex.OrgTokens{OrgID: org, Tokens: t})
	}
	slices.SortFunc(out, func(a, b webex.OrgTokens) int { return strings.Compare(string(a.OrgID), string(b.OrgID)) })
	return out, nil
}

// OrgIDs lists the UUIDs of the organizations for which this profile has a Service App's
// tokens. It does not need the key.
func (b *Bolt) OrgIDs(ctx context.Context) (out []string, err error) {
	_, err = b.view(ctx, func(tx *bolt.Tx) error {
		for _, n := range allNames(tx) {
			if len(n) == 4 && n[0] == b.profile && n[1] == kindServiceApp && !slices.Contains(out, n[3]) {
				out = append(out, n[3])
			}
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return out, err
}
