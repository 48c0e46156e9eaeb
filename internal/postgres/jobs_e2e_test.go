//go:build e2e && unix

package postgres_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/wxauth/wxauth/internal/postgres"
	"github.com/wxauth/wxauth/internal/postgres/postgrestest"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

// cronJob is the part of docs/team/cronjob.yaml that says how the program runs.
type cronJob struct {
	Spec struct {
		JobTemplate struct {
			Spec struct{ Template struct{ Spec pod } }
		} `yaml:"jobTemplate"`
	}
}

type pod struct {
	Containers []struct {
		Args []string
		Env  []struct {
			Name, Value string
			ValueFrom   any `yaml:"valueFrom"`
		}
		VolumeMounts []struct {
			MountPath string `yaml:"mountPath"`
		} `yaml:"volumeMounts"`
	}
	Volumes []struct {
		Secret struct {
			DefaultMode os.FileMode `yaml:"defaultMode"`
			Items       []struct{ Key, Path string }
		}
	}
}

// ofCronJob returns the arguments and the variables of the manifest, with the key in a file as Kubernetes
// mounts it: a symbolic link to a file of the mode in the manifest.
func ofCronJob(t *testing.T, key string) (args, env []string) {
	t.Helper()
	text, err := os.ReadFile("../../docs/team/cronjob.yaml")
	must(t, err)
	var job cronJob
	must(t, yaml.Unmarshal(text, &job))
	pod := job.Spec.JobTemplate.Spec.Template.Spec
	c := pod.Containers[0]
	mount, secret := c.VolumeMounts[0], pod.Volumes[0].Secret
	dir := t.TempDir()
	data := filepath.Join(dir, "..data")
	must(t, os.Mkdir(data, 0o755))
	must(t, os.WriteFile(filepath.Join(data, secret.Items[0].Key), []byte(key), 0o600))
	must(t, os.Chmod(filepath.Join(data, secret.Items[0].Key), secret.DefaultMode))
	must(t, os.Symlink(filepath.Join("..data", secret.Items[0].Key), filepath.Join(dir, secret.Items[0].Path)))
	for _, v := range c.Env {
		if v.ValueFrom == nil && strings.HasPrefix(v.Value, mount.MountPath) {
			env = append(env, v.Name+"="+strings.Replace(v.Value, mount.MountPath, dir, 1))
		}
	}
	return c.Args, env
}

// ofUnit returns the same of docs/team/wxauth-refresh.service.
func ofUnit(t *testing.T, key string) (args, env []string) {
	t.Helper()
	text, err := os.ReadFile("../../docs/team/wxauth-refresh.service")
	must(t, err)
	dir := t.TempDir()
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		switch name {
		case "ExecStart":
			args = strings.Fields(value)[1:]
		case "LoadCredential":
			file, _, _ := strings.Cut(value, ":")
			must(t, os.WriteFile(filepath.Join(dir, file), []byte(key), 0o400))
		case "Environment":
			if strings.Contains(value, "%d") {
				env = append(env, strings.ReplaceAll(value, "%d", dir))
			}
		}
	}
	return args, env
}

// The jobs of the documents, on several hosts at once, refresh what is due once, and say what needs a
// person.
func TestE2EJobsRefreshOnce(t *testing.T) {
	c := newTeam(t, postgrestest.Database(t), 1, webextest.Switches{RotateRefresh: true})
	key := c.machines[0].must(t, "store", "key", "export", "--unencrypted")
	s := open(t, c.address, postgres.Keys{Team: c.key})
	tokens, _ := c.tokens(t)
	tokens.RefreshIssued = tokens.RefreshIssued.Add(-75 * 24 * time.Hour) // 15 of 90 days are left
	must(t, s.SetOrgTokens(t.Context(), webex.ClientID(c.app.ClientID), webex.OrgID(c.org), tokens))

	var wg sync.WaitGroup
	for _, of := range []func(*testing.T, string) ([]string, []string){ofCronJob, ofUnit} {
		args, env := of(t, key)
		if len(args) < 3 || len(env) != 1 {
			t.Fatal(args, env)
		}
		for range 6 { // hosts
			job := machine{&team{env: append(append(c.env[:len(c.env):len(c.env)], "WXAUTH_KEY=", "WEBEX_ACCESS_TOKEN="), env...)}, t.TempDir()}
			wg.Go(func() {
				out, err := job.run(t, args...)
				var summary struct {
					Logins []any
					Orgs   []struct {
						OrgID     string
						LoginEnds time.Time
						Needs     *string
					}
				}
				if err == nil {
					err = json.Unmarshal([]byte(out), &summary)
				}
				if err != nil || len(summary.Logins) != 0 || len(summary.Orgs) != 1 || summary.Orgs[0].OrgID != webex.OrgID(c.org).UUID() || summary.Orgs[0].Needs != nil || time.Until(summary.Orgs[0].LoginEnds) < 80*24*time.Hour {
					t.Errorf("%v: %s", err, out)
				}
			})
		}
	}
	wg.Wait()
	if posts := c.posts(); posts != 1 {
		t.Errorf("%d POSTs", posts)
	}
	// When the Service App was deauthorized, the summary says who has to do something.
	c.sim.DeauthorizeServiceApp(c.app, c.org)
	must(t, s.SetOrgTokens(t.Context(), webex.ClientID(c.app.ClientID), webex.OrgID(c.org), tokens))
	args, env := ofUnit(t, key)
	job := machine{&team{env: append(append(c.env[:len(c.env):len(c.env)], "WXAUTH_KEY=", "WEBEX_ACCESS_TOKEN="), env...)}, t.TempDir()}
	cmd := job.command(t, args...)
	out, err := cmd.Output()
	if err == nil || cmd.ProcessState.ExitCode() != 4 || !strings.Contains(string(out), `"needs": "`) {
		t.Errorf("%v: %s", err, out)
	}
}

// A key that everybody may read is refused.
func TestE2EAnExposedKeyIsRefused(t *testing.T) {
	c := newTeam(t, postgrestest.Database(t), 1, webextest.Switches{})
	file := filepath.Join(t.TempDir(), "team.key")
	must(t, os.WriteFile(file, []byte(c.machines[0].must(t, "store", "key", "export", "--unencrypted")), 0o600))
	job := machine{&team{env: append(c.env[:len(c.env):len(c.env)], "WXAUTH_KEY=", "WXAUTH_TEAM_KEY_FILE="+file)}, t.TempDir()}
	job.must(t, "orgs", "list")
	must(t, os.Chmod(file, 0o644))
	if _, err := job.run(t, "orgs", "list"); err == nil || !strings.Contains(err.Error(), "0644") {
		t.Errorf("%v", err)
	}
}
