package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"unicode/utf8"

	"golang.org/x/term"
)

// maxTyped bounds a line that is typed or pasted at a question, in bytes.
const maxTyped = 64 << 10

// readHidden asks a question on the terminal and returns the line that is typed, which is
// not shown. The terminal is in raw mode before the question appears: in line mode it would
// show what is typed early, and would cut a pasted line at 4,095 bytes.
func (c *command) readHidden(ctx context.Context, question string) (string, error) {
	fd := int(c.env.Stdin.Fd())
	before, err := term.MakeRaw(fd)
	if err != nil {
		return "", fmt.Errorf("read an answer without showing it: %w", err)
	}
	defer func() { _ = term.Restore(fd, before) }() // also when a signal ends the waiting
	fmt.Fprint(c.env.Stderr, question)
	line, err := waitFor(ctx, func() (string, error) { return readRawLine(c.env.Stdin) })
	fmt.Fprint(c.env.Stderr, "\r\n")
	return line, err
}

// readRawLine reads a line from a terminal in raw mode, with its usual editing keys. It reads
// a byte at a time: what follows the line belongs to the next question.
func readRawLine(from io.Reader) (string, error) {
	var line []byte
	var b [1]byte
	inSequence, introduced := false, false
	for {
		if _, err := io.ReadFull(from, b[:]); err != nil {
			if len(line) > 0 {
				return string(line), nil
			}
			return "", err
		}
		switch c := b[0]; {
		case inSequence: // of a key such as an arrow: ESC [ … a letter
			if !introduced && (c == '[' || c == 'O') {
				introduced = true
			} else if !introduced || c >= 0x40 && c <= 0x7e {
				inSequence = false
			}
		case c == '\r', c == '\n':
			return string(line), nil
		case c == 0x03: // ctrl+c
			return "", Signal{os.Interrupt}
		case c == 0x04: // ctrl+d
			if len(line) == 0 {
				return "", io.EOF
			}
		case c == 0x08, c == 0x7f: // backspace
			_, size := utf8.DecodeLastRune(line)
			line = line[:len(line)-size]
		case c == 0x15: // ctrl+u
			line = line[:0]
		case c == 0x1b:
			inSequence, introduced = true, false
		case c < 0x20:
		case len(line) == maxTyped:
			return "", errors.New("the line is too long")
		default:
			line = append(line, c)
		}
	}
}
