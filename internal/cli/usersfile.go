package cli

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/wxauth/wxauth/webex"
)

// usersFile is the parsed content of a file of users.
type usersFile struct {
	users  []userLine
	column string // the chosen column for messages; empty if there is only one
	named  bool   // chosen by its header
	titles int    // number of lines above the header that were skipped
}

// userLine is a line of a file of users.
type userLine struct {
	line int
	text string
	err  error
}

// words describe how the file was parsed.
func (f usersFile) words() string {
	var parts []string
	switch {
	case f.column != "" && f.named:
		parts = append(parts, "users are read from "+f.column)
	case f.column != "":
		parts = append(parts, "users are read from "+f.column+", based on its contents")
	}
	if f.titles > 0 {
		lines := "1 line"
		if f.titles > 1 {
			lines = fmt.Sprintf("%d lines", f.titles)
		}
		parts = append(parts, lines+" above the header skipped")
	}
	return strings.Join(parts, "; ")
}

const (
	longestUserLine = 64 << 10
	maxUsersFile    = 64 << 20
	// sampledRows are examined to choose the column, and titleRows to find the header.
	sampledRows = 200
	titleRows   = 20
)

// record is a row of a file of users.
type record struct {
	line  int
	cells []string
	err   error
}

// readUsers parses a list or a table of users. It chooses the column by its header, or by the
// content of its cells if no header matches.
func readUsers(in io.Reader) (usersFile, error) {
	data, err := io.ReadAll(io.LimitReader(in, maxUsersFile+1))
	switch {
	case err != nil:
		return usersFile{}, err
	case len(data) > maxUsersFile:
		return usersFile{}, fmt.Errorf("it is larger than %d MiB", maxUsersFile>>20)
	}
	text, err := decodeText(data)
	if err != nil {
		return usersFile{}, err
	}
	if strings.ContainsRune(text, '\r') && !strings.ContainsRune(text, '\n') {
		return usersFile{}, errors.New("its lines end with only carriage returns: save it with LF or CRLF line endings")
	}
	records, err := readRecords(text)
	if err != nil {
		return usersFile{}, err
	}
	return chooseUsers(records)
}

// readRecords splits a text into rows of cells.
func readRecords(text string) ([]record, error) {
	comma := rune(0)
	if first, _, _ := strings.Cut(strings.TrimLeft(text, "\r\n"), "\n"); strings.HasPrefix(first, "sep=") { // written by Excel
		if rest := strings.TrimRight(strings.TrimPrefix(first, "sep="), "\r"); len(rest) == 1 {
			comma = rune(rest[0])
		}
	}
	if comma == 0 {
		comma = delimiter(text)
	}
	if comma == 0 {
		return readColumn(text)
	}
	return readTable(text, comma)
}

// isRemark reports whether a line is metadata, as Excel and PowerShell write it.
func isRemark(line string) bool {
	line = strings.Trim(strings.TrimSpace(line), `"`)
	return strings.HasPrefix(line, "#TYPE ") || strings.HasPrefix(line, "sep=") && len(line) == len("sep=")+1
}

// delimiter returns the character that separates the cells of most lines, outside quotes, or 0
// if there is only one column.
func delimiter(text string) rune {
	lines, total, seen, quoted := map[rune]int{}, map[rune]int{}, 0, false // quoted cells may span lines
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) == "" || isRemark(line) {
			continue
		}
		if seen++; seen > sampledRows {
			break
		}
		here := map[rune]int{}
		for _, r := range line {
			switch {
			case r == '"':
				quoted = !quoted
			case !quoted && strings.ContainsRune("\t;,", r):
				here[r]++
			}
		}
		for r, n := range here {
			lines[r]++
			total[r] += n
		}
	}
	best := rune(0)
	for _, r := range "\t;," {
		if lines[r] > lines[best] || lines[r] == lines[best] && total[r] > total[best] {
			best = r
		}
	}
	return best
}

func readColumn(text string) (out []record, err error) {
	n := 0
	for line := range strings.Lines(text) {
		n++
		switch cell := strings.TrimSpace(strings.Trim(strings.TrimSpace(line), `"`)); {
		case len(line) > longestUserLine:
			return nil, fmt.Errorf("line %d has more than %d characters", n, longestUserLine)
		case cell != "" && !isRemark(line):
			out = append(out, record{line: n, cells: []string{cell}})
		}
	}
	return out, nil
}

func readTable(text string, comma rune) (out []record, err error) {
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.TrimLeadingSpace = comma, -1, comma != '\t'
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		var bad *csv.ParseError
		if errors.As(err, &bad) && errors.Is(err, csv.ErrBareQuote) {
			out = append(out, record{line: bad.Line, err: fmt.Errorf("%w: a quote in the middle of a cell", webex.ErrInvalidInput)})
			continue
		}
		if errors.As(err, &bad) { // it has consumed the lines that follow
			return nil, fmt.Errorf("unclosed quote in line %d", bad.StartLine)
		}
		if err != nil {
			return nil, err
		}
		line, _ := r.FieldPos(0)
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if whole := strings.Join(cells, ""); whole != "" && !isRemark(cells[0]) && !isRemark(strings.Join(cells, string(comma))) {
			out = append(out, record{line: line, cells: cells})
		}
	}
}

// columnNames are known headers of user columns, in order of preference: those of Control Hub's
// exports, "list --csv", directories, and common ones.
var columnNames = []string{
	"email", "emailaddress", "personemail", "useremail", "primaryemail", "primaryemailaddress", "workemail", "mail",
	"userid/email", "benutzerid/email", "userprincipalname", "upn", "login", "user", "username", "person", "personid", "userid", "uuid", "id",
}

// remarks are bracketed parts of a header, such as [Required] and (erforderlich).
var remarks = regexp.MustCompile(`\[[^]]*\]|\([^)]*\)`)

// plainHeader normalizes a header for columnNames.
func plainHeader(h string) string {
	h = remarks.ReplaceAllString(strings.ToLower(h), "")
	return strings.NewReplacer(" ", "", "_", "", "-", "", "*", "", ".", "", "\u00a0", "").Replace(h)
}

// others are words in normalized headers of columns that name other people than the user.
var others = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`manager|managedby|supervisor|boss|approver|approvedby|request[eo]r|requestedby|createdby|creator|owner|assistant|delegate|reportsto|` +
		`vorgesetzt|führungskraft|genehmig|antragsteller|angefordertvon|erstelltvon|besitzer|assisten[tz]|stellvertret`)
})

// namesOther reports whether a header, including its brackets, names other people than the
// user.
func namesOther(h string) bool {
	return !strings.Contains(h, "@") && others().MatchString(plainHeader(strings.NewReplacer("(", "", "[", "").Replace(h)))
}

// userColumns returns the columns whose headers name users, best first.
func userColumns(header []string) (out []int) {
	plain := make([]string, len(header))
	for i, h := range header {
		if !namesOther(h) {
			plain[i] = plainHeader(h)
		}
	}
	for _, name := range columnNames {
		if i := slices.Index(plain, name); i >= 0 {
			out = append(out, i)
		}
	}
	return out
}

// isUser reports whether a cell is an address or an id.
func isUser(cell string) bool {
	_, err := webex.ParsePerson(plainAddress(cell))
	return err == nil && cell != "me"
}

// tellsUser is isUser without bare UUIDs, which may identify anything.
func tellsUser(cell string) bool {
	_, encoded := webex.DecodeID(cell)
	return (encoded || strings.Contains(cell, "@")) && isUser(cell)
}

// chooseUsers finds the header and the column.
func chooseUsers(records []record) (usersFile, error) {
	var (
		f      usersFile
		header []string
		named  []int
	)
	rows := records
	for i, r := range records[:min(len(records), titleRows)] {
		if slices.ContainsFunc(r.cells, tellsUser) {
			continue // a title, or users without a header
		}
		if named = userColumns(r.cells); len(named) > 0 {
			header, rows, f.titles, f.named = r.cells, records[i+1:], i, true
			break
		}
	}
	// A title begins with words. A row that begins with a user may be data, and must not be
	// dropped silently.
	for _, r := range records[:f.titles] {
		if len(r.cells) > 0 && tellsUser(r.cells[0]) {
			return f, fmt.Errorf("line %d contains a user above the header %s: move it below the header, or remove it", r.line, webex.Quote(strings.Join(header, ", ")))
		}
	}
	width := 1
	for _, r := range rows[:min(len(rows), sampledRows)] {
		width = max(width, len(r.cells))
	}
	// Columns whose cells contain users.
	holding := make([]bool, width)
	for _, r := range rows[:min(len(rows), sampledRows)] {
		for i, cell := range r.cells {
			holding[i] = holding[i] || tellsUser(cell) || slices.Contains(named, i) && isUser(cell)
		}
	}
	holds := func(i int) bool { return i < width && holding[i] }
	if len(named) > 0 && !slices.ContainsFunc(named, holds) && slices.Contains(holding, true) {
		// Do not use another column: it may contain managers.
		return f, fmt.Errorf("column %s contains no users, but %s contains addresses: rename the header of the right column, and only that one, to Email",
			webex.Quote(header[named[0]]), columnName(header, slices.Index(holding, true)))
	}
	if len(named) == 0 {
		at, err := columnByCells(records, holding)
		if err != nil {
			return f, err
		}
		named = []int{at}
		if width > 1 {
			header, rows, f.titles = headerAbove(rows)
		}
	}
	at := named[0] // the best column that has any; the addresses may be in another one
	if i := slices.IndexFunc(named, holds); i >= 0 {
		at = named[i]
	}
	name := columnName(header, at)
	if strings.HasPrefix(name, `"`) {
		name = "column " + name
	}
	if width > 1 {
		f.column = name
	}
	for _, r := range rows {
		f.users = append(f.users, r.user(at, named, name))
	}
	return f, nil
}

// columnName names a column for messages.
func columnName(header []string, at int) string {
	if at < len(header) && header[at] != "" {
		return webex.Quote(header[at])
	}
	return fmt.Sprintf("column %d", at+1)
}

// columnByCells returns the only column that contains users and does not name other people.
func columnByCells(records []record, holding []bool) (int, error) {
	var found []string
	at, other := -1, ""
	for i, holds := range holding {
		if !holds {
			continue
		}
		// Any of the first rows may be the header: the first users may lack an address.
		top := records[:min(len(records), titleRows)]
		if h := slices.IndexFunc(top, func(r record) bool { return i < len(r.cells) && namesOther(r.cells[i]) }); h >= 0 {
			other = top[h].cells[i]
			continue
		}
		at = i
		found = append(found, fmt.Sprintf("column %d", i+1))
	}
	switch {
	case len(found) > 1:
		return 0, fmt.Errorf("several columns contain addresses: %s; rename the header of the right one to email", webex.Quote(strings.Join(found, ", ")))
	case len(found) == 0 && other != "":
		return 0, fmt.Errorf("only column %s contains addresses, but its header does not say that they are the users: if they are, rename it to Email", webex.Quote(other))
	case len(found) == 1 || len(holding) == 1:
		return max(at, 0), nil
	case len(records) == 0:
		return 0, nil
	}
	return 0, fmt.Errorf("no column is named email or personId, and none contains addresses; columns: %s", webex.Quote(strings.Join(records[0].cells, ", ")))
}

// headerAbove treats the rows above the first user as a header and titles.
func headerAbove(rows []record) (header []string, rest []record, titles int) {
	first := slices.IndexFunc(rows, func(r record) bool { return slices.ContainsFunc(r.cells, tellsUser) })
	if first <= 0 || first > titleRows {
		return nil, rows, 0
	}
	return rows[first-1].cells, rows[first:], first - 1
}

// user returns the user of a row: from the column, or if that is empty, from another user
// column.
func (r record) user(at int, named []int, name string) userLine {
	u := userLine{line: r.line, err: r.err}
	if u.err != nil {
		return u
	}
	if at < len(r.cells) && r.cells[at] != "" {
		u.text = r.cells[at]
		return u
	}
	for _, i := range named {
		if i < len(r.cells) && isUser(r.cells[i]) {
			u.text = r.cells[i]
			return u
		}
	}
	u.err = fmt.Errorf("%w: its %s is empty", webex.ErrInvalidInput, name)
	return u
}
