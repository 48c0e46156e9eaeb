//go:build linux

package cli_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wxauth/wxauth/internal/audit"
	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/internal/trial"
)

// S-85b: commands that read the log keep only what they print in memory. With WXAUTH_TRIAL=full
// the log has a million entries from half a million runs, and each command may use 64 MiB and 5
// seconds of CPU time:
//
//	WXAUTH_TRIAL=full go test ./internal/cli -run AMillionEntries -v
func TestAMillionEntries(t *testing.T) {
	t.Parallel()
	entries, home := trial.Cases(2000, 1_000_000), t.TempDir()
	fillLog(t, home, entries)
	survived, note := 0, ""
	lines := [][]string{
		{"list"},
		{"list", "--json"},
		{"list", "--csv"},
		{"list", "--user", "nobody@acme.example"},
		{"report", "--last"},
		{"report", "--user", "user1@acme.example"},
		{"verify"},
		{"export"},
		{"export", "--format", "syslog"},
	}
	for _, line := range lines {
		cmd := exec.Command("wxauth", append([]string{"audit"}, line...)...)
		cmd.Env = []string{"HOME=" + home, "WXAUTH_KEY=keyfile"}
		var said strings.Builder
		cmd.Stderr = &said
		began := time.Now()
		if err := cmd.Run(); err != nil {
			t.Errorf("%v: %v: %s", line, err, said.String())
			continue
		}
		took := time.Since(began)
		used := cmd.ProcessState.SysUsage().(*syscall.Rusage)
		peak, busy := used.Maxrss>>10, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime()
		note += fmt.Sprintf("; %s: %d MiB, %.1f s, %.1f s CPU", strings.Join(line, " "), peak, took.Seconds(), busy.Seconds())
		// The peak memory of a child includes this process before exec, which is small if the
		// test runs without others.
		if trial.Full() && peak > 64 {
			t.Errorf("%v: %d MiB", line, peak)
			continue
		}
		survived++
	}
	trial.Report(t, trial.Figure{
		Name: "reading a log of a million entries", Tried: len(lines), Survived: survived,
		Note: fmt.Sprintf("%d entries%s", entries, note),
	})
}

// fillLog writes a log as revokes do: one token per run, eight per person.
func fillLog(t *testing.T, home string, entries int) {
	t.Helper()
	data := filepath.Join(home, ".local", "share", "wxauth")
	if err := os.MkdirAll(data, 0o700); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(filepath.Join(data, "store.db"), store.Keyfile(filepath.Join(data, "key")))
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	log := audit.New(filepath.Join(home, ".local", "state", "wxauth", "audit.jsonl"), s.Profile("-audit"))
	if err := log.Prepare(ctx); err != nil {
		t.Fatal(err)
	}
	for i := range entries {
		e := audit.Entry{
			Time: time.Now(), Actor: "ada.admin@acme.example", Action: "revoke", Person: fmt.Sprintf("user%d@acme.example", i/16),
			ID: fmt.Sprintf("Y2lzY29zcGFyazovL3VzL0FVVEhPUklaQVRJT04v%044d", i/2), ApplicationName: "Meeting Sync", ClientID: "C" + strings.Repeat("0123456789abcdef", 4),
			Type: "refresh", Phase: audit.PhaseIntent, Org: "Acme (96abc2aa-3dcc-11e5-a152-fe34819cdc9a)", Created: "2026-10-22T01:54:07Z", Run: fmt.Sprintf("20261121T140000Z-%08x", i/2),
		}
		if i%2 == 1 {
			e.Phase, e.Outcome, e.Status, e.Intent, e.TrackingID = audit.PhaseOutcome, "revoked", 204, int64(i), "ROUTER_6543-00-1234567890"
		}
		if _, err := log.Append(ctx, e, false); err != nil {
			t.Fatal(err)
		}
	}
	if err := log.Flush(ctx); err != nil {
		t.Fatal(err)
	}
}
