//go:build unix

package bench

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
)

// sample is what one run of something came to.
type sample struct {
	wall time.Duration
	cpu  time.Duration
	peak int64 // resident memory, bytes
	out  []byte
}

// command is a program that is run from its start to its end.
type command struct {
	name string
	args []string
	env  []string
	keep bool // what it prints
}

// run runs it once. What it prints goes nowhere unless it is asked for: a process begins
// its life with the peak memory of its parent, so this one must stay small.
func (c command) run(ctx context.Context) (sample, error) {
	cmd := exec.CommandContext(ctx, c.name, c.args...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH")}, c.env...)
	var out, errs bytes.Buffer
	cmd.Stderr = &errs
	if c.keep {
		cmd.Stdout = &out
	}
	begun := time.Now()
	err := cmd.Run()
	s := sample{wall: time.Since(begun), out: out.Bytes()}
	state := cmd.ProcessState
	if state == nil {
		return s, err
	}
	if state.ExitCode() != 0 {
		return s, fmt.Errorf("%s %s: exit %d: %s", c.name, strings.Join(c.args, " "), state.ExitCode(), bytes.TrimSpace(errs.Bytes()))
	}
	s.cpu = state.UserTime() + state.SystemTime()
	if usage, ok := state.SysUsage().(*syscall.Rusage); ok {
		s.peak = peakBytes(usage)
	}
	return s, nil
}

// interleaved runs several commands in turn, A B C A B C …, after a warm-up of each.
func interleaved(ctx context.Context, n int, commands ...command) ([]runs, error) {
	out := make([]runs, len(commands))
	for round := range n + 1 {
		for i, c := range commands {
			s, err := c.run(ctx)
			if err != nil {
				return nil, err
			}
			if round > 0 {
				out[i] = append(out[i], s)
			}
		}
	}
	return out, nil
}

// runs are the samples of one command.
type runs []sample

func (r runs) wall() time.Duration {
	return time.Duration(median(r, func(s sample) float64 { return float64(s.wall) }))
}
func (r runs) peak() float64 { return median(r, func(s sample) float64 { return float64(s.peak) }) }

// over is the median of the ratios to another command's runs, pair by pair: it holds where
// the machine's speed drifts.
func (r runs) over(other runs) float64 {
	ratios := make([]float64, min(len(r), len(other)))
	for i := range ratios {
		ratios[i] = float64(r[i].wall) / float64(other[i].wall)
	}
	return middle(ratios)
}

func median[T any](all []T, of func(T) float64) float64 {
	v := make([]float64, len(all))
	for i, x := range all {
		v[i] = of(x)
	}
	return middle(v)
}

func middle(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	v = slices.Sorted(slices.Values(v))
	if n := len(v); n%2 == 0 {
		return (v[n/2-1] + v[n/2]) / 2
	}
	return v[len(v)/2]
}
