package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wxauth/wxauth/webex"
)

// WithObserved returns the text of a configuration file with a table [observed] that has these
// values, in place of the one it had. Unknown values are left out.
func WithObserved(text string, values map[string]webex.Tristate) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	if at := slices.IndexFunc(lines, func(l string) bool { return strings.TrimSpace(l) == "[observed]" }); at >= 0 {
		end := at + 1
		for end < len(lines) && !strings.HasPrefix(strings.TrimSpace(lines[end]), "[") {
			end++
		}
		lines = slices.Delete(lines, at, end)
	}
	out := strings.TrimRight(strings.Join(lines, "\n"), "\n")
	if out != "" {
		out += "\n\n"
	}
	out += "[observed]\n"
	names := []string{}
	for name, v := range values {
		if v != webex.Unknown {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		out += fmt.Sprintf("%s = %t\n", name, values[name] == webex.Yes)
	}
	return out
}

// Check returns the errors of the text of a configuration file; path is for the messages.
func Check(path, text string) error {
	c := Default()
	return c.parse(path, []byte(text))
}
