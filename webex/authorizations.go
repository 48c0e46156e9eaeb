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

// Type is the kind of token of an [Authorization]. A kind that is not known is
// kept as received.
type Type string

// The kinds that the API documents.
const (
	TypeRefresh Type = "refresh"
	TypeAccess  Type = "access"
)

// String returns the kind, cleaned for a screen.
func (t Type) String() string { return string(Clean(Untrusted(t))) }

// Authorization is one token that an app holds for a person. The API tells no
// expiry, scope, last use, or link from an access token to its refresh token.
// Each field may be empty: the API's description requires none.
type Authorization struct {
	ID              AuthorizationID
	ApplicationID   Untrusted // the app's id, not always made from its client id
	ApplicationName Untrusted // chosen by the app's author
	ClientID        ClientID
	PersonID        PersonID
	Created         time.Time // UTC; zero when missing or unreadable
	Type            Type
	// Unreadable names the fields, as the API calls them, whose value had another JSON
	// type than text, joined by ", "; "all fields" where the row is no object. They are
	// empty. (A text and no slice: rows are compared.)
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

// Person names whose authorizations are meant: made by [ByID], [ByEmail] or [Me].
type Person struct {
	id    PersonID
	email string
	me    bool
}

// Me is the person that the token belongs to.
var Me = Person{me: true}

// ByID names a person by id.
func ByID(id PersonID) Person { return Person{id: id} }

// ByEmail names a person by address. It needs no scope for /people.
func ByEmail(address string) Person { return Person{email: address} }

// ID returns the id the person is named by, empty if by something else.
func (p Person) ID() PersonID { return p.id }

// Email returns the address the person is named by, empty if by something else.
func (p Person) Email() string { return p.email }

// IsMe reports whether p is [Me].
func (p Person) IsMe() bool { return p.me }

// String returns how the person was named, cleaned for a screen.
func (p Person) String() string {
	switch {
	case p.me:
		return "me"
	case p.email != "":
		return string(Clean(Untrusted(p.email)))
	}
	return p.id.String()
}

// ParsePerson reads what a user types: "me", an email address, or a person id as Webex
// shows it, as its UUID or as ciscospark://us/PEOPLE/UUID.
//
// The error matches [ErrInvalidInput].
func ParsePerson(s string) (Person, error) {
	s = strings.TrimSpace(s)
	switch {
	case s == "":
		return Person{}, fmt.Errorf("%w: the person is blank: give an email address, a person id, or me", ErrInvalidInput)
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
		notFoundHint: "Webex knows no such person in the organizations that this token reaches",
	}
	opDelete = operation{
		name: "revoke authorization", scope: ScopeTokensWrite, repeat: repeatDelete,
		notFoundHint: "already gone, or never there",
	}
	opDeleteClient = operation{name: "revoke app across the organization", scope: ScopeTokensWrite, repeat: repeatNever}
	opExpiry       = operation{name: "read token expiry", repeat: repeatGET}
)

// Authorizations lists what apps hold for a person, in the order of the reply
// (GET /authorizations by personId or personEmail; the API does not page it).
// [Me] costs one call more, the first time, to learn the id.
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
	var out []Authorization
	_, err := c.call(ctx, request{
		op: opList, method: http.MethodGet, path: []string{"authorizations"}, query: q,
		decode: decodeList(&out, wireAuthorization.authorization),
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// DeleteAuthorization revokes one token: a refresh token with the access tokens
// made from it, an access token alone (DELETE /authorizations/{authorizationId}).
//
// nil means that Webex accepted it, or that an earlier attempt of this call did
// whose answer was lost: list again to see whether it is gone. A 404 to the first
// attempt is an error that matches [ErrNotFound]. [Error.MayHaveHappened] says of
// every other error whether the token may be gone all the same.
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
// /authorizations?clientId&orgId). Its reach is not documented; take it for every
// token of the app in that organization. The organization is never left out: the
// API would then take that of the token in use. It is never repeated by itself.
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
		e.Hint = "look at the list of somebody who held it before it is sent again"
	}
	return err
}

// TokenExpiry says when the token in use ends (GET /authorizations/tokenExpiry).
// It answers for no other token. Zero when the server names no time.
func (c *Client) TokenExpiry(ctx context.Context) (time.Time, error) {
	type wire struct {
		Exp float64 `json:"exp"` // milliseconds since the epoch
	}
	var exp time.Time
	_, err := c.call(ctx, request{
		op: opExpiry, method: http.MethodGet, path: []string{"authorizations", "tokenExpiry"},
		decode: decodeOne(&exp, func(w wire) time.Time {
			if w.Exp <= 0 || w.Exp > 1e14 { // beyond the year 5000 it is no time
				return time.Time{}
			}
			return time.UnixMilli(int64(w.Exp)).UTC()
		}),
	})
	return exp, err
}
