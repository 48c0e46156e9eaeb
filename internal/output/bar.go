package output

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/wxauth/wxauth/ui/draw"
)

// Bar shows how far a command has come, on a terminal, once it takes longer than a
// moment. Lines for the user go through it, so that the two do not mix.
type Bar struct {
	Out      io.Writer // nil where there is no terminal: nothing is drawn then
	Verb     string
	Total    int
	begun    time.Time
	Width    func() int // of the line, 0 where that is not known
	Plain    bool       // a line at each quarter instead of one that moves
	quarter  int        // that was told last
	every    time.Duration
	Patience time.Duration

	mu    sync.Mutex
	done  int
	tail  string    // the words behind it; how much of the whole where empty
	drawn time.Time // zero when there is nothing on the line
}

// NewBar returns a bar on a terminal: a line at each quarter where plain, and nothing
// where silent.
func NewBar(out *os.File, verb string, total int, plain, silent bool) *Bar {
	b := &Bar{Verb: verb, Total: total, begun: time.Now(), every: 100 * time.Millisecond, Patience: time.Second, Plain: plain}
	b.Width = func() int {
		w, _ := terminalWidth(out)
		return w
	}
	if !silent && term.IsTerminal(int(out.Fd())) {
		b.Out = out
	}
	return b
}

const barCells = 24

// At says how much is done.
func (b *Bar) At(done int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.done = max(b.done, done)
	now := time.Now()
	if b.Out == nil || now.Sub(b.begun) < b.Patience || now.Sub(b.drawn) < b.every {
		return
	}
	if b.Plain {
		b.tell()
		return
	}
	b.drawn = now
	b.draw()
}

// tell says in a line of its own that another quarter is done.
func (b *Bar) tell() {
	if q := 4 * b.done / max(b.Total, 1); q > b.quarter && q < 4 {
		b.quarter = q
		fmt.Fprintf(b.Out, "%s: %d %%\n", b.Verb, 25*q)
	}
}

func (b *Bar) draw() {
	full := 0
	if b.Total > 0 {
		full = min(barCells*b.done/b.Total, barCells)
	}
	tail := b.tail
	if tail == "" {
		tail = fmt.Sprintf("%d %%", 100*b.done/max(b.Total, 1))
	}
	line := fmt.Sprintf("%s  %s%s  %s", b.Verb, strings.Repeat("━", full), strings.Repeat("─", barCells-full), tail)
	if w := b.Width(); w > 1 { // a line that wraps could not be taken back
		line = draw.Cut(line, w-1)
	}
	fmt.Fprint(b.Out, "\r\x1b[K", line)
}

// Show says how much of what is done, in words of the caller's. They have to fit a line.
func (b *Bar) Show(done, total int, words string) {
	b.mu.Lock()
	b.Total, b.tail = total, words
	b.mu.Unlock()
	b.At(done)
}

// More counts some more as done.
func (b *Bar) More(n int) {
	b.mu.Lock()
	done := b.done + n
	b.mu.Unlock()
	b.At(done)
}

// Line runs f, which writes to the terminal, with the bar out of its way.
func (b *Bar) Line(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clear()
	f()
}

// End takes the bar away.
func (b *Bar) End() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clear()
	b.Out = nil
}

func (b *Bar) clear() {
	if b.Out != nil && !b.drawn.IsZero() {
		fmt.Fprint(b.Out, "\r\x1b[K")
		b.drawn = time.Time{}
	}
}
