package app

import (
	"strings"

	"github.com/wxauth/wxauth/webex"
)

// Shell is whose rules a command line is quoted by.
type Shell int

// The shells.
const (
	POSIX Shell = iota
	PowerShell
)

// Quote writes an argument so that the shell takes it as it is: bare where it holds
// nothing special, in single quotes elsewhere.
func (s Shell) Quote(arg string) string {
	if arg != "" && !strings.ContainsFunc(arg, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=+", r) &&
			!(r == '@' && s == POSIX) // PowerShell splats what begins with it
	}) {
		return arg
	}
	if s == POSIX {
		return "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
	}
	// PowerShell takes the typographic quotes for the plain one, and doubling escapes.
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

// Commands makes the command lines that do what the screen does. They hold ids and
// addresses only: an app's name is whatever its author likes.
type Commands struct {
	Shell   Shell
	Profile string // named where it is not the default
	Org     string // named where it is a customer's: its id
}

func (c Commands) line(args ...string) string {
	if c.Profile != "" {
		args = append(args, "--profile", c.Profile)
	}
	return c.Shell.Line(append([]string{"wxauth"}, args...)...)
}

// user names a person: by id, which nobody chose, where it is known.
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

// Revoke is the command that ends these rows.
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

// Everywhere is the command that ends an app for everybody who holds it by the inventory.
func (c Commands) Everywhere(client webex.ClientID) string {
	org := c.Org
	if org == "" {
		org = "me"
	}
	return c.line("revoke", "--client-id", string(client), "--org-id", org)
}

// Offboard is the command that ends everything of a person.
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

// OfPlan is the command that does what a plan does.
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
