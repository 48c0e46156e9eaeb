//go:build unix

package cli

// IgnoresLikeGo is for the tests.
var IgnoresLikeGo = ignoresLikeGo
