package session

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/audit"
	"github.com/wxauth/wxauth/internal/config"
	"github.com/wxauth/wxauth/ui"
)

// screenAudit is the audit log for the dashboard.
type screenAudit struct {
	c *Session
	s Settings
}

// Record returns the audit log or, if nothing is saved, the log in memory.
func (c *Session) Record(s Settings) screenAudit { return screenAudit{c, s} }

func (a screenAudit) Records(ctx context.Context, n int) ([]app.Record, int, error) {
	return a.c.Recorder(a.s).Records(ctx, n)
}

// Check verifies the whole log.
func (a screenAudit) Check(ctx context.Context) (words string, ok bool, err error) {
	k, err := a.c.Store(ctx, a.s)
	switch {
	case err != nil:
		return "", false, err
	case k.Trail == nil:
		return "", false, errors.New("the audit log is in memory")
	}
	r, err := k.Trail.Verify(ctx, audit.Head{})
	if err != nil {
		return "", false, err
	}
	if p := r.Problem; p != nil {
		where := ""
		if p.File != k.Trail.Path() {
			where = " of " + filepath.Base(p.File)
		}
		return fmt.Sprintf("the log was changed: line %d%s looks %s (%s)", p.Line, where, p.Kind, p.Detail), false, nil
	}
	words = fmt.Sprintf("%d entries, in order and complete", r.Entries)
	if len(r.Moved) > 0 {
		words += "; " + MovedWords(r.Moved)
	}
	return words, true, nil
}

// RecordNote returns where revokes are logged, for the dialog.
func (c *Session) RecordNote(s Settings) string {
	c.keptMu.Lock()
	memory := c.Kept != nil && c.Kept.Trail == nil
	c.keptMu.Unlock()
	if memory || !config.IsDatabase(s.Store) && config.FilesOf(c.Getenv, s.Store).Audit == "" {
		return ui.MemoryNote
	}
	return "each attempt is written to the audit log before it is sent."
}
