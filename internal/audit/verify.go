package audit

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
)

// Change is how a log was changed.
type Change string

// The kinds of change.
const (
	Edited    Change = "edited"     // the content of an entry was changed
	Deleted   Change = "deleted"    // entries are missing
	Moved     Change = "moved"      // the order of entries was changed
	Inserted  Change = "inserted"   // an entry was added
	Truncated Change = "truncated"  // the end is missing
	Rechained Change = "re-chained" // the following lines have new codes
)

// Problem is the first place where the log was changed.
type Problem struct {
	File   string // its path
	Line   int64  // from 1; one after the last line if the end is missing
	Seq    int64  // of the entry that should be there
	Kind   Change
	Detail string
}

// Report is the result of [Log.Verify].
type Report struct {
	Entries int64 // valid lines, up to the first problem
	Head    Head  // of the last of them
	// Beyond is the number of entries after the anchored head: written by a process that
	// died before it could anchor them, or that is still running.
	Beyond int64
	Files  []string // the files of the log, in order
	// Moved lists those files that another program, such as logrotate, moved. No entries are
	// missing.
	Moved   []MovedFile
	Torn    bool // the last line is incomplete: its writer was killed before Append returned
	Problem *Problem
	// WantMissing is true if the log is valid but does not contain the wanted entry: it
	// belongs to another log, was mistyped, or the log and its anchor were both restored
	// from a backup.
	WantMissing bool
}

// Verify checks that the log is unchanged and complete. If want is not zero, it is a head
// from an earlier report that must be in the log too. The log is streamed, so memory does
// not grow with it. It is an error if the key is missing; a log without entries is valid.
func (l *Log) Verify(ctx context.Context, want Head) (Report, error) {
	key, err := l.loadKey(ctx)
	if err != nil {
		return Report{}, err
	}
	a, err := l.loadAnchor(ctx)
	if err != nil {
		return Report{}, err
	}
	parts, end, err := l.parts()
	if err != nil {
		return Report{}, err
	}
	defer end()
	v := verifier{anchor: Head{a.Seq, a.MAC}, want: want}
	for _, p := range parts {
		v.report.Files = append(v.report.Files, p.path)
		v.line, v.file = 0, p.path
		for line, err := range l.linesOf(ctx, p, 0) {
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
	}
	v.report.Moved = l.movedOf(parts)
	r := v.end()
	if p := r.Problem; p != nil && (p.Kind == Truncated || p.Kind == Deleted) && v.atEdge() {
		p.Detail += l.whereElse(r)
	}
	return r, nil
}

// whereElse describes where entries that no file contains may be.
func (l *Log) whereElse(r Report) string {
	words := ""
	for _, m := range r.Moved {
		words += "; " + m.String()
	}
	if words != "" {
		words += "; what is written while logrotate's copytruncate copies is lost"
	}
	names, _ := l.beside()
	for _, name := range names {
		path := filepath.Join(filepath.Dir(l.path), name)
		if !l.mayBeMoved(name) || slices.Contains(r.Files, path) {
			continue
		}
		what := "another program may have moved this part of the log"
		if isPacked(name) {
			what = "if logrotate compressed them there, decompress the file next to the log and verify again"
		}
		words += "; " + path + " is next to the log: " + what
	}
	return words
}

// verifier follows the chain of codes. After the first bad line, it collects what distinguishes
// the kinds of changes.
type verifier struct {
	anchor, want Head
	report       Report
	file         string // contains line
	line         int64
	anchorAt     place
	anchorSeen   bool
	wantSeen     bool

	bad         *badLine
	after       int64 // lines after the bad one
	soundAfter  int64 // of these, with a valid code
	nextSound   bool
	nextPrev    string
	nextSeq     int64
	seenMissing bool // the expected entry occurs further down
}

// place is a line of a file.
type place struct {
	file string
	line int64
}

type badLine struct {
	place
	seq   int64 // its claimed number
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
			if e.Seq == v.anchor.Seq {
				v.anchorAt = place{v.file, v.line}
			}
			v.wantSeen = v.wantSeen || v.report.Head == v.want
			return
		}
		v.bad = &badLine{place{v.file, v.line}, e.Seq, sound, s.Prev}
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
		kind, detail := v.classify()
		r.Problem = &Problem{v.bad.file, v.bad.line, r.Head.Seq + 1, kind, detail}
	case r.Head.Seq < v.anchor.Seq:
		r.Problem = &Problem{
			v.file, v.line + 1, r.Head.Seq + 1, Truncated,
			fmt.Sprintf("it ends with entry %d, but entry %d was written", r.Head.Seq, v.anchor.Seq),
		}
	case v.anchor.Seq > 0 && !v.anchorSeen:
		r.Problem = &Problem{v.anchorAt.file, v.anchorAt.line, v.anchor.Seq, Rechained, "the entry does not match the one recorded in the store"}
	default:
		r.WantMissing = v.want.Seq > 0 && !v.wantSeen
	}
	r.Beyond = max(r.Head.Seq-v.anchor.Seq, 0)
	return *r
}

// atEdge reports whether whole files could be missing: the problem is in the first line of a
// file, or at the end.
func (v *verifier) atEdge() bool { return v.bad == nil || v.bad.line == 1 }

// classify returns the kind of change that the first bad line indicates.
func (v *verifier) classify() (Change, string) {
	expected, last := v.report.Head.Seq+1, v.report.Head.MAC
	b := v.bad
	switch {
	case b.sound && b.seq > expected && v.seenMissing:
		return Moved, fmt.Sprintf("entry %d is in the place of entry %d", b.seq, expected)
	case b.sound && b.seq > expected:
		return Deleted, fmt.Sprintf("%s missing", entries(expected, b.seq-1))
	case b.sound && b.seq < expected:
		return Inserted, fmt.Sprintf("entry %d is a duplicate", b.seq)
	case b.sound:
		return Rechained, "it belongs to another history of this log"
	case v.nextSound && v.nextSeq == expected && v.nextPrev == last:
		return Inserted, "wxauth did not write this line"
	case v.after > 0 && v.soundAfter == 0:
		return Rechained, "wxauth did not compute the codes of this line and those after it"
	}
	return Edited, "its content was changed"
}

func entries(from, to int64) string {
	if from == to {
		return fmt.Sprintf("entry %d is", from)
	}
	return fmt.Sprintf("entries %d to %d are", from, to)
}
