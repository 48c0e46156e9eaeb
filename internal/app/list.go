package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wxauth/wxauth/webex"
)

// ErrPersonNotFound: Webex has no such person here.
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
		return "Webex sent no id for this row, so wxauth cannot revoke it"
	}
	if err := webex.CheckID("authorization id", r.ID); err != nil {
		return "Webex sent an invalid id for this row, so wxauth cannot revoke it"
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
	// Identified says that Person.ID is not only what the rows carry: it was named, or
	// Webex's list of people has it.
	Identified bool
	Rows       []Row     // in the order of the reply
	ReadAt     time.Time // when the list was asked for
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

// List reads what a person authorized. It costs two calls: the list, and who the person
// is, so that the tokens of another person are told from theirs. Where the second is
// refused, the list is taken for that of the person whose id its rows carry.
func (s *Service) List(ctx context.Context, who webex.Person) (Listing, error) {
	asked := s.opts.Now()
	look := s.identify(ctx, &who)
	if who.Email() == "" || s.opts.Org != "" { // else both are asked at once
		if p := look(); p.err != nil {
			return Listing{}, p.err
		} else if err := s.inOrg(who, p); err != nil {
			return Listing{}, err
		}
		asked = s.opts.Now()
	}
	auths, err := s.api.Authorizations(ctx, who)
	if err != nil {
		if errors.Is(err, webex.ErrNotFound) {
			return Listing{}, fmt.Errorf("%w: %s: %w", ErrPersonNotFound, who, err)
		}
		return Listing{}, err
	}
	p := look()
	switch {
	case p.err != nil:
		return Listing{}, p.err
	case len(auths) == 0 && p.known == webex.No: // the API may answer both alike
		return Listing{}, fmt.Errorf("%w: Webex has no %s", ErrPersonNotFound, who)
	}
	l := Listing{Who: who, Person: p.PersonDetails, Identified: p.ID != "", ReadAt: asked}
	owner, alone := l.Person.ID, true
	for _, a := range auths {
		switch {
		case a.PersonID == "" || a.PersonID == owner || a.PersonID.Same(owner):
		case owner == "":
			owner = a.PersonID
		default:
			alone = alone && l.Identified // else nobody can tell whose list it is
		}
	}
	if alone {
		l.Person.ID = owner
	}
	l.Rows = s.rows(auths, l.Person)
	for i := range l.Rows {
		if r := &l.Rows[i]; r.PersonID != "" && (!alone || r.PersonID != owner && !r.PersonID.Same(owner)) {
			r.foreign, r.Email = true, ""
		}
	}
	return l, nil
}

// Known are the people whose lists were read, so that nobody's tokens count twice.
type Known struct {
	people map[string]*Listing       // by the UUID of the person
	tokens map[string]*Listing       // by that of the token
	shared map[*Listing]webex.Person // whose tokens are listed for somebody else too
}

// Add adds a list. It returns the one before of the same person, who was named in two ways.
// The error says that the same tokens are listed for somebody else: whose they are cannot
// be told.
func (k *Known) Add(l *Listing) (same *Listing, err error) {
	if k.people == nil {
		k.people, k.tokens, k.shared = map[string]*Listing{}, map[string]*Listing{}, map[*Listing]webex.Person{}
	}
	person := l.Person.ID.UUID()
	if before := k.people[person]; person != "" && before != nil && (l.Identified || before.Identified) {
		return before, nil
	}
	for i := range l.Rows {
		if r := &l.Rows[i]; r.ID != "" && !r.foreign && k.tokens[r.ID.UUID()] != nil {
			before := k.tokens[r.ID.UUID()]
			proven := slices.ContainsFunc(before.Rows, func(r Row) bool { return r.PersonID != "" && before.Person.ID.Same(r.PersonID) })
			if !proven {
				k.shared[before] = l.Who
			}
			return nil, sharedTokens(before.Who)
		}
	}
	k.people[person] = l
	for i := range l.Rows {
		if r := &l.Rows[i]; !r.foreign {
			k.tokens[r.ID.UUID()] = l
		}
	}
	return nil, nil
}

// Doubt returns an error where tokens of a list that was added are listed for somebody else
// too, and no row says whose they are.
func (k *Known) Doubt(l *Listing) error {
	if other, ok := k.shared[l]; ok {
		return sharedTokens(other)
	}
	return nil
}

func sharedTokens(other webex.Person) error {
	return fmt.Errorf("%w: Webex also lists these tokens for %s, and wxauth cannot tell whose they are", webex.ErrServer, other)
}

// person is what can be told of somebody before their list is read.
type person struct {
	webex.PersonDetails
	known webex.Tristate // whether Webex knows them, as far as it says
	asked error          // why Webex did not say
	err   error          // why the list is not worth reading
}

// identify begins to ask who somebody is, and turns "me" into an id. Without the scope for
// people the list still works: then only what who says is known.
func (s *Service) identify(ctx context.Context, who *webex.Person) func() person {
	if who.IsMe() {
		me, err := s.signedIn(ctx)
		*who = webex.ByID(me.ID)
		return func() person { return person{PersonDetails: me, known: webex.Yes, err: err} }
	}
	asked := *who
	q := &question[person]{ask: func() (p person) {
		if err := safely(func() error { p = s.lookUp(ctx, asked); return nil }); err != nil {
			p.err = err
		}
		return p
	}}
	q.begin()
	return q.answer
}

// lookUp asks Webex who somebody is.
func (s *Service) lookUp(ctx context.Context, who webex.Person) person {
	out := person{PersonDetails: webex.PersonDetails{ID: who.ID()}}
	byID := who.Email() == ""
	if !byID {
		out.Emails = []webex.Untrusted{webex.Untrusted(who.Email())}
	}
	p, err := s.Describe(ctx, who)
	out.asked = err
	switch {
	case err == nil && !byID: // called as the user did
		out.ID, out.OrgID, out.known = p.ID, p.OrgID, webex.Yes
	case err == nil && p.ID.Same(who.ID()):
		out.PersonDetails, out.known = p, webex.Yes
	case err == nil: // it answers for somebody else, or for nobody
	case errors.Is(err, webex.ErrNotFound), errors.Is(err, ErrPersonNotFound):
		out.known = webex.No
	case ctx.Err() != nil, byID && (errors.Is(err, webex.ErrNotLoggedIn) || errors.Is(err, webex.ErrInvalidInput)):
		out.err = err
	}
	return out
}

// inOrg holds a person to the organization that was named, where one was: Webex lists
// and revokes by the person alone, wherever that person is. Who cannot be found there is an
// error, so that nothing follows.
func (s *Service) inOrg(who webex.Person, p person) error {
	org := s.opts.Org
	switch {
	case org == "":
		return nil
	case who.Email() != "" && p.asked != nil && p.known != webex.No:
		return fmt.Errorf("find %s in the organization %s: %w", who, org.UUID(), p.asked)
	case p.OrgID == "" || p.OrgID.UUID() != org.UUID():
		return fmt.Errorf("%w: %s is not in the organization %s (--org)", ErrPersonNotFound, who, org.UUID())
	}
	return nil
}

// exists reports whether Webex still knows somebody whose id was id, as far as it says.
func (s *Service) exists(ctx context.Context, who webex.Person, id webex.PersonID) webex.Tristate {
	p := s.lookUp(ctx, who)
	if p.known == webex.Yes && id != "" && p.ID != "" && !p.ID.Same(id) {
		return webex.No
	}
	return p.known
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
	return webex.PersonDetails{}, fmt.Errorf("%w: Webex has no %s", ErrPersonNotFound, who)
}

// appKey says which rows may hang together: Webex publishes no link between
// tokens, but none crosses a person or a client.
type appKey struct {
	person webex.PersonID
	client webex.ClientID
}

func keyOf(a *webex.Authorization) appKey { return appKey{a.PersonID, a.ClientID} }

// newestTokens are the rows of one app that decide how long its others have left: the
// newest access token, and the two newest refresh tokens (the newest, and whether it
// is alone in that). With them time left costs the same for every row, however many
// an app has.
type newestTokens struct {
	access, newest, second int // places in the list, one above the index; 0 is none
}

func (w *newestTokens) see(auths []webex.Authorization, i int) {
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
func (w *newestTokens) of(auths []webex.Authorization) (all [3]webex.Authorization, n int) {
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
	var seen []newestTokens
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
			seen = append(seen, newestTokens{})
		}
		seen[app[i]].see(auths, i)
		ids[a.ID] = struct{}{}
		out[i] = Row{
			Authorization: *a,
			Email:         email,
			SignIn:        o.policy.WebexSignIn(a.ClientID),
			Own:           o.own != "" && o.self != "" && a.ClientID == o.own && a.PersonID.Same(o.self),
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
	if l.Person.ID.Same(me.ID) {
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
