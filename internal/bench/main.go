//go:build unix

// Bench measures wxauth against its budgets: whole processes of the built binary, on pipes
// and on pseudo-terminals, and parts of it by Go benchmarks, each beside a peer or a floor
// in the same run. It prints a table of the ratios; docs/performance.md holds the last one.
//
//	go run ./internal/bench            everything, about a quarter of an hour
//	go run ./internal/bench -rows key  the budgets whose name holds "key"
//	go run ./internal/bench -write     and puts the tables into docs/performance.md
//
// Run it on a machine that does nothing else. Peers that are not installed (curl, jq) are
// left out, with a line that says so.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
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
	{"table", table},
	{"inventory", inventory},
	{"store", storage},
	{"refresh", refresh},
	{"sweep", sweep},
	{"growth", growth},
}

func main() {
	simulator := flag.String("simulator", "", "be the simulator of this `world`: how the program calls itself")
	filling := flag.String("fill", "", "fill a `home`: how the program calls itself")
	rows := flag.String("rows", "", "only the budgets whose `name` holds this: "+names())
	n := flag.Int("n", 20, "`runs` of each process, in turn with its peers")
	write := flag.Bool("write", false, "put the tables into docs/performance.md")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	switch {
	case *simulator != "":
		err = simulate(*simulator)
	case *filling != "":
		err = fill(ctx, *filling)
	default:
		err = run(ctx, *rows, *n, *write)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

func names() string {
	var all []string
	for _, b := range budgets {
		all = append(all, b.name)
	}
	return strings.Join(all, ", ")
}

func run(ctx context.Context, rows string, n int, write bool) error {
	if write && rows != "" {
		return errors.New("-write needs all budgets: leave -rows out")
	}
	if n < 3 {
		return errors.New("-n must be at least 3: medians are taken")
	}
	l, err := newLab(ctx, n)
	if err != nil {
		return err
	}
	defer l.close()
	found := false
	for _, b := range budgets {
		if !strings.Contains(b.name, rows) {
			continue
		}
		found = true
		fmt.Fprintf(os.Stderr, "bench: %s…\n", b.name)
		if err := b.measure(ctx, l); err != nil {
			return fmt.Errorf("measure %s: %w", b.name, err)
		}
	}
	if !found {
		return fmt.Errorf("no budget is called %q: %s", rows, names())
	}
	fmt.Print(l.report.markdown(ctx))
	if write {
		return l.report.writeTo(ctx, filepath.Join("docs", "performance.md"))
	}
	return nil
}

// lab is where is measured: the binaries, and what came out so far.
type lab struct {
	dir    string
	n      int
	report report
	homes  int

	simulators []*served
	benchmarks map[string]map[string]map[string]float64 // those that were run
}

// close ends what goes on, and removes what was built.
func (l *lab) close() {
	for _, s := range l.simulators {
		s.close()
	}
	_ = os.RemoveAll(l.dir)
}

// newLab builds the program and its peers.
func newLab(ctx context.Context, n int) (*lab, error) {
	dir, err := os.MkdirTemp("", "wxauth-bench")
	if err != nil {
		return nil, err
	}
	l := &lab{dir: dir, n: n, benchmarks: map[string]map[string]map[string]float64{}}
	for name, pkg := range map[string]string{
		"wxauth": ".", "nethttp": "./internal/bench/peers/nethttp", "list": "./internal/bench/peers/list",
		"hello": "./internal/bench/peers/hello", "table": "./internal/bench/peers/table",
	} {
		build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", l.bin(name), pkg)
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("build %s (run it from the project's folder): %w\n%s", pkg, err, out)
		}
	}
	return l, nil
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
