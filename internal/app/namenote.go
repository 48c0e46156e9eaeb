package app

import (
	"strings"

	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/webex"
)

// ImitatesWebex reports whether an app has a name like one of Webex's apps but not
// its client id. App authors choose names freely.
func (r Row) ImitatesWebex() bool {
	name := strings.ToLower(strings.TrimSpace(AppName(r.Authorization)))
	return !r.SignIn && (strings.HasPrefix(name, "webex") || strings.HasPrefix(name, "cisco"))
}

// NameNote warns about a misleading app name; "" if there is nothing to warn about.
func (r Row) NameNote() string {
	if r.ImitatesWebex() {
		return "calls itself Webex, but its client id is not a known Webex id"
	}
	return inventory.OddName(r.ApplicationName)
}

// Marks returns the words that a list shows for a row besides its name and times.
func (r Row) Marks() string {
	var words []string
	if r.SignIn {
		words = append(words, "Webex sign-in")
	}
	if r.Own {
		words = append(words, "own")
	}
	if webex.IsAgentApp(r.ApplicationName) {
		words = append(words, "AI agent")
	}
	switch {
	case r.ImitatesWebex():
		words = append(words, "calls itself Webex")
	case r.NameNote() != "":
		words = append(words, "odd name")
	}
	if r.CannotRevoke() != "" {
		words = append(words, "cannot be revoked")
	}
	if r.Unreadable != "" {
		words = append(words, "unreadable: "+r.Unreadable)
	}
	return strings.Join(words, ", ")
}
