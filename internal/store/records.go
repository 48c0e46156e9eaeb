package store

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"slices"

	bolt "go.etcd.io/bbolt"

	"github.com/wxauth/wxauth/webex"
)

// Record is a decrypted value of a store and its place: tokens, or a setting.
type Record struct {
	Profile, Kind string
	Names         []string // client, client and organization, or name of the setting
	Value         []byte
}

// Path returns the place of the record.
func (r Record) Path() []string { return append([]string{r.Profile, r.Kind}, r.Names...) }

// Client returns the client of tokens.
func (r Record) Client() webex.ClientID { return clientOf(r.Names[0]) }

// Principal returns whose tokens the record contains; ok is false for a setting.
func (r Record) Principal() (p webex.Principal, ok bool) {
	switch {
	case r.Kind == kindIntegration && len(r.Names) == 1:
		return webex.Principal{Client: r.Client()}, true
	case r.Kind == kindServiceApp && len(r.Names) == 2:
		return webex.Principal{Client: r.Client(), Org: webex.OrgID(r.Names[1])}, true
	}
	return p, false
}

// TokensRecord returns the record of tokens.
func TokensRecord(profile string, p webex.Principal, value []byte) Record {
	if p.Org == "" {
		return Record{profile, kindIntegration, []string{keyOf(p.Client)}, value}
	}
	return Record{profile, kindServiceApp, []string{keyOf(p.Client), p.Org.UUID()}, value}
}

// SettingRecord returns the record of a setting.
func SettingRecord(profile, name, value string) Record {
	return Record{profile, kindSettings, []string{name}, []byte(value)}
}

// Records decrypts all records, except notes about refreshes in progress. There are none if there is no
// store.
func (b *Bolt) Records(ctx context.Context) ([]Record, error) {
	var names [][]string
	var values [][]byte
	sl, m, err := b.read(ctx, func(tx *bolt.Tx) error {
		names, values = allNames(tx), nil
		for _, n := range names {
			values = append(values, bytes.Clone(find(tx, n)))
		}
		return nil
	})
	if sl == nil {
		return nil, err
	}
	if err := sl.complete(m, names); err != nil {
		return nil, err
	}
	var out []Record
	for i, n := range names {
		if n[1] == kindIntents {
			continue
		}
		plain, err := sl.Open(values[i], n...)
		if err != nil {
			return nil, err
		}
		out = append(out, Record{n[0], n[1], slices.Clone(n[2:]), plain})
	}
	return out, nil
}

// PutRecords writes records in one transaction.
func (b *Bolt) PutRecords(ctx context.Context, records []Record) error {
	return b.change(ctx, func(w *writer) error {
		w.backups = 1
		for _, r := range records {
			if err := w.put(r.Value, r.Path()...); err != nil {
				return err
			}
		}
		return nil
	})
}

// At returns the same store after its file was renamed to path. It does not ask for the key again.
func (b *Bolt) At(path string) *Bolt {
	b.mu.Lock()
	defer b.mu.Unlock()
	return &Bolt{&shared{path: path, key: b.key, warn: b.warn, max: b.max, sealer: b.sealer, header: b.header}, b.profile}
}

var keyScope = []byte("\x00scope") // sorts before every sweep

func scopePath(scope string) []string { return []string{"sweeps", scopeKey(scope), "scope"} }

// Scopes lists the scopes that have finished sweeps, and counts those that an earlier version saved
// without their name.
func (i *Inventory) Scopes(ctx context.Context) (out []string, unnamed int, err error) {
	s, err := i.sealer(ctx, false)
	if err != nil || s == nil {
		return nil, 0, err
	}
	names := map[string][]byte{}
	err = i.file.with(ctx, true, func(db database) error {
		return db.View(func(tx *bolt.Tx) error {
			all := tx.Bucket(bucketSweeps)
			if all == nil {
				return ErrForeign
			}
			return all.ForEachBucket(func(k []byte) error {
				names[string(k)] = bytes.Clone(all.Bucket(k).Get(keyScope))
				return nil
			})
		})
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, i.damaged(err)
	}
	for key, sealed := range names {
		plain, err := s.Open(sealed, "sweeps", key, "scope")
		if err != nil {
			unnamed++
			continue
		}
		out = append(out, string(plain))
	}
	slices.Sort(out)
	return out, unnamed, nil
}
