package app

import (
	"strings"

	"github.com/wxauth/wxauth/internal/inventory"
)

// ImitatesWebex reports whether an app that is not one of Webex's, by its client id, bears
// a name as these do. Anybody can call an app anything.
func (r Row) ImitatesWebex() bool {
	name := strings.ToLower(strings.TrimSpace(AppName(r.Authorization)))
	return !r.SignIn && (strings.HasPrefix(name, "webex") || strings.HasPrefix(name, "cisco"))
}

// NameNote says what an eye may take a name for that it is not; empty when there is
// nothing to say.
func (r Row) NameNote() string {
	if r.ImitatesWebex() {
		return "calls itself Webex, but its client id is not a known Webex id"
	}
	return inventory.OddName(r.ApplicationName)
}

// Marks are the words that a list has for a row beside its name and its times.
func (r Row) Marks() string {
	var words []string
	if r.SignIn {
		words = append(words, "Webex sign-in")
	}
	if r.Own {
		words = append(words, "own")
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
