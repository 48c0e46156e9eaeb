// Package bench measures wxauth against its performance budgets. It runs the built binary, on
// pipes and pseudo-terminals, and compares it with another program or a minimum in the same run.
//
//	go test ./internal/bench -run '^$' -bench . -benchtime 1x -timeout 1h     everything
//	go test ./internal/bench -run '^$' -bench Budget/key -benchtime 1x        one budget
//
// Run it on an idle machine. A benchmark fails if it exceeds its budget. Programs that are not
// installed (curl, jq) are skipped with a message.
package bench
