package audit

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"strings"
	"sync"

	"github.com/go-json-experiment/json"
)

// Vault stores the key and the anchor: the settings of a separate profile of a token store.
type Vault interface {
	Setting(ctx context.Context, name string) (string, error)
	SetSetting(ctx context.Context, name, value string) error
}

const (
	settingKey    = "audit key"
	settingAnchor = "audit head"
	keySize       = 32
)

// anchor is the end of the log when it was last saved in the store.
type anchor struct {
	Seq int64  `json:"seq"`
	MAC string `json:"mac"`
	// In the first ResolvedAt bytes of the file that begins with entry First, every intent has
	// an outcome. First is 0 for the first file.
	ResolvedAt int64 `json:"resolvedAt"`
	First      int64 `json:"first,omitzero"`
}

// Head identifies an entry by number and code, as reports print it.
type Head struct {
	Seq int64
	MAC string
}

// String returns NUMBER:CODE, or "" for no entry.
func (h Head) String() string {
	if h.Seq == 0 {
		return ""
	}
	return strconv.FormatInt(h.Seq, 10) + ":" + h.MAC
}

// ParseHead parses the result of [Head.String].
func ParseHead(s string) (Head, error) {
	number, mac, ok := strings.Cut(strings.TrimSpace(s), ":")
	seq, err := strconv.ParseInt(number, 10, 64)
	raw, macErr := encoding.DecodeString(mac)
	if !ok || err != nil || seq < 1 || macErr != nil || len(raw) != sha256.Size {
		return Head{}, errors.New("this is not an audit log head: a report prints it as NUMBER:CODE")
	}
	return Head{seq, mac}, nil
}

var encoding = base64.RawURLEncoding

func code(key, body []byte) string {
	c := coders.Get().(*coder)
	defer coders.Put(c)
	if c.mac == nil || !bytes.Equal(c.key, key) {
		c.key, c.mac = bytes.Clone(key), hmac.New(sha256.New, key)
	}
	c.mac.Reset()
	c.mac.Write(body)
	c.sum = c.mac.Sum(c.sum[:0])
	return encoding.EncodeToString(c.sum)
}

// coders reuses the HMAC state for the key, which is the same for all lines.
var coders = sync.Pool{New: func() any { return &coder{} }}

type coder struct {
	key, sum []byte
	mac      hash.Hash
}

func sameCode(a, b string) bool { return hmac.Equal([]byte(a), []byte(b)) }

func (l *Log) loadKey(ctx context.Context) ([]byte, error) {
	text, err := l.vault.Setting(ctx, settingKey)
	if err != nil || text == "" {
		return nil, err
	}
	key, err := encoding.DecodeString(text)
	if err != nil || len(key) != keySize {
		return nil, fmt.Errorf("%w: its key in the store is damaged", ErrBroken)
	}
	return key, nil
}

func (l *Log) makeKey(ctx context.Context) ([]byte, error) {
	key := make([]byte, keySize)
	_, _ = rand.Read(key) // never fails
	return key, l.vault.SetSetting(ctx, settingKey, encoding.EncodeToString(key))
}

func (l *Log) loadAnchor(ctx context.Context) (a anchor, err error) {
	text, err := l.vault.Setting(ctx, settingAnchor)
	if err != nil || text == "" {
		return a, err
	}
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		return a, fmt.Errorf("%w: its head in the store is damaged: %w", ErrBroken, err)
	}
	return a, nil
}

func (l *Log) saveAnchor(ctx context.Context, a anchor) error {
	text, err := json.Marshal(a)
	if err != nil {
		return err
	}
	return l.vault.SetSetting(ctx, settingAnchor, string(text))
}
