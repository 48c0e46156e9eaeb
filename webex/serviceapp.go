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

// ScopeApplicationsToken is what the login that fetches a Service App's tokens needs.
const ScopeApplicationsToken = "spark:applications_token"

var (
	// ErrOrgNotAuthorized: the organization has not authorized the Service App, or no
	// longer.
	ErrOrgNotAuthorized = errors.New("the organization has not authorized the Service App")
	// ErrOrgUnknown: Webex knows no such organization.
	ErrOrgUnknown = fmt.Errorf("%w: Webex knows no such organization", ErrNotFound)
	// ErrOtherOrg: a token that is of another organization than the one that was named.
	ErrOtherOrg = fmt.Errorf("%w: token of another organization", ErrInvalidInput)
	// ErrMissingScope: the login that fetches lacks [ScopeApplicationsToken].
	ErrMissingScope = fmt.Errorf("%w: a scope is missing", ErrForbidden)
	// ErrWrongServiceApp: the Service App's client id or secret is wrong.
	ErrWrongServiceApp = fmt.Errorf("%w (of the Service App)", ErrWrongClient)
)

// ApplicationID returns the id under which a client's application stands in the API:
// unpadded base64url of ciscospark://us/APPLICATION/{client id}.
func ApplicationID(c ClientID) string { return encodeID("us", "APPLICATION", string(c)) }

// ServiceApp is an OAuth client with a machine account in each organization that
// authorized it, and so a pair of tokens for each
// (https://developer.webex.com/admin/docs/service-apps). It gets them with the token of
// a login that holds spark:applications_token, keeps them in a [TokenStore] by its
// client id and the organization, and hands out access tokens that work. It is safe for
// use by many goroutines, and by many processes where the store is.
type ServiceApp struct {
	cred    ServiceAppCredentials
	manager TokenSource
	store   TokenStore
	client  *Client
	secret  *clientSecret

	mu      sync.Mutex
	keepers map[OrgID]*keeper
}

// NewServiceApp returns a Service App. manager is the login that may fetch its tokens:
// an [Integration], or any other source of such a token; nil where tokens are only ever
// saved and refreshed. Nothing is checked or sent before the first call;
// [ServiceAppCredentials.Check] tells beforehand what is missing.
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

// ClientID returns which client this is.
func (a *ServiceApp) ClientID() ClientID { return a.cred.ClientID }

// ApplicationID returns the id of the Service App in the API.
func (a *ServiceApp) ApplicationID() string { return ApplicationID(a.cred.ClientID) }

// keeper returns the one keeper of an organization's tokens, and the organization's id
// in its usual encoding. An id that names another region is the same organization: what
// is one record must have one keeper and one lock.
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

// post asks for new tokens with an organization's refresh token. The Service App's own
// credentials are all that this takes.
func (a *ServiceApp) post(ctx context.Context, before Tokens) (Tokens, error) {
	secret, err := a.secret.reveal(ctx)
	if err != nil {
		return Tokens{}, &Error{Op: opRefresh.name, Err: err}
	}
	t, err := a.client.postToken(ctx, opRefresh, url.Values{
		"grant_type": {"refresh_token"}, "client_id": {string(a.cred.ClientID)}, "client_secret": {secret.Reveal()},
		"refresh_token": {before.Refresh.Reveal()},
	}, before, secret, before.Refresh)
	a.secret.judged(err)
	var e *Error
	if errors.As(err, &e) && errors.Is(err, ErrWrongClient) {
		e.Hint, e.Err = hintServiceAppSecret, ErrWrongServiceApp
	}
	return t, err
}

const hintServiceAppSecret = "check the Service App's client id and secret at developer.webex.com: a secret is shown once, and making a new one ends the old"

// FetchForOrg asks Webex for an organization's tokens, and keeps them. It takes a Full
// Admin of that organization to authorize the Service App in Control Hub first.
//
// The error matches [ErrOrgNotAuthorized], [ErrOrgUnknown], [ErrForbidden] when the
// manager's token lacks [ScopeApplicationsToken], [ErrNotLoggedIn] when the manager has
// none, [ErrWrongClient], or what a call may return.
func (a *ServiceApp) FetchForOrg(ctx context.Context, org OrgID) (Tokens, error) {
	k, id, err := a.keeper(org)
	if err == nil && a.manager == nil {
		err = fmt.Errorf("%w: there is no login to fetch with", ErrNotLoggedIn)
	}
	if err == nil {
		err = k.ready(ctx)
	}
	if err != nil {
		return Tokens{}, &Error{Op: opFetch.name, Err: err}
	}
	was, _ := k.current(ctx) // its name, if there is one
	t, err := k.begin(ctx, func(ctx context.Context) (Tokens, error) { return k.ask(ctx, k.fetch) })
	if err != nil {
		return Tokens{}, err
	}
	return a.withName(ctx, k, id, was.Owner.OrgName, t), nil
}

// SaveRegistration takes over an organization's refresh token that came from elsewhere,
// such as the developer portal: it is refreshed once, and kept. One that turns out to be
// another organization's, as far as Webex says whose it is, is not kept; the error then
// matches [ErrOtherOrg].
func (a *ServiceApp) SaveRegistration(ctx context.Context, org OrgID, refresh Secret) (Tokens, error) {
	k, id, err := a.keeper(org)
	switch {
	case err != nil:
	case !isToken(refresh.Reveal()):
		err = fmt.Errorf("%w: the refresh token is blank or no token", ErrInvalidInput)
	default:
		err = k.ready(ctx)
	}
	if err != nil {
		return Tokens{}, &Error{Op: opRefresh.name, Err: err}
	}
	was, _ := k.current(ctx)
	t, err := k.begin(ctx, func(ctx context.Context) (Tokens, error) {
		t, err := k.post(ctx, Tokens{Refresh: refresh})
		if err == nil {
			err = a.checkOrg(ctx, t.Access, id)
		}
		return t, err
	})
	if err != nil {
		return Tokens{}, err
	}
	return a.withName(ctx, k, id, was.Owner.OrgName, t), nil
}

// lookTime is how long finding out what a token is about may hold a caller up who has
// what he asked for.
const lookTime = 5 * time.Second

// checkOrg refuses an access token of which Webex says that it is of another
// organization. Not every Service App may ask.
func (a *ServiceApp) checkOrg(ctx context.Context, access Secret, org OrgID) error {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	me, err := a.client.as(StaticToken(access)).Me(ctx)
	if err != nil || me.OrgID == "" || me.OrgID.UUID() == org.UUID() {
		return nil //nolint:nilerr // what nobody can say is no reason against it
	}
	return fmt.Errorf("%w: it is of organization %s, not of %s, and was not kept", ErrOtherOrg, me.OrgID.UUID(), org.UUID())
}

// withName adds the organization's name, as far as somebody may ask for it: the tokens
// work without it. before is the one that was known.
func (a *ServiceApp) withName(ctx context.Context, k *keeper, id OrgID, before Untrusted, t Tokens) Tokens {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	t.Owner = Owner{OrgID: id, OrgName: before}
	for _, source := range []TokenSource{StaticToken(t.Access), a.manager} {
		if source == nil {
			continue
		}
		if o, err := a.client.as(source).Organization(ctx, id); err == nil {
			t.Owner.OrgName = o.DisplayName
			break
		}
	}
	_ = k.amend(context.WithoutCancel(ctx), t)
	return t
}

// RefreshForOrg asks for new tokens even if those that are kept still work. Where none
// are kept, or the refresh token is refused or missing, new ones are fetched, as
// [ServiceApp.FetchForOrg] does. The error matches [ErrOrgNotRegistered] when none are
// kept and there is no login to fetch with.
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

// Valid returns an organization's tokens with an access token that can be used now:
// those that are kept while more than 60 seconds are left, refreshed ones otherwise,
// fetched ones where the refresh token is refused. The error matches
// [ErrOrgNotRegistered] when none are kept.
func (a *ServiceApp) Valid(ctx context.Context, org OrgID) (Tokens, error) {
	k, _, err := a.keeper(org)
	if err != nil {
		return Tokens{}, &Error{Op: opRefresh.name, Err: err}
	}
	return k.valid(ctx)
}

// AccessToken returns an access token for an organization that can be used now; see
// [ServiceApp.Valid].
func (a *ServiceApp) AccessToken(ctx context.Context, org OrgID) (Secret, error) {
	t, err := a.Valid(ctx, org)
	return t.Access, err
}

// Stored returns an organization's tokens as they are kept, without the network.
func (a *ServiceApp) Stored(ctx context.Context, org OrgID) (Tokens, error) {
	k, _, err := a.keeper(org)
	if err != nil {
		return Tokens{}, err
	}
	return k.current(ctx)
}

// List returns the tokens of all organizations as they are kept, by organization id.
func (a *ServiceApp) List(ctx context.Context) ([]OrgTokens, error) {
	if err := CheckID("Service App's client id", a.cred.ClientID); err != nil {
		return nil, a.cred.Check()
	}
	return a.store.ListOrgTokens(ctx, a.cred.ClientID)
}

// Remove forgets an organization's tokens. At Webex they stay valid until they end. That
// there are none is no error.
func (a *ServiceApp) Remove(ctx context.Context, org OrgID) error {
	k, id, err := a.keeper(org)
	if err != nil {
		return err
	}
	return k.forget(ctx, func(ctx context.Context) error { return a.store.DeleteOrgTokens(ctx, a.cred.ClientID, id) })
}

// Client returns a client that calls Webex as the Service App's machine account in an
// organization.
func (a *ServiceApp) Client(org OrgID) *Client { return a.client.as(orgSource{a, org}) }

// Wait waits until no refresh is under way, for d at most.
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
