//go:build unix

package bench

import "context"

// sweep measures the memory of a sweep of 100,000 people over loopback.
func sweep(ctx context.Context, l *lab) error {
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
