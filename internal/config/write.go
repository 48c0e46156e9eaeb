package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/wxauth/wxauth/webex"
)

// observedHeader matches the header of the table [observed].
var observedHeader = regexp.MustCompile(`^\s*\[\s*observed\s*\]\s*(#.*)?$`)

// WithObserved returns the text of a configuration file with these values in its table
// [observed]. It changes nothing else: unknown values keep what the file has.
func WithObserved(text string, values map[string]webex.Tristate) string {
	eol := "\n"
	if strings.Contains(text, "\r\n") {
		eol = "\r\n"
	}
	lines := strings.Split(strings.TrimRight(strings.ReplaceAll(text, "\r\n", "\n"), "\n"), "\n")
	if text == "" {
		lines = nil
	}
	at := slices.IndexFunc(lines, observedHeader.MatchString)
	if at < 0 {
		if len(lines) > 0 {
			lines = append(lines, "")
		}
		at = len(lines)
		lines = append(lines, "[observed]")
	}
	end := at + 1
	for end < len(lines) && !strings.HasPrefix(strings.TrimSpace(lines[end]), "[") {
		end++
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if values[name] == webex.Unknown {
			continue
		}
		line := fmt.Sprintf("%s = %t", name, values[name] == webex.Yes)
		sets := regexp.MustCompile(`^\s*` + name + `\s*=`)
		if i := slices.IndexFunc(lines[at:end], sets.MatchString); i >= 0 {
			lines[at+i] = line
			continue
		}
		lines = slices.Insert(lines, at+1, line)
		end++
	}
	return strings.Join(lines, eol) + eol
}

// Check returns the errors of the text of a configuration file; path is for the messages.
func Check(path, text string) error {
	c := Default()
	return c.parse(path, []byte(text))
}
