//go:build e2e && linux

package cli_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wxauth/wxauth/internal/trial"
	"github.com/wxauth/wxauth/webex/webextest"
)

// S-34, S-44b, S-86: the disk is full at random levels during a refresh, a revoke, a sweep, a
// logout. Existing data stays intact, no refresh token is used that could not be saved, nothing
// is sent that could not be logged, and everything works once there is space again. It mounts a
// small file system, which requires root.
func TestMountedDiskThatIsFull(t *testing.T) {
	levels := trial.Cases(24, 200)
	k := keepLogin(t, true)
	disk := k.home
	if err := os.RemoveAll(filepath.Join(disk, ".local")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=1m,mode=700"); err != nil {
		t.Fatalf("mount a small file system: %v (requires root)", err)
	}
	defer func() { _ = syscall.Unmount(disk, 0) }()
	k.logIn()
	max := k.srv.AddPerson(webextest.Person{Name: "Max", Email: "max@acme.example"})
	rng := rand.New(rand.NewPCG(2, 2))
	survived, refused := 0, 0
	for n := range levels {
		k.age()
		before := k.stored()
		id := k.srv.GrantAccess(max, k.srv.AddApp("App"), time.Now())
		ballast := filepath.Join(disk, "ballast")
		fill(t, ballast, rng.Int64N(1<<rng.IntN(18)))
		posts, deletes := k.posts(), len(k.srv.Deletes())
		args := [][]string{{"token"}, {"revoke", id, "--user", "max@acme.example", "--yes"}, {"token", "refresh"}, {"sweep", "--fresh"}}[n%4]
		cmd := k.command(args...)
		out, err := cmd.CombinedOutput()
		what := fmt.Sprintf("level %d, wxauth %s", n, strings.Join(args, " "))
		if rerr := os.Remove(ballast); rerr != nil {
			t.Fatal(rerr)
		}
		good := true
		bad := func(format string, a ...any) {
			good = false
			t.Errorf("%s: "+format+"\n%s", append(append([]any{what}, a...), out)...)
		}
		if err != nil {
			refused++
			if !strings.Contains(string(out), "full") && !strings.Contains(string(out), "no space") {
				bad("%v, and it is not said that the disk is full", err)
			}
		}
		after := k.stored()
		if spent := k.posts() > posts; spent && after.Access.Equal(before.Access) {
			bad("a refresh was spent and its tokens are not kept")
		}
		if sent := len(k.srv.Deletes()) > deletes; sent {
			list := k.command("audit", "list", "--json")
			if said, err := list.Output(); err != nil || !strings.Contains(string(said), id) {
				bad("a DELETE was sent that does not stand in the log: %v", err)
			}
		}
		if _, verr := k.open().Verify(t.Context()); verr != nil {
			bad("the store: %v", verr)
		}
		if said, verr := k.command("audit", "verify").CombinedOutput(); verr != nil && !strings.Contains(string(said), "no audit log") && !strings.Contains(string(said), "none yet") {
			bad("the log: %s", said)
		}
		if said, terr := k.command("token").CombinedOutput(); terr != nil { // with free space again
			bad("then: %s", said)
			k.logIn()
		}
		if good {
			survived++
		}
	}
	trial.Report(t, trial.Figure{Name: "full disk", Tried: levels, Survived: survived, Lost: levels - survived, Note: fmt.Sprintf("at random levels; %d runs were rejected with a reason", refused)})
}

// S-86: the disk fills up after the first DELETE: every DELETE is logged, the report is
// written, and what could not be logged was not sent. It mounts a small file system, which
// requires root.
func TestMountedDiskThatFillsUpWhileTokensAreRevoked(t *testing.T) {
	for _, tokens := range []int{3, 30} {
		k := keepLogin(t, true)
		disk := k.home
		if err := os.RemoveAll(filepath.Join(disk, ".local")); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=2m,mode=700"); err != nil {
			t.Fatalf("mount a small file system: %v (requires root)", err)
		}
		defer func() { _ = syscall.Unmount(disk, 0) }()
		k.logIn()
		max := k.srv.AddPerson(webextest.Person{Name: "Max", Email: "max@acme.example"})
		for range tokens {
			k.srv.GrantAccess(max, k.srv.AddApp("App"), time.Now())
		}
		answer := make(chan struct{})
		k.srv.AddFault(webextest.Fault{Method: "DELETE", Until: answer})
		report := filepath.Join(disk, "max.json")
		cmd := k.command("offboard", "max@acme.example", "--confirm=max@acme.example", "--report", report)
		var said bytes.Buffer
		cmd.Stdout, cmd.Stderr = &said, &said
		start(t, cmd)
		trial.Until(t, "the first DELETEs", func() bool { return len(k.srv.Deletes()) == min(tokens, 8) })
		fill(t, filepath.Join(disk, "ballast"), 0)
		close(answer)
		_ = cmd.Wait()
		sent, code := len(k.srv.Deletes()), cmd.ProcessState.ExitCode()
		if want := map[bool]int{true: 0, false: 3}[sent == tokens]; code != want {
			t.Errorf("%d of %d sent: exit %d, want %d: %s", sent, tokens, code, want, &said)
		}
		data, err := os.ReadFile(report)
		if err != nil || strings.Count(string(data), `"outcome": "revoked"`) != sent {
			t.Errorf("%d sent, but the report says: %v, %s", sent, err, data)
		}
		if err := os.Remove(filepath.Join(disk, "ballast")); err != nil {
			t.Fatal(err)
		}
		list, err := k.command("audit", "list", "--json").Output()
		if err != nil || strings.Count(string(list), `"outcome": "revoked"`) != sent {
			t.Errorf("%d sent, but the audit log contains: %v, %s", sent, err, list)
		}
		if out, err := k.command("audit", "verify").CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
		t.Logf("%d of %d sent: exit %d", sent, tokens, code)
	}
}

// fill writes a file until only the given number of bytes is free.
func fill(t *testing.T, path string, free int64) {
	t.Helper()
	var s syscall.Statfs_t
	if err := syscall.Statfs(filepath.Dir(path), &s); err != nil {
		t.Fatal(err)
	}
	size := int64(s.Bavail)*s.Bsize - free
	if err := os.WriteFile(path, make([]byte, max(size, 0)), 0o600); err != nil {
		t.Fatal(err)
	}
}
