package session

import (
	"context"
	"strings"
	"sync"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/audit"
	"github.com/wxauth/wxauth/internal/config"
)

// auditProfile is where the store keeps the log's key and anchor, or, in a database, how far it was settled. It is not a valid profile
// name.
const auditProfile = "-audit"

// Recorder returns the audit log. It opens the store with the log's key only before something is
// revoked.
func (c *Session) Recorder(s Settings) app.Recorder {
	c.recordsMu.Lock()
	defer c.recordsMu.Unlock()
	if c.records == nil {
		c.records = &lazyRecorder{c: c}
	}
	c.records.use(s)
	return c.records
}

// lazyRecorder is the audit log or, if nothing is saved, a log in memory.
type lazyRecorder struct {
	c *Session

	mu     sync.Mutex
	s      Settings
	memory app.MemoryRecorder
	trail  audit.Trail // the trail of log
	log    *app.LogRecorder
}

func (l *lazyRecorder) use(s Settings) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.s = s
}

// recorder returns the current recorder. It can change in the dashboard when the user chooses a
// key source.
func (l *lazyRecorder) recorder(ctx context.Context) (app.Recorder, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	k, err := l.c.Store(ctx, l.s)
	if err != nil {
		return nil, err
	}
	if k.Trail == nil {
		l.trail, l.log = nil, nil // of a key source that the user replaced
		return &l.memory, nil
	}
	if l.trail != k.Trail {
		l.trail, l.log = k.Trail, app.NewLogRecorder(k.Trail)
	}
	return l.log, nil
}

// noteSetAside tells about a log that was renamed.
func (c *Session) noteSetAside(aside string) {
	words := "starting a new audit log: the key of the previous one was lost with its token store; the old log is now " + aside
	if c.OnScreen {
		c.afterScreen(words)
		return
	}
	c.Note("%s", words)
}

// current returns the recorder that Prepare found.
func (l *lazyRecorder) current() app.Recorder {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.log != nil {
		return l.log
	}
	return &l.memory
}

func (l *lazyRecorder) Prepare(ctx context.Context) error {
	r, err := l.recorder(ctx)
	if err != nil {
		return err
	}
	return r.Prepare(ctx)
}

func (l *lazyRecorder) Begin(ctx context.Context, expected []app.Record) (func(), error) {
	return l.current().Begin(ctx, expected)
}

func (l *lazyRecorder) Intent(ctx context.Context, r app.Record) (int64, error) {
	return l.current().Intent(ctx, r)
}

func (l *lazyRecorder) Outcome(ctx context.Context, r app.Record) (int64, error) {
	return l.current().Outcome(ctx, r)
}

func (l *lazyRecorder) Flush(ctx context.Context) error { return l.current().Flush(ctx) }
func (l *lazyRecorder) Head() string                    { return l.current().Head() }
func (l *lazyRecorder) Durable() bool                   { return l.current().Durable() }

// Settle does nothing if the store can't be opened: the next revoke reports the error.
func (l *lazyRecorder) Settle(ctx context.Context) ([]app.Record, error) {
	r, err := l.recorder(ctx)
	if err != nil {
		return nil, err
	}
	return r.Settle(ctx)
}

// Records reads the log. If it is in files, that doesn't require the key.
func (l *lazyRecorder) Records(ctx context.Context, n int) ([]app.Record, int, error) {
	if r := l.current(); r.Durable() {
		return r.Records(ctx, n)
	}
	if records, all, err := l.memory.Records(ctx, n); all > 0 {
		return records, all, err
	}
	trail, err := l.c.TrailForReading(ctx, l.settings())
	if trail == nil {
		return nil, 0, err
	}
	return app.NewLogRecorder(trail).Records(ctx, n)
}

func (l *lazyRecorder) settings() Settings {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.s
}

// TrailForReading returns the audit log for reading, which needs no key if it is in files; nil if there
// is none.
func (c *Session) TrailForReading(ctx context.Context, s Settings) (audit.Trail, error) {
	if config.IsDatabase(s.Store) {
		k, err := c.Store(ctx, s)
		return k.Trail, err
	}
	path := config.FilesOf(c.Getenv, s.Store).Audit
	if path == "" {
		return nil, nil
	}
	return audit.New(path, nil), nil
}

// LogFiles returns the audit log of a trail that is in files; nil if it is in a database.
func LogFiles(t audit.Trail) *audit.Log {
	log, _ := t.(*audit.Log)
	return log
}

// MovedWords describes what happened to moved files of the log, and what to do.
func MovedWords(moved []audit.MovedFile) string {
	var words []string
	for _, m := range moved {
		words = append(words, m.String())
	}
	return strings.Join(words, "; ") + ": run wxauth audit rotate to register them as closed files, then remove the log from that program's configuration"
}
