package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	bolt "go.etcd.io/bbolt"
)

// Inventory keeps sweeps of organizations in a file beside the store: sealed with a key
// that lies in the store, and worth nothing without it. It can be thrown away; a sweep
// makes it anew.
//
//	inventory.db
//	└─ sweeps
//	   └─ {scope}                  a fingerprint of profile, server and organization
//	      └─ {time}{id}            a finished sweep
//	         ├─ meta               sealed: its description
//	         └─ 0, 1, 2 …          sealed, compressed: its parts, in order
//
// What is under way lies in a journal of its own beside it, see [Journal].
type Inventory struct {
	path string
	keys *Bolt
	file *Bolt // opens the file as the store's is opened: checked, locked, for one operation
	warn func(error)
}

// Sweep is a finished sweep.
type Sweep struct {
	ID   []byte
	Meta []byte
}

const (
	inventoryProfile = "-inventory" // no profile can be called so
	inventoryKey     = "key"
	largestInventory = 1 << 30
	blockSize        = 256 << 10
)

var bucketSweeps = []byte("sweeps")

// NewInventory returns the inventory at path, with its key in the store of keys. Neither
// has to be there yet. warn is told what went wrong beside an operation that succeeded.
func NewInventory(path string, keys *Bolt, warn func(error)) *Inventory {
	return &Inventory{
		path: path, keys: keys.Profile(inventoryProfile), warn: warn,
		file: &Bolt{shared: &shared{path: path, warn: func(error) {}, max: largestInventory}},
	}
}

func (i *Inventory) journalPath(scope, name string) string {
	return filepath.Join(filepath.Dir(i.path), "inventory-"+scopeKey(scope+"\x00"+name)+".journal")
}

// scopeKey names a scope in the clear without telling what it is.
func scopeKey(scope string) string {
	sum := sha256.Sum256([]byte("wxauth inventory\x00" + scope))
	return hex.EncodeToString(sum[:8])
}

// sealer returns what seals and opens the inventory; nil where it has no key yet and none
// is to be made.
func (i *Inventory) sealer(ctx context.Context, create bool) (*sealer, error) {
	for try := 0; ; try++ {
		text, err := i.keys.Setting(ctx, inventoryKey)
		if err != nil {
			return nil, err
		}
		var k masterKey
		if b, err := hex.DecodeString(text); err == nil && len(b) == keySize {
			copy(k[:], b)
			return newSealer(k, "inventory", schema), nil
		}
		if !create || try > 0 {
			return nil, nil
		}
		_, _ = rand.Read(k[:])
		if err := i.keys.AddSetting(ctx, inventoryKey, hex.EncodeToString(k[:])); err != nil {
			return nil, err
		}
	}
}

func sweepName(scope string, id []byte, part string) []string {
	return []string{"sweeps", scopeKey(scope), hex.EncodeToString(id), part}
}

// Sweeps returns the finished sweeps of a scope, the newest first. Those that another key
// sealed are left out: they cannot be read any more.
func (i *Inventory) Sweeps(ctx context.Context, scope string) ([]Sweep, error) {
	s, err := i.sealer(ctx, false)
	if err != nil || s == nil {
		return nil, err
	}
	var out []Sweep
	lost := 0
	err = i.view(ctx, scope, func(at *bolt.Bucket) error {
		c := at.Cursor()
		for k, v := c.Last(); k != nil; k, v = c.Prev() {
			if v != nil {
				continue
			}
			meta, err := s.open(at.Bucket(k).Get([]byte("meta")), sweepName(scope, k, "meta")...)
			if err != nil {
				lost++
				continue
			}
			out = append(out, Sweep{bytes.Clone(k), meta})
		}
		return nil
	})
	if err == nil && lost > 0 && len(out) == 0 {
		return nil, fmt.Errorf("%w: %s was sealed with another key than the one in the store", ErrInventory, i.path)
	}
	return out, err
}

// Read calls each with the parts of a finished sweep.
func (i *Inventory) Read(ctx context.Context, scope string, id []byte, each func(part []byte) error) error {
	s, err := i.sealer(ctx, false)
	if err != nil {
		return err
	}
	var blocks [][]byte // copied out, so that the file is open for a moment only
	err = i.view(ctx, scope, func(at *bolt.Bucket) error {
		b := at.Bucket(id)
		for n := 0; b != nil; n++ {
			v := b.Get([]byte(strconv.Itoa(n)))
			if v == nil {
				break
			}
			blocks = append(blocks, bytes.Clone(v))
		}
		return nil
	})
	if err != nil || s == nil {
		return err
	}
	for n, sealed := range blocks {
		packed, err := s.open(sealed, sweepName(scope, id, strconv.Itoa(n))...)
		if err != nil {
			return i.damaged(err)
		}
		blocks[n] = nil
		part, err := inflate(packed)
		if err != nil {
			return fmt.Errorf("%w: %s: %w", ErrInventory, i.path, err)
		}
		if err := each(part); err != nil {
			return fmt.Errorf("read inventory %s: %w", i.path, err)
		}
	}
	return nil
}

// Unfinished calls each with the parts of the sweep of that name that is under way or was
// cut off, without getting in its way.
func (i *Inventory) Unfinished(ctx context.Context, scope, name string, each func(part []byte) error) error {
	path := i.journalPath(scope, name)
	f, err := os.OpenFile(path, os.O_RDONLY|noFollow, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fileError("read journal of the sweep", path, err)
	}
	defer f.Close()
	s, err := i.sealer(ctx, false)
	if err != nil || s == nil {
		return err
	}
	_, err = readParts(f, s, each)
	return err
}

// view opens the file for reading; where it or the scope is not there, f is not called.
func (i *Inventory) view(ctx context.Context, scope string, f func(*bolt.Bucket) error) error {
	err := i.file.with(ctx, true, func(db database) error {
		return db.View(func(tx *bolt.Tx) error {
			all := tx.Bucket(bucketSweeps)
			if all == nil {
				return ErrForeign
			}
			if at := all.Bucket([]byte(scopeKey(scope))); at != nil {
				return f(at)
			}
			return nil
		})
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return i.damaged(err)
}
