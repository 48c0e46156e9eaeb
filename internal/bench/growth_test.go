//go:build unix

package bench

import (
	"context"
	"math"
	"time"
)

// growth measures what more of something costs.
func growth(ctx context.Context, l *lab) error {
	for _, f := range []func(context.Context, *lab) error{authorizationsGrow, peopleGrow, orgsGrow, linesGrow} {
		if err := f(ctx, l); err != nil {
			return err
		}
	}
	return nil
}

// curve is a cost at several sizes.
type curve struct {
	what  string
	sizes []int
	costs []float64
	note  []string // beside the cost
}

// add reports it: the steepest step of the curve, as the power of the size that it grows by
// once what the smallest size costs is taken off.
func (l *lab) add(c curve, write func(float64) string) {
	g := grown{what: c.what}
	for i, n := range c.sizes {
		g.sizes = append(g.sizes, thousands(n))
		text := write(c.costs[i])
		if len(c.note) > i {
			text += ", " + c.note[i]
		}
		g.costs = append(g.costs, text)
	}
	last := len(c.sizes) - 1
	before, after := c.costs[last-1]-c.costs[0], c.costs[last]-c.costs[0]
	// What is within the noise of the smallest does not grow.
	if before > c.costs[0]/4 && after > before {
		g.worst = math.Log(after/before) / math.Log(float64(c.sizes[last])/float64(c.sizes[last-1]))
	} else if after > c.costs[0] {
		g.worst = math.Log(c.costs[last]/c.costs[last-1]) / math.Log(float64(c.sizes[last])/float64(c.sizes[last-1]))
	}
	l.report.grew(g)
}

// processes measures a command at several sizes.
func (l *lab) processes(ctx context.Context, what string, sizes []int, n int, at func(size int) (command, error)) error {
	out := curve{what: what, sizes: sizes}
	var all []command
	for _, size := range sizes {
		c, err := at(size)
		if err != nil {
			return err
		}
		all = append(all, c)
	}
	results, err := interleaved(ctx, n, all...)
	if err != nil {
		return err
	}
	for _, r := range results {
		out.costs = append(out.costs, float64(r.wall())/float64(time.Millisecond))
		out.note = append(out.note, mib(r.peak()))
	}
	l.add(out, func(v float64) string { return figure(v) + " ms" })
	return nil
}

func authorizationsGrow(ctx context.Context, l *lab) error {
	return l.processes(ctx, "authorizations of a person: `list --json`", []int{10, 100, 1000, 10_000}, 8, func(size int) (command, error) {
		sim, err := l.serve(ctx, world{Tokens: size, Replayed: true})
		if err != nil {
			return command{}, err
		}
		return l.wxauth(append(l.home(), sim.env()...), "list", jane, "--json"), nil
	})
}

func peopleGrow(ctx context.Context, l *lab) error {
	return l.processes(ctx, "people of an organization: `sweep --fresh`", []int{100, 1000, 10_000, 100_000}, 1, func(size int) (command, error) {
		sim, err := l.serve(ctx, world{Crowd: size})
		if err != nil {
			return command{}, err
		}
		return l.wxauth(append(l.home(), sim.env()...), "sweep", "--fresh", "--json"), nil
	})
}

func orgsGrow(ctx context.Context, l *lab) error {
	return l.processes(ctx, "organizations of a Service App: `orgs list --json`", []int{1, 10, 100, 1000}, 8, func(size int) (command, error) {
		env, err := l.filled(ctx, filling{Orgs: size})
		return l.wxauth(append(env, "WEBEX_SA_CLIENT_ID="+string(serviceApp), "WEBEX_SA_CLIENT_SECRET=none"), "orgs", "list", "--json"), err
	})
}

func linesGrow(ctx context.Context, l *lab) error {
	return l.processes(ctx, "lines of the audit log: `audit verify`", []int{10, 1000, 100_000, 1_000_000}, 3, func(size int) (command, error) {
		env, err := l.filled(ctx, filling{Lines: size})
		return l.wxauth(env, "audit", "verify"), err
	})
}
