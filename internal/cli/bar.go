package cli

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/charmbracelet/x/ansi"
	"golang.org/x/term"
)

// bar shows how far a command has come, on a terminal, once it takes longer than a
// moment. Lines for the user go through it, so that the two do not mix.
type bar struct {
	out      io.Writer // nil where there is no terminal: nothing is drawn then
	verb     string
	total    int
	begun    time.Time
	width    func() int // of the line, 0 where that is not known
	plain    bool       // a line at each quarter instead of one that moves
	quarter  int        // that was told last
	every    time.Duration
	patience time.Duration

	mu    sync.Mutex
	done  int
	tail  string    // the words behind it; how much of the whole where empty
	drawn time.Time // zero when there is nothing on the line
}

func (c *command) newBar(verb string, total int) *bar {
	b := &bar{verb: verb, total: total, begun: time.Now(), every: 100 * time.Millisecond, patience: time.Second}
	b.width = func() int {
		w, _, err := term.GetSize(int(c.env.Stderr.Fd()))
		if err != nil {
			return 0
		}
		return w
	}
	b.plain = c.g.plain
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
	if b.plain {
		b.tell()
		return
	}
	b.drawn = now
	b.draw()
}

// tell says in a line of its own that another quarter is done.
func (b *bar) tell() {
	if q := 4 * b.done / max(b.total, 1); q > b.quarter && q < 4 {
		b.quarter = q
		fmt.Fprintf(b.out, "%s: %d %%\n", b.verb, 25*q)
	}
}

func (b *bar) draw() {
	full := 0
	if b.total > 0 {
		full = min(barCells*b.done/b.total, barCells)
	}
	tail := b.tail
	if tail == "" {
		tail = fmt.Sprintf("%d %%", 100*b.done/max(b.total, 1))
	}
	line := fmt.Sprintf("%s  %s%s  %s", b.verb, strings.Repeat("━", full), strings.Repeat("─", barCells-full), tail)
	if w := b.width(); w > 1 { // a line that wraps could not be taken back
		line = ansi.Truncate(line, w-1, "…")
	}
	fmt.Fprint(b.out, "\r\x1b[K", line)
}

// show says how much of what is done, in words of the caller's. They have to fit a line.
func (b *bar) show(done, total int, words string) {
	b.mu.Lock()
	b.total, b.tail = total, words
	b.mu.Unlock()
	b.at(done)
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
