//go:build unix

package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/wxauth/wxauth/internal/audit"
	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/webex"
)

const serviceApp = webex.ClientID("C5a0000000000000000000000000000000000000000000000000000000000b41d")

// filling is what is put into somebody's home. As the simulator, it has a process of its
// own: this one stays small.
type filling struct {
	Home  string
	Orgs  int // whose tokens are held
	Lines int // of the audit log
}

// fillVariable makes a process fill a home.
const fillVariable = "WXAUTH_BENCH_FILL"

// filled is the environment of somebody who has used the program a lot.
func (l *lab) filled(ctx context.Context, f filling) ([]string, error) {
	env := l.home()
	f.Home = strings.TrimPrefix(env[0], "HOME=")
	text, err := json.Marshal(f)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), fillVariable+"="+string(text))
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("fill a home: %w: %s", err, out)
	}
	return env, nil
}

// fill is the process that fills a home.
func fill(ctx context.Context, spec string) error {
	var f filling
	if err := json.Unmarshal([]byte(spec), &f); err != nil {
		return err
	}
	dir := filepath.Join(f.Home, ".local", "share", "wxauth")
	s, err := store.Open(filepath.Join(dir, "store.db"), store.Keyfile(filepath.Join(dir, "key")))
	if err != nil {
		return err
	}
	if err := fillOrgs(ctx, s, f.Orgs); err != nil || f.Lines == 0 {
		return err
	}
	return fillLog(ctx, filepath.Join(f.Home, ".local", "state", "wxauth", "audit.jsonl"), s, f.Lines)
}

func fillOrgs(ctx context.Context, s *store.Bolt, orgs int) error {
	for i := range orgs {
		id, err := webex.ParseOrgID(fmt.Sprintf("%08x-0000-4000-8000-%012x", i*7919, i))
		if err != nil {
			return err
		}
		t := webex.Tokens{
			Access: webex.NewSecret(strings.Repeat("a", 100)), Refresh: webex.NewSecret(strings.Repeat("r", 100)), Issued: time.Now(), RefreshIssued: time.Now(),
			AccessLife: 14 * 24 * time.Hour, RefreshLife: 90 * 24 * time.Hour, Owner: webex.Owner{OrgID: id, OrgName: webex.Untrusted(fmt.Sprint("Org ", i))},
		}
		if err := s.SetOrgTokens(ctx, serviceApp, id, t); err != nil {
			return err
		}
	}
	return nil
}

// fillLog writes a log as revokes do.
func fillLog(ctx context.Context, path string, s *store.Bolt, lines int) error {
	log := audit.New(path, s.Profile("-audit"))
	if err := log.Prepare(ctx); err != nil {
		return err
	}
	end, err := log.Begin(ctx)
	if err != nil {
		return err
	}
	defer end()
	id := strings.Repeat("Y2lzY29zcGFyazovL3VzL0FVVEhPUklaQVRJT04v", 2)
	for i := range lines {
		e := audit.Entry{
			Time: time.Now(), Actor: "ada.admin@acme.example", Action: "revoke", Person: jane, ID: id, ApplicationName: "Meeting Sync",
			ClientID: string(serviceApp), Type: "refresh", Phase: audit.PhaseIntent,
		}
		if i%2 == 1 {
			e.Phase, e.Outcome, e.Status, e.Intent = audit.PhaseOutcome, "revoked", 204, int64(i)
		}
		if _, err := log.Append(ctx, e, false); err != nil {
			return err
		}
	}
	return log.Flush(ctx)
}
