//go:build ignore

// Campaign runs the long campaigns, one after the other, and prints one table of figures:
// cases tried, survived, lost. It exits with 1 when anything was lost.
//
//	go run .ci/campaign.go [-fuzz 60s] [-at-once 1] [-only part of a name] [-write]
//
// -fuzz is the duration of each fuzz target; 0 skips them. -at-once is how many targets run at the same
// time, each with one worker if there are several. -write saves the table in
// docs/security.md if nothing failed; rows that were not run stay unchanged. It needs strace,
// tmux, chromium, gnome-keyring, dbus, postgresql and pgbouncer, and root for a test that mounts a
// file system.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// campaigns are the tests that report figures (package internal/trial), by package.
var campaigns = []struct{ pkg, run string }{
	{"./webex", "HostileRequests|Misbehaviour|HTTP2BreaksOff|NoRedirectCarries|RedirectsLeak|DeviceGrant|CleanKeeps|BadInputIsRefused"},
	{"./internal/app", "NoMisbehaviour|NoListIsBelieved"},
	{"./internal/store", "Truncated|AChangedStore|ManyProcesses|KilledInMidCommit|PowerLoss"},
	{"./internal/audit", "Tampering|KilledInMidAudit"},
	{"./internal/cli", "KilledInMid|KilledSweeps|E2EKilled|E2ESixteenProcessesRefreshOnce|MountedDisk|BesideDashboards|HostileText|NoCommandLeaves|E2EKeyrings"},
	{"./internal/cli", "AMillionEntries"}, // without other tests: it measures memory
	{"./ui", "KeyScript|HostileTextOnEveryScreen"},
	{"./internal/postgres", "E2E"},
}

type figure struct {
	Name                  string
	Tried, Survived, Lost int
	Note                  string
	took                  time.Duration
}

func main() {
	fuzz := flag.Duration("fuzz", 60*time.Second, "duration of each fuzz target")
	atOnce := flag.Int("at-once", 1, "number of fuzz targets that run at the same time")
	only := flag.String("only", "", "run only campaigns whose name contains this")
	write := flag.Bool("write", false, "save the table in docs/security.md")
	flag.Parse()
	var all []figure
	failed := false
	for _, c := range campaigns {
		if *only != "" && !strings.Contains(c.pkg+" "+c.run, *only) {
			continue
		}
		figures, err := run(c.pkg, c.run)
		all = append(all, figures...)
		if err != nil {
			failed = true
			fmt.Fprintln(os.Stderr, "campaign:", c.pkg, err)
		}
	}
	if *fuzz > 0 {
		targets, err := fuzzTargets()
		if err != nil {
			fmt.Fprintln(os.Stderr, "campaign:", err)
			os.Exit(2)
		}
		targets = slices.DeleteFunc(targets, func(t target) bool { return *only != "" && !strings.Contains(t.pkg+" "+t.name, *only) })
		figures, errs := make([]figure, len(targets)), make([]error, len(targets))
		var group errgroup.Group
		group.SetLimit(*atOnce)
		for i, t := range targets {
			group.Go(func() error {
				figures[i], errs[i] = runFuzz(t.pkg, t.name, *fuzz, *atOnce > 1)
				return nil
			})
		}
		_ = group.Wait()
		all = append(all, figures...)
		for i, err := range errs {
			if err != nil {
				failed = true
				fmt.Fprintln(os.Stderr, "campaign:", targets[i].name, err)
			}
		}
	}
	commit, _ := exec.Command("git", "rev-parse", "--short", "HEAD").Output()
	var rows []string
	for _, f := range all {
		rows = append(rows, fmt.Sprintf("| %s | %s | %s | %d | %s | %s |", f.Name, thousands(f.Tried), thousands(f.Survived), f.Lost, f.Note, strings.TrimSpace(string(commit))))
		failed = failed || f.Lost != 0 || f.Survived != f.Tried
	}
	fmt.Print("\n" + strings.Join(rows, "\n") + "\n")
	if *write && !failed {
		if err := put(rows); err != nil {
			fmt.Fprintln(os.Stderr, "campaign:", err)
			os.Exit(2)
		}
	}
	if failed {
		os.Exit(1)
	}
}

// run runs the full tests and collects their figures.
func run(pkg, pattern string) (figures []figure, err error) {
	fmt.Fprintf(os.Stderr, "== %s  %s\n", pkg, pattern)
	cmd := exec.Command("go", "test", "-tags", "e2e", "-count=1", "-v", "-timeout", "60m", "-run", pattern, pkg)
	cmd.Env = append(os.Environ(), "WXAUTH_TRIAL=full")
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	cmd.Stderr = os.Stderr
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	r := bufio.NewReader(out)
	for {
		l, rerr := r.ReadString('\n')
		if _, text, ok := strings.Cut(l, "figure: "); ok {
			var f figure
			if err := json.Unmarshal([]byte(text), &f); err == nil {
				f.took = time.Since(start)
				fmt.Fprintf(os.Stderr, "   %s: %d of %d, %d lost (%s)\n", f.Name, f.Survived, f.Tried, f.Lost, f.took.Round(time.Second))
				figures = append(figures, f)
			}
		} else if strings.Contains(l, "--- FAIL") || strings.Contains(l, "_test.go:") && !strings.Contains(l, "t.Log") {
			fmt.Fprint(os.Stderr, l)
		}
		if rerr == io.EOF {
			break
		} else if rerr != nil {
			return figures, rerr
		}
	}
	return figures, cmd.Wait()
}

type target struct{ pkg, name string }

var fuzzFunc = regexp.MustCompile(`(?m)^func (Fuzz\w+)\(`)

func fuzzTargets() (all []target, err error) {
	files, err := exec.Command("git", "ls-files", "*_test.go").Output()
	if err != nil {
		return nil, fmt.Errorf("list tests: %w", err)
	}
	for _, f := range strings.Fields(string(files)) {
		data, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		for _, m := range fuzzFunc.FindAllStringSubmatch(string(data), -1) {
			all = append(all, target{"./" + f[:strings.LastIndex(f, "/")], m[1]})
		}
	}
	return all, nil
}

var executions = regexp.MustCompile(`execs: (\d+)`)

func runFuzz(pkg, name string, d time.Duration, oneWorker bool) (figure, error) {
	fmt.Fprintf(os.Stderr, "== %s %s %s\n", pkg, name, d)
	args := []string{"test", pkg, "-run", "^$", "-fuzz", "^" + name + "$", "-fuzztime", d.String(), "-fuzzminimizetime", "20x"}
	if oneWorker {
		args = append(args, "-parallel", "1")
	}
	cmd := exec.Command("go", args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	f := figure{Name: "fuzzing: " + name, Note: d.String()}
	if all := executions.FindAllStringSubmatch(out.String(), -1); len(all) > 0 {
		f.Tried, _ = strconv.Atoi(all[len(all)-1][1])
	}
	f.Survived = f.Tried
	if err != nil {
		f.Survived, f.Lost = f.Tried-1, 1
		fmt.Fprint(os.Stderr, out.String())
	}
	fmt.Fprintf(os.Stderr, "   %s: %d executions\n", name, f.Tried)
	return f, err
}

func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

const begin, end = "<!-- campaign: begin -->\n", "<!-- campaign: end -->\n"

// put replaces the rows of the same name between the marks of docs/security.md. Other rows
// stay.
func put(rows []string) error {
	const path = "docs/security.md"
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(data), begin)
	old, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		return fmt.Errorf("%s has no markers for the table", path)
	}
	name := func(row string) string { return strings.SplitN(row, " | ", 2)[0] }
	kept := map[string]int{}
	var all []string
	for _, l := range append(strings.Split(old, "\n"), rows...) {
		cells := strings.Split(l, " | ")
		if len(cells) != 6 || cells[0] == "| campaign" || cells[0] == "| **all**" {
			continue
		}
		if at, ok := kept[name(l)]; ok {
			all[at] = l
			continue
		}
		kept[name(l)] = len(all)
		all = append(all, l)
	}
	tried, lost := 0, 0
	for _, l := range all {
		cells := strings.Split(l, " | ")
		n, _ := strconv.Atoi(strings.ReplaceAll(cells[1], ",", ""))
		gone, _ := strconv.Atoi(cells[3])
		tried, lost = tried+n, lost+gone
	}
	text := fmt.Sprintf("Measured %s, %s/%s, %d processors, %s.\n\n| campaign | tried | survived | lost | | commit |\n|---|---:|---:|---:|---|---|\n%s\n| **all** | %s | | **%d** | | |\n",
		time.Now().UTC().Format("2006-01-02"), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), strings.Join(all, "\n"), thousands(tried), lost)
	return os.WriteFile(path, []byte(before+begin+text+end+after), 0o644)
}
