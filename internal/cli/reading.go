package cli

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf16"

	"github.com/wxauth/wxauth/internal/session"
)

// waitFor returns the result of read, or the cause of ctx when ctx is cancelled first. A
// blocked read of a terminal or pipe cannot be interrupted, so read continues in the background
// and its result is dropped.
func waitFor[T any](ctx context.Context, read func() (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	done := make(chan answer, 1)
	go func() {
		v, err := read()
		done <- answer{v, err}
	}()
	select {
	case a := <-done:
		return a.value, a.err
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	}
}

// readLine prompts and reads a line with echo. A signal cancels it.
func (c *command) readLine(ctx context.Context, question string) (string, error) {
	lines := c.shownLines()
	lines.alone = true
	line, err := c.readTyped(ctx, question, lines)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("%w: nothing was sent", err)
	}
	return strings.TrimSpace(line), nil
}

// readInput reads a file, or stdin for "-", up to a size limit. A signal cancels it: a named pipe may
// block forever, even when it is opened.
func (c *command) readInput(ctx context.Context, path string, limit int64) ([]byte, error) {
	data, err := waitFor(ctx, func() ([]byte, error) {
		from := c.env.Stdin
		if path != "-" {
			f, err := os.Open(path)
			if err != nil {
				return nil, err
			}
			defer f.Close()
			from = f
		}
		return io.ReadAll(io.LimitReader(from, limit))
	})
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, session.UsageError(fmt.Errorf("read input: %w", err))
	}
	return data, nil
}

// decodeText decodes UTF-8, with or without a byte order mark, and UTF-16, which Webex's
// exports and older Windows shells write. The error names any other encoding.
func decodeText(data []byte) (string, error) {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		order = binary.LittleEndian
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		order = binary.BigEndian
	case bytes.IndexByte(data, 0) >= 0:
		return "", errors.New("not a text file (if it is UTF-16 without a byte order mark, save it as UTF-8)")
	default:
		return string(bytes.TrimPrefix(data, []byte("\ufeff"))), nil
	}
	if data = data[2:]; len(data)%2 != 0 {
		return "", errors.New("truncated UTF-16: it ends in the middle of a character")
	}
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = order.Uint16(data[2*i:])
	}
	return string(utf16.Decode(units)), nil
}
