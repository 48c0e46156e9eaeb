package cli

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// bar shows how far a command has come, on a terminal, once it takes longer than a
// moment. Lines for the user go through it, so that the two do not mix.
type bar struct {
	out      io.Writer // nil where there is no terminal: nothing is drawn then
	verb     string
	total    int
	begun    time.Time
	every    time.Duration
	patience time.Duration

	mu    sync.Mutex
	done  int
	drawn time.Time // zero when there is nothing on the line
}

func (c *command) newBar(verb string, total int) *bar {
	b := &bar{verb: verb, total: total, begun: time.Now(), every: 100 * time.Millisecond, patience: time.Second}
	if isTerminal(c.env.Stderr) && c.env.Getenv("TERM") != "dumb" && !c.g.json {
		b.out = c.env.Stderr
	}
	return b
}

const barCells = 24

// at says how much is done.
func (b *bar) at(done int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.done = max(b.done, done)
	now := time.Now()
	if b.out == nil || now.Sub(b.begun) < b.patience || now.Sub(b.drawn) < b.every {
		return
	}
	b.drawn = now
	b.draw()
}

func (b *bar) draw() {
	full := 0
	if b.total > 0 {
		full = min(barCells*b.done/b.total, barCells)
	}
	fmt.Fprintf(b.out, "\r\x1b[K%s  %s%s  %d %%", b.verb, strings.Repeat("━", full), strings.Repeat("─", barCells-full), 100*b.done/max(b.total, 1))
}

// more counts some more as done.
func (b *bar) more(n int) {
	b.mu.Lock()
	done := b.done + n
	b.mu.Unlock()
	b.at(done)
}

// line runs f, which writes to the terminal, with the bar out of its way.
func (b *bar) line(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clear()
	f()
}

// end takes the bar away.
func (b *bar) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clear()
	b.out = nil
}

func (b *bar) clear() {
	if b.out != nil && !b.drawn.IsZero() {
		fmt.Fprint(b.out, "\r\x1b[K")
		b.drawn = time.Time{}
	}
}
