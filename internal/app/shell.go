package app

import (
	"strings"

	"github.com/wxauth/wxauth/webex"
)

// Shell is a shell whose quoting rules apply.
type Shell int

// The shells.
const (
	POSIX Shell = iota
	PowerShell
)

// Quote quotes an argument for the shell: unchanged if it has no special characters,
// otherwise in single quotes.
func (s Shell) Quote(arg string) string {
	if arg != "" && !strings.ContainsFunc(arg, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=+", r) &&
			!(r == '@' && s == POSIX) // PowerShell splats arguments that start with @
	}) {
		return arg
	}
	if s == POSIX {
		return "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
	}
	// PowerShell treats typographic quotes like plain ones; doubling escapes them.
	var b strings.Builder
	for _, r := range arg {
		if strings.ContainsRune("'\u2018\u2019\u201a\u201b", r) {
			b.WriteRune(r)
		}
		b.WriteRune(r)
	}
	return "'" + b.String() + "'"
}

// Line quotes a whole command line.
func (s Shell) Line(args ...string) string {
	quoted := make([]string, len(args))
	for i, a := range args {
		quoted[i] = s.Quote(a)
	}
	return strings.Join(quoted, " ")
}

// Commands builds command lines equivalent to actions on the screen. They contain
// only ids and addresses, because app authors choose app names freely.
type Commands struct {
	Shell   Shell
	Profile string // set if it is not the default
	Org     string // id of a customer organization, if any
}

func (c Commands) line(args ...string) string {
	if c.Profile != "" {
		args = append(args, "--profile", c.Profile)
	}
	return c.Shell.Line(append([]string{"wxauth"}, args...)...)
}

// user identifies a person, by id if it is known.
func user(who webex.Person, p webex.PersonDetails) string {
	switch {
	case p.ID != "" && webex.CheckID("person id", p.ID) == nil:
		return string(p.ID)
	case who.Email() != "":
		return who.Email()
	case who.ID() != "":
		return string(who.ID())
	}
	return "me"
}

// Revoke returns the command that revokes these rows.
func (c Commands) Revoke(who webex.Person, p webex.PersonDetails, ids []webex.AuthorizationID, self bool) string {
	args := []string{"revoke"}
	for _, id := range ids {
		args = append(args, string(id))
	}
	args = append(args, "--user", user(who, p))
	if self {
		args = append(args, "--include-self")
	}
	return c.line(args...)
}

// Everywhere returns the command that revokes an app for everyone who holds it
// according to the inventory.
func (c Commands) Everywhere(client webex.ClientID) string {
	org := c.Org
	if org == "" {
		org = "me"
	}
	return c.line("revoke", "--client-id", string(client), "--org-id", org)
}

// Offboard returns the command that revokes everything of a person.
func (c Commands) Offboard(who webex.Person, p webex.PersonDetails, keepSignIns, self bool) string {
	args := []string{"offboard", user(who, p)}
	if keepSignIns {
		args = append(args, "--keep-sign-ins")
	}
	if self {
		args = append(args, "--include-self")
	}
	return c.line(args...)
}

// OfPlan returns the command equivalent to a plan.
func (c Commands) OfPlan(p Plan) string {
	if p.Offboard {
		return c.Offboard(p.Who, p.Person, len(p.Kept) > 0, p.HasSelf())
	}
	ids := make([]webex.AuthorizationID, len(p.Items))
	for i, item := range p.Items {
		ids[i] = item.ID
	}
	return c.Revoke(p.Who, p.Person, ids, p.HasSelf())
}
