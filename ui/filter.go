package ui

import "strings"

// matcher is the filter: a substring in any case, or all that lacks it after "!".
func matcher(filter string) func(string) bool {
	want := strings.ToLower(strings.TrimSpace(filter))
	inverse := strings.HasPrefix(want, "!")
	want = strings.TrimSpace(strings.TrimPrefix(want, "!"))
	if want == "" {
		return func(string) bool { return true }
	}
	return func(haystack string) bool { return strings.Contains(haystack, want) != inverse }
}
