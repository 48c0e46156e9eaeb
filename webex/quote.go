package webex

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

const maxQuoted = 120

// Quote returns what a user gave, as an error repeats it: cleaned, in quotation marks, and
// cut where it is long. Of a text that could be a token or a client secret, pasted where
// something else belongs, only the length is said.
func Quote(text string) string {
	if LooksSecret(text) {
		return fmt.Sprintf("this text of %d characters, which may be a secret,", utf8.RuneCountInString(text))
	}
	shown := string(Clean(Untrusted(truncate(text, maxQuoted))))
	return `"` + strings.ReplaceAll(shown, `"`, `\"`) + `"`
}

// leastSecret is from which length on letters and digits without a break are taken for a
// secret: a UUID has no more than 12.
const leastSecret = 24

// LooksSecret reports whether a text could be a token or a client secret. Webex's ids and
// OAuth client ids are none, and neither are names and addresses; where it cannot be
// told, the answer is yes.
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
	mixed := digits || upper && lower // a long word is one of letters
	// base64url of a random number is broken by its own - and _.
	return longest >= leastSecret && mixed || len(text) >= 32 && digits && upper && lower && isToken(text)
}

// isWebexID also for one with something before or behind it that does not belong there.
func isWebexID(text string) bool {
	const start = "Y2lzY29zcGFyazov" // ciscospark:/
	return strings.HasPrefix(text, start)
}
