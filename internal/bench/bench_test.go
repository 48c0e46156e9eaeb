//go:build unix

package bench

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// budget is what is measured together.
type budget struct {
	name    string
	measure func(context.Context, *lab) error
}

var budgets = []budget{
	{"start", start},
	{"list", list},
	{"revoke", revoke},
	{"frame", firstFrame},
	{"idle", idle},
	{"key", keyToFrame},
	{"sweep", sweep},
	{"growth", growth},
}

// runs of each process, in turn with its peers.
var times = flag.Int("runs", 20, "`runs` of each process, in turn with its peers")

// TestMain is also the simulator, and what fills a home: how the benchmarks call themselves.
func TestMain(m *testing.M) {
	var err error
	switch {
	case os.Getenv(simulatorVariable) != "":
		err = simulate(os.Getenv(simulatorVariable))
	case os.Getenv(fillVariable) != "":
		err = fill(context.Background(), os.Getenv(fillVariable))
	default:
		os.Exit(m.Run())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// BenchmarkBudget measures each budget once, whatever -benchtime says.
func BenchmarkBudget(b *testing.B) {
	for _, x := range budgets {
		b.Run(x.name, func(b *testing.B) {
			l := newLab(b, *times)
			if err := x.measure(b.Context(), l); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

// lab is where the benchmarks run: the binaries, and the report of their results.
type lab struct {
	dir    string
	n      int
	report report
	homes  int
}

// newLab builds the program and its peers.
func newLab(b *testing.B, n int) *lab {
	b.Helper()
	l := &lab{dir: b.TempDir(), n: n, report: report{b}}
	for name, pkg := range map[string]string{
		"wxauth": ".", "nethttp": "./internal/bench/peers/nethttp", "list": "./internal/bench/peers/list",
		"hello": "./internal/bench/peers/hello", "table": "./internal/bench/peers/table",
	} {
		build := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-o", l.bin(name), pkg)
		build.Dir, build.Env = "../..", append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			b.Fatalf("build %s: %v\n%s", pkg, err, out)
		}
	}
	return l
}

func (l *lab) bin(name string) string { return filepath.Join(l.dir, name) }

// home is the environment of somebody who has used nothing before.
func (l *lab) home() []string {
	l.homes++
	dir := filepath.Join(l.dir, fmt.Sprint("home", l.homes))
	_ = os.MkdirAll(dir, 0o700) // a process that misses it says so
	return []string{"HOME=" + dir, "WXAUTH_KEY=keyfile"}
}

// wxauth is a run of the program.
func (l *lab) wxauth(env []string, args ...string) command {
	return command{name: l.bin("wxauth"), args: args, env: env}
}

// feed runs the program once with something on its input.
func (l *lab) feed(ctx context.Context, env []string, in string, args ...string) error {
	cmd := exec.CommandContext(ctx, l.bin("wxauth"), args...)
	cmd.Env, cmd.Stdin = env, strings.NewReader(in)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("wxauth %s: %w: %s", strings.Join(args, " "), err, out)
	}
	return nil
}

// installed reports whether all tools are there.
func installed(tools ...string) bool {
	return !slices.ContainsFunc(tools, func(t string) bool { _, err := exec.LookPath(t); return err != nil })
}
