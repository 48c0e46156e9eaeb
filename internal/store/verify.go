package store

import (
	"bytes"
	"context"

	bolt "go.etcd.io/bbolt"

	"github.com/wxauth/wxauth/internal/seal"
)

// Verify decrypts every value and returns their number.
func (b *Bolt) Verify(ctx context.Context) (int, error) {
	values := map[string][]byte{}
	var names [][]string
	s, err := b.view(ctx, func(tx *bolt.Tx) error {
		names = allNames(tx)
		for _, n := range names {
			values[string(seal.Joined(n...))] = bytes.Clone(find(tx, n))
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	sl, m, err := b.unlock(ctx, s)
	if err != nil {
		return 0, err
	}
	if err := sl.complete(m, names); err != nil {
		return 0, err
	}
	for _, n := range names {
		if _, err := sl.Open(values[string(seal.Joined(n...))], n...); err != nil {
			return 0, err
		}
	}
	return len(names), nil
}
