package webex

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

var opFetch = operation{name: "fetch org tokens"}

// wireTokenRequest is the body of POST /applications/{applicationId}/token.
type wireTokenRequest struct {
	ClientID     string `json:"clientId"`
	ClientSecret string `json:"clientSecret"`
	TargetOrgID  string `json:"targetOrgId"`
}

// fetch asks the applications endpoint for an organization's tokens, with the manager's
// token. A refused one is renewed once. The API shows the organization's encoded id, and
// Cisco's own packages send its UUID, so what does not understand the one gets the other.
func (a *ServiceApp) fetch(ctx context.Context, org OrgID) (Tokens, error) {
	secret, err := a.secret.reveal(ctx)
	if err != nil {
		return Tokens{}, &Error{Op: opFetch.name, Err: err}
	}
	if err := a.managerLacks(ctx); err != nil {
		return Tokens{}, err
	}
	bearer, err := a.client.as(a.manager).currentToken(ctx, opFetch)
	if err != nil {
		return Tokens{}, err
	}
	t, err := a.fetchWith(ctx, bearer, secret, org, string(org))
	if errors.Is(err, ErrNotLoggedIn) {
		again, rerr := a.client.as(a.manager).renew(ctx, bearer)
		if rerr != nil {
			return Tokens{}, withReason(err, rerr)
		}
		if !again.IsZero() {
			bearer = again
			t, err = a.fetchWith(ctx, bearer, secret, org, string(org))
		}
	}
	if errors.Is(err, errOrgEncoding) {
		t, err = a.fetchWith(ctx, bearer, secret, org, org.UUID())
	}
	a.secret.judged(err)
	return t, err
}

// managerLacks tells, without asking Webex, of a login that is another server's, and of a
// scope that is known to be missing: Webex's refusal could mean the organization just as
// well.
func (a *ServiceApp) managerLacks(ctx context.Context) error {
	held, ok := a.manager.(interface {
		Stored(context.Context) (Tokens, error)
	})
	if !ok {
		return nil
	}
	t, err := held.Stored(ctx)
	if err == nil {
		if err := a.client.CheckServer(t); err != nil {
			return &Error{Op: opFetch.name, Err: err}
		}
	}
	if err != nil || len(t.Scopes) == 0 || HasScope(t.Scopes, ScopeApplicationsToken) {
		return nil //nolint:nilerr // what the login lacks is told when it is used
	}
	return &Error{Op: opFetch.name, Err: fmt.Errorf("%w: the login lacks the scope %s", ErrMissingScope, ScopeApplicationsToken), Hint: hintApplicationsScope}
}

const hintApplicationsScope = "tick it on the integration, and log in again with it"

func (a *ServiceApp) fetchWith(ctx context.Context, bearer, secret Secret, org OrgID, target string) (Tokens, error) {
	c := a.client
	if c.baseErr != nil {
		return Tokens{}, &Error{Op: opFetch.name, Err: c.baseErr}
	}
	body, err := json.Marshal(wireTokenRequest{ClientID: string(a.cred.ClientID), ClientSecret: secret.Reveal(), TargetOrgID: target})
	if err != nil {
		return Tokens{}, &Error{Op: opFetch.name, Err: err}
	}
	return c.tokensFrom(ctx, post{
		op: opFetch, url: c.base.JoinPath("applications", a.ApplicationID(), "token"), contentType: "application/json", body: string(body),
		authorization: NewSecret("Bearer " + bearer.Reveal()), secrets: []Secret{bearer, secret}, refusal: classifyFetch,
	}, Tokens{Owner: Owner{OrgID: org}})
}

// errOrgEncoding: the organization's id was not understood, in the encoding that was sent.
var errOrgEncoding = fmt.Errorf("%w", ErrOrgUnknown)

// classifyFetch reads why an organization's tokens are not handed out.
func classifyFetch(status int, message string) (hint string, err error) {
	text := strings.ToLower(message)
	says := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) })
	}
	client := says("client credentials", "clientsecret", "client secret", "client_secret", "invalid_client")
	switch {
	case client && (status == http.StatusBadRequest || status == http.StatusUnauthorized || status == http.StatusForbidden):
		return hintServiceAppSecret, ErrWrongServiceApp
	case status == http.StatusUnauthorized:
		return hintToken, ErrNotLoggedIn
	case status == http.StatusForbidden && says("scope"):
		return hintApplicationsScope + ": " + ScopeApplicationsToken, ErrMissingScope
	case status == http.StatusForbidden:
		return "a Full Admin of that organization must authorize it: " + PageServiceApps + "; and the login that fetches must hold " + ScopeApplicationsToken + ", and may have to own the app", ErrOrgNotAuthorized
	case status == http.StatusNotFound && says("org"), status == http.StatusBadRequest && says("org"):
		return "Webex knows no such organization: check its id", errOrgEncoding
	case status == http.StatusNotFound:
		return "Webex knows no Service App with this client id, or it is not the login's own: check its client id", ErrWrongServiceApp
	case status == http.StatusBadRequest:
		return "check the Service App's client id and the organization's id", ErrInvalidInput
	}
	return classifyGrant(opFetch, status, message)
}
