package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/wxauth/wxauth/internal/seal"
	"github.com/wxauth/wxauth/internal/store"
)

// Settings belong to the team.

func settingSlot(sealer *seal.Sealer, profile, name string) []byte {
	return hash(sealer, "setting", profile, name)
}

func sealSetting(sealer *seal.Sealer, slot []byte, profile, name, value string) []byte {
	return sealer.Seal(seal.Joined(profile, name, value), "setting", string(slot))
}

func openSetting(sealer *seal.Sealer, slot, sealed []byte) (profile, name, value string, err error) {
	plain, err := sealer.Open(sealed, "setting", string(slot))
	if err != nil {
		return "", "", "", err
	}
	parts, ok := seal.Split(plain)
	if !ok || len(parts) != 3 {
		return "", "", "", fmt.Errorf("%w: a row holds something other than a setting", store.ErrDamaged)
	}
	return parts[0], parts[1], parts[2], nil
}

// Setting returns a setting, or "" if it is not set.
func (s *Store) Setting(ctx context.Context, name string) (value string, err error) {
	k, err := s.ready(ctx)
	if err != nil {
		return "", err
	}
	slot := settingSlot(k.team, s.profile, name)
	var sealed []byte
	var bad error
	err = s.query(ctx, "read a setting", answerTime, k, `SELECT data FROM wxauth_settings WHERE slot = $1`, []any{slot}, []any{&sealed}, func() error {
		_, _, value, bad = openSetting(k.team, slot, sealed)
		return nil
	})
	if errors.Is(err, ErrNoPrivilege) { // a reader
		return "", nil
	}
	return value, cmp.Or(err, bad)
}

// SetSetting saves a setting; an empty value deletes it.
func (s *Store) SetSetting(ctx context.Context, name, value string) error {
	return s.within(ctx, "save a setting", usual, func(ctx context.Context, tx pgx.Tx, k *keyring) error {
		return putSetting(ctx, tx, k.team, s.profile, name, value)
	})
}

func putSetting(ctx context.Context, tx pgx.Tx, sealer *seal.Sealer, profile, name, value string) error {
	slot := settingSlot(sealer, profile, name)
	if value == "" {
		_, err := tx.Exec(ctx, `DELETE FROM wxauth_settings WHERE slot = $1`, slot)
		return err
	}
	_, err := tx.Exec(ctx, `INSERT INTO wxauth_settings (slot, data, changed) VALUES ($1, $2, now())
		ON CONFLICT (slot) DO UPDATE SET data = excluded.data, changed = excluded.changed`, slot, sealSetting(sealer, slot, profile, name, value))
	return err
}

// eachSetting decrypts all settings.
func (s *Store) eachSetting(ctx context.Context, k *keyring, f func(profile, name, value string) error) error {
	var slot, sealed []byte
	err := s.query(ctx, "read the settings", answerTime, k, `SELECT slot, data FROM wxauth_settings`, nil, []any{&slot, &sealed}, func() error {
		profile, name, value, err := openSetting(k.team, slot, sealed)
		if err != nil {
			return err
		}
		return f(profile, name, value)
	})
	if errors.Is(err, ErrNoPrivilege) { // a reader
		return nil
	}
	return err
}
