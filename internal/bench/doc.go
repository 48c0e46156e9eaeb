// Package bench measures wxauth against its budgets: whole processes of the built binary, on
// pipes and on pseudo-terminals, each beside a peer or a floor in the same run.
//
//	go test ./internal/bench -run '^$' -bench . -benchtime 1x -timeout 1h     everything
//	go test ./internal/bench -run '^$' -bench Budget/key -benchtime 1x        one budget
//
// Run it on a machine that does nothing else. A budget that is not kept fails its benchmark.
// Peers that are not installed (curl, jq) are left out, with a line that says so.
package bench
