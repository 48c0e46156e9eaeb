package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"sync"

	"github.com/go-json-experiment/json"
	bolt "go.etcd.io/bbolt"

	"github.com/wxauth/wxauth/webex"
)

// DefaultProfile is the profile of a store that was opened and not asked for another.
const DefaultProfile = "default"

// Bolt is one profile of a store in a file. It is a [webex.TokenStore], a
// [webex.RefreshGuard] and a [webex.RefreshIntents], safe for concurrent use by goroutines
// and processes. It keeps nothing open between calls.
type Bolt struct {
	*shared
	profile string
}

// shared is the state that all profiles of a file share.
type shared struct {
	path string
	key  Key
	warn func(error)
	max  int64 // bytes that the file may have; 0 is what a store may

	// turn serializes access within this process, without a time limit. lockTimeout applies only
	// to other processes.
	turn sync.RWMutex

	mu     sync.Mutex // guards the key while it is requested
	sealer *sealer
	header []byte // the header that sealer belongs to
}

// Option configures a [Bolt].
type Option func(*Bolt)

// WithWarnings sets a function that is called with problems of an operation that succeeded,
// such as a backup that could not be written.
func WithWarnings(f func(error)) Option { return func(b *Bolt) { b.warn = f } }

// Open returns the store at path with the profile [DefaultProfile]. If the file does not
// exist, the first write creates it, readable by its owner only. Open does not access the
// file or the key, so their errors come from later operations.
func Open(path string, key Key, opts ...Option) (*Bolt, error) {
	if path == "" || key == nil {
		return nil, errors.New("open store: a path and a key are required")
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	b := &Bolt{shared: &shared{path: abs, key: key, warn: func(error) {}}, profile: DefaultProfile}
	for _, o := range opts {
		o(b)
	}
	return b, nil
}

// Profile returns the same store for another profile.
func (b *Bolt) Profile(name string) *Bolt { return &Bolt{b.shared, name} }

func (s *shared) largest() int64 {
	if s.max > 0 {
		return s.max
	}
	return maxFile
}

// noun is the name of the file in errors.
func (s *shared) noun() string {
	if s.max > 0 {
		return "inventory"
	}
	return "store"
}

// Path returns the path of the file.
func (b *Bolt) Path() string { return b.path }

// KeySource returns the name of the key source, such as [SourceKeyring].
func (b *Bolt) KeySource() string { return b.key.Source() }

var (
	bucketMeta     = []byte("meta")
	bucketProfiles = []byte("profiles")
	keyHeader      = []byte("header")
	keyCheck       = []byte("check")
	keyManifest    = []byte("manifest")
)

// state is what every operation reads before it touches a record, still encrypted.
type state struct {
	header, check, manifest []byte
	checked                 checked
}

func readState(db database, tx *bolt.Tx) (state, error) {
	m := tx.Bucket(bucketMeta)
	if m == nil {
		return state{}, ErrForeign
	}
	s := state{
		header: bytes.Clone(m.Get(keyHeader)), check: bytes.Clone(m.Get(keyCheck)), manifest: bytes.Clone(m.Get(keyManifest)),
		checked: db.checked,
	}
	if s.header == nil {
		return state{}, ErrForeign
	}
	return s, nil
}

// view reads under the lock; f must copy what it needs. Nothing is decrypted and no key is
// requested while the file is open.
func (b *Bolt) view(ctx context.Context, f func(*bolt.Tx) error) (state, error) {
	var s state
	err := b.with(ctx, true, func(db database) error {
		return db.View(func(tx *bolt.Tx) (err error) {
			if s, err = readState(db, tx); err != nil {
				return err
			}
			return f(tx)
		})
	})
	return s, b.named(err)
}

func (b *Bolt) named(err error) error {
	if errors.Is(err, ErrForeign) || errors.Is(err, ErrNewer) {
		return fmt.Errorf("open %s: %w", b.path, err)
	}
	return err
}

// unlock returns the sealer and the manifest of a state. It requests the key at most once.
func (b *Bolt) unlock(ctx context.Context, s state) (*sealer, manifest, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.sealer == nil || !bytes.Equal(b.header, s.header) {
		h, err := decodeHeader(s.header)
		if err != nil {
			return nil, manifest{}, b.named(err)
		}
		if h.KeySource != b.key.Source() {
			return nil, manifest{}, fmt.Errorf("%w: the store %s is encrypted with key source %q, not %q: use that source, or move the store away to start again",
				ErrNoKey, b.path, h.KeySource, b.key.Source())
		}
		key, err := b.key.load(ctx, h)
		if err != nil {
			return nil, manifest{}, fmt.Errorf("open %s: %w", b.path, err)
		}
		sl := newSealer(key, h.UUID, h.Schema)
		if err := sl.proves(s); err != nil {
			return nil, manifest{}, fmt.Errorf("open %s: %w", b.path, err)
		}
		b.sealer, b.header = sl, s.header
	}
	m, err := b.sealer.manifest(s)
	if err == nil && s.checked.oneMeta {
		err = b.fellBack(ctx, b.sealer, m)
	}
	if err != nil {
		return nil, m, fmt.Errorf("open %s: %w", b.path, err)
	}
	return b.sealer, m, nil
}

// proves returns nil if the key is the one that encrypted the store.
func (s *sealer) proves(st state) error {
	got, err := s.Open(st.check, "meta", "check")
	if err != nil {
		if _, merr := s.manifest(st); merr == nil {
			return err // the key opens the rest
		}
		return fmt.Errorf("%w: it does not decrypt this store", ErrWrongKey)
	}
	if !bytes.Equal(got, st.header) {
		return fmt.Errorf("%w: its header was changed", ErrDamaged)
	}
	return nil
}

func (s *sealer) manifest(st state) (m manifest, err error) {
	plain, err := s.Open(st.manifest, "meta", "manifest")
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(plain, &m); err != nil {
		return m, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return m, nil
}

// record is a value's place: profile, kind, and the keys below it.
func (b *Bolt) record(kind string, keys ...string) []string {
	return append([]string{b.profile, kind}, keys...)
}

// read runs f in a read transaction and returns the sealer, or nil without an error if there is no
// store.
func (b *Bolt) read(ctx context.Context, f func(*bolt.Tx) error) (*sealer, manifest, error) {
	s, err := b.view(ctx, f)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, manifest{}, nil
	case err != nil:
		return nil, manifest{}, err
	}
	return b.unlock(ctx, s)
}

// get returns the value at a path, or nil if there is none.
func (b *Bolt) get(ctx context.Context, path []string) ([]byte, error) {
	var sealed []byte
	var names [][]string
	sl, m, err := b.read(ctx, func(tx *bolt.Tx) error {
		if sealed = bytes.Clone(find(tx, path)); sealed == nil {
			names = allNames(tx)
		}
		return nil
	})
	if sl == nil {
		return nil, err
	}
	if sealed == nil {
		return nil, sl.complete(m, names)
	}
	return sl.Open(sealed, path...)
}

// each returns the records below a path: those of its bucket and of the buckets in it.
func (b *Bolt) each(ctx context.Context, prefix []string) (map[string][]byte, error) {
	values := map[string][]byte{}
	var names [][]string
	sl, m, err := b.read(ctx, func(tx *bolt.Tx) error {
		names = allNames(tx)
		for _, n := range names {
			if len(n) == len(prefix)+1 && slices.Equal(n[:len(prefix)], prefix) {
				values[n[len(prefix)]] = bytes.Clone(find(tx, n))
			}
		}
		return nil
	})
	if sl == nil {
		return nil, err
	}
	if err := sl.complete(m, names); err != nil {
		return nil, err
	}
	for k, sealed := range values {
		if values[k], err = sl.Open(sealed, append(prefix[:len(prefix):len(prefix)], k)...); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// complete checks the names of all records against the manifest.
func (s *sealer) complete(m manifest, names [][]string) error {
	found := manifest{Generation: m.Generation, Names: make([]byte, 32)}
	for _, n := range names {
		found.toggle(s.Fingerprint(n...), 1)
	}
	if len(m.Names) == 0 {
		m.Names = make([]byte, 32)
	}
	if found.Records != m.Records || !bytes.Equal(found.Names, m.Names) {
		return fmt.Errorf("%w: records are missing or were added", ErrDamaged)
	}
	return nil
}

// find returns the encrypted value at a path below profiles.
func find(tx *bolt.Tx, path []string) []byte {
	at := tx.Bucket(bucketProfiles)
	for _, p := range path[:len(path)-1] {
		if at == nil {
			return nil
		}
		at = at.Bucket([]byte(p))
	}
	if at == nil {
		return nil
	}
	return at.Get([]byte(path[len(path)-1]))
}

// allNames lists the paths of all records.
func allNames(tx *bolt.Tx) (names [][]string) {
	var walk func(at *bolt.Bucket, path []string)
	walk = func(at *bolt.Bucket, path []string) {
		c := at.Cursor()
		for k, v := c.First(); k != nil; k, v = c.Next() {
			p := append(path[:len(path):len(path)], string(k))
			if v == nil {
				walk(at.Bucket(k), p)
			} else {
				names = append(names, p)
			}
		}
	}
	if top := tx.Bucket(bucketProfiles); top != nil {
		walk(top, nil)
	}
	return names
}

// logins lists profiles and client ids. It does not need the key, because names are not
// encrypted.
func logins(tx *bolt.Tx) (out []Login) {
	for _, n := range allNames(tx) {
		if len(n) == 3 && n[1] == kindIntegration {
			out = append(out, Login{Profile: n[0], Client: clientOf(n[2])})
		}
	}
	return out
}

// serviceApps lists the Service Apps with stored tokens.
func serviceApps(names [][]string) (out []Login) {
	for _, n := range names {
		if len(n) != 4 || n[1] != kindServiceApp {
			continue
		}
		if l := (Login{Profile: n[0], Client: clientOf(n[2])}); !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return out
}

// Login identifies stored tokens by profile and client.
type Login struct {
	Profile string
	Client  webex.ClientID // empty for a token without a client
}
