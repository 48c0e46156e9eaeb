package postgres

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/wxauth/wxauth/internal/seal"
	"github.com/wxauth/wxauth/store"
)

// migrations[n] leads from schema n to n+1.
var migrations = []string{`
CREATE TABLE wxauth_meta (
	id     smallint PRIMARY KEY CHECK (id = 1),
	schema integer NOT NULL,
	uuid   text NOT NULL,
	data bytea NOT NULL -- proves that the key is right
);
CREATE TABLE wxauth_tokens (
	slot    bytea PRIMARY KEY, -- hash of profile, kind, client and organization
	client  bytea NOT NULL,    -- hash of profile, kind and client
	fence   bigint NOT NULL,   -- of the lease under which the tokens were saved
	pair    bytea NOT NULL,    -- hash of the access and refresh token
	data  bytea NOT NULL,
	changed timestamptz NOT NULL
);
CREATE INDEX wxauth_tokens_client ON wxauth_tokens (client);
CREATE TABLE wxauth_leases (
	slot    bytea PRIMARY KEY,
	owner   bytea NOT NULL, -- random, for each time that the lease is taken
	fence   bigint NOT NULL,
	expires timestamptz NOT NULL,
	intent  bytea,          -- as large as the new tokens will be
	since   timestamptz     -- of the intent
);`}

// prepare creates the tables or brings them up to date, and checks the key.
func (s *Store) prepare(ctx context.Context, key Key) error {
	var uuid string
	var sealed []byte
	read := func(tx pgx.Tx) (schema int, err error) {
		err = tx.QueryRow(ctx, `SELECT schema, uuid, data FROM wxauth_meta`).Scan(&schema, &uuid, &sealed)
		return schema, err
	}
	var schema int
	err := s.within(ctx, "open the store", func(tx pgx.Tx) (err error) {
		schema, err = read(tx)
		return err
	})
	var e *pgconn.PgError
	fresh := errors.As(err, &e) && e.Code == undefinedTable
	switch {
	case err != nil && !fresh:
		return err
	case schema > len(migrations):
		return fmt.Errorf("open the store: %w (schema %d): update wxauth", store.ErrNewer, schema)
	case schema == len(migrations):
		return s.unlock(key, uuid, sealed)
	}
	err = s.within(ctx, "create the tables of the store", func(tx pgx.Tx) error {
		for _, m := range migrations[schema:] {
			if _, err := tx.Exec(ctx, m, pgx.QueryExecModeSimpleProtocol); err != nil {
				return err
			}
		}
		if !fresh {
			_, err := tx.Exec(ctx, `UPDATE wxauth_meta SET schema = $1`, len(migrations))
			return err
		}
		id := make([]byte, 16)
		_, _ = rand.Read(id)
		uuid = hex.EncodeToString(id)
		sealed = seal.New(key, uuid, sealing).Seal([]byte(uuid), "meta")
		_, err := tx.Exec(ctx, `INSERT INTO wxauth_meta (id, schema, uuid, data) VALUES (1, $1, $2, $3)`, len(migrations), uuid, sealed)
		return err
	})
	if err != nil {
		// Another process may have created them at the same time.
		if again := s.within(ctx, "open the store", func(tx pgx.Tx) (err error) { schema, err = read(tx); return err }); again != nil || schema != len(migrations) {
			return err
		}
	}
	return s.unlock(key, uuid, sealed)
}

// sealing is the version of how values are bound to their rows.
const sealing = 1

func (s *Store) unlock(key Key, uuid string, sealed []byte) error {
	s.sealer = seal.New(key, uuid, sealing)
	if plain, err := s.sealer.Open(sealed, "meta"); err != nil || string(plain) != uuid {
		return fmt.Errorf("open the store: %w: this database was created with another team key", store.ErrWrongKey)
	}
	return nil
}
