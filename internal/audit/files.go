package audit

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// part is one of the files of the log: a closed one, one that another program moved, or the
// current one.
type part struct {
	path        string
	file        *os.File // open except for closed files, because only those keep their names
	first, last int64    // numbers of its first and last entry; 0 if there is none
	moved       bool     // by another program, such as logrotate
}

// closedPath returns the name of a closed file whose first entry has this number, such as
// audit.1.jsonl beside audit.jsonl.
func (l *Log) closedPath(first int64) string {
	ext := filepath.Ext(l.path)
	return fmt.Sprintf("%s.%d%s", strings.TrimSuffix(l.path, ext), first, ext)
}

// firstOf returns the number in the name of a closed file, or 0 for other names.
func (l *Log) firstOf(name string) int64 {
	ext := filepath.Ext(l.path)
	number, ok := strings.CutPrefix(name, strings.TrimSuffix(filepath.Base(l.path), ext)+".")
	number, isOurs := strings.CutSuffix(number, ext)
	n, err := strconv.ParseInt(number, 10, 64)
	if !ok || !isOurs || err != nil || n < 1 || strconv.FormatInt(n, 10) != number {
		return 0
	}
	return n
}

// isSetAside reports whether a name is that of a log whose key was lost.
func isSetAside(name string) bool {
	return strings.HasSuffix(name, "Z") && len(name) > len(asideForm) && name[len(name)-len(asideForm)-1] == '.'
}

const asideForm = "20060102T150405Z"

// beside returns the names of the files in the log's directory.
func (l *Log) beside() ([]string, error) {
	entries, err := os.ReadDir(filepath.Dir(l.path))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, l.fileError("list its files", err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, nil
}

// parts returns the files of the log in the order of their entries, and a function that
// closes them. If entries are missing before a file, or the current file is empty, it looks
// in the same directory for a file that starts with the missing entries: another program
// must have moved it.
//
// Readers hold no lock. If files are renamed meanwhile, by a rotation or by logrotate, parts
// starts over.
func (l *Log) parts() (parts []part, end func(), err error) {
	names, err := l.names()
	if err != nil {
		return nil, func() {}, err
	}
	for try := 1; ; try++ {
		l.listed()
		parts, end, err = l.partsOf(names)
		now, listErr := l.names()
		if listErr != nil || slices.Equal(now, names) || try == listTries {
			return parts, end, err
		}
		end()
		names = now
	}
}

// listTries limits how often parts starts over.
const listTries = 100

// Files returns the paths of the log's files: the current one, closed ones, and those that another
// program moved.
func (l *Log) Files() ([]string, error) {
	names, err := l.names()
	for i, name := range names {
		names[i] = filepath.Join(filepath.Dir(l.path), name)
	}
	return names, err
}

// names returns the sorted names of the files that may belong to the log.
func (l *Log) names() ([]string, error) {
	names, err := l.beside()
	return slices.DeleteFunc(names, func(name string) bool { return !l.mayBePart(name) }), err
}

// partsOf is [Log.parts] for the files with these names.
func (l *Log) partsOf(names []string) (parts []part, end func(), err error) {
	var open []*os.File
	end = func() {
		for _, f := range open {
			_ = f.Close()
		}
	}
	fail := func(err error) ([]part, func(), error) {
		end()
		return nil, func() {}, err
	}
	current, err := l.openPart(l.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		current = part{path: l.path}
	case err != nil:
		return fail(err)
	default:
		open = append(open, current.file)
	}
	for _, name := range names {
		if l.firstOf(name) == 0 {
			continue
		}
		p, same, err := l.lookAt(name, current.file)
		if err != nil {
			return fail(err)
		}
		_ = p.file.Close()
		p.file = nil
		if !same {
			parts = append(parts, p)
		}
	}
	slices.SortFunc(parts, func(a, b part) int {
		return cmp.Compare(l.firstOf(filepath.Base(a.path)), l.firstOf(filepath.Base(b.path)))
	})
	parts = append(parts, current)
	expected := int64(1)
	for i := 0; i < len(parts); i++ {
		p := parts[i]
		if p.first > expected || p.first == 0 && p.path == l.path {
			if stray, ok := l.movedFrom(names, expected, current.file); ok {
				open = append(open, stray.file)
				parts = slices.Insert(parts, i, stray)
				p = stray
			}
		}
		expected = max(expected, p.last+1)
	}
	return parts, end, nil
}

// movedFrom finds the moved file whose first entry has the number first. If there are several,
// it returns the one with the most entries. The file stays open.
func (l *Log) movedFrom(names []string, first int64, current *os.File) (found part, ok bool) {
	for _, name := range names {
		if !l.mayBeMoved(name) || isPacked(name) {
			continue
		}
		// Ignore a file that can't be read. Verify names it if entries are missing.
		p, same, err := l.lookAt(name, current)
		if err == nil && !same && p.first == first && p.last > found.last {
			p, found, ok = found, p, true
		}
		if p.file != nil {
			_ = p.file.Close()
		}
	}
	found.moved = true
	return found, ok
}

// mayBeMoved reports whether another program may have given this name to a file of the log:
// audit.jsonl.1, audit.jsonl-20261121, audit.jsonl.1.gz.
func (l *Log) mayBeMoved(name string) bool {
	rest, ok := strings.CutPrefix(name, filepath.Base(l.path))
	return ok && len(rest) > 1 && (rest[0] == '.' || rest[0] == '-') && rest != ".lock" && rest != ".running" && !isSetAside(name)
}

// mayBePart reports whether a file with this name in the log's directory may belong to the log.
func (l *Log) mayBePart(name string) bool {
	return name == filepath.Base(l.path) || l.firstOf(name) != 0 || l.mayBeMoved(name) && !isPacked(name)
}

func isPacked(name string) bool {
	return slices.Contains([]string{".gz", ".bz2", ".xz", ".zst", ".lz4", ".Z", ".zip"}, filepath.Ext(name))
}

// lookAt opens a file beside the log, and reads the numbers of its first and last entry. same is
// true for the current file.
func (l *Log) lookAt(name string, current *os.File) (p part, same bool, err error) {
	p, err = l.openPart(filepath.Join(filepath.Dir(l.path), name))
	if err != nil {
		return p, false, err
	}
	if current != nil {
		a, _ := p.file.Stat()
		b, _ := current.Stat()
		same = a != nil && b != nil && os.SameFile(a, b)
	}
	return p, same, nil
}

// isLog reports whether a file begins with an entry.
func (l *Log) isLog(path string) bool {
	p, err := l.openPart(path)
	if err != nil {
		return false
	}
	_ = p.file.Close()
	return p.first != 0
}

// openPart opens a file of the log, and reads the numbers of its first and last entry.
func (l *Log) openPart(path string) (part, error) {
	f, err := l.openFileAt(path, os.O_RDONLY)
	if err != nil {
		return part{}, err
	}
	p := part{path: path, file: f}
	info, err := f.Stat()
	if err == nil {
		p.first, p.last, err = ends(f, info.Size())
	}
	if err != nil {
		_ = f.Close()
		return part{}, l.fileError("read it", err)
	}
	return p, nil
}

// ends returns the numbers of the first and the last entry of a file.
func ends(f io.ReaderAt, size int64) (first, last int64, err error) {
	line, _, err := lastLine(f, size)
	if err != nil || line == nil {
		return 0, 0, err
	}
	e, _, _ := decode(nil, line)
	first, err = firstNumber(f)
	return first, e.Seq, err
}

// firstNumber returns the number of a file's first entry.
func firstNumber(f io.ReaderAt) (int64, error) {
	var line rawLine
	if err := line.read(bufio.NewReader(io.NewSectionReader(f, 0, longestLine+2))); err != nil {
		return 0, err
	}
	e, _, _ := decode(nil, line.text)
	return e.Seq, nil
}

// MovedFile is a file of the log that another program, such as logrotate, moved.
type MovedFile struct {
	Path        string
	First, Last int64  // its entries
	Into        string // its name as a closed file of the log
}

// String describes the move.
func (m MovedFile) String() string {
	return fmt.Sprintf("another program, such as logrotate, moved entries %d to %d to %s", m.First, m.Last, m.Path)
}

// MovedFiles lists the files of the log that another program moved. They are still read.
func (l *Log) MovedFiles() ([]MovedFile, error) {
	parts, end, err := l.parts()
	if err != nil {
		return nil, err
	}
	end()
	return l.movedOf(parts), nil
}

func (l *Log) movedOf(parts []part) (moved []MovedFile) {
	for _, p := range parts {
		if p.moved {
			moved = append(moved, MovedFile{p.path, p.first, p.last, l.closedPath(p.first)})
		}
	}
	return moved
}

// headBefore returns the head with which an empty file continues the chain: the newest of the
// anchor, the last entry that this process wrote, and the end of the previous file. The anchor
// may be a second old when another program moves the file.
func (l *Log) headBefore(anchored, wrote Head) (Head, error) {
	head := anchored
	if wrote.Seq > head.Seq {
		head = wrote
	}
	parts, end, err := l.parts()
	if err != nil {
		return Head{}, err
	}
	defer end()
	for _, p := range slices.Backward(parts) {
		if p.last <= head.Seq {
			continue
		}
		line, err := l.lastLineOf(p)
		if err != nil {
			return Head{}, err
		}
		if e, s, ok := decode(l.key, line); ok {
			return Head{e.Seq, s.MAC}, nil
		}
	}
	return head, nil
}

func (l *Log) lastLineOf(p part) ([]byte, error) {
	f := p.file
	if f == nil {
		var err error
		if f, err = l.openFileAt(p.path, os.O_RDONLY); err != nil {
			return nil, err
		}
		defer f.Close()
	}
	info, err := f.Stat()
	if err != nil {
		return nil, l.fileError("read it", err)
	}
	line, _, err := lastLine(f, info.Size())
	return line, err
}

// lastLine returns the last complete line, without its line break, and the offset of its end. It
// returns no line for an empty file, or if the last line is longer than any entry.
func lastLine(f io.ReaderAt, size int64) (line []byte, end int64, err error) {
	end, err = lineBreak(f, size, 0)
	if err != nil || end == 0 {
		return nil, 0, err
	}
	from, err := lineBreak(f, end-1, max(end-1-longestLine, 0))
	if err != nil || end-from > longestLine {
		return nil, end, err
	}
	line = make([]byte, end-1-from)
	if _, err := f.ReadAt(line, from); err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, err
	}
	return line, end, nil
}

// lineBreak returns the offset after the last line break in the range from least to before, or
// least if there is none.
func lineBreak(f io.ReaderAt, before, least int64) (int64, error) {
	buf := make([]byte, 16<<10)
	for before > least {
		part := buf[:min(int64(len(buf)), before-least)]
		before -= int64(len(part))
		if _, err := f.ReadAt(part, before); err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		if at := bytes.LastIndexByte(part, '\n'); at >= 0 {
			return before + int64(at) + 1, nil
		}
	}
	return least, nil
}
