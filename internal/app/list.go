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

// ErrPersonNotFound means that Webex does not know the person.
var ErrPersonNotFound = errors.New("person not found")

// Row is an authorization with the information that wxauth adds.
type Row struct {
	webex.Authorization
	Email  webex.Untrusted // of the person; empty if not known
	Left   webex.Remaining
	Own    bool // belongs to the current login: its client and the person signed in
	SignIn bool // one of Webex's own apps, identified by client id

	foreign   bool // the row carries another person's id
	ambiguous bool // the list has another row with the same id
}

// CannotRevoke returns why the row cannot be revoked, or "" if it can.
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

// Listing is the authorizations of a person at one moment.
type Listing struct {
	Who    webex.Person
	Person webex.PersonDetails // only what is known; at least what Who names
	// Identified means that Person.ID was named by the caller or confirmed by
	// Webex's list of people, and not only taken from the rows.
	Identified bool
	Rows       []Row     // in the order of the response
	ReadAt     time.Time // when the list was requested
}

// Fresh reports whether a listing read at readAt is recent enough at now for a
// revoke. It compares wall clocks, because the monotonic clock stops while the
// machine sleeps. A readAt in the future is not fresh.
func Fresh(readAt, now time.Time) bool {
	age := now.Round(0).Sub(readAt.Round(0))
	return age >= 0 && age <= FreshFor
}

// Email returns the person's address, empty when not known.
func (l Listing) Email() webex.Untrusted { return l.Person.Email() }

// List reads what a person authorized. It makes two calls: one for the list and one
// for the person, to tell their tokens from those of others. If Webex rejects the
// second, List assumes that the list belongs to the person whose id its rows carry.
func (s *Service) List(ctx context.Context, who webex.Person) (Listing, error) {
	asked := s.opts.Now()
	look := s.identify(ctx, &who)
	if who.Email() == "" || s.opts.Org != "" { // otherwise both requests run concurrently
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
	case len(auths) == 0 && p.known == webex.No: // the API may answer the same in both cases
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
			alone = alone && l.Identified // otherwise the owner of the list is unknown
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

// Known tracks the people whose lists were read, so that no token is counted twice.
type Known struct {
	people map[string]*Listing       // by person UUID
	tokens map[string]*Listing       // by token UUID
	shared map[*Listing]webex.Person // people whose tokens are also listed for someone else
}

// Add adds a list. If the same person was added before under another name, Add
// returns that list. It returns an error if the same tokens are listed for someone
// else, so that their owner is unknown.
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

// Doubt returns an error if tokens of an added list are also listed for someone else
// and no row names the owner.
func (k *Known) Doubt(l *Listing) error {
	if other, ok := k.shared[l]; ok {
		return sharedTokens(other)
	}
	return nil
}

func sharedTokens(other webex.Person) error {
	return fmt.Errorf("%w: Webex also lists these tokens for %s, and wxauth cannot tell whose they are", webex.ErrServer, other)
}

// person is what is known about a person before their list is read.
type person struct {
	webex.PersonDetails
	known webex.Tristate // whether Webex knows the person, as far as known
	asked error          // why that is unknown
	err   error          // why the list need not be read
}

// identify starts looking up who, and turns "me" into an id. Without the scope for
// reading people the list still works, but only what who contains is known about the
// person.
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

// lookUp asks Webex for the person.
func (s *Service) lookUp(ctx context.Context, who webex.Person) person {
	out := person{PersonDetails: webex.PersonDetails{ID: who.ID()}}
	byID := who.Email() == ""
	if !byID {
		out.Emails = []webex.Untrusted{webex.Untrusted(who.Email())}
	}
	p, err := s.Describe(ctx, who)
	out.asked = err
	switch {
	case err == nil && !byID: // the address that the user gave
		out.ID, out.OrgID, out.known = p.ID, p.OrgID, webex.Yes
	case err == nil && p.ID.Same(who.ID()):
		out.PersonDetails, out.known = p, webex.Yes
	case err == nil: // the response is for someone else, or for nobody
	case errors.Is(err, webex.ErrNotFound), errors.Is(err, ErrPersonNotFound):
		out.known = webex.No
	case ctx.Err() != nil, byID && (errors.Is(err, webex.ErrNotLoggedIn) || errors.Is(err, webex.ErrInvalidInput)):
		out.err = err
	}
	return out
}

// inOrg verifies that a person belongs to the organization that was named, if any.
// Webex lists and revokes by person alone, whatever their organization. A person not
// found in the organization is an error, so that nothing is sent for them.
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

// exists reports whether Webex still knows a person by their previous id, as far as
// known.
func (s *Service) exists(ctx context.Context, who webex.Person, id webex.PersonID) webex.Tristate {
	p := s.lookUp(ctx, who)
	if p.known == webex.Yes && id != "" && p.ID != "" && !p.ID.Same(id) {
		return webex.No
	}
	return p.known
}

// Describe looks up a person for display. Callers may ignore the error.
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

// appKey identifies rows whose tokens may be related: Webex publishes no link
// between tokens, but related tokens have the same person and client.
type appKey struct {
	person webex.PersonID
	client webex.ClientID
}

func keyOf(a *webex.Authorization) appKey { return appKey{a.PersonID, a.ClientID} }

// newestTokens are the rows of one app that determine the time left of its others:
// the newest access token and the two newest refresh tokens (two, to tell whether
// the newest is the only one). With them, computing the time left is constant per
// row.
type newestTokens struct {
	access, newest, second int // index in the list plus one; 0 is none
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

// of returns the rows.
func (w *newestTokens) of(auths []webex.Authorization) (all [3]webex.Authorization, n int) {
	for _, place := range [...]int{w.access, w.newest, w.second} {
		if place > 0 {
			all[n] = auths[place-1]
			n++
		}
	}
	return all, n
}

// rows converts authorizations to rows with time left and marks.
func (s *Service) rows(auths []webex.Authorization, person webex.PersonDetails) []Row {
	o := rowOptions{policy: s.opts.Policy, now: s.opts.Now()}
	if me, known := s.knownSelf(); known {
		o.own, o.self = s.opts.OwnClient, me.ID
	}
	return o.rows(auths, person.Email())
}

// rowOptions are the inputs, besides the tokens, for time left and marks.
type rowOptions struct {
	policy webex.Policy
	own    webex.ClientID // client of the current login; empty if not known
	self   webex.PersonID
	now    time.Time
}

// rows converts one person's authorizations to rows.
func (o rowOptions) rows(auths []webex.Authorization, email webex.Untrusted) []Row {
	apps := make(map[appKey]int)
	var seen []newestTokens
	app := make([]int, len(auths)) // index of each row's app in seen
	ids := make(map[webex.AuthorizationID]struct{}, len(auths))
	out := make([]Row, len(auths))
	for i := range auths {
		a := &auths[i]
		if i > 0 && keyOf(a) == keyOf(&auths[i-1]) { // fast path: rows of an app are usually adjacent
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
	if len(ids) < len(out) { // an id occurs more than once
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

// isSelf reports whether a listing belongs to the person signed in.
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
