package webex

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Type is the kind of token of an [Authorization]. Unknown kinds are kept as
// received.
type Type string

// The token types that the API documents.
const (
	TypeRefresh Type = "refresh"
	TypeAccess  Type = "access"
)

// String returns the type in a form that is safe to print; see [Clean].
func (t Type) String() string { return string(Clean(Untrusted(t))) }

// Authorization is one token that an app holds for a person. The API does not
// report its expiry, scopes or last use, nor which refresh token an access token
// belongs to. Any field may be empty: the API's description requires none of them.
type Authorization struct {
	ID              AuthorizationID
	ApplicationID   Untrusted // the app's id; not always derived from its client id
	ApplicationName Untrusted // chosen by the app's author
	ClientID        ClientID
	PersonID        PersonID
	Created         time.Time // UTC; zero when missing or unreadable
	Type            Type
	// Unreadable lists the JSON names, joined by ", ", of fields that were left empty
	// because their value was not a JSON string; "all fields" if the row was not an
	// object. (A string rather than a slice, so that rows stay comparable.)
	Unreadable string
}

type wireAuthorization struct {
	ID              string `json:"id"`
	ApplicationID   string `json:"applicationId"`
	ApplicationName string `json:"applicationName"`
	ClientID        string `json:"clientId"`
	PersonID        string `json:"personId"`
	Created         string `json:"created"`
	Type            string `json:"type"`

	unreadable string
}

func (w *wireAuthorization) cannotRead(fields string) { w.unreadable = fields }

func (w wireAuthorization) authorization() Authorization {
	return Authorization{
		ID:              AuthorizationID(w.ID),
		ApplicationID:   Untrusted(w.ApplicationID),
		ApplicationName: Untrusted(w.ApplicationName),
		ClientID:        ClientID(w.ClientID),
		PersonID:        PersonID(w.PersonID),
		Created:         parseTime(w.Created),
		Type:            Type(w.Type),
		Unreadable:      w.unreadable,
	}
}

// Person identifies whose authorizations to list. Use [ByID], [ByEmail] or [Me].
type Person struct {
	id    PersonID
	email string
	me    bool
}

// Me is the person that the token belongs to.
var Me = Person{me: true}

// ByID identifies a person by id.
func ByID(id PersonID) Person { return Person{id: id} }

// ByEmail identifies a person by email address. No scope for /people is needed.
func ByEmail(address string) Person { return Person{email: address} }

// ID returns the id given to [ByID], or "".
func (p Person) ID() PersonID { return p.id }

// Email returns the address given to [ByEmail], or "".
func (p Person) Email() string { return p.email }

// IsMe reports whether p is [Me].
func (p Person) IsMe() bool { return p.me }

// String returns "me", the email address or the id, in a form that is safe to print.
func (p Person) String() string {
	switch {
	case p.me:
		return "me"
	case p.email != "":
		return string(Clean(Untrusted(p.email)))
	}
	return p.id.String()
}

// ParsePerson parses a user's input: "me", an email address, or a person id. The id
// may be in Webex's base64url form, a bare UUID, or ciscospark://us/PEOPLE/UUID.
//
// Errors match [ErrInvalidInput].
func ParsePerson(s string) (Person, error) {
	s = strings.TrimSpace(s)
	switch {
	case s == "":
		return Person{}, fmt.Errorf("%w: the person is empty: give an email address, a person id, or me", ErrInvalidInput)
	case s == "me":
		return Me, nil
	case strings.Contains(s, "@"):
		if err := CheckEmail(s); err != nil {
			return Person{}, err
		}
		return ByEmail(s), nil
	}
	id := encodeAddress(s)
	if isUUID(s) {
		id = encodeID("us", "PEOPLE", strings.ToLower(s))
	}
	d, ok := DecodeID(id)
	if !ok {
		return Person{}, fmt.Errorf("%w: %s is neither an email address nor a person id", ErrInvalidInput, Quote(s))
	}
	if d.Kind != "PEOPLE" {
		return Person{}, fmt.Errorf("%w: %s is the id of %s, not of a person", ErrInvalidInput, Quote(s), d.kindWords())
	}
	if err := CheckID("person id", id); err != nil {
		return Person{}, err
	}
	return ByID(PersonID(id)), nil
}

var (
	opList = operation{
		name: "list authorizations", scope: ScopeTokensRead, repeat: repeatGET,
		notFoundHint: "no such person in the organizations that this token can access",
	}
	opDelete = operation{
		name: "revoke authorization", scope: ScopeTokensWrite, repeat: repeatDelete,
		notFoundHint: "already revoked, or it never existed",
	}
	opDeleteClient = operation{name: "revoke app across the organization", scope: ScopeTokensWrite, repeat: repeatNever}
	opExpiry       = operation{name: "read token expiry", repeat: repeatGET}
)

// Authorizations lists the tokens that apps hold for a person, in the order of the
// response (GET /authorizations by personId or personEmail). Webex does not document that this
// list has pages; if a response has a link to a next page, Authorizations follows it. With [Me], the first call sends one extra request to find the person's id.
func (c *Client) Authorizations(ctx context.Context, who Person) ([]Authorization, error) {
	q := url.Values{}
	switch {
	case who.me:
		id, err := c.myID(ctx)
		if err != nil {
			return nil, err
		}
		q.Set("personId", string(id))
	case who.email != "":
		if err := CheckEmail(who.email); err != nil {
			return nil, &Error{Op: opList.name, Err: err}
		}
		q.Set("personEmail", who.email)
	default:
		if err := CheckID("person id", who.id); err != nil {
			return nil, &Error{Op: opList.name, Err: err}
		}
		q.Set("personId", string(who.id))
	}
	var page []Authorization
	out := []Authorization{}
	for err := range c.pages(ctx, request{
		op: opList, method: http.MethodGet, path: []string{"authorizations"}, query: q,
		decode: decodeList(&page, wireAuthorization.authorization),
	}) {
		if err != nil {
			return nil, err
		}
		out = append(out, page...)
	}
	return out, nil
}

// DeleteAuthorization revokes one token (DELETE /authorizations/{authorizationId}).
// Revoking a refresh token also revokes the access tokens issued from it; revoking
// an access token leaves its refresh token valid.
//
// A nil error means that Webex accepted the request, or that it probably accepted an
// earlier attempt whose response was lost. List again to verify that the token is
// gone. A 404 to the first attempt matches [ErrNotFound]. For any other error,
// [Error.MayHaveHappened] reports whether the token may have been revoked anyway.
func (c *Client) DeleteAuthorization(ctx context.Context, id AuthorizationID) error {
	if err := CheckID("authorization id", id); err != nil {
		return &Error{Op: opDelete.name, Err: err}
	}
	res, err := c.call(ctx, request{
		op: opDelete, method: http.MethodDelete, path: []string{"authorizations", string(id)},
	})
	if err == nil || !res.maybeLanded {
		return err
	}
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	var e *Error
	if !errors.As(err, &e) {
		return &Error{Op: opDelete.name, Err: err, earlier: true} // such as no token for the next attempt
	}
	e.earlier = true
	return err
}

// DeleteClientAuthorizations revokes an app across an organization (DELETE
// /authorizations?clientId&orgId). Webex does not document its effect; assume that it
// revokes every token of the app in that organization. org is required, because
// without it the API uses the organization of the caller's token. The request is
// never retried automatically.
func (c *Client) DeleteClientAuthorizations(ctx context.Context, client ClientID, org OrgID) error {
	if err := CheckID("client id", client); err != nil {
		return &Error{Op: opDeleteClient.name, Err: err}
	}
	if err := CheckID("organization id", org); err != nil {
		return &Error{Op: opDeleteClient.name, Err: err}
	}
	_, err := c.call(ctx, request{
		op: opDeleteClient, method: http.MethodDelete, path: []string{"authorizations"},
		query: url.Values{"clientId": {string(client)}, "orgId": {string(org)}},
	})
	var e *Error
	if errors.As(err, &e) && e.MayHaveHappened() {
		e.Hint = "before retrying, check the tokens of a person who used the app"
	}
	return err
}

// TokenExpiry returns when the client's own token expires, in UTC
// (GET /authorizations/tokenExpiry). The API offers this for no other token. The
// result is zero if the server returns no usable time.
func (c *Client) TokenExpiry(ctx context.Context) (time.Time, error) {
	type wire struct {
		Exp float64 `json:"exp"` // milliseconds since the epoch
	}
	var exp time.Time
	_, err := c.call(ctx, request{
		op: opExpiry, method: http.MethodGet, path: []string{"authorizations", "tokenExpiry"},
		decode: decodeOne(&exp, func(w wire) time.Time {
			if w.Exp <= 0 || w.Exp > 1e14 { // after the year 5000: not plausible
				return time.Time{}
			}
			return time.UnixMilli(int64(w.Exp)).UTC()
		}),
	})
	return exp, err
}
