package audit

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// longestLine limits the length of a line to read. Our own lines are shorter, but forged ones
// may not be.
const longestLine = 1 << 20

// reader reads a log, whatever keeps it.
type reader struct {
	lines func(context.Context) iter.Seq2[rawLine, error]
	// codes returns a function that returns the key of a line's code; nil if the log has none yet.
	codes func(context.Context) (func(rawLine) []byte, error)
}

// allLines yields the lines of all files of the log, in order.
func (l *Log) allLines(ctx context.Context) iter.Seq2[rawLine, error] {
	return func(yield func(rawLine, error) bool) {
		parts, end, err := l.parts()
		if err != nil {
			yield(rawLine{}, err)
			return
		}
		defer end()
		for _, p := range parts {
			for line, err := range l.linesOf(ctx, p, 0) {
				if !yield(line, err) || err != nil {
					return
				}
			}
		}
	}
}

// linesOf yields the lines of a file from an offset on, without line breaks. If the last one has
// no line break, its whole is false. A line's text is valid until the next iteration; it is
// empty for a line that is longer than any entry.
func (l *Log) linesOf(ctx context.Context, p part, from int64) iter.Seq2[rawLine, error] {
	return func(yield func(rawLine, error) bool) {
		if p.file == nil {
			f, err := l.openFileAt(p.path, os.O_RDONLY)
			if errors.Is(err, fs.ErrNotExist) && p.path == l.path {
				return
			}
			if err != nil {
				yield(rawLine{}, err)
				return
			}
			defer f.Close()
			p.file = f
		}
		line := rawLine{end: from, file: p.path}
		if p.path != l.path {
			line.of = " of " + filepath.Base(p.path)
		}
		r := bufio.NewReaderSize(contextReader{ctx, io.NewSectionReader(p.file, from, math.MaxInt64-from)}, 64<<10)
		for {
			line.number++
			if err := line.read(r); err != nil {
				if ctx.Err() == nil {
					err = l.fileError("read it", err)
				}
				yield(rawLine{}, err)
				return
			}
			if len(line.text) == 0 && !line.whole && !line.tooLong || !yield(line, nil) || !line.whole {
				return
			}
		}
	}
}

// contextReader stops reading when its context is cancelled, because a file may be very large.
type contextReader struct {
	ctx context.Context //nolint:containedctx // lives as long as one loop over a file
	io.Reader
}

func (r contextReader) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(b)
}

type rawLine struct {
	file    string // its path
	of      string // description of a file other than the current one, for messages
	text    []byte
	number  int64 // from 1, counted from the first line that was read
	end     int64 // offset after it
	whole   bool
	tooLong bool
	key     []byte // of its code, in a database; in a file, all lines have the same
	long    []byte // contains text if the reader's buffer is too small
}

// read reads the next line. It keeps at most longestLine bytes of it.
func (line *rawLine) read(r *bufio.Reader) error {
	line.text, line.long, line.tooLong = nil, line.long[:0], false
	for {
		part, err := r.ReadSlice('\n')
		line.end += int64(len(part))
		line.whole = err == nil
		if line.whole {
			part = part[:len(part)-1]
		}
		switch {
		case line.tooLong || len(line.long)+len(part) > longestLine:
			line.tooLong, line.text, line.long = true, nil, line.long[:0]
		case line.whole && len(line.long) == 0:
			line.text = part
		default:
			line.long = append(line.long, part...)
			line.text = line.long
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		return err
	}
}

// entry parses the line without verifying it. The error describes why it is not an entry.
func (line rawLine) entry() (e Entry, s sealed, err error) {
	if line.tooLong {
		return e, s, fmt.Errorf("%w: line %d%s is longer than 1 MiB, the maximum for an entry", ErrTampered, line.number, line.of)
	}
	e, s, _ = decode(nil, line.text)
	if s.MAC == "" {
		err = fmt.Errorf("%w: line %d%s is not an entry", ErrTampered, line.number, line.of)
	}
	return e, s, err
}

// Entries yields the entries, oldest first, without verifying them; see [Log.Verify]. For a
// line that is not an entry it yields an [ErrTampered] and continues.
func (r reader) Entries(ctx context.Context) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for line, err := range r.lines(ctx) {
			if err != nil {
				yield(Entry{}, err)
				return
			}
			if line.torn() {
				continue
			}
			if e, _, err := line.entry(); !yield(e, err) {
				return
			}
		}
	}
}

// torn reports whether a line is incomplete: it is being written, or its writer was killed
// before Append returned.
func (line rawLine) torn() bool { return !line.whole && !line.tooLong }

// Run returns the entries of the run with this name, and the head of the log after the last of
// them.
func (r reader) Run(ctx context.Context, name string) (run []Entry, head Head, err error) {
	for line, err := range r.lines(ctx) {
		if err != nil {
			return nil, Head{}, err
		}
		// Decoding every line would be slow.
		if line.torn() || bytes.IndexByte(line.text, '\\') < 0 && !bytes.Contains(line.text, []byte(name)) {
			continue
		}
		if e, s, err := line.entry(); err == nil && e.Run == name {
			run, head = append(run, e), Head{e.Seq, s.MAC}
		}
	}
	return run, head, nil
}

// WriteTo copies the lines unchanged. It skips lines longer than 1 MiB; the error, an
// [ErrTampered], reports them after all others are written.
func (r reader) WriteTo(ctx context.Context, out io.Writer) error {
	w := bufio.NewWriterSize(out, 64<<10)
	var skipped Skipped
	for line, err := range r.lines(ctx) {
		switch {
		case err != nil:
			return err
		case line.torn():
			continue
		case line.tooLong:
			_, _, err := line.entry()
			skipped.Add(err)
			continue
		}
		_, _ = w.Write(escape(line.text)) // our own lines need no escapes, so their codes stay valid
		if err := w.WriteByte('\n'); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return skipped.Err()
}

// Skipped counts the lines that a reader of the log skipped.
type Skipped struct {
	n     int
	first error
}

// Add counts a skipped line; err describes it.
func (s *Skipped) Add(err error) {
	if s.n == 0 {
		s.first = err
	}
	s.n++
}

// Err returns an error that describes the first skipped line and the number of lines, or
// nil if there were none.
func (s *Skipped) Err() error {
	switch s.n {
	case 0:
		return nil
	case 1:
		return fmt.Errorf("%w: this line was skipped; run wxauth audit verify for details", s.first)
	}
	return fmt.Errorf("%w: this line and %d more were skipped; run wxauth audit verify for details", s.first, s.n-1)
}

// stillOpen returns the intents without an outcome in parts of the log, the end of the last file
// that has entries, and the number of that file's first entry.
func (l *Log) stillOpen(ctx context.Context, key []byte, stretches []stretch) (open []Entry, first, end int64, err error) {
	intents := openIntents{}
	for _, s := range stretches {
		if s.first != 0 {
			first, end = s.first, s.from
		}
		for line, err := range l.linesOf(ctx, s.part, s.from) {
			if err != nil {
				return nil, 0, 0, err
			}
			if !line.whole {
				break
			}
			if s.first != 0 {
				end = line.end
			}
			if e, _, ok := decode(key, line.text); ok {
				intents.take(e)
			}
		}
	}
	return intents.rest(), first, end, nil
}

// openIntents are the intents whose outcome was not read yet, by their number.
type openIntents map[int64]Entry

func (o openIntents) take(e Entry) {
	switch {
	case e.Phase == PhaseIntent:
		o[e.Seq] = e
	case e.Intent != 0:
		delete(o, e.Intent)
	}
}

// rest returns the intents without an outcome, in order.
func (o openIntents) rest() []Entry {
	return slices.SortedFunc(maps.Values(o), func(a, b Entry) int { return cmp.Compare(a.Seq, b.Seq) })
}

// unknown returns the outcome of an intent whose process died.
func (e Entry) unknown(now time.Time) Entry {
	e.Time, e.Phase, e.Outcome, e.Intent = now, PhaseOutcome, Unknown, e.Seq
	e.Error = ErrorCutOff
	return e
}

// Newest returns the newest n entries, oldest first, and the total number of entries. It
// reads only as much of the log as needed. It skips lines that are not entries; the error,
// an [ErrTampered], reports them.
func (l *Log) Newest(ctx context.Context, n int) (entries []Entry, all int, err error) {
	var skipped Skipped
	parts, end, err := l.parts()
	if err != nil {
		return nil, 0, err
	}
	defer end()
	for _, p := range slices.Backward(parts) {
		if len(entries) >= n && all > 0 {
			break
		}
		from, err := l.lastLines(ctx, p, n-len(entries))
		if err != nil {
			return nil, 0, err
		}
		var newest []Entry
		for line, err := range l.linesOf(ctx, p, from) {
			if err != nil {
				return nil, 0, err
			}
			switch e, _, err := line.entry(); {
			case line.torn():
			case err != nil:
				skipped.Add(err)
			default:
				newest, all = append(newest, e), max(all, int(e.Seq))
			}
		}
		entries = append(newest, entries...)
	}
	return entries[max(len(entries)-n, 0):], all, skipped.Err()
}

// lastLines returns the offset of the last n lines of a file, or of a few more.
func (l *Log) lastLines(ctx context.Context, p part, n int) (int64, error) {
	f := p.file
	if f == nil {
		var err error
		if f, err = l.openFileAt(p.path, os.O_RDONLY); errors.Is(err, fs.ErrNotExist) {
			return 0, nil
		} else if err != nil {
			return 0, err
		}
		defer f.Close()
	}
	info, err := f.Stat()
	if err != nil {
		return 0, l.fileError("read it", err)
	}
	buf := make([]byte, 64<<10)
	for end := info.Size(); end > 0; {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		part := buf[:min(int64(len(buf)), end)]
		end -= int64(len(part))
		if _, err := f.ReadAt(part, end); err != nil && !errors.Is(err, io.EOF) {
			return 0, l.fileError("read its end", err)
		}
		if n -= bytes.Count(part, []byte("\n")); n < 0 {
			return end + int64(bytes.IndexByte(part, '\n')) + 1, nil
		}
	}
	return 0, nil
}

// Unbroken reports whether all lines from entry first to entry last are unchanged and
// complete.
func (r reader) Unbroken(ctx context.Context, first, last int64) (bool, error) {
	keyOf, err := r.codes(ctx)
	if err != nil || keyOf == nil {
		return false, err
	}
	var head Head
	for line, err := range r.lines(ctx) {
		if err != nil {
			return false, err
		}
		e, s, ok := decode(keyOf(line), line.text)
		switch {
		case head.Seq == 0 && (!ok || e.Seq != first): // before the first entry
			continue
		case !ok, head.Seq > 0 && (e.Seq != head.Seq+1 || s.Prev != head.MAC):
			return false, nil
		}
		if head = (Head{e.Seq, s.MAC}); e.Seq == last {
			return true, nil
		}
	}
	return false, nil
}
