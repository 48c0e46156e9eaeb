package app

import (
	_ "embed"
	"fmt"
	"html/template"
	"strings"
	"sync"
	"time"

	"github.com/wxauth/wxauth/webex"
)

// Markdown returns the report as Markdown that is also readable as plain text: the verdict, a line
// for each app, what to do next, and the tokens with their ids at the end.
func (r RunReport) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Webex authorizations: %s report\n\n%s\n\n", md(r.Action), strings.TrimSpace("**"+md(r.Headline())+".** "+md(r.More())))
	for _, f := range r.Facts() {
		text := md(f[1])
		if head, ok := strings.CutPrefix(f[1], headIs); ok {
			text = headIs + mdCode(head)
		}
		fmt.Fprintf(&b, "- %s: %s\n", f[0], text)
	}
	for _, p := range r.People {
		fmt.Fprintf(&b, "\n## %s\n\n", md(p.Person.String()))
		for _, a := range p.Apps() {
			fmt.Fprintf(&b, "- %s: %s\n", mdCell(-1, a.Name), md(a.Words))
		}
		if len(p.Rows) == 0 {
			fmt.Fprintf(&b, "%s\n", md(p.words()))
		}
	}
	b.WriteString("\n## Notes\n\n")
	for _, n := range r.findings() {
		fmt.Fprintf(&b, "- %s\n", md(n))
	}
	for _, n := range r.advice() {
		fmt.Fprintf(&b, "- %s\n", n)
	}
	b.WriteString("\n## Appendix: the tokens\n\n")
	for _, p := range r.People {
		head := "| App | Type | Created | Outcome | Client id | Token id |\n| --- | --- | --- | --- | --- | --- |\n"
		if len(r.People) > 1 && len(p.Rows) > 0 {
			fmt.Fprintf(&b, "%s\n\n", md(p.Person.String()))
		}
		if p.table(&b, mdCell, head, "| ", " | ", " |\n") {
			b.WriteString("\n")
		}
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// Text returns the report for a terminal: the verdict, a line for each app, and what is left to do.
func (r RunReport) Text() string {
	var b strings.Builder
	fmt.Fprintln(&b, strings.TrimSpace("Report. "+r.Headline()+". "+r.More()))
	for _, f := range r.Facts() {
		fmt.Fprintf(&b, "  %-13s %s\n", f[0], string(webex.Clean(webex.Untrusted(f[1]))))
	}
	for _, p := range r.People {
		if len(r.People) > 1 {
			fmt.Fprintf(&b, "%s\n", Clean(p.Person))
		}
		for _, a := range p.Apps() {
			fmt.Fprintf(&b, "  %s: %s\n", Clean(webex.Untrusted(a.Name)), Clean(webex.Untrusted(a.Words)))
		}
		if len(p.Rows) == 0 {
			fmt.Fprintf(&b, "  %s\n", Clean(webex.Untrusted(p.words())))
		}
	}
	for _, n := range r.Notes() {
		fmt.Fprintf(&b, "- %s\n", n)
	}
	if r.Durable {
		b.WriteString("For the ticket: wxauth audit report --last\n")
	}
	return b.String()
}

// words describes a person without rows.
func (p PersonReport) words() string {
	if p.Error != "" {
		return "Could not read the list, nothing was sent: " + p.Error
	}
	return "No app held a token."
}

// table writes the rows. It returns false if there are none.
func (p PersonReport) table(b *strings.Builder, escape func(column int, text string) string, head, left, between, right string) bool {
	if len(p.Rows) == 0 {
		return false
	}
	b.WriteString(head)
	for _, rec := range p.Rows {
		var cells []string
		for n, c := range rec.cells() {
			cells = append(cells, escape(n, c))
		}
		b.WriteString(left + strings.Join(cells, between) + right)
	}
	return true
}

func (r Record) cells() []string {
	kind := Kind(r.Row.Type)
	if r.SignIn {
		kind += ", sign-in"
	}
	outcome := r.Outcome.Words()
	if r.Error != "" {
		outcome += ": " + Shorten(r.Error, 300)
	}
	if r.TrackingID != "" && !r.Outcome.Gone() && !strings.Contains(r.Error, r.TrackingID.String()) { // for Webex support; the audit log has the others
		outcome += " (" + r.TrackingID.String() + ")"
	}
	return []string{Shorten(AppName(r.Row), 200), kind, dateOf(r.Row.Created), outcome, OrDash(r.Row.ClientID.String()), OrDash(r.Row.ID.String())}
}

func dateOf(t time.Time) string {
	if t.IsZero() {
		return "—"
	}
	return t.UTC().Format("2006-01-02 15:04")
}

// md escapes external text for Markdown, on one line.
func md(s string) string {
	var b strings.Builder
	for _, r := range string(webex.Clean(webex.Untrusted(s))) {
		if strings.ContainsRune("\\`*_{}[]<>|~#!$&", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	// Prevent automatic links.
	return strings.NewReplacer("://", `\://`, "www.", `www\.`).Replace(b.String())
}

// mdCode formats an id or code so that it can be copied verbatim.
func mdCode(s string) string {
	if s == "" || strings.ContainsFunc(s, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-_=:./+", r))
	}) {
		return md(s)
	}
	return "`" + s + "`"
}

// mdCell formats a table cell. Names and text from Webex are formatted as code, so
// that they cannot create links or mentions.
func mdCell(column int, s string) string {
	s = string(webex.Clean(webex.Untrusted(s)))
	switch column {
	case 2: // our own date
		return s
	case 3: // our own words, followed by Webex's
		words, said, has := strings.Cut(s, ": ")
		if !has {
			return s
		}
		return words + ": " + mdCell(-1, said)
	}
	if s == "—" {
		return s
	}
	return "`" + strings.NewReplacer("`", "'", "|", `\|`).Replace(s) + "`"
}

//go:embed report.html.tmpl
var htmlText string

// htmlReport is parsed when it is first needed: most commands never need it.
var htmlReport = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("report").Funcs(template.FuncMap{
		"clean": func(v any) string { return Clean(webex.Untrusted(fmt.Sprint(v))) },
		"clock": func(t time.Time) string { return t.UTC().Format("15:04:05") },
		"cells": Record.cells,
		"words": PersonReport.words,
	}).Parse(htmlText))
})

// HTML returns the report as a self-contained page without scripts or requests. Its appendix is not
// printed unless it is open.
func (r RunReport) HTML() string {
	var b strings.Builder
	if err := htmlReport().Execute(&b, r); err != nil {
		panic(err) // the template and the report fit each other; see the test
	}
	return b.String()
}

// ReportJSON is a report for other programs.
type ReportJSON struct {
	Action    string             `json:"action"`
	By        string             `json:"by"`
	Org       string             `json:"org"`
	Started   *string            `json:"started"`
	Finished  *string            `json:"finished"`
	Summary   string             `json:"summary"`
	People    []PersonReportJSON `json:"people"`
	Notes     []string           `json:"notes"`
	AuditHead string             `json:"auditHead"`
}

// PersonReportJSON is the outcome of one person's tokens.
type PersonReportJSON struct {
	Person string          `json:"person"`
	Error  string          `json:"error"`
	Rows   []ReportRowJSON `json:"rows"`
}

// ReportRowJSON is the outcome of one token.
type ReportRowJSON struct {
	Person          string  `json:"person"`
	ID              string  `json:"id"`
	ApplicationName string  `json:"applicationName"`
	ClientID        string  `json:"clientId"`
	Type            string  `json:"type"`
	Created         *string `json:"created"`
	SignIn          bool    `json:"signIn"`
	Outcome         Outcome `json:"outcome"`
	Time            *string `json:"time"`
	TrackingID      string  `json:"trackingId"`
	Error           string  `json:"error"`
}

// JSON returns the report for output.
func (r RunReport) JSON() ReportJSON {
	out := ReportJSON{
		Action: r.Action, By: string(r.By), Org: string(r.Org), Started: TimeJSON(r.Started), Finished: TimeJSON(r.Finished),
		Summary: r.Summary(), Notes: r.Notes(), AuditHead: r.Head, People: []PersonReportJSON{},
	}
	for _, p := range r.People {
		person := PersonReportJSON{Person: string(p.Person), Error: p.Error, Rows: []ReportRowJSON{}}
		for _, rec := range p.Rows {
			person.Rows = append(person.Rows, ReportRowJSON{
				Person: string(p.Person), ID: string(rec.Row.ID), ApplicationName: string(rec.Row.ApplicationName), ClientID: string(rec.Row.ClientID),
				Type: string(rec.Row.Type), Created: TimeJSON(rec.Row.Created), SignIn: rec.SignIn, Outcome: rec.Outcome, Time: TimeJSON(rec.Time),
				TrackingID: string(rec.TrackingID), Error: rec.Error,
			})
		}
		out.People = append(out.People, person)
	}
	return out
}

// Rows returns the tokens of all people for a table. It omits people without tokens.
func (r RunReport) Rows() []ReportRowJSON {
	rows := []ReportRowJSON{}
	for _, p := range r.JSON().People {
		if len(p.Rows) == 0 {
			rows = append(rows, ReportRowJSON{Person: p.Person, Outcome: Nothing, Error: p.Error})
			if p.Error != "" {
				rows[len(rows)-1].Outcome = Failed
			}
		}
		rows = append(rows, p.Rows...)
	}
	return rows
}
