package webex

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"sync"
	"time"
)

// ScopeApplicationsToken is the scope that a login needs to fetch a Service App's tokens.
const ScopeApplicationsToken = "spark:applications_token"

var (
	// ErrOrgNotAuthorized means that the organization has not authorized the Service App, or
	// has withdrawn its authorization.
	ErrOrgNotAuthorized = errors.New("the organization has not authorized the Service App")
	// ErrOrgUnknown means that Webex has no such organization. It wraps [ErrNotFound].
	ErrOrgUnknown = fmt.Errorf("%w: no such organization", ErrNotFound)
	// ErrOtherOrg means that a token belongs to another organization than the given one. It
	// wraps [ErrInvalidInput].
	ErrOtherOrg = fmt.Errorf("%w: token of another organization", ErrInvalidInput)
	// ErrMissingScope means that the login lacks [ScopeApplicationsToken]. It wraps
	// [ErrForbidden].
	ErrMissingScope = fmt.Errorf("%w: a scope is missing", ErrForbidden)
	// ErrWrongServiceApp means that the Service App's client id or secret is wrong. It wraps
	// [ErrWrongClient].
	ErrWrongServiceApp = fmt.Errorf("%w (of the Service App)", ErrWrongClient)
)

// ApplicationID returns the id of a client's application in the API: unpadded base64url of
// ciscospark://us/APPLICATION/{client id}.
func ApplicationID(c ClientID) string { return encodeID("us", "APPLICATION", string(c)) }

// ServiceApp is an OAuth client with a machine account, and its own tokens, in each
// organization that authorized it (https://developer.webex.com/admin/docs/service-apps).
// It fetches the tokens with the access token of a login that has
// [ScopeApplicationsToken], saves them in a [TokenStore] by client id and organization, and
// refreshes them as needed. It is safe for concurrent use, also by several processes if the
// store is.
type ServiceApp struct {
	cred    ServiceAppCredentials
	manager TokenSource
	store   TokenStore
	client  *Client
	secret  *clientSecret

	mu      sync.Mutex
	keepers map[OrgID]*keeper
}

// NewServiceApp returns a Service App. manager supplies the access token for fetching its
// tokens, usually an [Integration]; it may be nil if tokens are only imported and refreshed.
// NewServiceApp does not validate cred or send a request; use
// [ServiceAppCredentials.Check] to validate cred first.
func NewServiceApp(cred ServiceAppCredentials, manager TokenSource, store TokenStore, opts ...Option) *ServiceApp {
	if i, ok := manager.(*Integration); ok && i == nil {
		manager = nil
	}
	return &ServiceApp{
		cred: cred, manager: manager, store: store, keepers: map[OrgID]*keeper{},
		client: New(StaticToken(Secret{}), opts...),
		secret: &clientSecret{check: cred.Check, fixed: cred.ClientSecret, from: cred.ClientSecretFrom},
	}
}

// ClientID returns the Service App's client id.
func (a *ServiceApp) ClientID() ClientID { return a.cred.ClientID }

// ApplicationID returns the id of the Service App in the API; see the function
// [ApplicationID].
func (a *ServiceApp) ApplicationID() string { return ApplicationID(a.cred.ClientID) }

// keeper returns the keeper of an organization's tokens, and the organization's id in its
// canonical encoding. Ids that differ only in region are the same organization, so that
// each record has one keeper and one lock.
func (a *ServiceApp) keeper(org OrgID) (*keeper, OrgID, error) {
	given, err := ParseOrgID(string(org))
	if err != nil {
		return nil, "", err
	}
	id := encodeOrgID("us", given.UUID())
	if err := CheckID("Service App's client id", a.cred.ClientID); err != nil {
		return nil, "", a.cred.Check()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if k := a.keepers[id]; k != nil {
		return k, id, nil
	}
	guard, _ := a.store.(RefreshGuard)
	f := keeperFuncs{
		load: func(ctx context.Context) (Tokens, error) {
			t, err := a.store.OrgTokens(ctx, a.cred.ClientID, id)
			if err == nil {
				err = a.client.CheckServer(t)
			}
			return t, err
		},
		save:  func(ctx context.Context, t Tokens) error { return a.store.SetOrgTokens(ctx, a.cred.ClientID, id, t) },
		post:  a.post,
		ready: func(ctx context.Context) error { _, err := a.secret.reveal(ctx); return err },
	}
	if a.manager != nil {
		f.fetch = func(ctx context.Context) (Tokens, error) { return a.fetch(ctx, given) }
	}
	k := newKeeper(Principal{Client: a.cred.ClientID, Org: id}, guard, a.client, f)
	a.keepers[id] = k
	return k, id, nil
}

// post requests new tokens with an organization's refresh token. It needs only the Service
// App's own credentials.
func (a *ServiceApp) post(ctx context.Context, before Tokens) (Tokens, error) {
	secret, err := a.secret.reveal(ctx)
	if err != nil {
		return Tokens{}, &Error{Op: opRefresh.name, Err: err}
	}
	t, err := a.client.postToken(ctx, opRefresh, url.Values{
		"grant_type": {"refresh_token"}, "client_id": {string(a.cred.ClientID)}, "client_secret": {secret.Reveal()},
		"refresh_token": {before.Refresh.Reveal()},
	}, before, secret, before.Refresh)
	a.secret.forgetIfRejected(err)
	var e *Error
	if errors.As(err, &e) && errors.Is(err, ErrWrongClient) {
		e.Hint, e.Err = hintServiceAppSecret, ErrWrongServiceApp
	}
	return t, err
}

const hintServiceAppSecret = "check the Service App's client id and secret at developer.webex.com: a secret is shown once, and a new one invalidates the old one"

// FetchForOrg fetches an organization's tokens from Webex and saves them. A Full Admin of
// that organization must first authorize the Service App in Control Hub.
//
// Errors match [ErrOrgNotAuthorized], [ErrOrgUnknown], [ErrMissingScope] if the manager's
// token lacks [ScopeApplicationsToken], [ErrNotLoggedIn] if the manager has no valid token,
// [ErrWrongServiceApp], or any error of a [Client] call.
func (a *ServiceApp) FetchForOrg(ctx context.Context, org OrgID) (Tokens, error) {
	k, id, err := a.keeper(org)
	if err == nil && a.manager == nil {
		err = fmt.Errorf("%w: there is no login to fetch tokens with", ErrNotLoggedIn)
	}
	if err == nil {
		err = k.ready(ctx)
	}
	if err != nil {
		return Tokens{}, &Error{Op: opFetch.name, Err: err}
	}
	was, _ := k.current(ctx) // for the organization's name
	t, err := k.begin(ctx, func(ctx context.Context) (Tokens, error) { return k.ask(ctx, k.fetch) })
	if err != nil {
		return Tokens{}, err
	}
	return a.withName(ctx, k, id, was.Owner.OrgName, t), nil
}

// SaveRegistration imports an organization's refresh token from elsewhere, such as the
// developer portal. It refreshes the token once and saves the result. If Webex reports that
// the token belongs to another organization, nothing is saved and the error matches
// [ErrOtherOrg]. The given token may no longer be valid then: Webex may have replaced it.
func (a *ServiceApp) SaveRegistration(ctx context.Context, org OrgID, refresh Secret) (Tokens, error) {
	k, id, err := a.keeper(org)
	switch {
	case err != nil:
	case !isToken(refresh.Reveal()):
		err = fmt.Errorf("%w: the refresh token is empty or invalid", ErrInvalidInput)
	default:
		err = k.ready(ctx)
	}
	if err != nil {
		return Tokens{}, &Error{Op: opRefresh.name, Err: err}
	}
	was, _ := k.current(ctx)
	t, err := k.begin(ctx, func(ctx context.Context) (Tokens, error) {
		return finishing(ctx, func(ctx context.Context) (Tokens, error) {
			t, err := k.post(ctx, Tokens{Refresh: refresh})
			if err == nil {
				err = a.checkOrg(ctx, t.Access, id)
			}
			return t, err
		})
	})
	if err != nil {
		return Tokens{}, err
	}
	return a.withName(ctx, k, id, was.Owner.OrgName, t), nil
}

// lookTime limits optional lookups about a token, for which a caller should not wait long.
const lookTime = 5 * time.Second

// checkOrg returns an error if Webex reports that an access token belongs to another
// organization. If the Service App's scopes do not allow the lookup, it returns nil.
func (a *ServiceApp) checkOrg(ctx context.Context, access Secret, org OrgID) error {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	me, err := a.client.withToken(StaticToken(access)).Me(ctx)
	if err != nil || me.OrgID == "" || me.OrgID.UUID() == org.UUID() {
		return nil //nolint:nilerr // unknown is not an error
	}
	return fmt.Errorf("%w: it belongs to organization %s, not %s, and was not saved", ErrOtherOrg, me.OrgID.UUID(), org.UUID())
}

// withName adds the organization's name if it can be looked up; the tokens work without it.
// before is the name known so far.
func (a *ServiceApp) withName(ctx context.Context, k *keeper, id OrgID, before Untrusted, t Tokens) Tokens {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	t.Owner = Owner{OrgID: id, OrgName: before}
	for _, source := range []TokenSource{StaticToken(t.Access), a.manager} {
		if source == nil {
			continue
		}
		if o, err := a.client.withToken(source).Organization(ctx, id); err == nil {
			t.Owner.OrgName = o.DisplayName
			break
		}
	}
	_ = k.amend(context.WithoutCancel(ctx), t)
	return t
}

// RefreshForOrg requests new tokens even if the stored ones are valid. If none are stored,
// or the refresh token is rejected or missing, it fetches new ones like
// [ServiceApp.FetchForOrg]. Errors match [ErrOrgNotRegistered] if none are stored and there
// is no manager to fetch with.
func (a *ServiceApp) RefreshForOrg(ctx context.Context, org OrgID) (Tokens, error) {
	k, id, err := a.keeper(org)
	if err != nil {
		return Tokens{}, &Error{Op: opRefresh.name, Err: err}
	}
	if _, err := k.current(ctx); errors.Is(err, ErrOrgNotRegistered) && k.fetch != nil {
		return a.FetchForOrg(ctx, id)
	}
	return k.force(ctx)
}

// RefreshForOrgFrom is like [ServiceApp.RefreshForOrg], unless the stored tokens are no longer before:
// another process has refreshed them since they were read. It then returns the stored ones.
func (a *ServiceApp) RefreshForOrgFrom(ctx context.Context, org OrgID, before Tokens) (Tokens, error) {
	k, _, err := a.keeper(org)
	if err != nil {
		return Tokens{}, &Error{Op: opRefresh.name, Err: err}
	}
	return k.forceFrom(ctx, before)
}

// Valid returns an organization's tokens with an access token that can be used now. It
// returns the stored tokens if the access token is valid for more than 60 seconds, and
// refreshes them otherwise; if Webex rejects the refresh token, it fetches new ones. Errors
// match [ErrOrgNotRegistered] if none are stored.
func (a *ServiceApp) Valid(ctx context.Context, org OrgID) (Tokens, error) {
	k, _, err := a.keeper(org)
	if err != nil {
		return Tokens{}, &Error{Op: opRefresh.name, Err: err}
	}
	return k.valid(ctx)
}

// AccessToken returns an access token for an organization to use now; see
// [ServiceApp.Valid].
func (a *ServiceApp) AccessToken(ctx context.Context, org OrgID) (Secret, error) {
	t, err := a.Valid(ctx, org)
	return t.Access, err
}

// Stored returns an organization's stored tokens without sending a request. Errors match
// [ErrOrgNotRegistered] if there are none.
func (a *ServiceApp) Stored(ctx context.Context, org OrgID) (Tokens, error) {
	k, _, err := a.keeper(org)
	if err != nil {
		return Tokens{}, err
	}
	return k.current(ctx)
}

// List returns the stored tokens of all organizations, sorted by organization id. It sends
// no request.
func (a *ServiceApp) List(ctx context.Context) ([]OrgTokens, error) {
	if err := CheckID("Service App's client id", a.cred.ClientID); err != nil {
		return nil, a.cred.Check()
	}
	return a.store.ListOrgTokens(ctx, a.cred.ClientID)
}

// Remove deletes an organization's stored tokens. It does not revoke them at Webex, where
// they stay valid until they expire. It is not an error if there are none.
func (a *ServiceApp) Remove(ctx context.Context, org OrgID) error {
	k, id, err := a.keeper(org)
	if err != nil {
		return err
	}
	return k.forget(ctx, func(ctx context.Context) error { return a.store.DeleteOrgTokens(ctx, a.cred.ClientID, id) })
}

// Client returns a client that calls Webex as the Service App's machine account in an
// organization.
func (a *ServiceApp) Client(org OrgID) *Client { return a.client.withToken(orgSource{a, org}) }

// Wait waits up to d until no refresh is in progress, and reports whether that is so; see
// [Integration.Wait].
func (a *ServiceApp) Wait(d time.Duration) bool {
	a.mu.Lock()
	var all []*keeper
	for _, k := range a.keepers {
		all = append(all, k)
	}
	a.mu.Unlock()
	until := time.Now().Add(d)
	return !slices.ContainsFunc(all, func(k *keeper) bool { return !k.wait(time.Until(until)) })
}

// orgSource is the [TokenSource] of one organization.
type orgSource struct {
	app *ServiceApp
	org OrgID
}

func (s orgSource) Token(ctx context.Context) (Secret, error) { return s.app.AccessToken(ctx, s.org) }

func (s orgSource) Renew(ctx context.Context, refused Secret) (Secret, error) {
	k, _, err := s.app.keeper(s.org)
	if err != nil {
		return Secret{}, err
	}
	t, err := k.renew(ctx, refused)
	return t.Access, err
}
