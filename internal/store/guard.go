package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/gofrs/flock"

	"github.com/wxauth/wxauth/internal/seal"
	"github.com/wxauth/wxauth/webex"
)

// refreshWait is how long to wait for a refresh by another process: more than its two
// attempts of 30 seconds each.
const refreshWait = 65 * time.Second

const lockPoll = 10 * time.Millisecond

// LockRefresh prevents all other processes and goroutines from refreshing the tokens of p
// until unlock is called. The kernel releases the lock if the process dies.
func (b *Bolt) LockRefresh(ctx context.Context, p webex.Principal) (unlock func(), err error) {
	sum := sha256.Sum256(seal.Joined(b.profile, string(p.Client), p.Org.UUID())) // one lock for one record
	path := filepath.Join(filepath.Dir(b.path), "locks", "refresh-"+hex.EncodeToString(sum[:8])+".lock")
	if err := makeFolder(path); err != nil {
		return nil, err
	}
	l := flock.New(path, flock.SetPermissions(0o600), flock.SetFlag(os.O_CREATE|os.O_RDONLY|noFollow))
	wait, cancel := context.WithTimeout(ctx, refreshWait)
	defer cancel()
	ok, err := l.TryLockContext(wait, lockPoll)
	switch {
	case ctx.Err() != nil:
		_ = l.Close()
		return nil, ctx.Err()
	case errors.Is(err, context.DeadlineExceeded), err == nil && !ok:
		_ = l.Close()
		return nil, fmt.Errorf("refresh tokens: %w: another process has been refreshing them for %s (%s)", ErrLocked, refreshWait, path)
	case err != nil:
		_ = l.Close()
		return nil, fileError("lock refresh", path, err)
	}
	// Keep the file: removing it would let two processes lock two files of the same name.
	return func() { _ = l.Close() }, nil
}

// intention is the record of a refresh in progress.
type intention struct {
	Since time.Time `json:"since"`
	PID   int       `json:"pid"`
	Fill  string    `json:"fill"` // makes the record as large as the tokens that follow
}

// slack is for a reply that is a little longer than the tokens before it.
const slack = 512

func (b *Bolt) intent(p webex.Principal) []string {
	org := noClient
	if key, err := orgKey(p.Org); err == nil {
		org = key
	}
	return b.record(kindIntents, keyOf(p.Client)+"/"+org)
}

// IntendRefresh records that the tokens of p are about to be refreshed. The record is as
// large as the new tokens will be, so that on a full disk it fails before the refresh token
// is spent.
func (b *Bolt) IntendRefresh(ctx context.Context, p webex.Principal, like webex.Tokens) error {
	plain, err := like.RevealJSON()
	if err != nil {
		return err
	}
	text, err := json.Marshal(intention{time.Now().UTC(), os.Getpid(), string(bytes.Repeat([]byte{'.'}, len(plain)+slack))})
	if err != nil {
		return err
	}
	// Both this change and the one that follows copy the record, the pages above it and the
	// list of free ones.
	room := 2 * (len(text) + seal.Overhead + 12*pageSize)
	return b.changeWithRoom(ctx, room, func(w *writer) error { return w.put(text, b.intent(p)...) })
}

// DropIntent removes the record that [Bolt.IntendRefresh] wrote.
func (b *Bolt) DropIntent(ctx context.Context, p webex.Principal) error {
	if !exists(b.path) {
		return nil
	}
	return b.change(ctx, func(w *writer) error { return w.delete(b.intent(p)...) })
}

// CutOff returns when a refresh of the tokens of p started that has not completed; zero if
// there is none. While [Bolt.LockRefresh] is held, that refresh was interrupted.
func (b *Bolt) CutOff(ctx context.Context, p webex.Principal) (time.Time, error) {
	v, err := b.get(ctx, b.intent(p))
	if err != nil || v == nil {
		return time.Time{}, err
	}
	var in intention
	if err := json.Unmarshal(v, &in); err != nil {
		return time.Time{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return in.Since, nil
}
