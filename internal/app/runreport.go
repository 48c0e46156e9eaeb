package app

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wxauth/wxauth/webex"
)

// RunReport says what one command or dialog did, as it stands in the record: the same
// from the run itself and, later, from the log.
type RunReport struct {
	Action   string
	By       webex.Untrusted // who was signed in
	Org      webex.Untrusted
	Started  time.Time
	Finished time.Time
	People   []PersonReport // by name
	Head     string         // of the record, after the run
	// CutOff says that wxauth ended before the run did: what is not named here was not
	// attempted.
	CutOff  bool
	Durable bool // whether the record outlives the process
	// Held and HeldApps are how much there was when it began; 0 where that is not on record.
	Held, HeldApps int

	First, Last int64 // the entries that are about it
}

// PersonReport is what became of one person's tokens.
type PersonReport struct {
	Person webex.Untrusted
	// Rows are the last word on each token that was held.
	Rows []Record
	// Error says why the list could not be read; nothing was sent then.
	Error string
}

// NewRunReport makes the report of one run out of its records. An intent without an
// outcome is one whose outcome nobody knows.
func NewRunReport(records []Record, head string, durable bool) RunReport {
	r := RunReport{Head: head, Durable: durable}
	people := map[webex.Untrusted]*PersonReport{}
	row := map[int64]int{} // of an intent, its place among the person's rows
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
			if rec.Outcome != Unknown { // which is written when somebody finds out
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

// Report makes the report of what was just done.
func (r BatchResult) Report() RunReport { return NewRunReport(r.Records, r.Head, r.Durable) }

// RunFinder finds the run that began last, whichever ended last, among records that are
// taken one by one. A run costs it a few bytes.
type RunFinder struct {
	person string
	began  map[string]int // of each run, how many began before it
	newest int
	run    string
}

// NewRunFinder returns a finder of the newest run of whatever action; where an address is
// given, of the newest that revoked or tried to revoke something of that person.
func NewRunFinder(person string) *RunFinder {
	return &RunFinder{person: strings.TrimSpace(person), began: map[string]int{}, newest: -1}
}

// Take looks at the next record, in the order of the log.
func (f *RunFinder) Take(r Record) {
	if r.Run == "" {
		return
	}
	began, ok := f.began[r.Run]
	if !ok {
		began = len(f.began)
		f.began[strings.Clone(r.Run)] = began
	}
	of := f.person == "" || strings.EqualFold(string(r.Person), f.person) && r.Outcome != Nothing
	if of && began > f.newest {
		f.newest, f.run = began, strings.Clone(r.Run)
	}
}

// Run returns the name of the run; empty when there is none.
func (f *RunFinder) Run() string { return f.run }

// CutOffWords says what a process that died left open: what may have happened, and
// where to look.
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

// Counts returns how often each outcome came up; people that could not be read are not
// among them.
func (r RunReport) Counts() map[Outcome]int {
	counts := map[Outcome]int{}
	for _, p := range r.People {
		for _, row := range p.Rows {
			counts[row.Outcome]++
		}
	}
	return counts
}

// Summary is one line that says how it went.
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
	var parts []string
	if failed > 0 { // first: whoever reads on knows that it is not all
		parts = append(parts, fmt.Sprintf("Skipped %d of %s, whose list could not be read", failed, plural(len(r.People), "user")))
	}
	if r.CutOff {
		parts = append(parts, "Interrupted")
	}
	switch {
	case all == 0 && c[Kept] == 0 && failed < len(r.People):
		parts = append(parts, "No app held a token")
	case gone == all && (!r.CutOff || r.Held <= all):
		if all > 0 {
			parts = append(parts, "Gone: "+plural(all, "token"))
		}
	default:
		parts = append(parts, fmt.Sprintf("%d of %s gone", gone, plural(max(all, r.Held), "token")))
	}
	if never := r.Held - all - c[Kept]; r.CutOff && never > 0 {
		parts = append(parts, fmt.Sprintf("%d never sent", never))
	}
	for _, o := range []Outcome{StillListed, Unknown, Failed, NotSent, Kept} {
		if c[o] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", c[o], o.Words()))
		}
	}
	return strings.Join(parts, ". ") + "."
}

// Line is whose tokens, and how it went.
func (r RunReport) Line() string { return r.who() + ": " + r.Summary() }

func (r RunReport) who() string {
	switch {
	case r.Action == ActionRevokeApp:
		return "everybody in the organization"
	case len(r.People) == 1:
		return string(webex.Clean(r.People[0].Person))
	}
	return plural(len(r.People), "user")
}

// app names the app of a run that was about one app alone; empty for others.
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

// stuck counts the tokens that can never be revoked from here.
func (r RunReport) stuck() (n int) {
	for _, p := range r.People {
		for _, row := range p.Rows {
			n += btoi(row.Outcome == NotSent && strings.HasPrefix(row.Error, ErrNotRevocable.Error()))
		}
	}
	return n
}

// Facts are the lines that say who did it, when, and how much was held.
func (r RunReport) Facts() [][2]string {
	const stamp = "2006-01-02 15:04:05 UTC"
	held, apps := 0, map[webex.ClientID]bool{}
	for _, p := range r.People {
		for _, row := range p.Rows {
			apps[row.Row.ClientID] = true
			if r.Action != ActionRevokeApp || row.Row.ID != "" { // else it is the app-wide call itself
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
		[2]string{"Held", plural(max(held, r.Held), "token") + " of " + plural(max(len(apps), r.HeldApps), "app")},
		[2]string{"Entries", r.entries()},
		[2]string{"Audit log", headWords(r.Head)},
	)
}

func headWords(head string) string {
	if head == "" {
		return "in memory only, lost when wxauth exits"
	}
	return headIs + head
}

// entries says which entries of the record are about the run.
func (r RunReport) entries() string {
	if r.First == 0 || !r.Durable {
		return "in memory only"
	}
	return fmt.Sprintf("%d to %d in the audit log", r.First, r.Last)
}

const headIs = "head "

// Notes say what is left to do, and what no API call can do.
func (r RunReport) Notes() []string {
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
		notes = append(notes, "Tokens that cannot be revoked here stay valid. Only their owner can revoke them (see below).")
	}
	if c[Kept] > 0 {
		notes = append(notes, "Webex sign-ins were kept: the users stay signed in to Webex apps.")
	}
	notes = append(notes,
		"Parts of Webex may accept a revoked token for a short while. Webex does not say how long.",
		"Revoking does not block an app. Anyone who can sign in can authorize it again: block the sign-in at the identity provider or in Control Hub, and reset the password.",
	)
	if r.canBlock() {
		notes = append(notes, "To block an app for everybody, if your organization can: "+webex.PageIntegrations+".")
	}
	return append(notes,
		"To end all sessions of a user: "+webex.PageResetAccess+".",
		"Users can view and revoke their own tokens: "+OwnTokensPage,
	)
}

// canBlock reports whether an app of the run can be blocked for an organization.
func (r RunReport) canBlock() bool {
	return slices.ContainsFunc(r.People, func(p PersonReport) bool {
		return slices.ContainsFunc(p.Rows, func(row Record) bool { return CanBlock(row.Row, row.SignIn) })
	})
}

// CanBlock reports whether an app can be blocked by its client id, to keep it away after a
// revoke: not one of Webex's own, and not the personal tokens of the developer portal.
func CanBlock(a webex.Authorization, signIn bool) bool {
	return !signIn && a.ClientID != "" && a.ApplicationName != developerPortal
}

// developerPortal is what the app that issues personal access tokens is called. Another app can
// call itself that.
const developerPortal = "Developer Portal"

// OwnTokensPage is where people see and end their own tokens, without the API.
const OwnTokensPage = "https://idbroker.webex.com/idb/profile#/tokens"

// OwnersAppWords say why a token of the person signed in cannot be ended here.
const OwnersAppWords = "Only the app that created your own token can revoke it here; revoke it at " + OwnTokensPage + ", or ask another admin"

// First is what has to happen elsewhere before an offboarding is worth anything.
const First = "block the sign-in at the identity provider or in Control Hub, and reset the password: anyone who can sign in can authorize every app again"
