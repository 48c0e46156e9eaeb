package cli

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/wxauth/wxauth/internal/session"
)

// A date in a flag is that day in the configured time zone, as in the output.
func TestADateIsADayInTheTimeZone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, []byte("time_zone = \"America/Los_Angeles\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := &command{Session: session.Session{Getenv: func(string) string { return "" }, Flags: session.Flags{Config: path}}}
	from, to, err := c.timeFlag("since", " 2026-11-01 ") // 25 hours long
	if want := time.Date(2026, 11, 1, 7, 0, 0, 0, time.UTC); err != nil || !from.Equal(want) {
		t.Errorf("from %s, %v; want %s", from, err, want)
	}
	if want := time.Date(2026, 11, 2, 7, 59, 59, 999999999, time.UTC); !to.Equal(want) {
		t.Errorf("to %s, want %s", to, want)
	}
	at := time.Date(2026, 11, 16, 12, 0, 0, 0, time.UTC)
	if from, to, err := c.timeFlag("since", "2026-11-16T12:00:00Z"); err != nil || !from.Equal(at) || !to.Equal(at) {
		t.Errorf("%s, %s, %v", from, to, err)
	}
	if from, to, err := c.timeFlag("since", ""); err != nil || !from.IsZero() || !to.IsZero() {
		t.Errorf("%s, %s, %v", from, to, err)
	}
}
