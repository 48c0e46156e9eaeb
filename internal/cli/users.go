package cli

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/webex"
)

// users are the people that a command is about, and the lines of a file that name none.
type users struct {
	people  []webex.Person
	bad     []badLine
	several bool // more than one was named, however many are good
	column  bool // a table says whose each row is
	// emails are the addresses of those who are named by id, where an inventory knows them.
	emails map[webex.Person]webex.Untrusted
}

// badLine is a line of a file that names nobody.
type badLine struct {
	where string
	err   error
}

// failures are the bad lines as a batch takes them: they stand in its report.
func (u users) failures() (out []app.PersonFailure) {
	for _, b := range u.bad {
		out = append(out, app.PersonFailure{Line: b.where, Err: b.err})
	}
	return out
}

// add takes one more person; one who was named already counts once.
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

// usersOf reads who is meant: from arguments, and from a file with a column of email
// addresses or ids, or CSV with a header ("-" is stdin). What cannot be an argument
// is refused; a bad line of a file is named, and the others stand.
func (c *command) usersOf(ctx context.Context, args []string, from string, fromGiven bool) (users, error) {
	var u users
	seen := map[string]bool{}
	for _, a := range args {
		if err := u.add(seen, a); err != nil {
			return u, fmt.Errorf("%w; to search by name, start wxauth alone and type it", err)
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
		return u, errors.New("--users-from: there is nobody in it")
	case len(u.people) == 0:
		return u, errors.New("no user is named: give email addresses, person ids, me, or --users-from FILE")
	}
	for n, b := range u.bad {
		if n == mostBadLines {
			c.note("and %d more lines that name no user: left out", len(u.bad)-n)
			break
		}
		c.note("%s: %s: left out", webex.Clean(webex.Untrusted(b.where)), webex.Clean(webex.Untrusted(b.err.Error())))
	}
	u.several = len(u.people)+len(u.bad) > 1
	u.column = u.several || fromGiven
	return u, nil
}

// mostBadLines is how many bad lines are named one by one.
const mostBadLines = 50

func (c *command) usersFrom(ctx context.Context, u *users, seen map[string]bool, from string) error {
	name := "stdin"
	switch {
	case from == "":
		return errors.New("--users-from: the file's name is blank")
	case from == "-" && isTerminal(c.env.Stdin):
		c.note("reading users from the terminal, one a line; ctrl+d ends")
	case from != "-":
		name = from
	}
	// A pipe may keep silent for ever, and be waited for when it is opened: a signal ends
	// that too.
	named, err := waitFor(ctx, func() ([]userLine, error) {
		in := c.env.Stdin
		if from != "-" {
			f, err := os.Open(from)
			if err != nil {
				return nil, err
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
	for _, n := range named {
		if n.err == nil {
			n.err = u.add(seen, n.text)
		}
		if n.err != nil {
			u.bad = append(u.bad, badLine{fmt.Sprintf("%s line %d", filepath.Base(name), n.line), n.err})
		}
	}
	return nil
}

// userLine is a line of a file of users.
type userLine struct {
	line int
	text string
	err  error
}

const longestUserLine = 64 << 10

// readUsers reads a column, or CSV with a header, whose first row of several columns
// must name one that holds users.
func readUsers(in io.Reader) ([]userLine, error) {
	r := bufio.NewReaderSize(in, longestUserLine)
	if mark, err := r.Peek(3); err == nil && string(mark) == "\ufeff" {
		_, _ = r.Discard(3)
	}
	head, err := r.Peek(longestUserLine)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return nil, err
	}
	if strings.ContainsRune(string(head), 0) {
		return nil, errors.New("this is no text (UTF-16? save it as UTF-8)")
	}
	if strings.ContainsRune(string(head), '\r') && !strings.ContainsRune(string(head), '\n') {
		return nil, errors.New("its lines end with carriage returns alone: save it with the usual line ends")
	}
	for line := range strings.Lines(string(head)) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if rest, ok := strings.CutPrefix(line, "sep="); ok && len(rest) == 1 { // as Excel writes it
			_, _ = r.ReadString('\n')
			return readUserTable(r, rune(rest[0]))
		}
		if at := strings.IndexAny(line, ",;\t"); at >= 0 {
			return readUserTable(r, rune(line[at]))
		}
		break
	}
	return readUserColumn(r)
}

func readUserColumn(r io.Reader) ([]userLine, error) {
	var out []userLine
	s := bufio.NewScanner(r)
	s.Buffer(nil, longestUserLine)
	first := true
	n := 1
	for ; s.Scan(); n++ {
		text := strings.TrimSpace(strings.Trim(strings.TrimSpace(s.Text()), `"`))
		if text == "" {
			continue
		}
		if first && userColumn([]string{text}) == 0 {
			first = false
			continue // a header
		}
		first = false
		out = append(out, userLine{line: n, text: text})
	}
	if errors.Is(s.Err(), bufio.ErrTooLong) {
		return nil, fmt.Errorf("line %d has more than %d characters", n, longestUserLine)
	}
	return out, s.Err()
}

// columnNames are the headers that a column of users may have, the best first: those of
// Control Hub's export, of "list --csv", and what people write.
var columnNames = []string{
	"email", "emailaddress", "personemail", "useremail", "mail", "userid/email(required)", "userid/email",
	"userprincipalname", "login", "user", "username", "person", "personid", "userid", "id",
}

// userColumn returns which column holds users, -1 for none.
func userColumn(header []string) int {
	plain := make([]string, len(header))
	for i, h := range header {
		plain[i] = strings.ToLower(strings.NewReplacer(" ", "", "_", "", "-", "").Replace(h))
	}
	for _, name := range columnNames {
		if i := slices.Index(plain, name); i >= 0 {
			return i
		}
	}
	return -1
}

func readUserTable(in io.Reader, comma rune) ([]userLine, error) {
	r := csv.NewReader(in)
	r.Comma, r.FieldsPerRecord, r.TrimLeadingSpace = comma, -1, comma != '\t'
	header, err := r.Read()
	if err != nil {
		return nil, err
	}
	at := userColumn(header)
	if at < 0 {
		return nil, fmt.Errorf("no column is called email or personId; there are: %s", webex.Quote(strings.Join(header, ", ")))
	}
	var out []userLine
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		var bad *csv.ParseError
		if errors.As(err, &bad) && errors.Is(err, csv.ErrBareQuote) {
			out = append(out, userLine{line: bad.Line, err: fmt.Errorf("%w: a quote in the middle of a cell", webex.ErrInvalidInput)})
			continue
		}
		if errors.As(err, &bad) { // it has swallowed what follows
			return nil, fmt.Errorf("the quote in line %d is not closed", bad.StartLine)
		}
		if err != nil {
			return nil, err
		}
		line, _ := r.FieldPos(0)
		u := userLine{line: line}
		switch {
		case at < len(record) && strings.TrimSpace(record[at]) != "":
			u.text = record[at]
		case len(strings.Join(record, "")) == 0:
			continue
		default:
			u.err = fmt.Errorf("%w: its column %s is empty", webex.ErrInvalidInput, webex.Quote(header[at]))
		}
		out = append(out, u)
	}
}

// failureWords says why somebody's list could not be read, without the name again.
func failureWords(err error) string {
	if errors.Is(err, app.ErrPersonNotFound) {
		return "person not found"
	}
	return string(webex.Clean(webex.Untrusted(err.Error())))
}

// listUsers reads the lists of the people named. Those that cannot be read are failures
// of their own; the error is that of the only person, or of whoever calls.
func (c *command) listUsers(ctx context.Context, svc *app.Service, u users) ([]app.Listing, []app.PersonFailure, error) {
	if !u.several {
		l, err := svc.List(ctx, u.people[0])
		return []app.Listing{l}, nil, err
	}
	bar := c.newBar("Reading", len(u.people))
	defer bar.end()
	all, errs := svc.ListAll(ctx, u.people, bar.at)
	if ctx.Err() != nil {
		return nil, nil, context.Cause(ctx)
	}
	var (
		listings []app.Listing
		failures []app.PersonFailure
		known    = map[webex.PersonID]bool{}
	)
	for n, err := range errs {
		switch {
		case err == nil && all[n].Person.ID != "" && known[all[n].Person.ID]: // by address and by id
		case err == nil:
			known[all[n].Person.ID] = true
			listings = append(listings, all[n])
		case errors.Is(err, webex.ErrNotLoggedIn), errors.Is(err, webex.ErrRateLimited):
			return nil, nil, err // it is not about this person
		default:
			failures = append(failures, app.PersonFailure{Who: u.people[n], Email: u.emails[u.people[n]], Err: err})
		}
	}
	bar.line(func() {
		for _, f := range failures {
			c.note("%s: %s", f.Name(), failureWords(f.Err))
		}
	})
	if len(listings) == 0 {
		return nil, nil, failures[0].Err
	}
	return listings, failures, nil
}
