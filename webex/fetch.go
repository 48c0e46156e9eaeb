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

// fetch requests an organization's tokens from the applications endpoint with the manager's
// token, which it renews once if rejected. The API's reference shows the organization's
// encoded id, but Cisco's own packages send its UUID, so fetch tries the second if the
// first is not understood.
func (a *ServiceApp) fetch(ctx context.Context, org OrgID) (Tokens, error) {
	secret, err := a.secret.reveal(ctx)
	if err != nil {
		return Tokens{}, &Error{Op: opFetch.name, Err: err}
	}
	if err := a.managerLacks(ctx); err != nil {
		return Tokens{}, err
	}
	bearer, err := a.client.withToken(a.manager).currentToken(ctx, opFetch)
	if err != nil {
		return Tokens{}, err
	}
	t, err := a.fetchWith(ctx, bearer, secret, org, string(org))
	if errors.Is(err, ErrNotLoggedIn) {
		again, rerr := a.client.withToken(a.manager).renew(ctx, bearer)
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
	a.secret.forgetIfRejected(err)
	return t, err
}

// managerLacks checks, without a request, whether the manager's login belongs to another
// server or is known to lack the scope. Webex's own error would not tell a missing scope
// from an organization that has not authorized the app.
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
		return nil //nolint:nilerr // the error is reported when the login is used
	}
	return &Error{Op: opFetch.name, Err: fmt.Errorf("%w: your login lacks the scope %s", ErrMissingScope, ScopeApplicationsToken), Hint: hintApplicationsScope}
}

const hintApplicationsScope = "select it on the integration, then log in again with it"

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

// errOrgEncoding means that the server did not understand this encoding of the
// organization's id.
var errOrgEncoding = fmt.Errorf("%w", ErrOrgUnknown)

// classifyFetch explains why Webex did not return an organization's tokens.
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
		return "a Full Admin of that organization must authorize it: " + PageServiceApps + "; your login needs " + ScopeApplicationsToken + " and may have to own the app", ErrOrgNotAuthorized
	case status == http.StatusNotFound && says("org"), status == http.StatusBadRequest && says("org"):
		return "no such organization: check its id", errOrgEncoding
	case status == http.StatusNotFound:
		return "no Service App with this client id belongs to your login: check the client id", ErrWrongServiceApp
	case status == http.StatusBadRequest:
		return "check the Service App's client id and the organization's id", ErrInvalidInput
	}
	return classifyGrant(opFetch, status, message)
}
