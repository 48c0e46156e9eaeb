package webex

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

const maxQuoted = 120

// Quote formats user input for an error message: in quotation marks, safe to print, and at
// most 120 characters long. If the text may be a secret ([LooksSecret]), Quote mentions
// only its length.
func Quote(text string) string {
	if LooksSecret(text) {
		return fmt.Sprintf("this text of %d characters, which may be a secret,", utf8.RuneCountInString(text))
	}
	shown := string(Clean(Untrusted(truncate(text, maxQuoted))))
	return `"` + strings.ReplaceAll(shown, `"`, `\"`) + `"`
}

// leastSecret is the number of consecutive letters and digits that may be a secret: a UUID
// has at most 12.
const leastSecret = 24

// LooksSecret reports whether text could be a token or a client secret. It returns false
// for Webex ids, OAuth client ids, names and addresses, and true in case of doubt.
func LooksSecret(text string) bool {
	const around = "\"'`“”‘’«»,; \t\r\n"
	text = strings.Trim(text, around)
	if len(text) > 7 && strings.EqualFold(text[:7], "bearer ") {
		text = strings.Trim(text[7:], around)
	}
	switch {
	case strings.HasPrefix(text, "ciscospark://"), isWebexID(text), len(text) == 65 && text[0] == 'C' && isHex(text[1:], 64), strings.Contains(text, "@"):
		return false
	case strings.HasPrefix(text, "eyJ") && len(text) >= leastSecret:
		return true
	}
	if f := InspectToken(NewSecret(text)); f.SelfContained || f.OrgID != "" {
		return true
	}
	run, longest, digits, upper, lower := 0, 0, false, false, false
	for _, r := range text {
		run++
		switch {
		case '0' <= r && r <= '9':
			digits = true
		case 'A' <= r && r <= 'Z':
			upper = true
		case 'a' <= r && r <= 'z':
			lower = true
		default:
			run = 0
		}
		longest = max(longest, run)
	}
	mixed := digits || upper && lower // letters of one case could be a long word
	// In base64url of random bytes, - and _ break the runs.
	return longest >= leastSecret && mixed || len(text) >= 32 && digits && upper && lower && isToken(text)
}

// isWebexID reports whether text starts like a Webex id, also if something follows it.
func isWebexID(text string) bool {
	const start = "Y2lzY29zcGFyazov" // ciscospark:/
	return strings.HasPrefix(text, start)
}
