package store

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"
)

// ready makes sure, before a sweep starts, that its result can be saved: it creates the file
// if there is none, and renames a damaged one.
func (i *Inventory) ready(ctx context.Context) error {
	err := i.create()
	if err == nil {
		err = i.file.with(ctx, true, func(db database) error {
			return db.View(func(tx *bolt.Tx) error {
				if tx.Bucket(bucketSweeps) == nil {
					return ErrForeign
				}
				return nil
			})
		})
	}
	if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrForeign) {
		return err
	}
	aside := i.path + ".damaged-" + stampForName(time.Now())
	if rerr := os.Rename(i.path, aside); rerr != nil {
		return i.damaged(err)
	}
	i.warn(fmt.Errorf("%w; it was moved to %s, and a new one was created", i.damaged(err), aside))
	return i.create()
}

// damaged makes clear that an error is about the inventory, and not about the store.
func (i *Inventory) damaged(err error) error {
	if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrForeign) {
		return err
	}
	text := err.Error()
	for _, about := range []string{ErrDamaged.Error(), "store: "} {
		text = strings.ReplaceAll(text, about+": ", "")
	}
	if errors.Is(err, ErrForeign) {
		text = i.path + " is no inventory of wxauth"
	}
	return fmt.Errorf("%w: %s", ErrInventory, text)
}

// put saves a journal's parts as a finished sweep.
func (i *Inventory) put(ctx context.Context, j *journal, meta []byte, drop [][]byte) error {
	if err := i.ready(ctx); err != nil {
		return err
	}
	return i.damaged(i.write(ctx, j, meta, drop))
}

func (i *Inventory) write(ctx context.Context, j *journal, meta []byte, drop [][]byte) error {
	return i.file.with(ctx, false, func(db database) error {
		err := db.Update(func(tx *bolt.Tx) error {
			all := tx.Bucket(bucketSweeps)
			if all == nil {
				return ErrForeign
			}
			at, err := all.CreateBucketIfNotExists([]byte(scopeKey(j.scope)))
			if err != nil {
				return err
			}
			if at.Get(keyScope) == nil {
				if err := at.Put(keyScope, j.s.Seal([]byte(j.scope), scopePath(j.scope)...)); err != nil {
					return err
				}
			}
			if !holdsSweep(at, j.id) {
				if err := i.writeSweep(at, j, meta); err != nil {
					return err
				}
			}
			for _, id := range drop {
				if at.Bucket(id) == nil || bytes.HasSuffix(id, j.id[:]) {
					continue
				}
				if err := at.DeleteBucket(id); err != nil {
					return err
				}
			}
			return nil
		})
		if err == nil || errors.Is(err, ErrForeign) || errors.Is(err, ErrDamaged) {
			return err
		}
		return fileError("write inventory", i.path, err)
	})
}

// holdsSweep reports whether a journal was saved already.
func holdsSweep(at *bolt.Bucket, id [16]byte) bool {
	c := at.Cursor()
	for k, _ := c.First(); k != nil; k, _ = c.Next() {
		if bytes.HasSuffix(k, id[:]) {
			return true
		}
	}
	return false
}

func (i *Inventory) writeSweep(at *bolt.Bucket, j *journal, meta []byte) error {
	id := binary.BigEndian.AppendUint64(nil, uint64(time.Now().UnixNano())) //nolint:gosec // after 1970
	if last, _ := at.Cursor().Last(); len(last) >= 8 && bytes.Compare(last[:8], id) >= 0 {
		id = binary.BigEndian.AppendUint64(nil, binary.BigEndian.Uint64(last)+1) // the clock went back
	}
	id = append(id, j.id[:]...)
	b, err := at.CreateBucket(id)
	if err != nil {
		return err
	}
	b.FillPercent = 1 // nothing is ever put between two parts
	n := 0
	var block []byte
	flush := func() error {
		if len(block) == 0 {
			return nil
		}
		packed, err := Deflate(block)
		if err != nil {
			return err
		}
		block = block[:0]
		name := strconv.Itoa(n)
		n++
		return b.Put([]byte(name), j.s.Seal(packed, sweepName(j.scope, id, name)...))
	}
	read, err := readParts(j.file, j.s, func(part []byte) error {
		block = append(block, part...)
		if len(block) >= BlockSize {
			return flush()
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case read.size != j.size:
		return fmt.Errorf("%w: the sweep journal was changed while it was open", ErrWrite)
	}
	if err := flush(); err != nil {
		return err
	}
	return b.Put([]byte("meta"), j.s.Seal(meta, sweepName(j.scope, id, "meta")...))
}

// create creates the file atomically.
func (i *Inventory) create() error {
	if exists(i.path) {
		return nil
	}
	if err := makeFolder(i.path); err != nil {
		return err
	}
	i.file.sweepLeftovers(leftoverTime)
	tmp, err := os.CreateTemp(filepath.Dir(i.path), i.file.tempPattern())
	if err != nil {
		return fileError("create inventory", i.path, err)
	}
	defer os.Remove(tmp.Name())
	if err := tmp.Close(); err != nil {
		return fileError("create inventory", i.path, err)
	}
	db, err := bolt.Open(tmp.Name(), 0o600, &bolt.Options{Timeout: lockTimeout, PageSize: pageSize, MaxSize: largestInventory})
	if err == nil {
		err = db.Update(func(tx *bolt.Tx) error {
			_, err := tx.CreateBucket(bucketSweeps)
			return err
		})
		err = errors.Join(err, db.Sync(), db.Close())
	}
	if err == nil {
		err = linkNew(tmp.Name(), i.path)
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return fileError("create inventory", i.path, err)
	}
	syncFolder(i.path)
	return nil
}

func Deflate(b []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.DefaultCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(b); err != nil {
		return nil, err
	}
	err = w.Close()
	return out.Bytes(), err
}

// largestBlock limits the decompressed size of a block.
const largestBlock = BlockSize + largestPart

func Inflate(b []byte) ([]byte, error) {
	out, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(b)), largestBlock+1))
	if err == nil && len(out) > largestBlock {
		err = errors.New("a part is too large")
	}
	return out, err
}
