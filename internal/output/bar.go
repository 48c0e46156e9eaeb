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

// Bar shows the progress of a command on a terminal, if the command takes longer than a moment.
// Other output must go through [Bar.Line], so that it doesn't mix with the bar.
type Bar struct {
	Out      io.Writer // nil without a terminal: nothing is drawn
	Verb     string
	Total    int
	begun    time.Time
	Width    func() int // of the terminal, 0 if unknown
	Plain    bool       // print a line at each quarter instead of a moving bar
	quarter  int        // last quarter that was printed
	every    time.Duration
	Patience time.Duration

	mu    sync.Mutex
	done  int
	tail  string    // text after the bar; if empty, done and total
	drawn time.Time // zero while the bar is not on screen
}

// NewBar returns a bar. If plain is set, it prints a line at each quarter instead; if silent is
// set, nothing.
func NewBar(out *os.File, verb string, total int, plain, silent bool) *Bar {
	b := &Bar{Verb: verb, Total: total, begun: time.Now(), every: 100 * time.Millisecond, Patience: time.Second, Plain: plain}
	b.Width = func() int {
		w, _ := TerminalWidth(out)
		return w
	}
	if !silent && term.IsTerminal(int(out.Fd())) {
		b.Out = out
	}
	return b
}

const barCells = 24

// At sets how much is done.
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

// tell prints a line when another quarter is done.
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
	if w := b.Width(); w > 1 { // a wrapped line can't be erased
		line = draw.Cut(line, w-1)
	}
	fmt.Fprint(b.Out, "\r\x1b[K", line)
}

// Show sets the progress with the caller's text, which must fit into a line.
func (b *Bar) Show(done, total int, words string) {
	b.mu.Lock()
	b.Total, b.tail = total, words
	b.mu.Unlock()
	b.At(done)
}

// More adds n to what is done.
func (b *Bar) More(n int) {
	b.mu.Lock()
	done := b.done + n
	b.mu.Unlock()
	b.At(done)
}

// Line removes the bar while f writes to the terminal.
func (b *Bar) Line(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clear()
	f()
}

// End removes the bar.
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
