package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/wxauth/wxauth/internal/seal"
	"github.com/wxauth/wxauth/store"
	"github.com/wxauth/wxauth/webex"
)

// slot names one pair of tokens.
type slot struct {
	path []string // what the value is bound to
	key  []byte   // keyed hash of path
	of   []byte   // keyed hash of the path without the organization
}

// slot returns where the tokens of p are. The error means that the organization's id is invalid.
func (s *Store) slot(p webex.Principal) (slot, error) {
	of := s.client(p.Client, p.Org != "")
	path := of
	if p.Org != "" {
		id, err := webex.ParseOrgID(string(p.Org))
		if err != nil {
			return slot{}, err
		}
		path = append(slices.Clone(of), id.UUID())
	}
	return slot{path, s.hash(path), s.hash(of)}, nil
}

func (s *Store) client(client webex.ClientID, serviceApp bool) []string {
	kind := "integration"
	if serviceApp {
		kind = "serviceapp"
	}
	return []string{"tokens", s.profile, kind, string(client)}
}

func (s *Store) hash(path []string) []byte {
	sum := s.sealer.Fingerprint(path...)
	return sum[:]
}

// pair returns the keyed hash of the tokens themselves: equal pairs have equal hashes, whatever else is
// known about them.
func (s *Store) pair(t webex.Tokens) []byte {
	return s.hash([]string{"pair", t.Access.Reveal(), t.Refresh.Reveal()})
}

// IntegrationTokens returns the tokens of an integration. Without any, the error matches
// [webex.ErrNotLoggedIn].
func (s *Store) IntegrationTokens(ctx context.Context, client webex.ClientID) (webex.Tokens, error) {
	return s.tokens(ctx, webex.Principal{Client: client}, fmt.Errorf("%w: profile %q holds no login", webex.ErrNotLoggedIn, s.profile))
}

// SetIntegrationTokens saves the tokens of an integration. They are committed when it returns nil, or,
// while a lease is held that has ended meanwhile, newer ones are.
func (s *Store) SetIntegrationTokens(ctx context.Context, client webex.ClientID, t webex.Tokens) error {
	return s.set(ctx, webex.Principal{Client: client}, t)
}

// DeleteIntegrationTokens deletes the tokens of an integration. It is not an error if there are none.
func (s *Store) DeleteIntegrationTokens(ctx context.Context, client webex.ClientID) error {
	return s.remove(ctx, webex.Principal{Client: client})
}

// OrgTokens returns the tokens of a Service App for an organization. Without any, the error matches
// [webex.ErrOrgNotRegistered].
func (s *Store) OrgTokens(ctx context.Context, client webex.ClientID, org webex.OrgID) (webex.Tokens, error) {
	if err := valid(org); err != nil {
		return webex.Tokens{}, err
	}
	return s.tokens(ctx, webex.Principal{Client: client, Org: org}, fmt.Errorf("%w: %s", webex.ErrOrgNotRegistered, org.UUID()))
}

// SetOrgTokens saves the tokens of a Service App for an organization, as
// [Store.SetIntegrationTokens] does.
func (s *Store) SetOrgTokens(ctx context.Context, client webex.ClientID, org webex.OrgID, t webex.Tokens) error {
	if err := valid(org); err != nil {
		return err
	}
	return s.set(ctx, webex.Principal{Client: client, Org: org}, t)
}

// DeleteOrgTokens deletes the tokens of a Service App for an organization. It is not an error if there
// are none.
func (s *Store) DeleteOrgTokens(ctx context.Context, client webex.ClientID, org webex.OrgID) error {
	if err := valid(org); err != nil {
		return err
	}
	return s.remove(ctx, webex.Principal{Client: client, Org: org})
}

// valid checks an organization's id, which in a [webex.Principal] may be empty.
func valid(org webex.OrgID) error {
	_, err := webex.ParseOrgID(string(org))
	return err
}

// seal encrypts tokens with, for a list, the organization, and binds them to their row: another slot or
// another client has other bytes.
func (s *Store) seal(at slot, t webex.Tokens) ([]byte, error) {
	plain, err := t.RevealJSON()
	if err != nil {
		return nil, fmt.Errorf("write tokens: %w", err)
	}
	return s.sealer.Seal(seal.Joined(at.path[len(at.path)-1], string(plain)), string(at.key), string(at.of)), nil
}

// opened returns the tokens of a row, and the last part of its path.
func (s *Store) opened(key, of, sealed []byte) (name string, t webex.Tokens, err error) {
	plain, err := s.sealer.Open(sealed, string(key), string(of))
	if err != nil {
		return "", t, err
	}
	parts, ok := seal.Split(plain)
	if !ok || len(parts) != 2 {
		return "", t, fmt.Errorf("%w: a row holds something else than tokens", store.ErrDamaged)
	}
	if t, err = webex.ParseTokens([]byte(parts[1])); err != nil {
		return "", t, fmt.Errorf("%w: %w", store.ErrDamaged, err)
	}
	return parts[0], t, nil
}

func (s *Store) tokens(ctx context.Context, p webex.Principal, missing error) (t webex.Tokens, err error) {
	at, err := s.slot(p)
	if err != nil {
		return t, err
	}
	var sealed []byte
	err = s.pool.QueryRow(ctx, `SELECT data FROM wxauth_tokens WHERE slot = $1`, at.key).Scan(&sealed)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return t, missing
	case err != nil:
		return t, failed("read tokens", err)
	}
	_, t, err = s.opened(at.key, at.of, sealed)
	return t, err
}

func (s *Store) set(ctx context.Context, p webex.Principal, t webex.Tokens) error {
	at, err := s.slot(p)
	if err != nil {
		return err
	}
	sealed, err := s.seal(at, t)
	if err != nil {
		return err
	}
	held, holds := s.leases.of(at.key)
	return s.within(ctx, "save tokens", func(tx pgx.Tx) error {
		fence := held.fence
		if holds {
			newer, err := held.newer(ctx, tx, at)
			if err != nil || newer {
				return err
			}
			_, err = tx.Exec(ctx, `UPDATE wxauth_leases SET intent = NULL, since = NULL WHERE slot = $1 AND fence = $2`, at.key, fence)
			if err != nil {
				return err
			}
		} else if fence, err = s.overtake(ctx, tx, at); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO wxauth_tokens (slot, client, fence, pair, data, changed) VALUES ($1, $2, $3, $4, $5, now())
			ON CONFLICT (slot) DO UPDATE SET fence = excluded.fence, pair = excluded.pair, data = excluded.data, changed = excluded.changed`,
			at.key, at.of, fence, s.pair(t), sealed)
		return err
	})
}

// newer reports whether another process saved or deleted the tokens after this lease had ended. Notes
// about the same pair, such as a rejection, are not newer tokens.
func (l lease) newer(ctx context.Context, tx pgx.Tx, at slot) (bool, error) {
	var fence int64
	var pair []byte
	err := tx.QueryRow(ctx, `SELECT fence, pair FROM wxauth_tokens WHERE slot = $1`, at.key).Scan(&fence, &pair)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return l.pair != nil, nil // deleted: somebody logged out
	case err != nil:
		return false, err
	}
	return fence > l.fence && !bytes.Equal(pair, l.pair), nil
}

func (s *Store) remove(ctx context.Context, p webex.Principal) error {
	at, err := s.slot(p)
	if err != nil {
		return err
	}
	return s.within(ctx, "delete tokens", func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE wxauth_leases SET intent = NULL, since = NULL WHERE slot = $1`, at.key); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `DELETE FROM wxauth_tokens WHERE slot = $1`, at.key)
		return err
	})
}

// ListOrgTokens returns the tokens of a Service App for all organizations, sorted by UUID.
func (s *Store) ListOrgTokens(ctx context.Context, client webex.ClientID) ([]webex.OrgTokens, error) {
	of := s.hash(s.client(client, true))
	rows, err := s.pool.Query(ctx, `SELECT slot, data FROM wxauth_tokens WHERE client = $1`, of)
	if err != nil {
		return nil, failed("list tokens", err)
	}
	out := []webex.OrgTokens{}
	var key, sealed []byte
	_, err = pgx.ForEachRow(rows, []any{&key, &sealed}, func() error {
		name, t, err := s.opened(key, of, sealed)
		if err != nil {
			return err
		}
		org, err := webex.ParseOrgID(name)
		if err != nil {
			return fmt.Errorf("%w: %w", store.ErrDamaged, err)
		}
		out = append(out, webex.OrgTokens{OrgID: org, Tokens: t})
		return nil
	})
	if err != nil {
		return nil, failed("list tokens", err)
	}
	slices.SortFunc(out, func(a, b webex.OrgTokens) int { return strings.Compare(a.OrgID.UUID(), b.OrgID.UUID()) })
	return out, nil
}
