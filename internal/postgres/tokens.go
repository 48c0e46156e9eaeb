package postgres

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/wxauth/wxauth/internal/seal"
	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/webex"
)

// slot names one pair of tokens.
type slot struct {
	path   []string // profile, kind, client and organization
	key    []byte   // keyed hash of path
	of     []byte   // keyed hash of the path without the organization
	owner  []byte   // keyed hash: the team, or the person
	sealer *seal.Sealer
}

// The kinds of tokens. Logins belong to a person, organizations of Service Apps to the team.
const (
	kindIntegration = "integration"
	kindServiceApp  = "serviceapp"
)

// slot returns where the tokens of p are. The error means that the organization's id is invalid, or that
// there is no key for logins.
func (s *Store) slot(k *keyring, p webex.Principal) (slot, error) {
	if p.Org == "" {
		if k.person == nil {
			return slot{}, ErrNoPerson
		}
		return slotOf(k.person, s.profile, kindIntegration, string(p.Client), ""), nil
	}
	id, err := webex.ParseOrgID(string(p.Org))
	if err != nil {
		return slot{}, err
	}
	return slotOf(k.team, s.profile, kindServiceApp, string(p.Client), id.UUID()), nil
}

func slotOf(sealer *seal.Sealer, profile, kind, client, org string) slot {
	path := []string{profile, kind, client, org}
	return slot{path, hash(sealer, append([]string{"tokens"}, path...)...), hash(sealer, "client", profile, kind, client), ownerOf(sealer), sealer}
}

func ownerOf(sealer *seal.Sealer) []byte { return hash(sealer, "owner") }

func hash(sealer *seal.Sealer, path ...string) []byte {
	sum := sealer.Fingerprint(path...)
	return sum[:]
}

// pair returns the keyed hash of the tokens themselves: equal pairs have equal hashes, whatever else is
// known about them.
func (at slot) pair(t webex.Tokens) []byte {
	return hash(at.sealer, "pair", t.Access.Reveal(), t.Refresh.Reveal())
}

// seal encrypts tokens with their path, and binds them to their row: another slot or another client has
// other bytes.
func (at slot) seal(plain []byte) []byte {
	return at.sealer.Seal(seal.Joined(append(at.path[:len(at.path):len(at.path)], string(plain))...), "tokens", string(at.key), string(at.of))
}

// opened decrypts a row.
func opened(sealer *seal.Sealer, key, of, sealed []byte) (path []string, plain []byte, err error) {
	b, err := sealer.Open(sealed, "tokens", string(key), string(of))
	if err != nil {
		return nil, nil, err
	}
	parts, ok := seal.Split(b)
	if !ok || len(parts) != 5 {
		return nil, nil, fmt.Errorf("%w: a row holds something other than tokens", store.ErrDamaged)
	}
	return parts[:4], []byte(parts[4]), nil
}

func parsed(plain []byte) (webex.Tokens, error) {
	t, err := webex.ParseTokens(plain)
	if err != nil {
		return t, fmt.Errorf("%w: %w", store.ErrDamaged, err)
	}
	return t, nil
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

func (s *Store) tokens(ctx context.Context, p webex.Principal, missing error) (t webex.Tokens, err error) {
	k, err := s.ready(ctx)
	if err != nil {
		return t, err
	}
	at, err := s.slot(k, p)
	if errors.Is(err, ErrNoPerson) {
		return t, missing
	}
	if err != nil {
		return t, err
	}
	err = missing
	var sealed []byte
	qerr := s.query(ctx, "read tokens", answerTime, k, `SELECT data FROM wxauth_tokens WHERE slot = $1`, []any{at.key}, []any{&sealed}, func() error {
		var plain []byte
		if _, plain, err = opened(at.sealer, at.key, at.of, sealed); err == nil {
			t, err = parsed(plain)
		}
		return nil
	})
	if errors.Is(qerr, ErrNoPrivilege) { // a reader
		return t, missing
	}
	return t, cmp.Or(qerr, err)
}

// at returns where the tokens of p are.
func (s *Store) at(ctx context.Context, p webex.Principal) (slot, error) {
	k, err := s.ready(ctx)
	if err != nil {
		return slot{}, err
	}
	return s.slot(k, p)
}

func (s *Store) set(ctx context.Context, p webex.Principal, t webex.Tokens) error {
	k, err := s.ready(ctx)
	if err != nil {
		return err
	}
	at, err := s.slot(k, p)
	if errors.Is(err, ErrNoPerson) {
		err = fmt.Errorf("save the login: %w: wxauth store key import makes one", err)
	}
	if err != nil {
		return err
	}
	plain, err := t.RevealJSON()
	if err != nil {
		return fmt.Errorf("write tokens: %w", err)
	}
	sealed := at.seal(plain)
	held, holds := s.leases.of(at.key)
	if !holds {
		return s.transact(ctx, "save tokens", usual, func(ctx context.Context, tx pgx.Tx) error {
			return s.overtake(ctx, tx, k, at, at.pair(t), sealed)
		})
	}
	// What Webex answered to a refresh may be the only copy, so it is worth waiting for the database.
	return s.within(ctx, "save tokens", persistent, func(ctx context.Context, tx pgx.Tx, _ *keyring) error {
		newer, err := held.newer(ctx, tx, at)
		if err != nil || newer {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE wxauth_leases SET intent = NULL, since = NULL WHERE slot = $1 AND fence = $2`, at.key, held.fence)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO wxauth_tokens (slot, client, owner, fence, pair, data, changed) VALUES ($1, $2, $3, $4, $5, $6, now())`+onConflict,
			at.key, at.of, at.owner, held.fence, at.pair(t), sealed)
		return err
	})
}

const onConflict = ` ON CONFLICT (slot) DO UPDATE SET fence = excluded.fence, pair = excluded.pair, data = excluded.data, changed = excluded.changed`

// overtake writes tokens that are saved without a lease, a login for example, with a fencing number that is
// higher than that of every lease so far. It is one statement, because each costs a round trip; it writes
// nothing if the team's key was replaced.
func (s *shared) overtake(ctx context.Context, tx pgx.Tx, k *keyring, at slot, pair, sealed []byte) error {
	tag, err := tx.Exec(ctx, `WITH lease AS (
			INSERT INTO wxauth_leases (slot, owner, fence, expires) SELECT $1, '', 1, now() FROM wxauth_meta WHERE epoch = $6
			ON CONFLICT (slot) DO UPDATE SET fence = wxauth_leases.fence + 1, intent = NULL, since = NULL RETURNING fence
		)
		INSERT INTO wxauth_tokens (slot, client, owner, fence, pair, data, changed) SELECT $1, $2, $3, fence, $4, $5, now() FROM lease`+onConflict,
		at.key, at.of, at.owner, pair, sealed, k.epoch)
	if err == nil && tag.RowsAffected() == 0 {
		err = s.current(ctx, tx, k)
	}
	return err
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
	at, err := s.at(ctx, p)
	if errors.Is(err, ErrNoPerson) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.within(ctx, "delete tokens", usual, func(ctx context.Context, tx pgx.Tx, _ *keyring) error {
		if _, err := tx.Exec(ctx, `UPDATE wxauth_leases SET intent = NULL, since = NULL WHERE slot = $1`, at.key); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `DELETE FROM wxauth_tokens WHERE slot = $1`, at.key)
		return err
	})
}

// ListOrgTokens returns the tokens of a Service App for all organizations, sorted by UUID.
func (s *Store) ListOrgTokens(ctx context.Context, client webex.ClientID) ([]webex.OrgTokens, error) {
	k, err := s.ready(ctx)
	if err != nil {
		return nil, err
	}
	of := slotOf(k.team, s.profile, kindServiceApp, string(client), "").of
	out := []webex.OrgTokens{}
	var key, sealed []byte
	err = s.query(ctx, "list tokens", answerTime, k, `SELECT slot, data FROM wxauth_tokens WHERE client = $1`, []any{of}, []any{&key, &sealed}, func() error {
		path, plain, err := opened(k.team, key, of, sealed)
		if err != nil {
			return err
		}
		t, err := parsed(plain)
		if err != nil {
			return err
		}
		org, err := webex.ParseOrgID(path[3])
		if err != nil {
			return fmt.Errorf("%w: %w", store.ErrDamaged, err)
		}
		out = append(out, webex.OrgTokens{OrgID: org, Tokens: t})
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(out, func(a, b webex.OrgTokens) int { return strings.Compare(a.OrgID.UUID(), b.OrgID.UUID()) })
	return out, nil
}

// each decrypts the rows of one owner.
func (s *Store) each(ctx context.Context, k *keyring, sealer *seal.Sealer, f func(path []string, plain []byte) error) error {
	if sealer == nil {
		return nil
	}
	var key, of, sealed []byte
	err := s.query(ctx, "list tokens", answerTime, k, `SELECT slot, client, data FROM wxauth_tokens WHERE owner = $1`, []any{ownerOf(sealer)}, []any{&key, &of, &sealed}, func() error {
		path, plain, err := opened(sealer, key, of, sealed)
		if err != nil {
			return err
		}
		return f(path, plain)
	})
	if errors.Is(err, ErrNoPrivilege) { // a reader
		return nil
	}
	return err
}

// Logins lists the person's profiles and clients with stored tokens.
func (s *Store) Logins(ctx context.Context) ([]store.Login, error) {
	return s.clients(ctx, func(k *keyring) *seal.Sealer { return k.person })
}

// ServiceApps lists the team's profiles and Service Apps with stored tokens.
func (s *Store) ServiceApps(ctx context.Context) ([]store.Login, error) {
	return s.clients(ctx, func(k *keyring) *seal.Sealer { return k.team })
}

func (s *Store) clients(ctx context.Context, whose func(*keyring) *seal.Sealer) (out []store.Login, err error) {
	k, err := s.ready(ctx)
	if err != nil {
		return nil, err
	}
	err = s.each(ctx, k, whose(k), func(path []string, _ []byte) error {
		if l := (store.Login{Profile: path[0], Client: webex.ClientID(path[2])}); !slices.Contains(out, l) {
			out = append(out, l)
		}
		return nil
	})
	return out, err
}

// Clients lists the clients of the person's logins in this profile.
func (s *Store) Clients(ctx context.Context) ([]webex.ClientID, error) {
	all, err := s.Logins(ctx)
	return store.OfProfile(all, s.profile), err
}

// ServiceAppClients lists the Service Apps with stored tokens in this profile.
func (s *Store) ServiceAppClients(ctx context.Context) ([]webex.ClientID, error) {
	all, err := s.ServiceApps(ctx)
	return store.OfProfile(all, s.profile), err
}

// OrgIDs lists the UUIDs of the organizations for which this profile has a Service App's tokens.
func (s *Store) OrgIDs(ctx context.Context) (out []string, err error) {
	k, err := s.ready(ctx)
	if err != nil {
		return nil, err
	}
	err = s.each(ctx, k, k.team, func(path []string, _ []byte) error {
		if path[0] == s.profile && !slices.Contains(out, path[3]) {
			out = append(out, path[3])
		}
		return nil
	})
	return out, err
}

// Prepare checks that the tokens of a login can be saved.
func (s *Store) Prepare(ctx context.Context) error {
	k, err := s.ready(ctx)
	if err != nil {
		return err
	}
	if k.person == nil {
		return fmt.Errorf("save the login: %w: wxauth store key import makes one", ErrNoPerson)
	}
	return s.within(ctx, "save tokens", usual, func(context.Context, pgx.Tx, *keyring) error { return nil })
}

// KeySource returns "keyring", or the path of the file with the keys; it is empty before the store was
// opened.
func (s *Store) KeySource() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.known == nil:
		return ""
	case s.known.source == store.SourceKeyfile:
		return s.known.place
	}
	return s.known.source
}

// KeyPlace says where exactly the keys are.
func (s *Store) KeyPlace() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil {
		return ""
	}
	return s.known.place
}
