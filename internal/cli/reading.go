package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
)

// waitFor waits for what read returns, or for the end of ctx: whoever reads from a terminal,
// or from a pipe that keeps silent, cannot be stopped otherwise. What is read after that is
// nobody's.
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

// readLine reads an answer; a signal ends the waiting.
func (c *command) readLine(ctx context.Context) (string, error) {
	line, err := waitFor(ctx, func() (string, error) {
		line, _ := bufio.NewReader(c.env.Stdin).ReadString('\n')
		return strings.TrimSpace(line), nil
	})
	if err != nil {
		return "", fmt.Errorf("%w: nothing was sent", err)
	}
	return line, nil
}

// readInput reads a file, or stdin for "-", of bounded length.
func (c *command) readInput(ctx context.Context, path string, limit int64) ([]byte, error) {
	if path == "-" {
		return c.readAll(ctx, c.env.Stdin, limit)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, usageError{fmt.Errorf("read payload: %w", err), codeUsage}
	}
	defer f.Close()
	return c.readAll(ctx, f, limit)
}

// readAll reads all that is there, of bounded length; a signal ends the waiting.
func (c *command) readAll(ctx context.Context, from io.Reader, limit int64) ([]byte, error) {
	data, err := waitFor(ctx, func() ([]byte, error) { return io.ReadAll(io.LimitReader(from, limit)) })
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, usageError{fmt.Errorf("read input: %w", err), codeUsage}
	}
	return data, nil
}
