package app

import (
	"time"

	"github.com/wxauth/wxauth/webex"
)

// Outcome is the outcome of a revoke for one token.
type Outcome string

// The outcomes.
const (
	Revoked     Outcome = "revoked"      // deleted, and no longer listed
	Cascaded    Outcome = "cascaded"     // revoked along with its refresh token
	AlreadyGone Outcome = "already-gone" // unknown to Webex at the first attempt, and not listed
	StillListed Outcome = "still-listed" // accepted, or expected to be revoked with its refresh token, but still listed after the last check
	Failed      Outcome = "failed"       // rejected, with the reason
	Unknown     Outcome = "unknown"      // sent without a response, and the list could not be read either
	NotSent     Outcome = "not-sent"     // no request was sent
	Planned     Outcome = "planned"      // a dry run
)

// Outcomes are all outcomes in display order.
var Outcomes = []Outcome{Revoked, Cascaded, AlreadyGone, StillListed, Failed, Unknown, NotSent, Planned}

// Gone reports whether the token is no longer listed.
func (o Outcome) Gone() bool { return o == Revoked || o == Cascaded || o == AlreadyGone }

// ItemResult is the result for one token.
type ItemResult struct {
	Row
	Outcome Outcome
	// Cascade are the access tokens that were revoked along with this refresh token
	// or, in a dry run, that are expected to be.
	Cascade []webex.AuthorizationID
	// Renewable is set if the app keeps a refresh token and can get a new access
	// token with it.
	Renewable bool
	Err       error // the reason, for failed, unknown, still-listed and not-sent
	// Answer is Webex's response to the DELETE; zero if none was sent or received.
	Answer webex.Answer
	Sent   time.Time
	Gone   time.Time // when it was first missing from the list
	Audit  []int64   // its entries in the audit log
}

// Result is the result of a plan.
type Result struct {
	Who      webex.Person
	Person   webex.PersonDetails
	Items    []ItemResult // in plan order, then the tokens revoked along with them
	Head     string       // end of the audit log
	Durable  bool         // the records outlive the process
	Finished time.Time
	// Stopped is why the rest was not sent: a 401, a rate limit, or cancellation.
	Stopped error
	// RecordErr is why the end of the audit log could not be synced.
	RecordErr error
	Kept      []Row // kept at the user's request
	Offboard  bool  // all of the person's tokens were to be revoked
	// Records are all records of the batch that this result belongs to.
	Records []Record
}

// Counts returns the number of tokens per outcome.
func (r Result) Counts() map[Outcome]int {
	counts := map[Outcome]int{}
	for _, i := range r.Items {
		counts[i.Outcome]++
	}
	return counts
}

// DryRun returns the plan as a result with nothing sent.
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

// Stage is the progress of the revoke of one token.
type Stage int

// The stages.
const (
	StageWaiting Stage = iota // not sent yet
	StageSending
	StageLooking // sent; reloading the list
	StageDone    // finished; see Result
)

// Progress reports the progress of one token.
type Progress struct {
	ID     webex.AuthorizationID
	Stage  Stage
	Look   int        // StageLooking: number of the check, from 1
	Looks  int        // StageLooking: maximum number of checks
	Result ItemResult // StageDone
}
