package postgres

import (
	"bytes"
	"context"
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

// PutRecords writes records in one transaction.
func (s *Store) PutRecords(ctx context.Context, records []store.Record) error {
	return s.within(ctx, "write the store", false, func(ctx context.Context, tx pgx.Tx, k *keyring) error {
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
			if err := s.overtake(ctx, tx, k, at, at.pair(t), at.seal(r.Value)); err != nil {
				return err
			}
		}
		return nil
	})
}
