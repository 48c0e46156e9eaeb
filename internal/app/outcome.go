package app

import (
	"time"

	"github.com/wxauth/wxauth/webex"
)

// Outcome is what became of one token, in one word.
type Outcome string

// The outcomes.
const (
	Revoked     Outcome = "revoked"      // deleted, and no longer listed
	Cascaded    Outcome = "cascaded"     // gone with its refresh token
	AlreadyGone Outcome = "already-gone" // unknown to Webex at the first attempt, and not listed
	StillListed Outcome = "still-listed" // accepted, or said to end with its refresh token, and listed after the last read-back
	Failed      Outcome = "failed"       // refused, with the reason
	Unknown     Outcome = "unknown"      // sent, no answer, and the list could not be read either
	NotSent     Outcome = "not-sent"     // nothing was sent for it
	Planned     Outcome = "planned"      // a dry run
)

// Outcomes are all outcomes, in the order in which counts are shown.
var Outcomes = []Outcome{Revoked, Cascaded, AlreadyGone, StillListed, Failed, Unknown, NotSent, Planned}

// Gone reports whether the token is no longer there, as far as the list tells.
func (o Outcome) Gone() bool { return o == Revoked || o == Cascaded || o == AlreadyGone }

// ItemResult is what became of one token.
type ItemResult struct {
	Row
	Outcome Outcome
	// Cascade are the access tokens that went with this refresh token, or, in a dry
	// run, that are inferred to go.
	Cascade []webex.AuthorizationID
	// Renewable says that the app keeps a refresh token, and can get a new access
	// token with it.
	Renewable bool
	Err       error // why, for failed, unknown, still-listed and not-sent
	// Answer is what Webex answered to the DELETE; zero when none was sent or answered.
	Answer webex.Answer
	Sent   time.Time
	Gone   time.Time // when the list no longer showed it
	Audit  []int64   // the entries of the record about it
}

// Result is what became of a plan.
type Result struct {
	Who      webex.Person
	Person   webex.PersonDetails
	Items    []ItemResult // in the order of the plan, then what went with them
	Head     string       // of the record
	Durable  bool         // whether the record outlives the process
	Finished time.Time
	// Stopped says why the rest was not sent: a 401, a rate limit, or the caller.
	Stopped error
	// RecordErr says why the end of the record could not be made safe.
	RecordErr error
	Kept      []Row // left alone, because the user wanted it so
	Offboard  bool  // everything of the person was to end
	// Records are all that was written down about the batch that it belongs to.
	Records []Record
}

// Counts returns how often each outcome came up.
func (r Result) Counts() map[Outcome]int {
	counts := map[Outcome]int{}
	for _, i := range r.Items {
		counts[i.Outcome]++
	}
	return counts
}

// DryRun returns the plan in the shape of a result, with nothing sent.
func (p Plan) DryRun() Result {
	res := Result{Who: p.Who, Person: p.Person, Kept: p.Kept, Offboard: p.Offboard}
	for _, i := range p.Items {
		r := ItemResult{Row: i.Row, Outcome: Planned, Renewable: i.Renewable}
		for _, e := range i.Ends {
			r.Cascade = append(r.Cascade, e.ID)
		}
		res.Items = append(res.Items, r)
	}
	return res
}

// Stage is how far the revoke of one token has come.
type Stage int

// The stages.
const (
	StageWaiting Stage = iota // in the plan, not sent yet
	StageSending
	StageLooking // sent; the list is being reloaded
	StageDone    // Result says how it ended
)

// Progress tells of one token as a revoke goes on.
type Progress struct {
	ID     webex.AuthorizationID
	Stage  Stage
	Look   int        // for StageLooking: which look, from 1
	Looks  int        // and of how many at most
	Result ItemResult // for StageDone
}
