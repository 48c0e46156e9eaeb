package ui

import (
	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/webex"
)

// clean makes text from elsewhere part of a line.
func clean[T webex.Untrusted | webex.AuthorizationID | webex.ClientID | webex.PersonID | webex.OrgID | webex.Type](text T) string {
	return string(webex.Clean(webex.Untrusted(text)))
}

// shortClient shows the two ends of an id that has to be recognized, not typed.
func shortClient[T webex.ClientID | webex.OrgID](id T) string {
	return app.OrDash(clean(webex.Untrusted(app.ShortID(webex.ClientID(id)))))
}

// kind is a token's type in words, never empty.
func kind(t webex.Type) string {
	if k := clean(t); k != "" {
		return k
	}
	return "(no type)"
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
