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

	"github.com/wxauth/wxauth/internal/seal"
)

// Inventory saves sweeps of organizations in a file next to the store, encrypted with a key
// in the store. It can be deleted; a new sweep recreates it.
//
//	inventory.db
//	└─ sweeps
//	   └─ {scope}                  a fingerprint of profile, server and organization
//	      ├─ \0scope               encrypted: profile, server and organization
//	      └─ {time}{id}            a finished sweep
//	         ├─ meta               encrypted: its description
//	         └─ 0, 1, 2 …          encrypted, compressed: its parts, in order
//
// Unfinished sweeps are in separate files, see [Journal].
type Inventory struct {
	path string
	keys *Bolt
	file *Bolt // opens the file like the store's: checked, locked, for one operation
	warn func(error)
}

// Sweep is a finished sweep.
type Sweep struct {
	ID   []byte
	Meta []byte
}

// InventoryProfile is where a store keeps the key of its inventory. It is not a valid profile name.
const InventoryProfile = "-inventory"

const (
	inventoryKey     = "key"
	largestInventory = 1 << 30
	BlockSize        = 256 << 10
)

var bucketSweeps = []byte("sweeps")

// NewInventory returns the inventory at path, whose key is in the store keys. Neither file
// needs to exist. warn is called with problems of operations that succeeded.
func NewInventory(path string, keys *Bolt, warn func(error)) *Inventory {
	return &Inventory{
		path: path, keys: keys.Profile(InventoryProfile), warn: warn,
		file: &Bolt{shared: &shared{path: path, warn: func(error) {}, max: largestInventory}},
	}
}

func (i *Inventory) journalPath(scope, name string) string {
	return filepath.Join(filepath.Dir(i.path), "inventory-"+scopeKey(scope+"\x00"+name)+".journal")
}

// scopeKey returns a name for a scope that does not reveal it.
func scopeKey(scope string) string {
	sum := sha256.Sum256([]byte("wxauth inventory\x00" + scope))
	return hex.EncodeToString(sum[:8])
}

// sealer returns the sealer of the inventory, or nil if there is no key and none is to be
// created.
func (i *Inventory) sealer(ctx context.Context, create bool) (*sealer, error) {
	for try := 0; ; try++ {
		text, err := i.keys.Setting(ctx, inventoryKey)
		if err != nil {
			return nil, err
		}
		var k seal.Key
		if b, err := hex.DecodeString(text); err == nil && len(b) == seal.KeySize {
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

// Sweeps returns the finished sweeps of a scope, newest first. It omits those that were
// encrypted with another key, because they cannot be read.
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
			meta, err := s.Open(at.Bucket(k).Get([]byte("meta")), sweepName(scope, k, "meta")...)
			if err != nil {
				lost++
				continue
			}
			out = append(out, Sweep{bytes.Clone(k), meta})
		}
		return nil
	})
	if err == nil && lost > 0 && len(out) == 0 {
		return nil, fmt.Errorf("%w: %s was encrypted with another key than the one in the store", ErrInventory, i.path)
	}
	return out, err
}

// Read calls each with the parts of a finished sweep, in order.
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
		packed, err := s.Open(sealed, sweepName(scope, id, strconv.Itoa(n))...)
		if err != nil {
			return i.damaged(err)
		}
		blocks[n] = nil
		part, err := Inflate(packed)
		if err != nil {
			return fmt.Errorf("%w: %s: %w", ErrInventory, i.path, err)
		}
		if err := each(part); err != nil {
			return fmt.Errorf("read inventory %s: %w", i.path, err)
		}
	}
	return nil
}

// Unfinished calls each with the parts of an unfinished sweep, without locking its journal.
func (i *Inventory) Unfinished(ctx context.Context, scope, name string, each func(part []byte) error) error {
	path := i.journalPath(scope, name)
	f, err := os.OpenFile(path, os.O_RDONLY|noFollow, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fileError("read sweep journal", path, err)
	}
	defer f.Close()
	s, err := i.sealer(ctx, false)
	if err != nil || s == nil {
		return err
	}
	_, err = readParts(f, s, each)
	return err
}

// view opens the file for reading. It does not call f if the file or the scope is missing.
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
