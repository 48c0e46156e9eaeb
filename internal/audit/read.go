package audit

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
)

// longestLine bounds a line that is read: ours are shorter, a forged one need not be.
const longestLine = 1 << 20

// errLongLine: a line is longer than any of ours.
var errLongLine = errors.New("a line is longer than an entry can be")

// lines yields the lines from an offset on, without their breaks, and where each ends.
// The last one may lack its break: whole is false then.
func (l *Log) lines(from int64) iter.Seq2[rawLine, error] {
	return func(yield func(rawLine, error) bool) {
		f, err := l.openFile(os.O_RDONLY)
		if errors.Is(err, fs.ErrNotExist) {
			return
		}
		if err != nil {
			yield(rawLine{}, err)
			return
		}
		defer f.Close()
		if _, err := f.Seek(from, io.SeekStart); err != nil {
			yield(rawLine{}, l.fileError("read it", err))
			return
		}
		r := bufio.NewReaderSize(f, 64<<10)
		at := from
		for {
			text, whole, err := readLine(r)
			if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, errLongLine) {
				yield(rawLine{}, l.fileError("read it", err))
				return
			}
			if len(text) == 0 && !whole {
				return
			}
			at += int64(len(text))
			if whole {
				at++
			}
			if !yield(rawLine{text: text, end: at, whole: whole, tooLong: errors.Is(err, errLongLine)}, nil) || err != nil {
				return
			}
		}
	}
}

type rawLine struct {
	text    []byte
	end     int64
	whole   bool
	tooLong bool
}

func readLine(r *bufio.Reader) (text []byte, whole bool, err error) {
	for {
		part, err := r.ReadSlice('\n')
		if n := len(part); n > 0 && part[n-1] == '\n' {
			part, whole = part[:n-1], true
		}
		text = append(text, part...)
		switch {
		case len(text) > longestLine:
			return text, whole, errLongLine
		case errors.Is(err, bufio.ErrBufferFull):
		default:
			return text, whole, err
		}
	}
}

// Entries yields the entries, oldest first, as they stand in the file: whether they are
// what was written is for [Log.Verify] to say. A line that is none is an error that
// names it, and the next follows.
func (l *Log) Entries() iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		number := 0
		for line, err := range l.lines(0) {
			if err != nil {
				yield(Entry{}, err)
				return
			}
			number++
			e, s, _ := decode(nil, line.text)
			if !line.whole { // it is being written, or was cut off: it was never acknowledged
				return
			}
			if s.MAC == "" {
				err = fmt.Errorf("%w: line %d is no entry", ErrTampered, number)
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

// WriteTo copies the lines as they are.
func (l *Log) WriteTo(w io.Writer) (n int64, err error) {
	for line, err := range l.lines(0) {
		if err != nil {
			return n, err
		}
		if !line.whole {
			break
		}
		k, err := w.Write(append(escape(line.text), '\n')) // of ours, nothing is escaped: the codes stay true
		if n += int64(k); err != nil {
			return n, err
		}
	}
	return n, nil
}

// stillOpen returns the intents from an offset on that have no outcome, and where the
// file ends.
func (l *Log) stillOpen(ctx context.Context, key []byte, from int64) (open []Entry, end int64, err error) {
	intents := map[int64]Entry{}
	end = from
	var order []int64
	for line, err := range l.lines(from) {
		if err != nil {
			return nil, 0, err
		}
		if ctx.Err() != nil {
			return nil, 0, ctx.Err()
		}
		if !line.whole {
			break
		}
		end = line.end
		e, _, ok := decode(key, line.text)
		switch {
		case !ok:
		case e.Phase == PhaseIntent:
			intents[e.Seq] = e
			order = append(order, e.Seq)
		case e.Intent != 0:
			delete(intents, e.Intent)
		}
	}
	for _, seq := range order {
		if e, ok := intents[seq]; ok {
			open = append(open, e)
		}
	}
	return open, end, nil
}

// Newest returns the newest n entries, oldest first, and how many lines there are.
func (l *Log) Newest(ctx context.Context, n int) (entries []Entry, all int, err error) {
	ring := make([][]byte, 0, min(n, 1024))
	for line, err := range l.lines(0) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, all, err
		}
		if !line.whole {
			break
		}
		if len(ring) < n {
			ring = append(ring, line.text)
		} else if n > 0 {
			ring[all%n] = line.text
		}
		all++
	}
	for i := range ring {
		at := i
		if all > n {
			at = (all + i) % n
		}
		if e, s, _ := decode(nil, ring[at]); s.MAC != "" {
			entries = append(entries, e)
		}
	}
	return entries, all, nil
}

// Sound reports whether every entry with one of these numbers is as it was written: each
// line carries its own code.
func (l *Log) Sound(ctx context.Context, seqs map[int64]bool) (bool, error) {
	key, err := l.loadKey(ctx)
	if err != nil || key == nil {
		return false, err
	}
	found := map[int64]bool{}
	for line, err := range l.lines(0) {
		if err != nil {
			return false, err
		}
		e, _, ok := decode(key, line.text)
		if !seqs[e.Seq] {
			continue
		}
		if !ok || found[e.Seq] {
			return false, nil
		}
		found[e.Seq] = true
	}
	return len(found) == len(seqs), nil
}

// HeadAt returns the number and code of an entry, as it stands in the file.
func (l *Log) HeadAt(seq int64) (Head, error) {
	for line, err := range l.lines(0) {
		if err != nil {
			return Head{}, err
		}
		if e, s, _ := decode(nil, line.text); e.Seq == seq && s.MAC != "" {
			return Head{seq, s.MAC}, nil
		}
	}
	return Head{}, fmt.Errorf("%w: there is no entry %d", ErrTampered, seq)
}
