package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"github.com/wxauth/wxauth/webex"
)

// maxTyped is the size limit of a typed or pasted line, in bytes.
const maxTyped = 64 << 10

// readHidden prompts on the terminal and reads a line without echo.
func (c *command) readHidden(ctx context.Context, question string) (string, error) {
	return c.readTyped(ctx, question, &lineReader{from: c.env.Stdin})
}

// readTyped prompts and reads a line. It switches the terminal to raw mode before the prompt
// appears: in line mode the terminal would echo early input, even tokens, and cut a pasted line
// at 4,095 bytes.
func (c *command) readTyped(ctx context.Context, question string, r *lineReader) (string, error) {
	restore, err := c.typedInput()
	if err != nil {
		return "", err
	}
	defer restore() // also if a signal cancels the read
	fmt.Fprint(c.env.Stderr, question)
	line, err := waitFor(ctx, r.read)
	fmt.Fprint(c.env.Stderr, "\r\n")
	return line, err
}

// Sequences that turn bracketed paste on and off: the terminal then marks pasted text.
const (
	pasteOn  = "\x1b[?2004h"
	pasteOff = "\x1b[?2004l"
)

// typedInput makes the terminal send every key immediately and mark pasted text.
func (c *command) typedInput() (restore func(), err error) {
	on, off := pasteOn, pasteOff
	if !isTerminal(c.env.Stderr) || c.env.Getenv("TERM") == "dumb" {
		on, off = "", ""
	}
	guarded := c.guardTerminal(c.env.Stderr, off+"\r\n")
	back, err := rawInput(int(c.env.Stdin.Fd()))
	if err != nil {
		guarded()
		return nil, fmt.Errorf("read hidden input: %w", err)
	}
	fmt.Fprint(c.env.Stderr, on)
	return func() {
		fmt.Fprint(c.env.Stderr, off)
		back()
		guarded()
	}, nil
}

// shownLines reads lines with echo, except for text that looks like a token.
func (c *command) shownLines() *lineReader {
	r := &lineReader{from: c.env.Stdin, more: func(wait time.Duration) bool { return inputWaits(c.env.Stdin, wait) }}
	if isTerminal(c.env.Stderr) {
		r.show = c.env.Stderr
	}
	return r
}

// lineReader reads lines from a terminal in raw mode, with the usual editing keys. It reads one
// byte at a time, since input after the line belongs to the next prompt.
type lineReader struct {
	from io.Reader
	// show receives the echo; nil echoes nothing. Text that looks like a token is replaced by
	// its length.
	show io.Writer
	// more reports whether more input arrives within a time. It detects pastes on terminals
	// that do not mark them. Nil means no.
	more func(wait time.Duration) bool
	// joins joins a paste of several lines, also on terminals that do not mark it.
	joins bool
	// alone rejects a line if more input follows at once: it was pasted.
	alone bool

	line    []byte
	shown   string
	pasting bool
	broken  bool // a line break in a paste, which becomes a space if text follows
}

var errPasted = refusedError{errors.New("confirmation not accepted: extra text came with the answer, as in a paste; type the answer")}

// betweenLines is the longest time between two lines of a paste.
const betweenLines = 50 * time.Millisecond

func (r *lineReader) waits(wait time.Duration) bool { return r.more != nil && r.more(wait) }

// read returns the next line. It returns a [Signal] for ctrl+c and io.EOF for ctrl+d.
func (r *lineReader) read() (string, error) {
	r.line, r.shown, r.pasting, r.broken = r.line[:0], "", false, false
	var b [1]byte
	inSequence, introduced, parameters := false, false, ""
	for {
		if !r.pasting && (r.show == nil || !r.waits(0)) { // check a paste as a whole
			r.draw()
		}
		if _, err := io.ReadFull(r.from, b[:]); err != nil {
			if len(r.line) > 0 {
				return string(r.line), nil
			}
			return "", err
		}
		switch c := b[0]; {
		case inSequence: // of a key such as an arrow: ESC [ … letter
			switch {
			case !introduced && (c == '[' || c == 'O'):
				introduced, parameters = true, ""
			case !introduced || c >= 0x40 && c <= 0x7e:
				inSequence = false
				r.pasting = r.pasting && parameters+string(c) != "201~" || parameters+string(c) == "200~"
			default:
				parameters += string(c)
			}
		case c == '\r', c == '\n':
			if r.pasting || r.joins && r.waits(betweenLines) {
				r.broken = len(r.line) > 0
				continue
			}
			r.draw()
			if r.alone && r.waits(betweenLines) {
				return "", errPasted
			}
			return string(r.line), nil
		case c == 0x03: // ctrl+c
			return "", Signal{os.Interrupt}
		case c == 0x04: // ctrl+d
			if len(r.line) == 0 {
				return "", io.EOF
			}
		case c == 0x08, c == 0x7f: // backspace
			_, size := utf8.DecodeLastRune(r.line)
			r.line = r.line[:len(r.line)-size]
		case c == 0x15: // ctrl+u
			r.line = r.line[:0]
		case c == 0x1b:
			inSequence, introduced = true, false
		case c < 0x20:
		case len(r.line) >= maxTyped:
			return "", errors.New("the line is too long")
		default:
			if r.broken {
				r.line, r.broken = append(r.line, ' '), false
			}
			r.line = append(r.line, c)
		}
	}
}

// draw updates the echo.
func (r *lineReader) draw() {
	if r.show == nil || !utf8.Valid(r.line) { // an incomplete character
		return
	}
	want := shownWords(string(r.line))
	same := 0
	for same < min(len(want), len(r.shown)) && want[same] == r.shown[same] {
		same++
	}
	for same > 0 && !utf8.RuneStart((want + "x")[same]) {
		same--
	}
	before, after := ansi.StringWidth(r.shown[same:]), ansi.StringWidth(want[same:])
	rest := max(before-after, 0)
	fmt.Fprint(r.show, strings.Repeat("\b", before)+want[same:]+strings.Repeat(" ", rest)+strings.Repeat("\b", rest))
	r.shown = want
}

// shownWords returns the echo of a line. It replaces text that looks like a token, and the
// parameters of an address, by their length.
func shownWords(line string) string {
	text := strings.TrimSpace(line)
	if !webex.LooksSecret(text) {
		return string(webex.Clean(webex.Untrusted(line)))
	}
	head, rest, ok := strings.Cut(text, "?")
	if !ok || !strings.Contains(head, "://") || webex.LooksSecret(head) {
		head, rest = "", text
	} else {
		head = string(webex.Clean(webex.Untrusted(head + "? ")))
	}
	return fmt.Sprintf("%s(%d characters, not shown)", head, utf8.RuneCountInString(rest))
}
