//go:build unix

package bench

import (
	"bufio"
	"bytes"
	"context"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// start measures what a run costs before it does anything.
func start(ctx context.Context, l *lab) error {
	env := l.home()
	version, floor := l.wxauth(env, "version"), command{name: l.bin("nethttp")}
	r, err := interleaved(ctx, 3*l.n, version, floor)
	if err != nil {
		return err
	}
	l.report.atMost("`wxauth version`", ms(r[0].wall()), "a program that imports net/http, "+ms(r[1].wall()), r[0].over(r[1]), 2)

	var ours, theirs []float64
	for range l.n {
		a, err := inits(ctx, l.bin("wxauth"), "version")
		if err != nil {
			return err
		}
		b, err := inits(ctx, l.bin("nethttp"))
		if err != nil {
			return err
		}
		ours, theirs = append(ours, a), append(theirs, b)
	}
	l.report.add(line{
		what: "package initialization, total", ours: figure(middle(ours)) + " ms", beside: "net/http, " + figure(middle(theirs)) + " ms",
		bar: "≤ 3 ms", inside: middle(ours) <= 3,
	})

	sim, err := l.serve(ctx, world{Tokens: 10})
	if err != nil {
		return err
	}
	env = append(env, "WEBEX_BASE_URL="+sim.URL+"/v1")
	if err := l.feed(ctx, env, sim.Token, "login", "--paste"); err != nil {
		return err
	}
	r, err = interleaved(ctx, 3*l.n, l.wxauth(env, "token", "status"), l.wxauth(env, "version"))
	if err != nil {
		return err
	}
	l.report.atMost("`wxauth token status`, saved login", ms(r[0].wall()), "`wxauth version`, "+ms(r[1].wall()), r[0].over(r[1]), 2)
	return nil
}

// inits returns the milliseconds that a program's packages take to initialize.
func inits(ctx context.Context, name string, args ...string) (total float64, err error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = []string{"GODEBUG=inittrace=1"}
	var trace bytes.Buffer
	cmd.Stderr = &trace
	if err := cmd.Run(); err != nil {
		return 0, err
	}
	for lines := bufio.NewScanner(&trace); lines.Scan(); {
		// init net/http @6.4 ms, 0.037 ms clock, 4712 bytes, 49 allocs
		if words := strings.Fields(lines.Text()); len(words) > 5 && words[0] == "init" {
			v, err := strconv.ParseFloat(words[4], 64)
			if err != nil {
				return 0, err
			}
			total += v
		}
	}
	return total, nil
}

func seconds(d time.Duration) string { return figure(d.Seconds()) + " s" }
