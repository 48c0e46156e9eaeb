package app

import (
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/webex"
)

// RunReport describes what one command or dialog did, based on its records. The run
// itself and a later reader of the audit log get the same report.
type RunReport struct {
	Action   string
	By       webex.Untrusted // who was signed in
	Org      webex.Untrusted
	Started  time.Time
	Finished time.Time
	People   []PersonReport // sorted by name
	Head     string         // end of the audit log after the run
	// CutOff is set if wxauth ended before the run did. Tokens that are not listed
	// were not attempted.
	CutOff  bool
	Durable bool // the records outlive the process
	// Held and HeldApps are the numbers of tokens and apps at the start of the run;
	// 0 if not recorded.
	Held, HeldApps int

	First, Last int64 // range of the run's log entries
	// Keep are the apps that keep a refresh token. Only the run itself knows them: the audit log
	// does not.
	Keep []string
	// Problems say why the run stopped early, and why the log is incomplete; known to the run only.
	Problems []string
}

// PersonReport is the outcome of one person's tokens.
type PersonReport struct {
	Person webex.Untrusted
	// Rows are the last record of each token.
	Rows []Record
	// Error is why the list could not be read; nothing was sent then.
	Error string
}

// NewRunReport creates the report of one run from its records. An intent without an
// outcome counts as unknown.
func NewRunReport(records []Record, head string, durable bool) RunReport {
	r := RunReport{Head: head, Durable: durable}
	people := map[webex.Untrusted]*PersonReport{}
	row := map[int64]int{} // maps an intent to its index in the person's rows
	for _, rec := range records {
		if r.Started.IsZero() {
			r.Action, r.By, r.Org, r.Started = rec.Action, rec.Actor, rec.Org, rec.Time
		}
		if rec.Seq > 0 && (r.First == 0 || rec.Seq < r.First) {
			r.First = rec.Seq
		}
		r.Last = max(r.Last, rec.Seq)
		if rec.IsRun() {
			r.CutOff = rec.Outcome != Done
			_, _ = fmt.Sscanf(rec.Error, heldFormat, &r.Held, &r.HeldApps)
			if rec.Outcome != Unknown { // recorded by the process that detects it
				r.Finished = rec.Time
			}
			continue
		}
		if rec.Error != ErrorCutOff {
			r.Finished = rec.Time
		}
		p := people[rec.Person]
		if p == nil {
			p = &PersonReport{Person: rec.Person}
			people[rec.Person] = p
		}
		switch {
		case rec.Outcome == Nothing:
		case rec.Outcome == Unreadable:
			p.Error = rec.Error
		case rec.Outcome == "":
			rec.Outcome, rec.Error = Unknown, ErrorCutOff
			row[rec.Seq] = len(p.Rows)
			p.Rows = append(p.Rows, rec)
		case rec.Intent != 0:
			if n, ok := row[rec.Intent]; ok {
				p.Rows[n] = rec
			} else {
				p.Rows = append(p.Rows, rec)
			}
		default:
			p.Rows = append(p.Rows, rec)
		}
	}
	for _, p := range people {
		r.People = append(r.People, *p)
	}
	slices.SortFunc(r.People, func(a, b PersonReport) int { return strings.Compare(string(a.Person), string(b.Person)) })
	return r
}

// Report returns the report of this result.
func (r BatchResult) Report() RunReport {
	out := NewRunReport(r.Records, r.Head, r.Durable)
	out.Keep, out.Problems = appsKeepingAccess(r.Items()), problems(r.Stopped, r.RecordErr)
	return out
}

// problems describes why a run stopped early and why its records are incomplete, if it did and they
// are.
func problems(stopped, record error) (out []string) {
	if stopped != nil {
		words := Clean(webex.Untrusted(stopped.Error()))
		if errors.Is(stopped, ErrStopped) {
			words = "you stopped it; what was not sent is still valid"
		}
		out = append(out, "Stopped early: "+words+".")
	}
	if record != nil {
		out = append(out, "The audit log could not be completed: "+Clean(webex.Untrusted(record.Error())))
	}
	return out
}

// RunFinder finds the run that began last in a stream of records, even if another
// run ended later. It needs a few bytes per run.
type RunFinder struct {
	person string
	seed   maphash.Seed
	began  map[uint64]int // by hash of the run's name: how many runs began before it
	newest int
	run    string
}

// NewRunFinder returns a finder for the newest run. If person is not empty, it finds
// the newest run that revoked or tried to revoke a token of that person.
func NewRunFinder(person string) *RunFinder {
	return &RunFinder{person: strings.TrimSpace(person), seed: maphash.MakeSeed(), began: map[uint64]int{}, newest: -1}
}

// Take processes the next record. Records must be in log order.
func (f *RunFinder) Take(r Record) {
	if r.Run == "" {
		return
	}
	name := maphash.String(f.seed, r.Run)
	began, ok := f.began[name]
	if !ok {
		began = len(f.began)
		f.began[name] = began
	}
	of := f.person == "" || strings.EqualFold(string(r.Person), f.person) && r.Outcome != Nothing
	if of && began > f.newest {
		f.newest, f.run = began, strings.Clone(r.Run)
	}
}

// Run returns the name of the run; "" if there is none.
func (f *RunFinder) Run() string { return f.run }

// CutOffWords describes what may have happened in a process that died, and where to
// check.
func (r Record) CutOffWords() (what, look string) {
	whose := string(webex.Clean(r.Person))
	switch {
	case r.IsRun():
		return "an earlier offboard did not finish", "to see its results: wxauth audit report --last"
	case r.Action == ActionRevokeApp:
		return "an app may or may not have been revoked across the organization: client " + r.Row.ClientID.String(), "check the list of a user who granted it"
	}
	return fmt.Sprintf("%s token %q of %s may have been revoked", r.Row.Type, ShortName(r.Row), whose), "check with: wxauth list " + POSIX.Quote(whose)
}

// Counts returns the number of tokens per outcome. It does not count people who
// could not be read.
func (r RunReport) Counts() map[Outcome]int {
	counts := map[Outcome]int{}
	for _, p := range r.People {
		for _, row := range p.Rows {
			counts[row.Outcome]++
		}
	}
	return counts
}

// Summary returns a one-line result.
func (r RunReport) Summary() string {
	c := r.Counts()
	gone, all := c[Revoked]+c[Cascaded]+c[AlreadyGone], 0
	for o, n := range c {
		if o != Kept {
			all += n
		}
	}
	failed := 0
	for _, p := range r.People {
		failed += btoi(p.Error != "")
	}
	held, total := r.Held-c[Kept], all // what was kept is not part of the result
	if r.CutOff {
		total = max(all, held)
	}
	var parts []string
	if failed > 0 { // first, so that readers know that the rest is incomplete
		parts = append(parts, fmt.Sprintf("Skipped %d of %s, whose list could not be read", failed, english.Count(len(r.People), "user")))
	}
	if r.CutOff {
		parts = append(parts, "Interrupted")
	}
	switch {
	case all == 0 && c[Kept] == 0 && failed < len(r.People):
		parts = append(parts, "No app held a token")
	case gone == all && (!r.CutOff || held <= all):
		if all > 0 {
			parts = append(parts, "Gone: "+english.Count(all, "token"))
		}
	default:
		parts = append(parts, fmt.Sprintf("%s of %s gone", english.Thousands(gone), english.Count(total, "token")))
	}
	if never := held - all; r.CutOff && never > 0 {
		parts = append(parts, fmt.Sprintf("%d never sent", never))
	}
	for _, o := range []Outcome{StillListed, Unknown, Failed, NotSent, Kept} {
		if c[o] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", c[o], o.Words()))
		}
	}
	return strings.Join(parts, ". ") + "."
}

// More returns the summary unless the headline says the same.
func (r RunReport) More() string {
	s := r.Summary()
	if r.OK() && strings.HasPrefix(s, "Gone: ") && strings.HasSuffix(strings.ToLower(r.Headline()), "gone") {
		return ""
	}
	return s
}

// Line returns whose tokens were revoked and the summary.
func (r RunReport) Line() string { return r.who() + ": " + r.Summary() }

func (r RunReport) who() string {
	switch {
	case r.Action == ActionRevokeApp:
		return "everybody in the organization"
	case len(r.People) == 1:
		return string(webex.Clean(r.People[0].Person))
	}
	return english.Count(len(r.People), "user")
}

// app returns the app's name if the run was about a single app; otherwise "".
func (r RunReport) app() string {
	var only *webex.Authorization
	for _, p := range r.People {
		for _, row := range p.Rows {
			if row.Row.ClientID == "" || only != nil && only.ClientID != row.Row.ClientID {
				return ""
			}
			if only == nil || only.ApplicationName == "" {
				only = &row.Row
			}
		}
	}
	if only == nil || r.Action == ActionOffboard {
		return ""
	}
	return Shorten(AppName(*only), 200) + " (client id " + only.ClientID.String() + ")"
}

// stuck counts the tokens that wxauth can never revoke.
func (r RunReport) stuck() (n int) {
	for _, p := range r.People {
		for _, row := range p.Rows {
			n += btoi(row.Outcome == NotSent && strings.HasPrefix(row.Error, ErrNotRevocable.Error()))
		}
	}
	return n
}

// Facts returns labelled values: who ran it, when, and how many tokens there were.
func (r RunReport) Facts() [][2]string {
	const stamp = "2006-01-02 15:04:05 UTC"
	held, apps := 0, map[webex.ClientID]bool{}
	for _, p := range r.People {
		for _, row := range p.Rows {
			apps[row.Row.ClientID] = true
			if r.Action != ActionRevokeApp || row.Row.ID != "" { // otherwise it is the app-wide call itself
				held++
			}
		}
	}
	user := [2]string{"User", r.who()}
	if len(r.People) != 1 && r.Action != ActionRevokeApp {
		user = [2]string{"Users", strconv.Itoa(len(r.People))}
	}
	facts := [][2]string{user}
	if app := r.app(); app != "" {
		facts = append(facts, [2]string{"App", app})
	}
	return append(facts,
		[2]string{"By", OrDash(r.By.String())},
		[2]string{"Organization", OrDash(r.Org.String())},
		[2]string{"Started", r.Started.UTC().Format(stamp)},
		[2]string{"Finished", r.Finished.UTC().Format(stamp)},
		[2]string{"Held", english.Count(max(held, r.Held), "token") + " of " + english.Count(max(len(apps), r.HeldApps), "app")},
		[2]string{"Log entries", r.entries()},
		[2]string{"Audit log", headWords(r.Head)},
	)
}

func headWords(head string) string {
	if head == "" {
		return "in memory only, lost when wxauth exits"
	}
	return headIs + head
}

// entries returns the range of the run's log entries.
func (r RunReport) entries() string {
	if r.First == 0 || !r.Durable {
		return "in memory only"
	}
	return fmt.Sprintf("%d to %d in the audit log", r.First, r.Last)
}

const headIs = "head "

// Notes returns what is left to do and what no API call can do.
func (r RunReport) Notes() []string { return append(r.findings(), r.advice()...) }

// findings are the notes with names and errors from elsewhere.
func (r RunReport) findings() []string {
	notes := slices.Clone(r.Problems)
	for n, name := range r.Keep {
		if n == keepNotes {
			return append(notes, fmt.Sprintf("%d more apps keep a refresh token too.", len(r.Keep)-n))
		}
		notes = append(notes, Clean(webex.Untrusted(name))+" keeps a refresh token and can get new access tokens: revoke it to remove the access.")
	}
	return notes
}

// advice are the notes that consist of our own words.
func (r RunReport) advice() []string {
	var notes []string
	c := r.Counts()
	if r.CutOff {
		notes = append(notes, "This run was interrupted: tokens not listed here were not attempted. Run it again.")
	}
	if c[StillListed] > 0 {
		notes = append(notes, "Still listed means not revoked yet: check again in a minute, and revoke what is still there.")
	}
	if c[Unknown] > 0 {
		notes = append(notes, "Unknown means that the token may have been revoked: check with wxauth list.")
	}
	if stuck := r.stuck(); c[Failed]+c[NotSent] > stuck {
		notes = append(notes, "Tokens marked failed or not sent are still valid: try them again.")
	} else if stuck > 0 {
		notes = append(notes, "Tokens that cannot be revoked here stay valid. Only their owner can revoke them: "+OwnTokensPage)
	}
	if c[Kept] > 0 {
		notes = append(notes, "Webex sign-ins were kept: the users stay signed in to Webex apps.")
	}
	again := "Revoking does not block an app. Anyone who can sign in can authorize it again"
	if c[Kept] == 0 {
		again += ": block the sign-in at the identity provider or in Control Hub, and reset the password"
	}
	notes = append(notes, "Parts of Webex may accept a revoked token for a short while. Webex does not say how long.", again+".")
	for _, page := range r.blockPages() {
		notes = append(notes, "To block an app for everybody ("+webex.NeedsProPack+"): "+page+".")
	}
	return append(notes,
		"To end all sessions of a user: "+webex.PageResetAccess+".",
		"Users can view and revoke their own tokens: "+OwnTokensPage,
	)
}

// blockPages returns, once each, the pages where the apps of the run can be blocked.
func (r RunReport) blockPages() (pages []string) {
	for _, p := range r.People {
		for _, row := range p.Rows {
			if page := BlockPage(row.Row, row.SignIn); page != "" && !slices.Contains(pages, page) {
				pages = append(pages, page)
			}
		}
	}
	return pages
}

// CanBlock reports whether an app can be blocked by its client id, so that it cannot
// be granted again after a revoke. Webex's own apps and the developer portal's
// personal tokens cannot.
func CanBlock(a webex.Authorization, signIn bool) bool {
	return !signIn && a.ClientID != "" && a.ApplicationName != developerPortal
}

// BlockPage returns the page of Control Hub where an app can be blocked; empty if it cannot.
func BlockPage(a webex.Authorization, signIn bool) string {
	switch {
	case !CanBlock(a, signIn):
		return ""
	case webex.IsAgentApp(a.ApplicationName):
		return webex.PageAgenticApps
	}
	return webex.PageIntegrations
}

// developerPortal is the name of the app that issues personal access tokens. Other
// apps can use the same name.
const developerPortal = "Developer Portal"

// OwnTokensPage is where people can view and revoke their own tokens without the
// API.
const OwnTokensPage = "https://idbroker.webex.com/idb/profile#/tokens"

// OwnersAppWords is why wxauth cannot revoke a token of the person signed in.
const OwnersAppWords = "Only the app that created your own token can revoke it here; revoke it at " + OwnTokensPage + ", or ask another admin"

// First is what to do elsewhere before an offboarding is effective.
const First = "block the sign-in at the identity provider or in Control Hub, and reset the password: anyone who can sign in can authorize every app again"
