package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/webex"
)

// users are the people that a command acts on, and the invalid lines of a file of users.
type users struct {
	people  []webex.Person
	bad     []badLine
	several bool // more than one was named, valid or not
	column  bool // the table has a user column
	// emails are the addresses of users named by id, if an inventory knows them.
	emails map[webex.Person]webex.Untrusted
}

// badLine is a line of a file that names no user.
type badLine struct {
	where string
	err   error
}

// failures returns the bad lines as failures of a batch, for its report.
func (u users) failures() (out []app.PersonFailure) {
	for _, b := range u.bad {
		out = append(out, app.PersonFailure{Line: b.where, Err: b.err})
	}
	return out
}

// add adds a user, once.
func (u *users) add(seen map[string]bool, text string) error {
	who, err := webex.ParsePerson(text)
	if err != nil {
		return err
	}
	key := strings.ToLower(who.Email())
	if key == "" {
		key = who.String()
	}
	if !seen[key] {
		seen[key] = true
		u.people = append(u.people, who)
	}
	return nil
}

// addUser is add for an address copied from a mail or spreadsheet: it removes mailto: and
// invisible characters, and says so.
func (c *command) addUser(u *users, seen map[string]bool, text string) error {
	plain := plainAddress(text)
	if plain != strings.TrimSpace(text) {
		c.note("%s: removed mailto: or invisible characters", webex.Quote(text))
	}
	return u.add(seen, plain)
}

// plainAddress removes what copying may have added to an address.
func plainAddress(text string) string {
	text = strings.Map(func(r rune) rune {
		switch r {
		case '\u00ad', '\u200b', '\u200c', '\u200d', '\u200e', '\u200f', '\u2060', '\ufeff':
			return -1
		}
		return r
	}, text)
	text = strings.TrimSpace(text)
	if len(text) > len(mailto) && strings.EqualFold(text[:len(mailto)], mailto) {
		text, _, _ = strings.Cut(text[len(mailto):], "?")
	}
	return strings.TrimSpace(text)
}

const mailto = "mailto:"

// usersOf reads users from arguments and from a file: one address or id per line, or CSV with a
// header ("-" is stdin). An invalid argument is an error; an invalid line of a file is
// reported, and the others are used.
func (c *command) usersOf(ctx context.Context, args []string, from string, fromGiven bool) (users, error) {
	var u users
	seen := map[string]bool{}
	for _, a := range args {
		if err := c.addUser(&u, seen, a); err != nil {
			return u, fmt.Errorf("%w; to search by name, run wxauth without arguments", err)
		}
	}
	if fromGiven {
		if err := c.usersFrom(ctx, &u, seen, from); err != nil {
			return u, err
		}
	}
	switch {
	case len(u.people) == 0 && len(u.bad) > 0:
		return u, fmt.Errorf("--users-from: no line names a user: %w", u.bad[0].err)
	case len(u.people) == 0 && fromGiven:
		return u, errors.New("--users-from: the file contains no users")
	case len(u.people) == 0:
		return u, errors.New("no user given: use email addresses, person ids, me, or --users-from FILE")
	}
	for n, b := range u.bad {
		if n == mostBadLines {
			c.note("%d more lines skipped: they contain no user", len(u.bad)-n)
			break
		}
		c.note("%s: %s: skipped", webex.Clean(webex.Untrusted(b.where)), webex.Clean(webex.Untrusted(b.err.Error())))
	}
	u.several = len(u.people)+len(u.bad) > 1
	u.column = u.several || fromGiven
	return u, nil
}

// mostBadLines is how many bad lines are listed.
const mostBadLines = 50

func (c *command) usersFrom(ctx context.Context, u *users, seen map[string]bool, from string) error {
	name := "stdin"
	switch {
	case from == "":
		return errors.New("--users-from: the file name is blank")
	case from == "-" && isTerminal(c.env.Stdin):
		c.note("reading users from the terminal, one per line; press ctrl+d to finish")
	case from != "-":
		name = from
	}
	// A named pipe may block forever, even in open. A signal cancels both.
	file, err := waitFor(ctx, func() (usersFile, error) {
		in := c.env.Stdin
		if from != "-" {
			f, err := os.Open(from)
			if err != nil {
				return usersFile{}, err
			}
			defer f.Close()
			in = f
		}
		return readUsers(in)
	})
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var perr *fs.PathError
	if errors.As(err, &perr) {
		return fmt.Errorf("--users-from: %w", err)
	}
	if err != nil {
		return fmt.Errorf("--users-from: %s: %w", webex.Quote(name), err)
	}
	if words := file.words(); words != "" {
		c.note("%s: %s", webex.Clean(webex.Untrusted(filepath.Base(name))), webex.Clean(webex.Untrusted(words)))
	}
	for _, n := range file.users {
		if n.err == nil {
			n.err = c.addUser(u, seen, n.text)
		}
		if n.err != nil {
			u.bad = append(u.bad, badLine{fmt.Sprintf("%s line %d", filepath.Base(name), n.line), n.err})
		}
	}
	return nil
}

// failureWords explains why a user's list could not be read, without the user's name.
func failureWords(err error) string {
	if errors.Is(err, app.ErrPersonNotFound) {
		return "person not found"
	}
	return string(webex.Clean(webex.Untrusted(err.Error())))
}

// listUsers lists the named users. With several users it collects failures per user; err is
// not nil if the only user fails, or if no further request can succeed.
func (c *command) listUsers(ctx context.Context, svc *app.Service, u users) ([]app.Listing, []app.PersonFailure, error) {
	if !u.several {
		l, err := svc.List(ctx, u.people[0])
		c.noteUnreadable([]app.Listing{l})
		return []app.Listing{l}, nil, err
	}
	bar := c.newBar("Reading", len(u.people))
	defer bar.End()
	all, errs := svc.ListAll(ctx, u.people, bar.At)
	if ctx.Err() != nil {
		return nil, nil, context.Cause(ctx)
	}
	var (
		listings []app.Listing
		failures []app.PersonFailure
		merged   []string
		read     []int // indexes of successful listings
		known    app.Known
	)
	for n, err := range errs {
		var same *app.Listing
		if err == nil {
			same, err = known.Add(&all[n])
		}
		switch {
		case err == nil && same != nil:
			merged = append(merged, fmt.Sprintf("%s is the same person as %s and is counted once", u.people[n], same.Who))
		case err == nil:
			read = append(read, n)
		case app.StopsAll(err), errors.Is(err, webex.ErrRateLimited):
			return nil, nil, err // the failure does not depend on this user
		default:
			failures = append(failures, app.PersonFailure{Who: u.people[n], Email: u.emails[u.people[n]], Err: err})
		}
	}
	for _, n := range read {
		if err := known.Doubt(&all[n]); err != nil {
			failures = append(failures, app.PersonFailure{Who: u.people[n], Email: u.emails[u.people[n]], Err: err})
			continue
		}
		listings = append(listings, all[n])
	}
	bar.Line(func() {
		for _, words := range merged {
			c.note("%s", words)
		}
		for _, f := range failures {
			if c.g.json {
				c.tell(classify(ctx, fmt.Errorf("%s: %w", f.Name(), f.Err)))
				continue
			}
			c.note("%s: %s", f.Name(), failureWords(f.Err))
		}
		c.noteUnreadable(listings)
	})
	if len(listings) == 0 {
		return nil, nil, failures[0].Err
	}
	return listings, failures, nil
}
