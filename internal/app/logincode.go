package app

import (
	"context"
	"errors"

	"github.com/wxauth/wxauth/webex"
)

// LogInWithCode logs in with a code that the user enters on another device. It uses
// only the options Scopes, Timeout and Progress; without a timeout it waits until
// the code expires.
func (a *Account) LogInWithCode(ctx context.Context, opts LoginOptions) (LoggedIn, error) {
	if err := a.vault.Prepare(ctx); err != nil {
		return LoggedIn{}, err
	}
	if err := a.Configured(); err != nil {
		return LoggedIn{}, err
	}
	// Prompt for anything that is needed before requesting a code, since the code
	// expires.
	if err := a.integration.Ready(ctx); err != nil {
		return LoggedIn{}, err
	}
	tell := func(p LoginProgress) {
		if opts.Progress != nil {
			opts.Progress(p)
		}
	}
	scopes := a.AskFor(opts.Scopes)
	before := a.held(ctx)
	code, err := a.integration.DeviceAuth(ctx, scopes)
	if err != nil {
		return LoggedIn{}, err
	}
	if opts.Timeout > 0 {
		if until := a.opts.Now().Add(opts.Timeout); until.Before(code.Expires) {
			code.Expires = until
		}
	}
	tell(LoginProgress{Stage: LoginWaiting, URL: code.VerificationURI, Deadline: code.Expires, Code: &code})
	tokens, err := a.integration.DeviceAccessToken(ctx, code, func(p webex.DeviceProgress) {
		if p.Entered {
			tell(LoginProgress{Stage: LoginSaving})
			return
		}
		tell(LoginProgress{Stage: LoginNotice, Notice: pollNotice(p.Problem)})
	})
	if err != nil {
		return LoggedIn{}, err
	}
	return a.loggedIn(ctx, before, a.opts.Credentials.ClientID, tokens, scopes)
}

// pollNotice describes a polling problem; "" once it is resolved.
func pollNotice(problem error) string {
	switch {
	case problem == nil:
		return ""
	case errors.Is(problem, webex.ErrRateLimited):
		return "Webex asks to poll less often; still waiting"
	}
	return "Webex is not responding; still waiting"
}
