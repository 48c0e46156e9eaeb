package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
)

// MemoryInventory is an inventory that is lost when the process exits.
type MemoryInventory struct {
	mu     sync.Mutex
	scopes map[string]*memoryScope
}

type memoryScope struct {
	open     map[string]*memoryJournal // by name
	finished []memorySweep
	made     uint64
}

type memorySweep struct {
	Sweep
	parts [][]byte
}

// NewMemoryInventory returns an empty inventory.
func NewMemoryInventory() *MemoryInventory {
	return &MemoryInventory{scopes: map[string]*memoryScope{}}
}

// scope returns what is kept of a scope. The lock is held.
func (m *MemoryInventory) scope(name string) *memoryScope {
	s := m.scopes[name]
	if s == nil {
		s = &memoryScope{open: map[string]*memoryJournal{}}
		m.scopes[name] = s
	}
	return s
}

// Begin opens the journal of a sweep, see [Inventory.Begin].
func (m *MemoryInventory) Begin(_ context.Context, scope, name string) (Journal, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.scope(scope)
	j := s.open[name]
	if j == nil {
		j = &memoryJournal{m: m, s: s}
		s.open[name] = j
	}
	if j.busy {
		return nil, fmt.Errorf("sweep: %w", ErrSweeping)
	}
	j.busy = true
	return j, nil
}

// Sweeps returns the finished sweeps of a scope, the newest first.
func (m *MemoryInventory) Sweeps(_ context.Context, scope string) ([]Sweep, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []Sweep
	for _, s := range slices.Backward(m.scope(scope).finished) {
		out = append(out, s.Sweep)
	}
	return out, nil
}

// Read calls each with the parts of a finished sweep.
func (m *MemoryInventory) Read(_ context.Context, scope string, id []byte, each func([]byte) error) error {
	m.mu.Lock()
	var parts [][]byte
	for _, s := range m.scope(scope).finished {
		if bytes.Equal(s.ID, id) {
			parts = s.parts
		}
	}
	m.mu.Unlock()
	return eachOf(parts, each)
}

// Unfinished calls each with the parts of the sweep of that name that is under way.
func (m *MemoryInventory) Unfinished(_ context.Context, scope, name string, each func([]byte) error) error {
	m.mu.Lock()
	var parts [][]byte
	if j := m.scope(scope).open[name]; j != nil {
		parts = slices.Clone(j.parts)
	}
	m.mu.Unlock()
	return eachOf(parts, each)
}

func eachOf(parts [][]byte, each func([]byte) error) error {
	for _, p := range parts {
		if err := each(p); err != nil {
			return err
		}
	}
	return nil
}

type memoryJournal struct {
	m     *MemoryInventory
	s     *memoryScope
	busy  bool
	parts [][]byte
}

// Name is that of the sweep that would be finished next.
func (j *memoryJournal) Name() []byte {
	j.m.mu.Lock()
	defer j.m.mu.Unlock()
	return binary.BigEndian.AppendUint64(nil, j.s.made+1)
}

func (j *memoryJournal) Replay(each func([]byte) error) error {
	j.m.mu.Lock()
	parts := slices.Clone(j.parts)
	j.m.mu.Unlock()
	for n, p := range parts {
		if err := each(p); err != nil {
			j.m.mu.Lock()
			defer j.m.mu.Unlock()
			j.parts = parts[:n]
			return err
		}
	}
	return nil
}

func (j *memoryJournal) Append(part []byte) error {
	j.m.mu.Lock()
	defer j.m.mu.Unlock()
	j.parts = append(j.parts, bytes.Clone(part))
	return nil
}

func (j *memoryJournal) Reset() error {
	j.m.mu.Lock()
	defer j.m.mu.Unlock()
	j.parts = nil
	return nil
}

func (j *memoryJournal) Finish(_ context.Context, meta []byte, drop [][]byte) error {
	j.m.mu.Lock()
	defer j.m.mu.Unlock()
	s := j.s
	s.made++
	id := binary.BigEndian.AppendUint64(nil, s.made)
	s.finished = slices.DeleteFunc(s.finished, func(old memorySweep) bool {
		return slices.ContainsFunc(drop, func(id []byte) bool { return bytes.Equal(id, old.ID) })
	})
	s.finished = append(s.finished, memorySweep{Sweep{id, bytes.Clone(meta)}, j.parts})
	j.parts = nil
	return nil
}

func (j *memoryJournal) Close() error {
	j.m.mu.Lock()
	defer j.m.mu.Unlock()
	j.busy = false
	return nil
}
