//go:build unix

package main

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"time"

	"github.com/wxauth/wxauth/internal/audit"
	"github.com/wxauth/wxauth/store"
	"github.com/wxauth/wxauth/webex"
)

// growth measures what more of something costs.
func growth(ctx context.Context, l *lab) error {
	for _, f := range []func(context.Context, *lab) error{rowsGrow, authorizationsGrow, peopleGrow, orgsGrow, linesGrow} {
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

// rowsGrow looks at the Inventory view.
func rowsGrow(ctx context.Context, l *lab) error {
	r, err := benchmark(ctx, "./ui", "^BenchmarkInventory$", "12x")
	if err != nil {
		return err
	}
	sizes := []int{40, 1000, 10_000, 100_000, 1_000_000}
	for _, c := range []struct{ what, name, unit string }{
		{"rows of an inventory: a key and its frame", "move", "ns/op"},
		{"rows of an inventory: a filter key and its result", "filter", "ms/result"},
		{"rows of an inventory: loading", "load", "ns/op"},
	} {
		out := curve{what: c.what, sizes: sizes}
		for _, n := range sizes {
			v := r[fmt.Sprintf("Inventory/%s-%d", c.name, n)][c.unit]
			if c.unit == "ns/op" {
				v /= 1e6
			}
			out.costs = append(out.costs, v)
		}
		l.add(out, func(v float64) string { return figure(v) + " ms" })
	}
	return nil
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

const serviceApp = webex.ClientID("C5a0000000000000000000000000000000000000000000000000000000000b41d")

func orgsGrow(ctx context.Context, l *lab) error {
	return l.processes(ctx, "organizations of a Service App: `orgs list --json`", []int{1, 10, 100, 1000}, 8, func(size int) (command, error) {
		env := l.home()
		s, err := openStore(strings.TrimPrefix(env[0], "HOME="))
		if err != nil {
			return command{}, err
		}
		for i := range size {
			id, err := webex.ParseOrgID(fmt.Sprintf("%08x-0000-4000-8000-%012x", i*7919, i))
			if err != nil {
				return command{}, err
			}
			t := webex.Tokens{
				Access: webex.NewSecret(strings.Repeat("a", 100)), Refresh: webex.NewSecret(strings.Repeat("r", 100)), Issued: time.Now(), RefreshIssued: time.Now(),
				AccessLife: 14 * 24 * time.Hour, RefreshLife: 90 * 24 * time.Hour, Owner: webex.Owner{OrgID: id, OrgName: webex.Untrusted(fmt.Sprint("Org ", i))},
			}
			if err := s.SetOrgTokens(ctx, serviceApp, id, t); err != nil {
				return command{}, err
			}
		}
		return l.wxauth(append(env, "WEBEX_SA_CLIENT_ID="+string(serviceApp), "WEBEX_SA_CLIENT_SECRET=none"), "orgs", "list", "--json"), nil
	})
}

// openStore opens the store of somebody's home.
func openStore(home string) (*store.Bolt, error) {
	dir := filepath.Join(home, ".local", "share", "wxauth")
	return store.Open(filepath.Join(dir, "store.db"), store.Keyfile(filepath.Join(dir, "key")))
}

func linesGrow(ctx context.Context, l *lab) error {
	return l.processes(ctx, "lines of the audit log: `audit verify`", []int{10, 1000, 100_000, 1_000_000}, 3, func(size int) (command, error) {
		env := l.home()
		home := strings.TrimPrefix(env[0], "HOME=")
		s, err := openStore(home)
		if err != nil {
			return command{}, err
		}
		return l.wxauth(env, "audit", "verify"), fillLog(ctx, home, s, size)
	})
}

// fillLog writes a log as revokes do.
func fillLog(ctx context.Context, home string, s *store.Bolt, lines int) error {
	log := audit.New(filepath.Join(home, ".local", "state", "wxauth", "audit.jsonl"), s.Profile("-audit"))
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
