package postgres

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/wxauth/wxauth/internal/seal"
)

// migrations[n] leads from schema n to n+1.
var migrations = []string{`
CREATE TABLE wxauth_meta (
	id     smallint PRIMARY KEY CHECK (id = 1),
	schema integer NOT NULL,
	uuid   text NOT NULL,
	epoch  integer NOT NULL, -- of the team key; grows with each replacement
	data   bytea NOT NULL    -- proves that the key is right
);
CREATE TABLE wxauth_keys (
	epoch integer PRIMARY KEY,
	data  bytea NOT NULL -- an earlier team key, encrypted with the one after it
);
CREATE TABLE wxauth_tokens (
	slot    bytea PRIMARY KEY, -- hash of profile, kind, client and organization
	client  bytea NOT NULL,    -- hash of profile, kind and client
	owner   bytea NOT NULL,    -- hash: the team, or the person whose login it is
	fence   bigint NOT NULL,   -- of the lease under which the tokens were saved
	pair    bytea NOT NULL,    -- hash of the access and refresh token
	data    bytea NOT NULL,
	changed timestamptz NOT NULL
);
CREATE INDEX wxauth_tokens_client ON wxauth_tokens (client);
CREATE INDEX wxauth_tokens_owner ON wxauth_tokens (owner);
CREATE TABLE wxauth_leases (
	slot    bytea PRIMARY KEY,
	owner   bytea NOT NULL, -- random, for each time that the lease is taken
	fence   bigint NOT NULL,
	expires timestamptz NOT NULL,
	intent  bytea,          -- as large as the new tokens will be
	since   timestamptz     -- of the intent
);
CREATE TABLE wxauth_settings (
	slot    bytea PRIMARY KEY, -- hash of profile and name
	data    bytea NOT NULL,
	changed timestamptz NOT NULL
);
CREATE TABLE wxauth_sweeps (
	id      bytea PRIMARY KEY,
	epoch   integer NOT NULL, -- of the key that encrypted the parts
	scope   bytea NOT NULL,   -- hash of profile, server and organization
	name    bytea NOT NULL,   -- hash of scope and name
	number  bigint NOT NULL,  -- order of the finished ones; 0 for one in progress
	owner   bytea NOT NULL,   -- random, of the process that is sweeping
	expires timestamptz NOT NULL,
	data    bytea NOT NULL    -- its description
);
CREATE INDEX wxauth_sweeps_scope ON wxauth_sweeps (scope);
CREATE UNIQUE INDEX wxauth_sweeps_open ON wxauth_sweeps (name) WHERE number = 0;
CREATE TABLE wxauth_sweep_parts (
	sweep bytea NOT NULL REFERENCES wxauth_sweeps (id) ON DELETE CASCADE,
	n     integer NOT NULL,
	data  bytea NOT NULL,
	PRIMARY KEY (sweep, n)
);
CREATE TABLE wxauth_audit (
	seq     bigint PRIMARY KEY CHECK (seq > 0),
	epoch   integer NOT NULL, -- of the key that encrypted the entry
	data    bytea NOT NULL,
	written timestamptz NOT NULL
);
CREATE TABLE wxauth_runs (
	id      bytea PRIMARY KEY, -- random: a revoke that is in progress
	since   bigint NOT NULL,   -- number of the newest audit entry when it began
	expires timestamptz NOT NULL
);`}

// tables are what the migrations create.
var tables = []string{"meta", "keys", "tokens", "leases", "settings", "sweeps", "sweep_parts", "audit", "runs"}

// Create creates the tables of a new store with the keys that were given to [New], called with the
// new name. It returns false if there is a store already.
func (s *Store) Create(ctx context.Context) (created bool, err error) {
	id := make([]byte, 16)
	_, _ = rand.Read(id)
	uuid := hex.EncodeToString(id)
	keys, err := s.keys(ctx, uuid)
	if err != nil {
		return false, err
	}
	err = s.transact(ctx, "create the tables of the store", large, func(ctx context.Context, tx pgx.Tx) error {
		for _, m := range migrations {
			if _, err := tx.Exec(ctx, m, pgx.QueryExecModeSimpleProtocol); err != nil {
				return err
			}
		}
		proof := sealerOf(keys.Team, uuid).Seal([]byte(uuid), proofPath(1)...)
		_, err := tx.Exec(ctx, `INSERT INTO wxauth_meta (id, schema, uuid, epoch, data) VALUES (1, $1, $2, 1, $3)`, len(migrations), uuid, proof)
		return err
	})
	if err == nil {
		return true, nil
	}
	// Another process, or an earlier call whose answer was lost, may have created them.
	if there, lookErr := s.UUID(ctx); lookErr == nil {
		return there == uuid, nil
	}
	return false, err
}

// Exists reports whether the database holds a store. It needs no key.
func (s *Store) Exists(ctx context.Context) (bool, error) {
	err := s.transact(ctx, "look for a store", usual, func(ctx context.Context, tx pgx.Tx) error {
		_, err := readMeta(ctx, tx)
		return err
	})
	if errors.Is(err, ErrNoStore) {
		return false, nil
	}
	return err == nil, err
}

// UUID returns the name of the store, which no other store has. It needs no key.
func (s *Store) UUID(ctx context.Context) (uuid string, err error) {
	s.mu.Lock()
	known := s.known
	s.mu.Unlock()
	if known != nil {
		return known.uuid, nil
	}
	err = s.transact(ctx, "open the store", usual, func(ctx context.Context, tx pgx.Tx) error {
		m, err := readMeta(ctx, tx)
		uuid = m.uuid
		return err
	})
	return uuid, err
}

// Check opens the store: it connects, and checks the schema and the key.
func (s *Store) Check(ctx context.Context) error {
	_, err := s.ready(ctx)
	return err
}

// CheckKey returns an error if team is not the key of this store.
func (s *Store) CheckKey(ctx context.Context, team seal.Key) error {
	other := &Store{&shared{config: s.config, keys: func(context.Context, string) (Keys, error) { return Keys{Team: team}, nil }}, s.profile, s.warn}
	defer other.Close()
	return other.Check(ctx)
}

// migrate brings the tables of an older version up to date.
func (s *shared) migrate(ctx context.Context) error {
	return s.transact(ctx, "update the tables of the store", usual, func(ctx context.Context, tx pgx.Tx) error {
		m, err := readMeta(ctx, tx)
		if err != nil || m.schema >= len(migrations) {
			return err // another process has done it
		}
		for _, sql := range migrations[m.schema:] {
			if _, err := tx.Exec(ctx, sql, pgx.QueryExecModeSimpleProtocol); err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, `UPDATE wxauth_meta SET schema = $1`, len(migrations))
		return err
	})
}

// Grants returns SQL that creates three roles and lets them use the tables: the owner replaces the team
// key and updates the tables, a writer does the daily work, and a reader reads. Only the owner may
// change or delete entries of the audit log.
func Grants() string {
	const sql = `-- As a superuser, in the database of the store, after wxauth store init. It can be repeated.
DO $$
DECLARE
	role name;
BEGIN
	FOREACH role IN ARRAY ARRAY['wxauth_owner', 'wxauth_writer', 'wxauth_reader'] LOOP
		IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
			EXECUTE format('CREATE ROLE %%I NOLOGIN', role);
		END IF;
	END LOOP;
	-- Whoever created the tables stays an owner.
	SELECT tableowner INTO role FROM pg_tables WHERE tablename = 'wxauth_meta' AND schemaname = current_schema();
	IF role <> 'wxauth_owner' AND NOT pg_has_role(role, 'wxauth_owner', 'MEMBER') THEN
		EXECUTE format('GRANT wxauth_owner TO %%I', role);
	END IF;
END $$;

-- The owner updates wxauth's tables and replaces the team key.
GRANT CREATE, USAGE ON SCHEMA public TO wxauth_owner;
%s
-- A writer revokes, sweeps and refreshes. The audit log is append-only.
GRANT USAGE ON SCHEMA public TO wxauth_writer, wxauth_reader;
GRANT SELECT ON wxauth_meta, wxauth_keys TO wxauth_writer;
GRANT SELECT, INSERT ON wxauth_audit TO wxauth_writer;
GRANT SELECT, INSERT, UPDATE, DELETE ON wxauth_tokens, wxauth_leases, wxauth_settings,
	wxauth_sweeps, wxauth_sweep_parts, wxauth_runs TO wxauth_writer;

-- A reader reads the inventory and the audit log, but no tokens and no client secrets.
GRANT SELECT ON wxauth_meta, wxauth_keys, wxauth_sweeps, wxauth_sweep_parts, wxauth_audit TO wxauth_reader;

-- Then, for each person: CREATE ROLE jane LOGIN PASSWORD '…'; GRANT wxauth_writer TO jane;
`
	owned := ""
	for _, t := range tables {
		owned += fmt.Sprintf("ALTER TABLE wxauth_%s OWNER TO wxauth_owner;\n", t)
	}
	return fmt.Sprintf(sql, owned)
}
