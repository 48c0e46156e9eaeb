//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// benchmark runs Go benchmarks, once, and returns what they report, by name and unit:
// Table/1000 → ours-µs → 33.1.
func (l *lab) benchmark(ctx context.Context, pkg, pattern, times string) (map[string]map[string]float64, error) {
	if known := l.benchmarks[pkg+pattern]; known != nil {
		return known, nil
	}
	out, err := exec.CommandContext(ctx, "go", "test", pkg, "-run", "^$", "-bench", pattern, "-benchtime", times, "-timeout", "20m").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("go test -bench %s %s: %w\n%s", pattern, pkg, err, out)
	}
	all := map[string]map[string]float64{}
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		words := strings.Fields(lines.Text())
		if len(words) < 4 || !strings.HasPrefix(words[0], "Benchmark") {
			continue
		}
		name := strings.TrimPrefix(processors.ReplaceAllString(words[0], ""), "Benchmark")
		all[name] = map[string]float64{}
		for i := 2; i+1 < len(words); i += 2 {
			if all[name][words[i+1]], err = strconv.ParseFloat(words[i], 64); err != nil {
				return nil, fmt.Errorf("read %q: %w", lines.Text(), err)
			}
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no benchmark in %s is called %s", pkg, pattern)
	}
	l.benchmarks[pkg+pattern] = all
	return all, nil
}

var processors = regexp.MustCompile(`-\d+$`)

// table measures a key's work in the table beside bubbles/table.
func table(ctx context.Context, l *lab) error {
	r, err := l.benchmark(ctx, "./ui", "^BenchmarkTable$", "40x")
	if err != nil {
		return err
	}
	t := r["Table/1000"]
	l.report.atLeast("Update+View of the table, 1,000 rows", figure(t["ours-µs"])+" µs", "bubbles/table, "+figure(t["peer-µs"])+" µs", t["peer/ours"], 40)
	l.report.free("Update+View of the whole dashboard, 1,000 rows", figure(t["screen-µs"])+" µs", "bubbles/table, "+figure(t["peer-µs"])+" µs",
		fmt.Sprintf("%.1f× faster", t["peer-µs"]/t["screen-µs"]))
	return nil
}

// inventory measures a key that filters or sorts a large inventory.
func inventory(ctx context.Context, l *lab) error {
	r, err := l.benchmark(ctx, "./ui", "^BenchmarkInventory$", "12x")
	if err != nil {
		return err
	}
	for _, what := range []string{"filter", "sort"} {
		l.report.below("a "+what+" key over 100,000 rows", r["Inventory/"+what+"-100000"]["ms/key"], 16, "ms")
		m := r["Inventory/"+what+"-1000000"]
		l.report.free("a "+what+" key over 1,000,000 rows", figure(m["ms/key"])+" ms, its result after "+figure(m["ms/result"])+" ms", "", "")
	}
	return nil
}

// storage measures the store beside bare bbolt.
func storage(ctx context.Context, l *lab) error {
	r, err := l.benchmark(ctx, "./store", "^BenchmarkStore$", "40x")
	if err != nil {
		return err
	}
	for _, x := range []struct {
		key, what string
		bar       float64
	}{{"put", "store: one sealed Update", 1.5}, {"get", "store: open, get, close", 2}} {
		m := r["Store/"+x.key]
		l.report.atMost(x.what, figure(m["ours-µs"])+" µs", "bare bbolt, "+figure(m["floor-µs"])+" µs", m["ratio"], x.bar)
	}
	return nil
}

// said runs a test and returns the numbers in the lines that it logs.
func said(ctx context.Context, pkg, run string, pattern *regexp.Regexp, more ...string) ([][]string, error) {
	args := append([]string{"test", pkg, "-count=1", "-run", run, "-v", "-timeout", "20m"}, more...)
	out, err := exec.CommandContext(ctx, "go", args...).CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w\n%.2000s", strings.Join(args, " "), err, out)
	}
	found := pattern.FindAllStringSubmatch(string(out), -1)
	if len(found) == 0 {
		return nil, fmt.Errorf("go %s said nothing like %s", strings.Join(args, " "), pattern)
	}
	return found, nil
}

// refresh counts the token POSTs of sixteen processes that find the same token expired.
func refresh(ctx context.Context, l *lab) error {
	found, err := said(ctx, "./internal/cli", "E2ESixteenProcessesRefreshOnce", regexp.MustCompile(`rotation (\w+): (\d+) processes, (\d+) expiries, (\d+) POSTs`), "-tags", "e2e")
	if err != nil {
		return err
	}
	for _, f := range found {
		l.report.add(line{
			what: "refresh by " + f[2] + " processes at once, rotation " + f[1], ours: f[4] + " token POSTs", beside: f[3] + " expiries",
			bar: "exactly one an expiry", inside: f[3] == f[4],
		})
	}
	return nil
}

// sweep measures 100,000 people at 50 calls a second, in fake time, and the memory of the
// binary that sweeps as many over loopback.
func sweep(ctx context.Context, l *lab) error {
	found, err := said(ctx, "./internal/app", "HundredThousand|TwentyCuts", regexp.MustCompile(`([\w ,]+) in (.*): ([\d.]+) % of the limit;( (\d+) pauses after the first minute;)? (\d+) MiB at most`), "-args", "-people", "100000")
	if err != nil {
		return err
	}
	for _, f := range found {
		used, err := strconv.ParseFloat(f[3], 64)
		if err != nil {
			return err
		}
		l.report.add(line{what: "sweep of 100,000 people at 50 calls a second", ours: strings.TrimSpace(f[1]) + " in " + f[2], beside: "the limit", ratio: f[3] + " %", bar: "≥ 95 %", inside: used >= 95})
		if f[4] != "" {
			pauses, err := strconv.ParseFloat(f[5], 64)
			if err != nil {
				return err
			}
			took, err := time.ParseDuration(f[2])
			if err != nil {
				return err
			}
			every := (took - time.Minute).Seconds() / max(pauses, 1)
			l.report.add(line{what: "its pauses after the first minute", ours: f[5] + ", one in " + figure(every) + " s", beside: f[2], bar: "≤ one in 20 s", inside: every >= 20})
		}
	}
	env, err := l.serve(ctx, world{Crowd: 100_000})
	if err != nil {
		return err
	}
	home := append(l.home(), env.env()...)
	for _, which := range []string{"first", "second, which compares"} {
		s, err := l.wxauth(home, "sweep", "--json").run(ctx)
		if err != nil {
			return err
		}
		l.report.add(line{what: "`wxauth sweep` of 100,000 people over loopback, the " + which + ": peak memory", ours: mib(float64(s.peak)) + " in " + seconds(s.wall), bar: "≤ 100 MiB", inside: s.peak <= 100<<20})
	}
	return nil
}
