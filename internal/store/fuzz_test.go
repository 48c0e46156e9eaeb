package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"

	"github.com/wxauth/wxauth/internal/seal"
)

// FuzzSealedValue: what is not exactly what was encrypted does not open.
func FuzzSealedValue(f *testing.F) {
	s := newSealer(seal.Key{1}, "u", 1)
	good := s.Seal([]byte("secret"), "p", "integration", "C1")
	f.Add(good, 0, byte(0))
	f.Add(good, 3, byte(1))
	f.Add([]byte{}, 0, byte(0))
	f.Add(bytes.Repeat([]byte{1}, seal.Overhead), 1, byte(7))
	f.Fuzz(func(t *testing.T, in []byte, at int, flip byte) {
		data := bytes.Clone(in)
		_, sound := s.Open(in, "p", "integration", "C1")
		if len(data) > 0 {
			data[(at%len(data)+len(data))%len(data)] ^= flip
		}
		plain, err := s.Open(data, "p", "integration", "C1")
		if err == nil && (string(plain) != "secret" || sound == nil && flip != 0 && len(data) > 0) || err != nil && !errors.Is(err, ErrDamaged) {
			t.Fatalf("%q, %v", plain, err)
		}
	})
}

// S-40, S-42, S-91: a file that passed our look at its pages is one that bbolt can read
// through and write to, without a panic and without a fault that would end the process.
func FuzzStoreFile(f *testing.F) {
	dir := f.TempDir()
	b, err := Open(filepath.Join(dir, "seed", "store.db"), Keyfile(filepath.Join(dir, "seed", "key")))
	if err != nil {
		f.Fatal(err)
	}
	for n := range 12 {
		if err := b.SetSetting(context.Background(), fmt.Sprintf("name-%d", n), string(bytes.Repeat([]byte{'v'}, 400*n))); err != nil {
			f.Fatal(err)
		}
	}
	seed, err := os.ReadFile(b.path)
	if err != nil {
		f.Fatal(err)
	}
	// An input is three changes of bytes, and a length: a whole file is mutated too slowly.
	f.Add(uint32(0), uint64(0), uint32(0), uint64(0), uint32(len(seed)))
	f.Add(uint32(4096+24), uint64(7), uint32(8192+16), uint64(1<<63), uint32(len(seed)))
	f.Add(uint32(16), uint64(1), uint32(4096+16), uint64(1), uint32(12288))
	f.Add(uint32(12288+12), uint64(3), uint32(12288), uint64(4), uint32(16384))
	n := 0
	f.Fuzz(func(t *testing.T, at uint32, with uint64, at2 uint32, with2 uint64, size uint32) {
		data := bytes.Clone(seed[:min(int(size), len(seed))])
		for _, c := range []struct {
			at   uint32
			with uint64
		}{{at, with}, {at2, with2}} {
			for i := range 8 {
				if p := int(c.at) + i; p < len(data) {
					data[p] ^= byte(c.with >> (8 * i))
				}
			}
		}
		if _, err := checkFile(bytes.NewReader(data), int64(len(data)), maxFile); err != nil {
			if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrForeign) {
				t.Fatalf("not told as damage: %v", err)
			}
			return
		}
		n++
		path := filepath.Join(t.TempDir(), fmt.Sprintf("%d.db", n))
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		db, err := bolt.Open(path, 0o600, &bolt.Options{PageSize: pageSize})
		if err != nil {
			t.Fatalf("bbolt refuses what was found sound: %v", err)
		}
		defer db.Close()
		err = db.View(func(tx *bolt.Tx) error { return readThrough(tx.Cursor().Bucket()) })
		if err == nil {
			err = db.Update(func(tx *bolt.Tx) error {
				b, err := tx.CreateBucketIfNotExists([]byte("another"))
				if err != nil {
					return err
				}
				return b.Put([]byte("key"), bytes.Repeat([]byte{'x'}, 9000))
			})
		}
		if err != nil && !errors.Is(err, errOdd) {
			t.Fatalf("reading through: %v", err)
		}
	})
}

var errOdd = errors.New("an odd bucket")

func readThrough(b *bolt.Bucket) error {
	return b.ForEach(func(k, v []byte) error {
		if v != nil {
			_ = bytes.Count(v, []byte{0}) // every byte is read
			return nil
		}
		sub := b.Bucket(k)
		if sub == nil {
			return errOdd
		}
		return readThrough(sub)
	})
}

// FuzzJournal: from a journal with anything in it, nothing is read but parts that were
// appended to it, from the first on, in their order.
func FuzzJournal(f *testing.F) {
	s := newSealer(seal.Key{1}, "u", 1)
	id := [16]byte{9}
	var whole []byte
	whole = append(append(whole, journalMagic...), id[:]...)
	for n := range 5 {
		sealed := s.Seal([]byte{byte(n)}, partName(id, n)...)
		whole = append(whole, 0, 0, 0, byte(len(sealed)))
		whole = append(whole, sealed...)
	}
	f.Add(whole, 0, byte(0))
	f.Add(whole[:len(whole)-3], 40, byte(1))
	f.Add(whole[:journalHeader], 0, byte(0))
	f.Add([]byte(journalMagic), 3, byte(255))
	f.Fuzz(func(t *testing.T, in []byte, at int, flip byte) {
		data := bytes.Clone(in)
		if len(data) > 0 {
			data[(at%len(data)+len(data))%len(data)] ^= flip
		}
		var got []byte
		out, err := readParts(bytes.NewReader(data), s, func(p []byte) error { got = append(got, p...); return nil })
		if err != nil || out.parts != len(got) || out.size > int64(len(data)) || len(got) > 5 {
			t.Fatalf("%+v, %v, %v", out, got, err)
		}
		for i, b := range got {
			if int(b) != i {
				t.Fatalf("parts %v", got)
			}
		}
	})
}

// FuzzHeader: a header is ours, or says what is wrong with it.
func FuzzHeader(f *testing.F) {
	f.Add(header{Format: format, Schema: schema, UUID: "u", KeySource: "keyfile"}.encode())
	f.Add(header{Format: "x", Schema: 9}.encode())
	f.Add([]byte("\x00\x00\x00\x00{}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := decodeHeader(b)
		if err == nil && (h.Format != format || h.Schema != schema) || err != nil && !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrForeign) && !errors.Is(err, ErrNewer) {
			t.Fatalf("%+v, %v", h, err)
		}
	})
}
