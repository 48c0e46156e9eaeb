package webex

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// PersonDetails is a person as /people returns them. Admins get more fields. A field is
// zero if the server did not send it.
type PersonDetails struct {
	ID            PersonID
	Emails        []Untrusted
	DisplayName   Untrusted
	OrgID         OrgID
	Roles         []Untrusted // role ids; see [RoleName]
	Department    Untrusted
	Title         Untrusted
	Type          Untrusted // person, bot, appuser
	LastActivity  time.Time
	Created       time.Time
	SignIn        Tristate // whether the person may sign in
	InvitePending Tristate // whether the person has not accepted the invitation yet
}

// Tristate is a boolean that may be unknown.
type Tristate int

// The values of a [Tristate].
const (
	Unknown Tristate = iota
	Yes
	No
)

// Email returns the first address, or "" if there is none.
func (p PersonDetails) Email() Untrusted {
	if len(p.Emails) == 0 {
		return ""
	}
	return p.Emails[0]
}

type wirePerson struct {
	ID            string   `json:"id"`
	Emails        []string `json:"emails"`
	DisplayName   string   `json:"displayName"`
	OrgID         string   `json:"orgId"`
	Roles         []string `json:"roles"`
	Department    string   `json:"department"`
	Title         string   `json:"title"`
	Type          string   `json:"type"`
	LastActivity  string   `json:"lastActivity"`
	Created       string   `json:"created"`
	LoginEnabled  flag     `json:"loginEnabled"` // a string in the API's description, a boolean in its SDKs
	InvitePending flag     `json:"invitePending"`
}

func (w wirePerson) details() PersonDetails {
	return PersonDetails{
		ID: PersonID(w.ID), Emails: untrusted(w.Emails), DisplayName: Untrusted(w.DisplayName),
		OrgID: OrgID(w.OrgID), Roles: untrusted(w.Roles), Department: Untrusted(w.Department),
		Title: Untrusted(w.Title), Type: Untrusted(w.Type),
		LastActivity: parseTime(w.LastActivity), Created: parseTime(w.Created),
		SignIn: w.LoginEnabled.tristate(), InvitePending: w.InvitePending.tristate(),
	}
}

func (f flag) tristate() Tristate {
	switch {
	case !f.set:
		return Unknown
	case f.value:
		return Yes
	}
	return No
}

func untrusted(list []string) []Untrusted {
	out := make([]Untrusted, len(list))
	for i, s := range list {
		out[i] = Untrusted(s)
	}
	return out
}

const notFoundPerson = "no such person in the organizations that this token can access"

var (
	opMe     = operation{name: "read own person", scope: ScopePeopleMe, repeat: repeatGET}
	opPerson = operation{name: "read person", scope: ScopePeople, repeat: repeatGET, notFoundHint: notFoundPerson}
	opPeople = operation{name: "search people", scope: "spark-admin:people_read or spark:people_read", repeat: repeatGET}
	opOrg    = operation{name: "read organization", scope: ScopeOrganization, repeat: repeatGET}
)

// Me returns the owner of the client's token (GET /people/me). It is also the cheapest way
// to check a token.
func (c *Client) Me(ctx context.Context) (PersonDetails, error) {
	return c.person(ctx, opMe, "me")
}

// Person returns one person by id (GET /people/{personId}).
func (c *Client) Person(ctx context.Context, id PersonID) (PersonDetails, error) {
	if err := CheckID("person id", id); err != nil {
		return PersonDetails{}, &Error{Op: opPerson.name, Err: err}
	}
	return c.person(ctx, opPerson, string(id))
}

func (c *Client) person(ctx context.Context, op operation, element string) (PersonDetails, error) {
	var p PersonDetails
	_, err := c.call(ctx, request{
		op: op, method: http.MethodGet, path: []string{"people", element},
		decode: decodeOne(&p, wirePerson.details),
	})
	return p, err
}

// myID returns the id of the token's owner. It sends one request and caches the result;
// concurrent callers wait for it as long as their contexts allow.
func (c *Client) myID(ctx context.Context) (id PersonID, err error) {
	select {
	case id = <-c.me:
		defer func() { c.me <- id }()
	case <-ctx.Done():
		return "", contextError(opMe.name, ctx.Err(), false)
	}
	if id != "" {
		return id, nil
	}
	me, err := c.Me(ctx)
	if err != nil {
		return "", err
	}
	if err := CheckID("person id", me.ID); err != nil {
		return "", &Error{Op: opMe.name, Err: err}
	}
	return me.ID, nil
}

// PeopleQuery selects people. With no field set, an admin gets everyone in the
// organization.
type PeopleQuery struct {
	Email       string     // a full address
	DisplayName string     // a prefix of a name
	IDs         []PersonID // at most 85
	OrgID       OrgID      // a customer organization (partners)
	Max         int        // people per page; 0 is the server's default
}

func (q PeopleQuery) values() (url.Values, error) {
	v := url.Values{}
	if q.Email != "" {
		if err := CheckEmail(q.Email); err != nil {
			return nil, err
		}
		v.Set("email", q.Email)
	}
	if q.DisplayName != "" {
		v.Set("displayName", q.DisplayName)
	}
	if len(q.IDs) > 0 {
		ids := make([]string, len(q.IDs))
		for i, id := range q.IDs {
			if err := CheckID("person id", id); err != nil {
				return nil, err
			}
			ids[i] = string(id)
		}
		v.Set("id", strings.Join(ids, ","))
	}
	if q.OrgID != "" {
		if err := CheckID("organization id", q.OrgID); err != nil {
			return nil, err
		}
		v.Set("orgId", string(q.OrgID))
	}
	if q.Max > 0 {
		v.Set("max", strconv.Itoa(q.Max))
	}
	// Leave out presence, which makes this call slow and is rate limited first.
	v.Set("excludeStatus", "true")
	return v, nil
}

// People yields the people that q selects (GET /people). It requests pages as needed by
// following Link: rel="next" (RFC 8288). An error ends the sequence.
func (c *Client) People(ctx context.Context, q PeopleQuery) iter.Seq2[PersonDetails, error] {
	return func(yield func(PersonDetails, error) bool) {
		values, err := q.values()
		if err != nil {
			yield(PersonDetails{}, &Error{Op: opPeople.name, Err: err})
			return
		}
		var page []PersonDetails
		first := request{
			op: opPeople, method: http.MethodGet, path: []string{"people"}, query: values,
			decode: decodeList(&page, wirePerson.details),
		}
		for err := range c.pages(ctx, first) {
			if err != nil {
				yield(PersonDetails{}, err)
				return
			}
			for _, p := range page {
				if !yield(p, nil) {
					return
				}
			}
		}
	}
}
