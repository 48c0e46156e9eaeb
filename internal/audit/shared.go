package audit

import (
	"context"
	"fmt"
	"iter"
	"math"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Line is a line of a log in a database.
type Line struct {
	Seq   int64
	Epoch int    // of the key of its code; it grows when the key is replaced, and never shrinks
	Text  []byte // without a line break; nil if the row was changed
	Key   []byte // of its code
}

// Table keeps the lines of a log in a database, encrypted. Lines are only ever added.
type Table interface {
	// AppendLines lets next add lines, all in one transaction. next gets the newest line, whose Seq is 0 if
	// there is none, and the key for the codes of new lines. It may be called again.
	AppendLines(ctx context.Context, next NextLines) error
	// Lines yields the lines from a number on.
	Lines(ctx context.Context, from int64) iter.Seq2[Line, error]
	// NewestLines returns the newest n lines, oldest first.
	NewestLines(ctx context.Context, n int) ([]Line, error)
	// BeginRun says that a revoke is in progress, until end is called or the process dies.
	BeginRun(context.Context) (end func(), err error)
	// Unclaimed returns the number of the newest entry that no revoke in progress can have written.
	Unclaimed(context.Context) (int64, error)
	// Alone runs f unless another process does.
	Alone(ctx context.Context, f func() error) (done bool, err error)
	// Where names the database.
	Where() string
}

// NextLines adds lines after the newest one.
type NextLines func(last Line, key []byte, add func(line []byte) error) error

// Heads keeps the newest head that this machine has seen. Without it, somebody who owns the database
// could cut off the end of the log unnoticed.
type Heads interface {
	Load(context.Context) (Head, error)
	Save(context.Context, Head) error
}

// Shared is an audit log in a database, for several machines. Entries are numbered and chained in the
// order of their commits. It is safe for concurrent use.
type Shared struct {
	reader
	table Table
	vault Vault // keeps how far every intent has an outcome
	heads Heads
	now   func() time.Time

	queue queue
	mu    sync.Mutex // held while writing
	head  Head       // of the last entry that this process wrote
	sound Head       // the newest head that this machine may remember
	// compared is set when the log was compared with what this machine remembers, and cut when the end
	// that it remembers is missing. It then goes on remembering it, so that Verify finds the gap.
	compared, cut bool
}

// NewShared returns the log in a table. vault is shared by all machines, heads is this machine's own.
func NewShared(table Table, vault Vault, heads Heads) *Shared {
	s := &Shared{table: table, vault: vault, heads: heads, now: time.Now}
	s.reader = reader{s.rawLines, func(context.Context) (func(rawLine) []byte, error) {
		return func(l rawLine) []byte { return l.key }, nil
	}}
	return s
}

func (s *Shared) rawLines(ctx context.Context) iter.Seq2[rawLine, error] { return s.linesFrom(ctx, 1) }

func (s *Shared) linesFrom(ctx context.Context, from int64) iter.Seq2[rawLine, error] {
	return func(yield func(rawLine, error) bool) {
		number := int64(0)
		for l, err := range s.table.Lines(ctx, from) {
			number++
			if !yield(rawLine{file: s.Path(), text: l.Text, number: number, end: l.Seq, whole: true, key: l.Key}, err) {
				return
			}
		}
	}
}

// Path names the database.
func (s *Shared) Path() string { return s.table.Where() }

// Prepare checks that entries can be written.
func (s *Shared) Prepare(ctx context.Context) error {
	return s.table.AppendLines(ctx, func(Line, []byte, func([]byte) error) error { return nil })
}

// Begin marks a revoke as in progress until end is called, so that no other machine settles its intents.
// The mark of a process that died ends after a minute.
func (s *Shared) Begin(ctx context.Context) (end func(), err error) { return s.table.BeginRun(ctx) }

// Reserve does nothing: the disk of the database is not this machine's.
func (s *Shared) Reserve([]Entry) (release func(), err error) { return func() {}, nil }

// Append writes an entry and returns its number. It is committed when Append returns; concurrent calls
// share one transaction.
func (s *Shared) Append(ctx context.Context, e Entry, durable bool) (int64, error) {
	return s.queue.write(ctx, &pending{entry: e, durable: durable}, &s.mu, s.writeAll)
}

func (s *Shared) writeAll(ctx context.Context, batch []*pending) {
	var head Head
	var cut bool
	err := s.compare(ctx)
	if err == nil {
		err = s.append(ctx, batch, &head, &cut)
	}
	for _, p := range batch {
		if p.done, p.err = true, err; err != nil {
			p.seq = 0
		}
	}
	if err != nil {
		return
	}
	s.wrote(head, cut)
	if slices.ContainsFunc(batch, func(p *pending) bool { return p.durable }) && !s.cut {
		// If this process is killed before Flush, this machine still knows that there was an intent.
		_ = s.heads.Save(ctx, head) // Flush reports it
	}
}

// wrote remembers the head after entries were committed. s.mu must be held.
func (s *Shared) wrote(head Head, cut bool) {
	s.head, s.cut = head, s.cut || cut
	if !s.cut {
		s.sound = head
	}
}

// compare finds out, once, whether the log still has the newest entry that this machine has seen.
func (s *Shared) compare(ctx context.Context) error {
	if s.compared {
		return nil
	}
	seen, err := s.heads.Load(ctx)
	if err != nil {
		return err
	}
	s.cut = seen.Seq > 0
	for l, err := range s.table.Lines(ctx, max(seen.Seq, 1)) {
		if err != nil {
			return err
		}
		_, sealed, ok := decode(l.Key, l.Text)
		s.cut = s.cut && !(ok && l.Seq == seen.Seq && sealed.MAC == seen.MAC)
		break
	}
	s.compared = true
	return nil
}

func (s *Shared) append(ctx context.Context, batch []*pending, head *Head, cut *bool) error {
	return s.table.AppendLines(ctx, func(last Line, key []byte, add func([]byte) error) error {
		c := chainAfter(last, key, add)
		*cut = s.head.Seq > c.head.Seq || s.head.Seq == c.head.Seq && s.head.MAC != c.head.MAC
		for _, p := range batch {
			if err := c.append(&p.entry); err != nil {
				return err
			}
			p.seq = p.entry.Seq
		}
		*head = c.head
		return nil
	})
}

// chain numbers entries and makes their codes.
type chain struct {
	head Head
	key  []byte
	add  func(line []byte) error
}

// chainAfter continues the log after its newest line. If that line was changed, the chain shows it.
func chainAfter(last Line, key []byte, add func([]byte) error) *chain {
	c := &chain{head: Head{Seq: last.Seq}, key: key, add: add}
	if _, sealed, ok := decode(last.Key, last.Text); ok {
		c.head.MAC = sealed.MAC
	}
	return c
}

func (c *chain) append(e *Entry) error {
	e.Seq = c.head.Seq + 1
	line, mac, err := encode(c.key, *e, c.head.MAC)
	if err != nil {
		return err
	}
	c.head = Head{e.Seq, mac}
	return c.add(line[:len(line)-1])
}

// Note returns a function for [Table] that adds one entry.
func Note(e Entry) NextLines {
	return func(last Line, key []byte, add func([]byte) error) error {
		one := e
		return chainAfter(last, key, add).append(&one)
	}
}

// Flush keeps the head on this machine: all entries are committed already.
func (s *Shared) Flush(ctx context.Context) error {
	s.mu.Lock()
	sound := s.sound
	s.mu.Unlock()
	if sound.Seq == 0 {
		return nil
	}
	return s.heads.Save(ctx, sound)
}

// Head returns the last entry that this process wrote.
func (s *Shared) Head() Head {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.head
}

// Newest returns the newest n entries, oldest first, and the total number of entries. It skips lines
// that are not entries; the error, an [ErrTampered], reports them.
func (s *Shared) Newest(ctx context.Context, n int) (entries []Entry, all int, err error) {
	lines, err := s.table.NewestLines(ctx, max(n, 1))
	if err != nil {
		return nil, 0, err
	}
	var skipped Skipped
	for _, l := range lines {
		all = int(l.Seq)
		e, _, ok := decode(l.Key, l.Text)
		if !ok {
			skipped.Add(fmt.Errorf("%w: entry %d cannot be read", ErrTampered, l.Seq))
			continue
		}
		entries = append(entries, e)
	}
	return entries[max(len(entries)-n, 0):], all, skipped.Err()
}

// settingResolved is the number of the entry up to which every intent has an outcome.
const settingResolved = "audit resolved"

// Settle finds the intents of processes that died before they wrote an outcome, on any machine, writes
// the outcome [Unknown] for them, and returns them. It leaves those that a revoke in progress may have
// written.
func (s *Shared) Settle(ctx context.Context) (open []Entry, err error) {
	_, err = s.table.Alone(ctx, func() (err error) {
		open, err = s.settle(ctx)
		return err
	})
	return open, err
}

func (s *Shared) settle(ctx context.Context) ([]Entry, error) {
	unclaimed, err := s.table.Unclaimed(ctx)
	if err != nil {
		return nil, err
	}
	text, err := s.vault.Setting(ctx, settingResolved)
	if err != nil {
		return nil, err
	}
	resolved, _ := strconv.ParseInt(text, 10, 64)
	if unclaimed <= resolved {
		return nil, nil
	}
	intents := openIntents{}
	for line, err := range s.linesFrom(ctx, resolved+1) {
		if err != nil {
			return nil, err
		}
		if e, _, ok := decode(line.key, line.text); ok {
			intents.take(e)
		}
	}
	var open []Entry
	for _, e := range intents.rest() {
		if e.Seq > unclaimed {
			continue
		}
		open = append(open, e)
		if _, err := s.Append(ctx, e.unknown(s.now()), false); err != nil {
			return open, err
		}
	}
	return open, s.vault.SetSetting(ctx, settingResolved, strconv.FormatInt(unclaimed, 10))
}

// Verify checks that the log is unchanged and complete, up to the newest head that this machine has
// seen. If want is not zero, it is a head from an earlier report that must be in the log too. If the log
// is as it should be, its head becomes the newest that this machine has seen.
func (s *Shared) Verify(ctx context.Context, want Head) (Report, error) {
	seen, err := s.heads.Load(ctx)
	if err != nil {
		return Report{}, err
	}
	v := verifier{anchor: seen, want: want, file: s.Path()}
	v.report.Files = []string{s.Path()}
	epoch := 0
	for l, err := range s.table.Lines(ctx, math.MinInt64) {
		if err != nil {
			return v.report, err
		}
		if l.Epoch < epoch { // a former colleague has only the key of an earlier epoch
			l.Text = nil
		}
		epoch = max(epoch, l.Epoch)
		v.take(l.Key, l.Text)
	}
	r := v.end()
	if r.Beyond = 0; r.Problem == nil && !r.WantMissing && r.Head.Seq > 0 {
		err = s.heads.Save(ctx, r.Head)
	}
	return r, err
}
