package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// Info describes what a store holds.
type Info struct {
	KeyEpoch int
	Source   string // the word for where the keys come from
	Person   bool   // this machine has a key for logins
	Tokens   bool   // the role may read tokens
	Logins   int    // of this person
	Others   int    // logins of other people, which this person's key does not decrypt
	Orgs     int    // organizations of Service Apps
	Settings int
	Sweeps   int
	Entries  int64
}

// Info decrypts every token and setting that this machine has a key for, and counts the rest.
func (s *Store) Info(ctx context.Context) (i Info, err error) {
	k, err := s.ready(ctx)
	if err != nil {
		return i, err
	}
	i = Info{KeyEpoch: k.epoch, Source: k.source, Person: k.person != nil}
	count := func(n *int) func([]string, []byte) error {
		return func([]string, []byte) error { *n++; return nil }
	}
	if err := s.each(ctx, k, k.person, count(&i.Logins)); err != nil {
		return i, err
	}
	if err := s.each(ctx, k, k.team, count(&i.Orgs)); err != nil {
		return i, err
	}
	if err := s.eachSetting(ctx, k, func(string, string, string) error { i.Settings++; return nil }); err != nil {
		return i, err
	}
	err = s.within(ctx, "describe the store", usual, func(ctx context.Context, tx pgx.Tx, _ *keyring) error {
		err := tx.QueryRow(ctx, `SELECT has_table_privilege('wxauth_tokens', 'SELECT'), (SELECT count(*) FROM wxauth_sweeps WHERE number > 0), (SELECT coalesce(max(seq), 0) FROM wxauth_audit)`).
			Scan(&i.Tokens, &i.Sweeps, &i.Entries)
		if err != nil || !i.Tokens {
			return err
		}
		var all int
		err = tx.QueryRow(ctx, `SELECT count(*) FROM wxauth_tokens`).Scan(&all)
		i.Others = all - i.Logins - i.Orgs
		return err
	})
	return i, err
}
