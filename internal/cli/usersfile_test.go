package cli

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf16"
)

// wide encodes a text in UTF-16 with a byte order mark.
func wide(text string, little bool) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune("\ufeff" + text)) {
		if little {
			b.Write([]byte{byte(u), byte(u >> 8)})
		} else {
			b.Write([]byte{byte(u >> 8), byte(u)})
		}
	}
	return b.String()
}

// Files exported by directories, spreadsheets and Control Hub.
func TestUsersFiles(t *testing.T) {
	const id = "Y2lzY29zcGFyazovL3VzL1BFT1BMRS9mNWIzNjE4Ny1jOGRkLTQ3MjctOGIyZi1mOWM0NDdmMjkwNDY"
	for name, tt := range map[string]struct{ text, users, says, err string }{
		"Control Hub, UTF-16": {
			text:  wide("Display Name\tUser ID/Email (Required)\tDays\r\nJane Doe\tjane@acme.example\t3\r\n", true),
			users: "jane@acme.example", says: `users are read from column "User ID/Email (Required)"`,
		},
		"Control Hub, German, UTF-16 big end first": {
			text:  wide("Anzeigename;Benutzer-ID/E-Mail (erforderlich)\nJörg;jörg@acme.example\n", false),
			users: "jörg@acme.example", says: `column "Benutzer-ID/E-Mail (erforderlich)"`,
		},
		"users of an integration":         {text: "User Name,User Email,Authorized On\nJane,jane@acme.example,2026-11-01\n", users: "jane@acme.example", says: `column "User Email"`},
		"the delimiter inside quotes":     {text: "Name;Email\n\"Doe, Jane, Dr.\";jane@acme.example\n\"Roe, Max, Dr.\";max@acme.example\n", users: "jane@acme.example max@acme.example", says: `column "Email"`},
		"semicolons in cells of lines":    {text: "Name,Email\n\"Doe\n; Jane; a; b\",jane@acme.example\n\"Roe\n; Max; a; b\",max@acme.example\n", users: "jane@acme.example max@acme.example"},
		"a comma in a quoted first cell":  {text: "\"Name; full\",Email\n\"Doe; Jane\",jane@acme.example\n", users: "jane@acme.example"},
		"PowerShell":                      {text: "#TYPE Selected.Microsoft.ActiveDirectory.Management.ADUser\r\n\"Name\",\"UserPrincipalName\"\r\n\"Jane\",\"jane@acme.example\"\r\n", users: "jane@acme.example", says: `column "UserPrincipalName"`},
		"titles above the header":         {text: "Leavers, November\n\nHR export\nName,Email\nJane,jane@acme.example\n", users: "jane@acme.example", says: "2 lines above the header skipped"},
		"a title above a column":          {text: "Leavers of November\nEmail\njane@acme.example\n", users: "jane@acme.example", says: "1 line above the header skipped"},
		"trailing commas":                 {text: "jane@acme.example,,,\nmax@acme.example,,,\n", users: "jane@acme.example max@acme.example", says: "column 1, based on its contents"},
		"trailing commas behind a header": {text: "Email,,,\njane@acme.example,,,\n,,,\n", users: "jane@acme.example", says: `column "Email"`},
		"Google":                          {text: "First Name [Required],Last Name [Required],Email Address [Required]\nJane,Doe,jane@acme.example\n", users: "jane@acme.example", says: `column "Email Address [Required]"`},
		"a directory":                     {text: "id,primaryEmail\n1,jane@acme.example\n", users: "jane@acme.example", says: `column "primaryEmail"`},
		"an empty mail cell":              {text: "Name,mail,userPrincipalName\nJane,,jane@acme.example\nMax,max@acme.example,m1@corp.example\nNobody,,\n", users: "jane@acme.example max@acme.example !", says: `column "mail"`},
		"an empty mail column":            {text: "Name,mail,UPN\nJane,,jane@acme.example\nMax,,max@acme.example\n", users: "jane@acme.example max@acme.example", says: `column "UPN"`},
		"work email":                      {text: "Person,Manager Mail,Work Email\nJane,boss@acme.example,jane@acme.example\n", users: "jane@acme.example", says: `column "Work Email"`},
		"an unknown header":               {text: "Nachname,Adresse im Netz\nDoe,jane@acme.example\n", users: "jane@acme.example", says: `column "Adresse im Netz", based on its contents`},
		"names under User":                {text: "User,Contact\nJane Doe,jane@acme.example\n", err: `column "User" contains no users, but "Contact" contains addresses: rename the header of the right column, and only that one, to Email`},
		"an empty Email column":           {text: "Name,Email,Manager\nMax,,tess@acme.example\nMia,,janina@acme.example\n", err: `column "Email" contains no users, but "Manager" contains addresses: rename the header of the right column`},
		"some empty Email cells":          {text: "Name,Email,Manager\nMax,,tess@acme.example\nMia,mia@acme.example,janina@acme.example\n", users: "! mia@acme.example", says: `column "Email"`},
		"a manager column and names":      {text: "Username,Manager Email\njdoe,omar@acme.example\n", err: `column "Username" contains no users, but "Manager Email" contains addresses`},
		"only a manager column":           {text: "Nachname,Line-Manager\nDoe,\nRoe,omar@acme.example\n", err: `only column "Line-Manager" contains addresses, but its header does not say that they are the users`},
		"a manager column in brackets":    {text: "Email (Manager),Email\nomar@acme.example,jane@acme.example\n", users: "jane@acme.example", says: `column "Email"`},
		"a column of managers":            {text: "Vorgesetzter\nomar@acme.example\n", err: `only column "Vorgesetzter" contains addresses`},
		"managers before users":           {text: "Nachname,Requested by,Adresse im Netz\nDoe,omar@acme.example,jane@acme.example\n", users: "jane@acme.example", says: `column "Adresse im Netz", based on its contents`},
		"a user called manager":           {text: "manager@acme.example,Manager\njane@acme.example,Owner\n", users: "manager@acme.example jane@acme.example", says: "column 1, based on its contents"},
		"an address in a title":           {text: "Leavers of November,\nRequested by,omar@acme.example\nName,Email\nMax Power,max@acme.example\n", users: "max@acme.example", says: `column "Email"; 2 lines above the header skipped`},
		"a title and an empty Email":      {text: "Requested by,omar@acme.example\nName,Email,Manager\nMax,,tess@acme.example\n", err: `column "Email" contains no users, but "Manager" contains addresses`},
		"a user above the header":         {text: "jane@acme.example\nEmail\nmax@acme.example\n", err: `line 1 contains a user above the header "Email"`},
		"ids":                             {text: "Name,UUID\nJane,f5b36187-c8dd-4727-8b2f-f9c447f29046\n", users: "f5b36187-c8dd-4727-8b2f-f9c447f29046", says: `column "UUID"`},
		"ids of other things":             {text: "Name,Organization,Person\nJane,f5b36187-c8dd-4727-8b2f-f9c447f29046," + id + "\n", users: id, says: `column "Person"`},
		"a column of ids":                 {text: "f5b36187-c8dd-4727-8b2f-f9c447f29046\n" + id + "\n", users: "f5b36187-c8dd-4727-8b2f-f9c447f29046 " + id},
		"a bad first line of a column":    {text: "jane acme.example\nmax@acme.example\n", users: "jane acme.example max@acme.example"},
		"two columns of addresses":        {text: "Person in charge,Contact\nboss@acme.example,jane@acme.example\n", err: `several columns contain addresses: "column 1, column 2"; rename the header of the right one to email`},
		"nobody":                          {text: "name,team\nJane,Sales\n", err: "no column is named email or personId, and none contains addresses"},
		"a binary file":                   {text: "\x89PNG\x00\x00", err: "not a text file"},
	} {
		f, err := readUsers(strings.NewReader(tt.text))
		if tt.err != "" || err != nil {
			if err == nil || !strings.Contains(err.Error(), tt.err) || tt.err == "" {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		var got []string
		for _, u := range f.users {
			if u.err != nil {
				u.text = "!"
			}
			got = append(got, u.text)
		}
		if strings.Join(got, " ") != tt.users || !strings.Contains(f.words(), tt.says) || tt.says == "" && f.titles > 0 {
			t.Errorf("%s: %q, %q", name, got, f.words())
		}
	}
}

func TestPlainAddress(t *testing.T) {
	for text, want := range map[string]string{
		" jane@acme.example ": "jane@acme.example", "mailto:jane@acme.example": "jane@acme.example", "MAILTO:jane@acme.example?subject=x": "jane@acme.example",
		"\u200bjane@acme\u200d.example\ufeff": "jane@acme.example", "mailto:": "mailto:", "jörg@acme.example": "jörg@acme.example",
	} {
		if got := plainAddress(text); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}

// FuzzUsers: every line of a file of users is a user or is reported.
func FuzzUsers(f *testing.F) {
	f.Add("jane@acme.example\nnobody\n")
	f.Add("\ufeffName,Email\r\n\"Doe, Jane\",jane@acme.example\r\n")
	f.Add("Report, of today\n\n#TYPE x\nName;Mail;UPN\n\"Doe; Jane\";;jane@acme.example\n")
	f.Add("\xff\xfea\x00@\x00b\x00")
	f.Add("sep=;\nemail;x\na@b.example;\"")
	f.Fuzz(func(t *testing.T, text string) {
		file, err := readUsers(strings.NewReader(text))
		if err != nil {
			return
		}
		last := 0
		for _, n := range file.users {
			if n.line < last || n.err == nil && strings.TrimSpace(n.text) == "" {
				t.Errorf("%q: line %d %q after %d", text, n.line, n.text, last)
			}
			last = n.line
		}
	})
}

// S-61: wxauth stops reading endless input.
func TestInputWithoutAnEnd(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 60<<10)
	for name, unit := range map[string]string{"a column": long + "\n", "a table": "email," + long + "\n", "a quote": "email,name" + long + "\na,\"", "a blank": " "} {
		_, err := readUsers(&endless{unit: unit, cap: 256 << 20})
		if err == nil || strings.Contains(err.Error(), "the test") {
			t.Errorf("%s: %v", name, err)
		}
	}
	in := &endless{unit: "x", cap: 16 << 20}
	if _, err := (&lineReader{from: in}).read(); err == nil || in.read > 1<<20 {
		t.Errorf("%d bytes of a line were read", in.read)
	}
}

// endless repeats a text, and fails once it has read too much.
type endless struct {
	unit      string
	read, cap int
}

func (e *endless) Read(p []byte) (int, error) {
	if e.read > e.cap {
		return 0, errors.New("read too much")
	}
	n := 0
	for n < len(p) {
		n += copy(p[n:], e.unit[(e.read+n)%len(e.unit):])
	}
	e.read += n
	return n, nil
}
