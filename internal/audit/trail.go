package audit

import (
	"context"
	"io"
	"iter"
)

// Trail is an audit log: in files ([Log]), or in a database that several machines share ([Shared]).
type Trail interface {
	Prepare(context.Context) error
	Begin(context.Context) (end func(), err error)
	Reserve([]Entry) (release func(), err error)
	Append(ctx context.Context, e Entry, durable bool) (seq int64, err error)
	Flush(context.Context) error
	Head() Head
	Settle(context.Context) ([]Entry, error)
	Newest(ctx context.Context, n int) (entries []Entry, all int, err error)
	Entries(context.Context) iter.Seq2[Entry, error]
	Run(ctx context.Context, name string) ([]Entry, Head, error)
	Unbroken(ctx context.Context, first, last int64) (bool, error)
	Verify(ctx context.Context, want Head) (Report, error)
	WriteTo(context.Context, io.Writer) error
	WriteSyslog(context.Context, io.Writer) error
	// addAll lets each add entries, after the one with the number last.
	addAll(ctx context.Context, each func(last int64, add func(Entry) error) error) error
	// Path is the file, or the name of the database.
	Path() string
}

var (
	_ Trail = (*Log)(nil)
	_ Trail = (*Shared)(nil)
)
