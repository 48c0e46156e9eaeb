package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"sync"
)

// The format of a bbolt file (go.etcd.io/bbolt/internal/common, format version 2). bbolt
// does not validate it: a wrong page number or length makes it panic, read outside of its
// mapping, or recurse until the stack overflows, which cannot be recovered. Therefore a
// copy of every reachable page is checked first.
const (
	boltMagic       = 0xED0CDAED
	boltVersion     = 2
	pageSize        = 4096 // of the stores that we make, on every system
	pageHeader      = 16   // id 8, flags 2, count 2, overflow 4
	elementSize     = 16
	metaSize        = 64
	flagBranch      = 0x01
	flagLeaf        = 0x02
	flagFreelist    = 0x10
	flagBucket      = 0x01
	bucketHeader    = 16
	maxDepth        = 64
	noFreelist      = ^uint64(0)
	maxFile         = 64 << 20
	smallestBolt    = 1024
	largestBoltPage = 1024 << 14
)

type meta struct {
	pageSize             uint32
	root, freelist, high uint64
	txid                 uint64
}

// pages is a file that is being checked.
type pages struct {
	file io.ReaderAt
	data []byte // all of it, where it is small enough to be read at once
	size int
	high uint64
	seen []bool
}

// checked is the result of a check.
type checked struct {
	// oneMeta is true when only one of the two meta pages is sound: a commit was
	// torn, or the newest one was damaged and the file has fallen back behind it.
	oneMeta bool
}

// checkFile reads a bbolt file of at most so many bytes and reports whether it is safe to
// let bbolt map it.
func checkFile(r io.ReaderAt, size, largest int64) (checked, error) {
	if size > largest {
		return checked{}, fmt.Errorf("%w: it is larger than %d MiB", ErrForeign, largest>>20)
	}
	buf := beginnings.Get().(*[firstRead]byte)
	defer beginnings.Put(buf)
	head := buf[:min(size, firstRead)]
	if _, err := io.ReadFull(io.NewSectionReader(r, 0, size), head); err != nil {
		return checked{}, fmt.Errorf("%w: it cannot be read: %w", ErrDamaged, err)
	}
	r = begun{r, head}
	m, out, err := newestMeta(r, head)
	if err != nil {
		return out, err
	}
	if m.high < 2 || m.high > uint64(size)/uint64(m.pageSize) {
		return out, fmt.Errorf("%w: it is truncated", ErrDamaged)
	}
	p := &pages{file: r, size: int(m.pageSize), high: m.high, seen: make([]bool, m.high)}
	switch used := m.high * uint64(m.pageSize); {
	case used <= uint64(len(head)):
		p.data = head
	case size <= maxFile:
		p.data = make([]byte, used)
		if _, err := io.ReadFull(io.NewSectionReader(r, 0, size), p.data); err != nil {
			return out, fmt.Errorf("%w: it cannot be read: %w", ErrDamaged, err)
		}
	}
	p.seen[0], p.seen[1] = true, true
	if err := p.walk(m.root, nil, nil, 0); err != nil {
		return out, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if err := p.freelist(m.freelist); err != nil {
		return out, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return out, nil
}

// firstRead is how much of a file is read at once: a store of some logins is no larger.
const firstRead = 64 << 10

// beginnings pools buffers for the first read of a file.
var beginnings = sync.Pool{New: func() any { return new([firstRead]byte) }}

// begun is a file whose beginning has been read.
type begun struct {
	io.ReaderAt
	head []byte
}

func (b begun) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) <= int64(len(b.head)) {
		return copy(p, b.head[off:]), nil
	}
	return b.ReaderAt.ReadAt(p, off)
}

// newestMeta chooses as bbolt does: the sound meta page with the higher transaction.
func newestMeta(r io.ReaderAt, head []byte) (best meta, out checked, err error) {
	found := 0
	try := func(page []byte) (meta, bool) {
		m, ok := parseMeta(page)
		if ok {
			if found++; found == 1 || m.txid > best.txid {
				best = m
			}
		}
		return m, ok
	}
	if first, ok := try(head); ok {
		second := make([]byte, pageHeader+metaSize)
		_, _ = r.ReadAt(second, int64(first.pageSize))
		if m, ok := parseMeta(second); ok && m.pageSize != first.pageSize {
			return best, out, fmt.Errorf("%w: its two meta pages disagree", ErrDamaged)
		}
		try(second)
	} else {
		for at := smallestBolt; at <= largestBoltPage && found == 0; at <<= 1 {
			second := make([]byte, pageHeader+metaSize)
			if n, _ := r.ReadAt(second, int64(at)); n == len(second) {
				if m, ok := parseMeta(second); ok && int(m.pageSize) == at {
					try(second)
				}
			}
		}
	}
	if found == 0 {
		return best, out, fmt.Errorf("%w, or is not a wxauth store: it has no valid header", ErrDamaged)
	}
	out.oneMeta = found == 1
	return best, out, nil
}

func parseMeta(page []byte) (m meta, ok bool) {
	if len(page) < pageHeader+metaSize {
		return m, false
	}
	b := page[pageHeader : pageHeader+metaSize]
	u32, u64 := binary.NativeEndian.Uint32, binary.NativeEndian.Uint64
	h := fnv.New64a()
	_, _ = h.Write(b[:56])
	m = meta{pageSize: u32(b[8:]), root: u64(b[16:]), freelist: u64(b[32:]), high: u64(b[40:]), txid: u64(b[48:])}
	ok = u32(b) == boltMagic && u32(b[4:]) == boltVersion && u64(b[56:]) == h.Sum64()
	ok = ok && m.pageSize >= smallestBolt && m.pageSize <= largestBoltPage && m.pageSize&(m.pageSize-1) == 0
	return m, ok
}

var errPage = errors.New("its pages are inconsistent")

// bytes returns a page and the next more pages. Large files are read page by page.
func (p *pages) bytes(id, more uint64) ([]byte, error) {
	from, n := id*uint64(p.size), (more+1)*uint64(p.size)
	if p.data != nil {
		return p.data[from : from+n], nil
	}
	b := make([]byte, n)
	if _, err := p.file.ReadAt(b, int64(from)); err != nil { //nolint:gosec // within the file
		return nil, fmt.Errorf("it cannot be read: %w", err)
	}
	return b, nil
}

// page returns a page with its overflow, once.
func (p *pages) page(id uint64) (b []byte, flags uint16, count int, err error) {
	if id < 2 || id >= p.high || p.seen[id] {
		return nil, 0, 0, errPage
	}
	head, err := p.bytes(id, 0)
	if err != nil {
		return nil, 0, 0, err
	}
	overflow := uint64(binary.NativeEndian.Uint32(head[12:]))
	if binary.NativeEndian.Uint64(head) != id || overflow >= p.high-id {
		return nil, 0, 0, errPage
	}
	for i := id; i <= id+overflow; i++ {
		if p.seen[i] {
			return nil, 0, 0, errPage
		}
		p.seen[i] = true
	}
	if b, err = p.bytes(id, overflow); err != nil {
		return nil, 0, 0, err
	}
	return b, binary.NativeEndian.Uint16(b[8:]), int(binary.NativeEndian.Uint16(b[10:])), nil
}

// walk checks the tree below a page: its keys lie in [from, to), in order.
func (p *pages) walk(id uint64, from, to []byte, depth int) error {
	b, flags, count, err := p.page(id)
	switch {
	case err != nil:
		return err
	case depth > maxDepth:
		return errPage
	case flags == flagLeaf:
		return p.leaf(b, count, from, to, depth)
	case flags != flagBranch || count == 0:
		return errPage
	}
	keys, err := elementKeys(b, count, from, to, func(e []byte) (pos, key, value uint32) {
		return binary.NativeEndian.Uint32(e), binary.NativeEndian.Uint32(e[4:]), 0
	})
	if err != nil {
		return err
	}
	for i := range count {
		low, high := keys[i], to
		if i == 0 {
			low = from // what is smaller than all goes to the first
		}
		if i+1 < count {
			high = keys[i+1]
		}
		child := binary.NativeEndian.Uint64(b[pageHeader+i*elementSize+8:])
		if err := p.walk(child, low, high, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func leafElement(e []byte) (pos, key, value uint32) {
	return binary.NativeEndian.Uint32(e[4:]), binary.NativeEndian.Uint32(e[8:]), binary.NativeEndian.Uint32(e[12:])
}

func (p *pages) leaf(b []byte, count int, from, to []byte, depth int) error {
	if _, err := elementKeys(b, count, from, to, leafElement); err != nil {
		return err
	}
	for i := range count {
		e := b[pageHeader+i*elementSize:]
		flags := binary.NativeEndian.Uint32(e)
		pos, key, value := leafElement(e)
		switch {
		case flags == 0:
			continue
		case flags != flagBucket || value < bucketHeader || depth > maxDepth:
			return errPage
		}
		at := pageHeader + i*elementSize + int(pos) + int(key)
		bucket := b[at : at+int(value)]
		if root := binary.NativeEndian.Uint64(bucket); root != 0 {
			if err := p.walk(root, nil, nil, depth+1); err != nil {
				return err
			}
			continue
		}
		inline := bucket[bucketHeader:]
		if len(inline) < pageHeader || binary.NativeEndian.Uint16(inline[8:]) != flagLeaf || binary.NativeEndian.Uint32(inline[12:]) != 0 {
			return errPage
		}
		if err := p.leaf(inline, int(binary.NativeEndian.Uint16(inline[10:])), nil, nil, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// elementKeys checks that every element lies inside its page, and their order.
func elementKeys(b []byte, count int, from, to []byte, read func([]byte) (pos, key, value uint32)) ([][]byte, error) {
	if pageHeader+count*elementSize > len(b) {
		return nil, errPage
	}
	keys := make([][]byte, count)
	for i := range count {
		at := pageHeader + i*elementSize
		pos, key, value := read(b[at : at+elementSize])
		begin := uint64(at) + uint64(pos)
		if int(pos) < (count-i)*elementSize || begin+uint64(key)+uint64(value) > uint64(len(b)) {
			return nil, errPage
		}
		k := b[begin : begin+uint64(key)]
		if i > 0 && bytes.Compare(keys[i-1], k) >= 0 || i == 0 && from != nil && bytes.Compare(k, from) < 0 || to != nil && bytes.Compare(k, to) >= 0 {
			return nil, errPage
		}
		keys[i] = k
	}
	return keys, nil
}

// freelist checks that no page is both in use and free, or free twice.
func (p *pages) freelist(id uint64) error {
	if id == noFreelist {
		return errPage // we never write without one
	}
	b, flags, count, err := p.page(id)
	if err != nil || flags != flagFreelist {
		return errPage
	}
	list, n := b[pageHeader:], uint64(count)
	if count == 0xFFFF {
		n, list = binary.NativeEndian.Uint64(list), list[8:]
	}
	if n > uint64(len(list))/8 {
		return errPage
	}
	last := uint64(1)
	for i := range n {
		free := binary.NativeEndian.Uint64(list[8*i:])
		if free <= last || free >= p.high || p.seen[free] {
			return errPage
		}
		last = free
	}
	return nil
}
