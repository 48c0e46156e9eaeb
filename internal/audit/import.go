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

// ActionRekey is the action of the first entry after the key of a log in a database was replaced.
const ActionRekey = "rekey"

// Import adds the entries of another log to this one, with new numbers, and an entry that records that
// log's head. If some were imported before, it adds those after them. It returns the number of imported
// entries.
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
	before, err := imported(ctx, to, from)
	if err != nil || before.until == r.Head.Seq {
		return 0, err
	}
	note := Entry{Time: time.Now(), Actor: actor, Action: ActionMove, Phase: PhaseOutcome, Outcome: done, Sealed: r.Head.String()}
	err = to.addAll(ctx, func(last int64, add func(Entry) error) error {
		n = 0
		for e, err := range from.Entries(ctx) {
			switch {
			case err != nil:
				return err
			case e.Seq <= before.until:
				continue
			case e.Seq > r.Head.Seq: // written meanwhile
				continue
			case e.Intent > before.until:
				e.Intent += last - before.until
			case e.Intent > 0:
				e.Intent = before.number(e.Intent)
			}
			n++
			if err := add(e); err != nil {
				return err
			}
		}
		if int64(n) != r.Head.Seq-before.until {
			return errors.New("the audit log changed while it was copied: try again")
		}
		return add(note)
	})
	return n, err
}

// batches says which entries of a log were imported earlier, and where they are.
type batches struct {
	until int64 // number of the last one, in the other log
	all   []importedBatch
}

type importedBatch struct{ first, last, at int64 } // numbers in the other log, and that of the first one here

// number returns the number here of an entry of the other log; 0 if it is not known.
func (b batches) number(seq int64) int64 {
	for _, one := range b.all {
		if one.first <= seq && seq <= one.last {
			return one.at + seq - one.first
		}
	}
	return 0
}

// imported finds the entries of a log that were imported before: each time ended with a note about a head
// that the log still has.
func imported(ctx context.Context, to, from Trail) (b batches, err error) {
	for e, err := range to.Entries(ctx) {
		if err != nil {
			return b, err
		}
		if e.Action != ActionMove {
			continue
		}
		head, err := ParseHead(e.Sealed)
		if err != nil || head.Seq <= b.until {
			continue
		}
		r, err := from.Verify(ctx, head)
		if err != nil {
			return b, err
		}
		if r.WantMissing || r.Problem != nil {
			continue // of another log
		}
		b.all = append(b.all, importedBatch{b.until + 1, head.Seq, e.Seq - (head.Seq - b.until)})
		b.until = head.Seq
	}
	return b, nil
}

func (s *Shared) addAll(ctx context.Context, each func(last int64, add func(Entry) error) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.compare(ctx); err != nil {
		return err
	}
	var head Head
	err := s.table.AppendLines(ctx, func(last Line, key []byte, add func([]byte) error) error {
		c := chainAfter(last, key, add)
		err := each(last.Seq, func(e Entry) error { return c.append(&e) })
		head = c.head
		return err
	})
	if err == nil {
		s.wrote(head, false)
	}
	return err
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
