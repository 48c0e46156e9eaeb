//go:build linux

package cli_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/wxauth/wxauth/internal/trial"
	"github.com/wxauth/wxauth/webex/webextest"
)

// S-88: events are printed as they arrive. With WXAUTH_TRIAL=full there are 100,000 of them, and
// each form may use 64 MiB:
//
//	WXAUTH_TRIAL=full go test ./internal/cli -run ManyEvents -v
func TestManyEvents(t *testing.T) {
	t.Parallel()
	n := trial.Cases(1000, 100_000)
	srv := webextest.NewServer()
	defer srv.Close()
	ada, _ := srv.Person("ada.admin@acme.example")
	now := time.Now()
	srv.AddLogins(ada, n, now.AddDate(0, 0, -300), now)
	survived, note := 0, ""
	for _, form := range []string{"--json", "--csv", "--plain"} {
		cmd := exec.Command("wxauth", "events", "--all", "--from", "300d", form)
		cmd.Env = []string{"HOME=" + t.TempDir(), "WEBEX_BASE_URL=" + srv.URL + "/v1", "WEBEX_ACCESS_TOKEN=" + srv.AdminToken()}
		var errs strings.Builder
		cmd.Stderr = &errs
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		got, peak := 0, 0
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if strings.Contains(lines.Text(), "logged into organization") {
				if got++; got%(n/50) == 0 { // while it runs: an ended process has no memory
					peak = max(peak, peakMemory(t, cmd.Process.Pid))
				}
			}
		}
		if err := cmd.Wait(); err != nil || got < n-1 {
			t.Errorf("%s: %d of %d events, %v: %s", form, got, n, err, errs.String())
			continue
		}
		note += fmt.Sprintf("; %s: %d MiB", form, peak)
		if trial.Full() && (peak == 0 || peak > 64) {
			t.Errorf("%s: %d MiB", form, peak)
			continue
		}
		survived++
	}
	trial.Report(t, trial.Figure{Name: "listing 100,000 admin audit events", Tried: 3, Survived: survived, Note: fmt.Sprintf("%d events%s", n, note)})
}

// peakMemory returns the largest resident size so far of a process, in MiB.
func peakMemory(t *testing.T, pid int) (mib int) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	_, _ = fmt.Sscan(rest, &mib) // in KiB
	return mib >> 10
}
