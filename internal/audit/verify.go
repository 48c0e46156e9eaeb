package audit

import (
	"context"
	"fmt"
)

// Change is the kind of change that a log shows.
type Change string

// The kinds of change.
const (
	Edited    Change = "edited"     // the content of an entry is not what was written
	Deleted   Change = "deleted"    // entries are missing
	Moved     Change = "moved"      // entries stand in another order
	Inserted  Change = "inserted"   // there is an entry that was never written there
	Truncated Change = "truncated"  // the end is missing
	Rechained Change = "re-chained" // changed, and everything after it made anew
)

// Problem is the first thing in a log that is not what was written.
type Problem struct {
	Line   int64 // from 1; one past the last line where the end is missing
	Seq    int64 // of the entry that should be there
	Kind   Change
	Detail string
}

// Report is what [Log.Verify] found.
type Report struct {
	Entries int64 // lines that are in order, up to the first problem
	Head    Head  // of the last of them
	// Beyond are the entries after the anchored head: written by a process that died
	// before it could anchor them, or by one that runs.
	Beyond  int64
	Torn    bool // the last line was cut off while it was written; it was never acknowledged
	Problem *Problem
	// WantMissing says that the log is in order, and the entry that was asked for is not
	// in it: another log's, mistyped, or the log and its anchor were both put back.
	WantMissing bool
}

// Verify reads the log and says whether it is what was written. want, where it names
// an entry, is a head from an earlier report that must be in it too. The log is
// streamed: memory does not grow with it. Without a key there is nothing to check
// with, and the error says so; a log that never began is in order.
func (l *Log) Verify(ctx context.Context, want Head) (Report, error) {
	key, err := l.loadKey(ctx)
	if err != nil {
		return Report{}, err
	}
	a, err := l.loadAnchor(ctx)
	if err != nil {
		return Report{}, err
	}
	v := verifier{anchor: Head{a.Seq, a.MAC}, want: want}
	for line, err := range l.lines(ctx, 0) {
		if err != nil {
			return v.report, err
		}
		if key == nil {
			return v.report, fmt.Errorf("%w: the store holds no key for %s: nothing can be checked", ErrBroken, l.path)
		}
		if line.torn() {
			v.report.Torn = true
			break
		}
		v.take(key, line.text)
	}
	return v.end(), nil
}

// verifier follows the chain. After the first line that does not fit it gathers what
// tells the kinds of change apart.
type verifier struct {
	anchor, want Head
	report       Report
	line         int64
	anchorSeen   bool
	wantSeen     bool

	bad         *badLine
	after       int64 // lines after the bad one
	soundAfter  int64 // of these, with a code of ours
	nextSound   bool
	nextPrev    string
	nextSeq     int64
	seenMissing bool // the entry that was expected stands further down
}

type badLine struct {
	line  int64
	seq   int64 // that it says it has
	sound bool
	prev  string
}

func (v *verifier) take(key, text []byte) {
	v.line++
	e, s, sound := decode(key, text)
	expected := v.report.Head.Seq + 1
	if v.bad == nil {
		if sound && s.Prev == v.report.Head.MAC && e.Seq == expected {
			v.report.Entries++
			v.report.Head = Head{e.Seq, s.MAC}
			v.anchorSeen = v.anchorSeen || v.report.Head == v.anchor
			v.wantSeen = v.wantSeen || v.report.Head == v.want
			return
		}
		v.bad = &badLine{v.line, e.Seq, sound, s.Prev}
		return
	}
	if v.after == 0 {
		v.nextSound, v.nextPrev, v.nextSeq = sound, s.Prev, e.Seq
	}
	v.after++
	if sound {
		v.soundAfter++
		v.seenMissing = v.seenMissing || e.Seq == expected
	}
}

func (v *verifier) end() Report {
	r := &v.report
	switch {
	case v.bad != nil:
		kind, detail := v.judge()
		r.Problem = &Problem{v.bad.line, r.Head.Seq + 1, kind, detail}
	case r.Head.Seq < v.anchor.Seq:
		r.Problem = &Problem{
			v.line + 1, r.Head.Seq + 1, Truncated,
			fmt.Sprintf("it ends with entry %d, and entry %d was written", r.Head.Seq, v.anchor.Seq),
		}
	case v.anchor.Seq > 0 && !v.anchorSeen:
		r.Problem = &Problem{v.anchor.Seq, v.anchor.Seq, Rechained, "the entry that the store anchors is another one"}
	default:
		r.WantMissing = v.want.Seq > 0 && !v.wantSeen
	}
	r.Beyond = max(r.Head.Seq-v.anchor.Seq, 0)
	return *r
}

// judge says what kind of change the first bad line looks like.
func (v *verifier) judge() (Change, string) {
	expected, last := v.report.Head.Seq+1, v.report.Head.MAC
	b := v.bad
	switch {
	case b.sound && b.seq > expected && v.seenMissing:
		return Moved, fmt.Sprintf("entry %d stands where entry %d should", b.seq, expected)
	case b.sound && b.seq > expected:
		return Deleted, fmt.Sprintf("%s missing", entries(expected, b.seq-1))
	case b.sound && b.seq < expected:
		return Inserted, fmt.Sprintf("entry %d stands here a second time", b.seq)
	case b.sound:
		return Rechained, "it belongs to another history of this log"
	case v.nextSound && v.nextSeq == expected && v.nextPrev == last:
		return Inserted, "a line that was never written"
	case v.after > 0 && v.soundAfter == 0:
		return Rechained, "this line and all after it have codes that are not ours"
	}
	return Edited, "its content is not what was written"
}

func entries(from, to int64) string {
	if from == to {
		return fmt.Sprintf("entry %d is", from)
	}
	return fmt.Sprintf("entries %d to %d are", from, to)
}
