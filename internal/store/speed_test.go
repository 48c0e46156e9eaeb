package store_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/webex"
)

// bare is a file of bbolt's own with the same bucket, key and value, without a seal, a
// check or a manifest: what the store's safety is compared with.
type bare struct {
	path  string
	value []byte
}

var bareBuckets = []string{"profiles", "default", "integration"}

func newBare(b *testing.B, size int) bare {
	b.Helper()
	x := bare{filepath.Join(b.TempDir(), "bare.db"), make([]byte, size)}
	x.put(b)
	return x
}

func (x bare) with(b *testing.B, readOnly bool, f func(*bolt.DB) error) {
	b.Helper()
	db, err := bolt.Open(x.path, 0o600, &bolt.Options{Timeout: time.Second, ReadOnly: readOnly, NoStatistics: true})
	if err == nil {
		err = f(db)
	}
	if err == nil {
		err = db.Close()
	}
	if err != nil {
		b.Fatal(err)
	}
}

func (x bare) put(b *testing.B) {
	b.Helper()
	x.with(b, false, func(db *bolt.DB) error {
		return db.Update(func(tx *bolt.Tx) error {
			at, err := tx.CreateBucketIfNotExists([]byte(bareBuckets[0]))
			for _, name := range bareBuckets[1:] {
				if err == nil {
					at, err = at.CreateBucketIfNotExists([]byte(name))
				}
			}
			if err != nil {
				return err
			}
			return at.Put([]byte("C1"), x.value)
		})
	})
}

func (x bare) get(b *testing.B) {
	b.Helper()
	x.with(b, true, func(db *bolt.DB) error {
		return db.View(func(tx *bolt.Tx) error {
			at := tx.Bucket([]byte(bareBuckets[0]))
			for _, name := range bareBuckets[1:] {
				at = at.Bucket([]byte(name))
			}
			if got := at.Get([]byte("C1")); len(got) != len(x.value) {
				b.Fatalf("%d bytes", len(got))
			}
			return nil
		})
	})
}

// medians times two things in turn, n times each, and reports the median of each and of
// their ratios, pair by pair.
func medians(b *testing.B, n int, ours, floor func()) {
	b.Helper()
	ours()
	floor()
	var a, c, ratios []float64
	time1 := func(f func()) float64 {
		begun := time.Now()
		f()
		return float64(time.Since(begun).Nanoseconds())
	}
	for b.Loop() {
		for range n {
			x, y := time1(ours), time1(floor)
			a, c, ratios = append(a, x), append(c, y), append(ratios, x/y)
		}
	}
	mid := func(v []float64) float64 { slices.Sort(v); return v[len(v)/2] }
	b.ReportMetric(mid(a)/1000, "ours-µs")
	b.ReportMetric(mid(c)/1000, "floor-µs")
	b.ReportMetric(mid(ratios), "ratio")
	b.ReportMetric(0, "ns/op")
}

func BenchmarkStore(b *testing.B) {
	ctx := context.Background()
	dir := b.TempDir()
	s, err := store.Open(filepath.Join(dir, "store.db"), store.Keyfile(filepath.Join(dir, "key")))
	if err != nil {
		b.Fatal(err)
	}
	tokens := webex.Tokens{
		Access: webex.NewSecret(strings.Repeat("NDY5", 26)), Refresh: webex.NewSecret(strings.Repeat("MDEy", 26)), Issued: time.Now(), AccessLife: 14 * 24 * time.Hour,
	}
	if err := s.SetIntegrationTokens(ctx, "C1", tokens); err != nil {
		b.Fatal(err)
	}
	if err := s.SetSetting(ctx, "name", strings.Repeat("x", 400)); err != nil {
		b.Fatal(err)
	}
	x := newBare(b, 400)
	b.Run("put", func(b *testing.B) {
		i := 0
		medians(b, 20, func() {
			i++
			if err := s.SetSetting(ctx, "name", fmt.Sprintf("%0400d", i)); err != nil {
				b.Fatal(err)
			}
		}, func() { x.value[0]++; x.put(b) })
	})
	b.Run("get", func(b *testing.B) {
		medians(b, 20, func() {
			if _, err := s.IntegrationTokens(ctx, "C1"); err != nil {
				b.Fatal(err)
			}
		}, func() { x.get(b) })
	})
}
