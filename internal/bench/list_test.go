//go:build unix

package bench

import (
	"context"
	"fmt"
)

// withTimeLeft is what jq needs to say what list says of time left: the rule for most rows.
const withTimeLeft = `.items | map(((.created[:19] + "Z" | fromdate) + (if .type == "refresh" then 7776000 else 1209600 end)) as $until
	| . + {expires: ($until | todate), secondsLeft: ($until - now | floor), basis: "assumed"})`

// list measures a list from a server that costs nothing, against the least client and
// against curl and jq.
func list(ctx context.Context, l *lab) error {
	curl := installed("curl", "jq")
	if !curl {
		l.report.leave("`curl | jq`: they are not installed")
	}
	for _, size := range []struct {
		rows   int
		faster float64
	}{{10, 7}, {1000, 4}, {10_000, 3}} {
		sim, err := l.serve(ctx, world{Tokens: size.rows, Replayed: true})
		if err != nil {
			return err
		}
		env := append(l.home(), sim.env()...)
		url := sim.URL + "/v1/authorizations?personEmail=" + jane
		all := []command{
			l.wxauth(env, "list", jane, "--json"),
			{name: l.bin("list"), args: []string{url}, env: env},
		}
		for _, filter := range []string{withTimeLeft, ".items"} {
			if curl {
				all = append(all, command{name: "/bin/sh", env: env, args: []string{"-c", `curl -sS -H "Authorization: Bearer $WEBEX_ACCESS_TOKEN" "$0" | jq -c "$1"`, url, filter}})
			}
		}
		r, err := interleaved(ctx, l.n, all...)
		if err != nil {
			return err
		}
		what := fmt.Sprintf("`list --json`, %s rows, whole process", thousands(size.rows))
		l.report.atMost(what, ms(r[0].wall()), "minimal client, "+ms(r[1].wall()), r[0].over(r[1]), 2)
		if curl {
			l.report.atLeast(what, ms(r[0].wall()), "`curl \\| jq` with created and lifetime, "+ms(r[2].wall()), r[2].over(r[0]), size.faster)
			l.report.free(what, ms(r[0].wall()), "`curl \\| jq .items`, "+ms(r[3].wall()), fmt.Sprintf("%.1f× faster", r[3].over(r[0])))
		}
		if size.rows == 10_000 {
			l.report.add(line{
				what: "the same, peak memory", ours: mib(r[0].peak()), beside: "minimal client, " + mib(r[1].peak()),
				bar: "≤ 40 MiB", inside: r[0].peak() <= 40<<20,
			})
		}
	}
	return nil
}

func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}
