package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"text/template"

	"github.com/itchyny/gojq"

	"github.com/wxauth/wxauth/webex"
)

// jsonFilter passes a command's JSON through --jq or --template. The command writes to a pipe;
// the result goes to stdout, one JSON value after the other, so that watch can be filtered too.
type jsonFilter struct {
	out   *os.File // the real stdout
	in    *os.File // what the command writes to
	clean bool     // stdout is a terminal: no text may control it
	write func(w io.Writer, value any) error
	done  chan error
}

// newJSONFilter returns the filter for an expression of jq, or for a Go template.
func newJSONFilter(ctx context.Context, jq, tmpl string, out *os.File) (*jsonFilter, error) {
	f := &jsonFilter{out: out, clean: isTerminal(out), done: make(chan error, 1)}
	switch {
	case jq != "" && tmpl != "":
		return nil, errors.New("--jq and --template cannot be used together")
	case jq != "":
		query, err := gojq.Parse(jq)
		if err != nil {
			return nil, fmt.Errorf("--jq: %w", err)
		}
		code, err := gojq.Compile(query)
		if err != nil {
			return nil, fmt.Errorf("--jq: %w", err)
		}
		f.write = func(w io.Writer, value any) error { return f.jq(ctx, w, code, value) }
	default:
		t, err := template.New("").Funcs(template.FuncMap{"json": toJSON, "join": join}).Parse(tmpl)
		if err != nil {
			return nil, fmt.Errorf("--template: %w", err)
		}
		f.write = func(w io.Writer, value any) error {
			if err := t.Execute(w, value); err != nil {
				return fmt.Errorf("--template: %w", err)
			}
			return nil
		}
	}
	return f, nil
}

// toJSON is a function of templates: it formats a value as JSON.
func toJSON(value any) (string, error) {
	b, err := json.Marshal(value)
	return string(b), err
}

// join is a function of templates: it joins a list, which is null in JSON if it is unknown.
func join(sep string, list any) (string, error) {
	if list == nil {
		return "", nil
	}
	values, ok := list.([]any)
	if !ok {
		return "", fmt.Errorf("join: %T is not a list", list)
	}
	parts := make([]string, len(values))
	for i, v := range values {
		parts[i] = fmt.Sprint(v)
	}
	return strings.Join(parts, sep), nil
}

// jq writes each result of the expression on a line: strings as they are, others as JSON.
func (f *jsonFilter) jq(ctx context.Context, w io.Writer, code *gojq.Code, value any) error {
	for results := code.RunWithContext(ctx, value); ; {
		v, more := results.Next()
		if !more {
			return nil
		}
		switch v := v.(type) {
		case error:
			if ctx.Err() != nil { // an expression may never end
				return context.Cause(ctx)
			}
			var halt *gojq.HaltError
			if errors.As(v, &halt) && halt.Value() == nil {
				return nil
			}
			return fmt.Errorf("--jq: %w", v)
		case string:
			fmt.Fprintln(w, v)
		default:
			b, err := gojq.Marshal(v)
			if err != nil {
				return fmt.Errorf("--jq: %w", err)
			}
			fmt.Fprintf(w, "%s\n", b)
		}
	}
}

// start begins to read, and returns the file that the command writes to instead of stdout.
func (f *jsonFilter) start() (*os.File, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	f.in = w
	go func() {
		defer r.Close()
		f.done <- f.copy(r)
	}()
	return w, nil
}

// copy filters what it reads until the end or an error. The error closes the pipe, so that the
// command notices it at its next write.
func (f *jsonFilter) copy(r io.Reader) error {
	values := json.NewDecoder(bufio.NewReaderSize(r, 64<<10))
	values.UseNumber() // as a float64, a template prints a large number with an exponent
	for {
		var value any
		switch err := values.Decode(&value); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("--jq and --template need JSON output, which this command does not print: %w", err)
		}
		value = f.plain(value)
		var b bytes.Buffer
		err := f.write(&b, value)
		if _, werr := f.out.Write(b.Bytes()); err == nil {
			err = werr
		}
		if err != nil {
			return err
		}
	}
}

// end waits until everything was written.
func (f *jsonFilter) end() error {
	_ = f.in.Close()
	return <-f.done
}

// plain returns a decoded value as expressions and templates expect it: numbers as int or float64,
// and, on a terminal, texts that cannot control it.
func (f *jsonFilter) plain(value any) any {
	switch v := value.(type) {
	case string:
		if f.clean {
			return string(webex.Clean(webex.Untrusted(v)))
		}
	case json.Number:
		if n, err := strconv.Atoi(v.String()); err == nil {
			return n
		}
		n, _ := v.Float64()
		return n
	case []any:
		for i := range v {
			v[i] = f.plain(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = f.plain(v[name])
		}
	}
	return value
}
