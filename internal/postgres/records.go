package postgres

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/wxauth/wxauth/internal/seal"
	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/webex"
)

// Records decrypts the person's logins, and the team's tokens and settings.
func (s *Store) Records(ctx context.Context) (out []store.Record, err error) {
	k, err := s.ready(ctx)
	if err != nil {
		return nil, err
	}
	for _, sealer := range []*seal.Sealer{k.person, k.team} {
		err := s.each(ctx, k, sealer, func(path []string, plain []byte) error {
			p := webex.Principal{Client: webex.ClientID(path[2]), Org: webex.OrgID(path[3])}
			out = append(out, store.TokensRecord(path[0], p, bytes.Clone(plain)))
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	err = s.eachSetting(ctx, k, func(profile, name, value string) error {
		out = append(out, store.SettingRecord(profile, name, value))
		return nil
	})
	slices.SortFunc(out, func(a, b store.Record) int { return slices.Compare(a.Path(), b.Path()) })
	return out, err
}

// holdsNewer reports whether tokens are stored that were issued after t: refreshed meanwhile.
func (at slot) holdsNewer(ctx context.Context, tx pgx.Tx, t webex.Tokens) (bool, error) {
	var sealed []byte
	err := tx.QueryRow(ctx, `SELECT data FROM wxauth_tokens WHERE slot = $1`, at.key).Scan(&sealed)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	_, plain, err := opened(at.sealer, at.key, at.of, sealed)
	if err != nil {
		return false, err
	}
	there, err := parsed(plain)
	return there.Issued.After(t.Issued), err
}

// PutRecords writes records in one transaction, except tokens of which newer ones are stored.
func (s *Store) PutRecords(ctx context.Context, records []store.Record) error {
	return s.within(ctx, "write the store", large, func(ctx context.Context, tx pgx.Tx, k *keyring) error {
		for _, r := range records {
			p, tokens := r.Principal()
			if !tokens {
				if err := putSetting(ctx, tx, k.team, r.Profile, r.Names[0], string(r.Value)); err != nil {
					return err
				}
				continue
			}
			at, err := s.Profile(r.Profile).slot(k, p)
			if err != nil {
				return err
			}
			t, err := parsed(r.Value)
			if err != nil {
				return err
			}
			if newer, err := at.holdsNewer(ctx, tx, t); err != nil {
				return err
			} else if newer {
				continue
			}
			if err := s.overtake(ctx, tx, k, at, at.pair(t), at.seal(r.Value)); err != nil {
				return err
			}
		}
		return nil
	})
}
