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

	foreign   bool // the list shows it under another person's id
	ambiguous bool // the list has another row with this id
}

// CannotRevoke says why the row cannot be revoked; empty when it can.
func (r Row) CannotRevoke() string {
	if r.ID == "" {
		return "Webex sent no id for this row, so there is nothing to revoke it by"
	}
	if err := webex.CheckID("authorization id", r.ID); err != nil {
		return "Webex sent an id for this row that cannot stand in a request"
	}
	switch {
	case r.foreign:
		return "Webex lists this row under another person's id"
	case r.ambiguous:
		return "Webex lists more than one row with this id"
	}
	return ""
}

// Listing is what a person authorized, as read at one moment.
type Listing struct {
	Who    webex.Person
	Person webex.PersonDetails // only what is known; at least what Who names
	Rows   []Row               // in the order of the reply
	ReadAt time.Time           // when the list was asked for
}

// Fresh reports whether a listing read at readAt may still be the ground for a
// revoke at now. Wall clocks are compared: the other one stands still while the
// machine sleeps. A time in the future is not fresh either.
func Fresh(readAt, now time.Time) bool {
	age := now.Round(0).Sub(readAt.Round(0))
	return age >= 0 && age <= FreshFor
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
	if err := s.inOrg(ctx, who, person); err != nil {
		return Listing{}, err
	}
	asked := s.opts.Now()
	auths, err := s.api.Authorizations(ctx, who)
	if err != nil {
		if errors.Is(err, webex.ErrNotFound) {
			return Listing{}, fmt.Errorf("%w: %s: %w", ErrPersonNotFound, who, err)
		}
		return Listing{}, err
	}
	l := Listing{Who: who, Person: person, ReadAt: asked}
	if len(auths) == 0 {
		if err := s.confirmExists(ctx, who); err != nil {
			return Listing{}, err
		}
	}
	owner, alone := l.Person.ID, true
	for _, a := range auths {
		switch {
		case a.PersonID == "" || a.PersonID == owner:
		case owner == "":
			owner = a.PersonID
		default:
			alone = alone && l.Person.ID != "" // else nobody can tell whose list it is
		}
	}
	if alone {
		l.Person.ID = owner
	}
	l.Rows = s.rows(auths, l.Person)
	for i := range l.Rows {
		if id := l.Rows[i].PersonID; id != "" && (!alone || id != owner) {
			l.Rows[i].foreign = true
		}
	}
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

// inOrg holds a person to the organization that was named, where one was: Webex lists
// and revokes by the person alone, wherever that person is. It costs a call for an
// address. Who cannot be found there is an error, so that nothing follows.
func (s *Service) inOrg(ctx context.Context, who webex.Person, person webex.PersonDetails) error {
	org := s.opts.Org
	if org == "" {
		return nil
	}
	if who.Email() != "" {
		for p, err := range s.api.People(ctx, webex.PeopleQuery{Email: who.Email(), Max: 1, OrgID: org}) {
			if err != nil {
				return fmt.Errorf("look for %s in the organization %s: %w", who, org.UUID(), err)
			}
			person = p
			break
		}
	}
	if person.OrgID == "" || person.OrgID.UUID() != org.UUID() {
		return fmt.Errorf("%w: %s is not in the organization %s, which --org names", ErrPersonNotFound, who, org.UUID())
	}
	return nil
}

// confirmExists tells an empty list from a person that Webex does not know: the API
// may answer both alike. Where it cannot be told, the empty list stands.
func (s *Service) confirmExists(ctx context.Context, who webex.Person) error {
	if who.Email() == "" {
		return nil
	}
	for _, err := range s.api.People(ctx, webex.PeopleQuery{Email: who.Email(), Max: 1, OrgID: s.opts.Org}) {
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
	for p, err := range s.api.People(ctx, webex.PeopleQuery{Email: who.Email(), Max: 1, OrgID: s.opts.Org}) {
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

func keyOf(a *webex.Authorization) appKey { return appKey{a.PersonID, a.ClientID} }

// witnesses are the rows of one app that decide how long its others have left: the
// newest access token, and the two newest refresh tokens (the newest, and whether it
// is alone in that). With them time left costs the same for every row, however many
// an app has.
type witnesses struct {
	access, newest, second int // places in the list, one above the index; 0 is none
}

func (w *witnesses) see(auths []webex.Authorization, i int) {
	a := &auths[i]
	after := func(n int) bool { return n == 0 && !a.Created.IsZero() || n > 0 && a.Created.After(auths[n-1].Created) }
	switch {
	case a.Type == webex.TypeAccess && after(w.access):
		w.access = i + 1
	case a.Type == webex.TypeRefresh && after(w.newest):
		w.newest, w.second = i+1, w.newest
	case a.Type == webex.TypeRefresh && after(w.second):
		w.second = i + 1
	}
}

// of returns the rows themselves.
func (w *witnesses) of(auths []webex.Authorization) (all [3]webex.Authorization, n int) {
	for _, place := range [...]int{w.access, w.newest, w.second} {
		if place > 0 {
			all[n] = auths[place-1]
			n++
		}
	}
	return all, n
}

// rows adds the time left and the marks.
func (s *Service) rows(auths []webex.Authorization, person webex.PersonDetails) []Row {
	o := rowOptions{policy: s.opts.Policy, now: s.opts.Now()}
	if me, known := s.knownSelf(); known {
		o.own, o.self = s.opts.OwnClient, me.ID
	}
	return o.rows(auths, person.Email())
}

// rowOptions are what time left and marks hang on, beside the tokens themselves.
type rowOptions struct {
	policy webex.Policy
	own    webex.ClientID // that we are signed in with; empty when not known
	self   webex.PersonID
	now    time.Time
}

// rows makes rows of all that is listed for one person.
func (o rowOptions) rows(auths []webex.Authorization, email webex.Untrusted) []Row {
	apps := make(map[appKey]int)
	var seen []witnesses
	app := make([]int, len(auths)) // the place of each row's app in seen
	ids := make(map[webex.AuthorizationID]struct{}, len(auths))
	out := make([]Row, len(auths))
	for i := range auths {
		a := &auths[i]
		if i > 0 && keyOf(a) == keyOf(&auths[i-1]) { // as most lists come
			app[i] = app[i-1]
		} else if n, known := apps[keyOf(a)]; known {
			app[i] = n
		} else {
			app[i] = len(seen)
			apps[keyOf(a)] = len(seen)
			seen = append(seen, witnesses{})
		}
		seen[app[i]].see(auths, i)
		ids[a.ID] = struct{}{}
		out[i] = Row{
			Authorization: *a,
			Email:         email,
			SignIn:        o.policy.WebexSignIn(a.ClientID),
			Own:           o.own != "" && o.self != "" && a.ClientID == o.own && a.PersonID == o.self,
		}
	}
	for i := range out {
		siblings, n := seen[app[i]].of(auths)
		out[i].Left = webex.Left(auths[i], siblings[:n], o.policy, o.now)
	}
	if len(ids) < len(out) { // an id comes more than once
		rows := make(map[webex.AuthorizationID]int, len(ids))
		for i := range out {
			rows[out[i].ID]++
		}
		for i := range out {
			out[i].ambiguous = rows[out[i].ID] > 1
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
