//go:build unix

package cli

// IgnoresLikeGo exports ignoresLikeGo to tests.
var IgnoresLikeGo = ignoresLikeGo
