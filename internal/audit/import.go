package audit

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ActionMove is the action of the entry that follows the entries of another log after [Import]. It records
// the head of that log.
const ActionMove = "move"

// Import adds the entries of another log to this one, with new numbers, and an entry that records that
// log's head. Nothing happens if they were imported before. It returns the number of imported entries.
//
// The other log must be unchanged and complete: see [Trail.Verify].
func Import(ctx context.Context, to, from Trail, actor string) (n int, err error) {
	r, err := from.Verify(ctx, Head{})
	switch {
	case err != nil:
		return 0, err
	case r.Problem != nil:
		return 0, fmt.Errorf("%w: entry %d looks %s: wxauth audit verify says more; nothing of it was copied", ErrTampered, r.Problem.Seq, r.Problem.Kind)
	case r.Entries == 0:
		return 0, nil
	}
	for e, err := range to.Entries(ctx) {
		if err != nil {
			return 0, err
		}
		if e.Action == ActionMove && e.Sealed == r.Head.String() {
			return 0, nil
		}
	}
	note := Entry{Time: time.Now(), Actor: actor, Action: ActionMove, Phase: PhaseOutcome, Outcome: done, Sealed: r.Head.String()}
	return int(r.Entries), to.addAll(ctx, func(last int64, add func(Entry) error) error {
		count := int64(0)
		for e, err := range from.Entries(ctx) {
			if err != nil {
				return err
			}
			count++
			if count > r.Entries {
				break // written meanwhile
			}
			if e.Intent != 0 {
				e.Intent += last
			}
			if err := add(e); err != nil {
				return err
			}
		}
		if count < r.Entries {
			return errors.New("the audit log became shorter while it was copied: try again")
		}
		return add(note)
	})
}

func (s *Shared) addAll(ctx context.Context, each func(last int64, add func(Entry) error) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.table.AppendLines(ctx, func(last Line, key []byte, add func([]byte) error) error {
		c := chainAfter(last, key, add)
		err := each(last.Seq, func(e Entry) error { return c.append(&e) })
		s.head = c.head
		return err
	})
}

// addAll writes the entries in batches: a log that is imported into files is not used before it is
// complete.
func (l *Log) addAll(ctx context.Context, each func(last int64, add func(Entry) error) error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var batch []*pending
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		l.writeAll(ctx, batch)
		err := batch[0].err
		batch = nil
		return err
	}
	err := each(l.head.Seq, func(e Entry) error {
		if batch = append(batch, &pending{entry: e}); len(batch) < 1000 {
			return nil
		}
		return flush()
	})
	return errors.Join(err, flush(), l.flush(ctx))
}
