package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/wxauth/wxauth/webex"
)

// ErrPersonNotFound: Webex knows no such person here.
var ErrPersonNotFound = errors.New("person not found")

// Row is an authorization with what we make of it.
type Row struct {
	webex.Authorization
	Email  webex.Untrusted // of the person, empty when not known
	Left   webex.Remaining
	Own    bool // made by the client we are logged in with, for the person signed in
	SignIn bool // one of Webex's own apps, by client id
}

// CannotRevoke says why the row cannot be revoked; empty when it can.
func (r Row) CannotRevoke() string {
	if r.ID == "" {
		return "Webex sent no id for this row, so there is nothing to revoke it by"
	}
	if err := webex.CheckID("authorization id", r.ID); err != nil {
		return "Webex sent an id for this row that cannot stand in a request"
	}
	return ""
}

// Listing is what a person authorized, as read at one moment.
type Listing struct {
	Who    webex.Person
	Person webex.PersonDetails // only what is known; at least what Who names
	Rows   []Row               // in the order of the reply
	ReadAt time.Time
}

// Email returns the person's address, empty when not known.
func (l Listing) Email() webex.Untrusted { return l.Person.Email() }

// List reads what a person authorized. It costs one call for an address; a person
// id costs one more for the address, and "me" one to learn who that is.
func (s *Service) List(ctx context.Context, who webex.Person) (Listing, error) {
	person, err := s.identify(ctx, &who)
	if err != nil {
		return Listing{}, err
	}
	auths, err := s.api.Authorizations(ctx, who)
	if err != nil {
		if errors.Is(err, webex.ErrNotFound) {
			return Listing{}, fmt.Errorf("%w: %s: %w", ErrPersonNotFound, who, err)
		}
		return Listing{}, err
	}
	l := Listing{Who: who, Person: person, ReadAt: s.opts.Now()}
	if len(auths) == 0 {
		if err := s.confirmExists(ctx, who); err != nil {
			return Listing{}, err
		}
	}
	if l.Person.ID == "" && len(auths) > 0 {
		l.Person.ID = auths[0].PersonID
	}
	l.Rows = s.rows(auths, person)
	return l, nil
}

// identify turns "me" into an id and finds out the address that goes with an id.
func (s *Service) identify(ctx context.Context, who *webex.Person) (webex.PersonDetails, error) {
	switch {
	case who.IsMe():
		me, err := s.signedIn(ctx)
		if err != nil {
			return me, err
		}
		*who = webex.ByID(me.ID)
		return me, nil
	case who.Email() != "":
		return webex.PersonDetails{Emails: []webex.Untrusted{webex.Untrusted(who.Email())}}, nil
	}
	// Without the scope for people the list still works; the address stays unknown.
	p, err := s.api.Person(ctx, who.ID())
	if err != nil {
		if ctx.Err() != nil || errors.Is(err, webex.ErrNotLoggedIn) || errors.Is(err, webex.ErrInvalidInput) {
			return p, err
		}
		return webex.PersonDetails{ID: who.ID()}, nil
	}
	return p, nil
}

// confirmExists tells an empty list from a person that Webex does not know: the API
// may answer both alike. Where it cannot be told, the empty list stands.
func (s *Service) confirmExists(ctx context.Context, who webex.Person) error {
	if who.Email() == "" {
		return nil
	}
	for _, err := range s.api.People(ctx, webex.PeopleQuery{Email: who.Email(), Max: 1}) {
		if err != nil {
			return nil
		}
		return nil
	}
	return fmt.Errorf("%w: Webex knows no %s", ErrPersonNotFound, who)
}

// Describe fills in who a person is, for a header. Failing is no reason to show
// less: the error may be dropped.
func (s *Service) Describe(ctx context.Context, who webex.Person) (webex.PersonDetails, error) {
	switch {
	case who.IsMe():
		return s.signedIn(ctx)
	case who.Email() == "":
		return s.api.Person(ctx, who.ID())
	}
	for p, err := range s.api.People(ctx, webex.PeopleQuery{Email: who.Email(), Max: 1}) {
		return p, err
	}
	return webex.PersonDetails{}, fmt.Errorf("%w: Webex knows no %s", ErrPersonNotFound, who)
}

// appKey says which rows may hang together: Webex publishes no link between
// tokens, but none crosses a person or a client.
type appKey struct {
	person webex.PersonID
	client webex.ClientID
}

func keyOf(a webex.Authorization) appKey { return appKey{a.PersonID, a.ClientID} }

// rows adds the time left and the marks. Time left is computed among the rows of
// one app, so that a long list stays cheap.
func (s *Service) rows(auths []webex.Authorization, person webex.PersonDetails) []Row {
	apps := make(map[appKey][]webex.Authorization, len(auths))
	for _, a := range auths {
		apps[keyOf(a)] = append(apps[keyOf(a)], a)
	}
	s.mu.Lock()
	me := s.me
	s.mu.Unlock()
	now := s.opts.Now()
	out := make([]Row, len(auths))
	for i, a := range auths {
		out[i] = Row{
			Authorization: a,
			Email:         person.Email(),
			Left:          webex.Left(a, apps[keyOf(a)], s.opts.Policy, now),
			SignIn:        s.opts.Policy.WebexSignIn(a.ClientID),
			Own:           me != nil && s.opts.OwnClient != "" && a.ClientID == s.opts.OwnClient && a.PersonID == me.ID,
		}
	}
	return out
}

// isSelf reports whether a listing is of the person signed in.
func isSelf(l Listing, me webex.PersonDetails) bool {
	if me.ID != "" && l.Person.ID == me.ID {
		return true
	}
	for _, a := range l.Person.Emails {
		for _, b := range me.Emails {
			if a != "" && strings.EqualFold(string(a), string(b)) {
				return true
			}
		}
	}
	return false
}
