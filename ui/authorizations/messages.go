package authorizations

import (
	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/webex"
)

// Results of commands. gen and op name the request, so that a late answer to an
// older one is dropped.
type (
	listMsg struct {
		gen     int
		listing app.Listing
		err     error
	}
	describedMsg struct {
		gen    int
		person webex.PersonDetails
		err    error
	}
	// preparedMsg answers "x": the plan to confirm, from a list that is fresh.
	preparedMsg struct {
		gen     int
		fresh   *app.Listing // set when the list had to be read again
		plan    app.Plan
		other   *app.Plan // of an offboarding with Webex sign-ins: with these kept
		missing int       // asked for, and no longer listed
		err     error
		// needsKey says that the record's key has to be kept somewhere first.
		needsKey bool
	}
	progressMsg struct {
		op    int
		steps []app.Progress
		more  <-chan app.Progress
	}
	revokedMsg struct {
		op     int
		result app.Result
		err    error
	}
)

// Errors are what went wrong at Webex.
func (m listMsg) Errors() []error { return []error{m.err} }

// Errors are what went wrong at Webex.
func (m preparedMsg) Errors() []error { return []error{m.err} }

// Errors are what went wrong at Webex.
func (m revokedMsg) Errors() []error { return []error{m.err, m.result.Stopped} }
