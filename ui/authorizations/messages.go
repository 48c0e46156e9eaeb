package authorizations

import (
	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/webex"
)

// Results of commands. gen and op number the request, so that late answers to older requests are
// dropped.
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
	// insteadMsg asks to revoke these refresh tokens in place of the access tokens in a question.
	insteadMsg []webex.AuthorizationID
	// preparedMsg is the result of pressing x: a plan to confirm, based on a fresh list.
	preparedMsg struct {
		gen     int
		fresh   *app.Listing // set if the list was reloaded
		plan    app.Plan
		other   *app.Plan // when offboarding a person with Webex sign-ins: the plan that keeps them
		missing int       // number of requested ids that are no longer listed
		err     error
		// needsKey means that the user must choose a key source for the audit log first.
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

// Errors implements [view.Failed].
func (m listMsg) Errors() []error { return []error{m.err} }

// Errors implements [view.Failed].
func (m preparedMsg) Errors() []error { return []error{m.err} }

// Errors implements [view.Failed].
func (m revokedMsg) Errors() []error { return []error{m.err, m.result.Stopped} }
