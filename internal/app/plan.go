package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/wxauth/wxauth/webex"
)

var (
	// ErrNotListed means that an id is not among the person's authorizations.
	ErrNotListed = errors.New("authorization not found")
	// ErrNotRevocable means that a row is listed but cannot be revoked.
	ErrNotRevocable = errors.New("cannot be revoked")
	// ErrSelf means that rows of wxauth's own session are selected without
	// IncludeSelf.
	ErrSelf = errors.New("wxauth's own session")
	// ErrTooMany means that more tokens would be revoked than the caller allows.
	ErrTooMany = errors.New("too many")
	// ErrNothing means that no row was selected.
	ErrNothing = errors.New("nothing to revoke")
)

// yesNoLimit is the maximum number of tokens that y/N can confirm.
const yesNoLimit = 10

// PlanOptions limit a plan.
type PlanOptions struct {
	IncludeSelf bool // allow rows of wxauth's own session
	Max         int  // fail if more tokens would be revoked; 0 is unlimited
}

// Item is one DELETE of a plan.
type Item struct {
	Row
	Self bool // belongs to wxauth's own session: revoked last
	// Ends are the access tokens that are expected to be revoked along with this
	// refresh token: same person, same client. Webex publishes no link between
	// tokens.
	Ends []Row
	// Renewable is set if the app keeps a refresh token that the plan does not
	// revoke and can get a new access token with it.
	Renewable bool
	// UpTo is set if, because of that other token, it is unknown which of Ends
	// belong to this one.
	UpTo bool

	// OwnersApp is set if the row belongs to the person signed in but was created by
	// an app other than that of the current login. Webex lets only that app revoke
	// it.
	OwnersApp bool
	// OwnPerson is set if the row belongs to the person signed in.
	OwnPerson bool

	inUse bool // see markInUse
}

// Plan is exactly what will be revoked. Revoke executes only what the user
// confirmed.
type Plan struct {
	Who    webex.Person
	Person webex.PersonDetails
	Items  []Item // in execution order: refresh, access, then wxauth's own session
	ReadAt time.Time
	by     webex.PersonID // who was signed in when the plan was made; empty if not known
	// Everything is set if the plan has at least two rows and revokes all that can
	// be revoked.
	Everything bool
	// Offboard is set if all of a person's tokens are to be revoked, even if there
	// are few.
	Offboard bool
	Kept     []Row // kept at the user's request
	Stuck    []Row // selected, but cannot be revoked

	rows  []Row // as last read
	shown []Row // as of planning
}

// KeepsAccess reports whether every app of the plan keeps a refresh token. It can
// get new access tokens with it, so the plan takes away no access.
func (p Plan) KeepsAccess() bool {
	return len(p.Items) > 0 && !slices.ContainsFunc(p.Items, func(i Item) bool { return !i.Renewable })
}

// AppsKeepingAccess returns, once each and in plan order, the names of the apps that
// keep a refresh token after the plan.
func (p Plan) AppsKeepingAccess() []string {
	var keep namesOnce
	for _, i := range p.Items {
		if i.Renewable {
			keep.add(i.Row)
		}
	}
	return keep.names
}

// namesOnce collects app names, each app once, across people.
type namesOnce struct {
	names []string
	seen  map[webex.ClientID]bool
}

func (n *namesOnce) add(r Row) {
	if n.seen[r.ClientID] {
		return
	}
	if n.seen == nil {
		n.seen = map[webex.ClientID]bool{}
	}
	n.seen[r.ClientID] = true
	n.names = append(n.names, ShortName(r.Authorization))
}

// person returns the person's name as used in a record.
func (p Plan) person() webex.Untrusted {
	switch {
	case p.Person.Email() != "":
		return p.Person.Email()
	case p.Person.ID != "":
		return webex.Untrusted(p.Person.ID)
	}
	return webex.Untrusted(p.Who.String())
}

// Confirmation is the confirmation that a plan requires.
type Confirmation struct {
	// Text is the text to type; if empty, y/N is enough.
	Text webex.Untrusted
	// Or is an accepted alternative to Text; may be empty.
	Or webex.Untrusted
}

// Answers reports whether text is the required answer.
func (c Confirmation) Answers(text string) bool {
	return text != "" && (text == string(c.Text) || text == string(c.Or))
}

// Confirmation returns the required confirmation. Revoking one to ten tokens
// requires y/N. More tokens, everything of a person, or wxauth's own session require
// the person's address, or their id if the address is unknown.
func (p Plan) Confirmation() Confirmation {
	sure, more := p.Ends()
	if sure+more <= yesNoLimit && !p.Everything && !p.Offboard && !p.HasSelf() {
		return Confirmation{}
	}
	return Confirmation{Text: p.person()} // never empty, since that would accept a plain yes
}

// HasSelf reports whether the plan includes wxauth's own session.
func (p Plan) HasSelf() bool {
	return slices.ContainsFunc(p.Items, func(i Item) bool { return i.Self })
}

// Apps returns the number of apps in the plan. Apps without a client id differ by their names.
func (p Plan) Apps() int {
	type app struct {
		appKey
		name webex.Untrusted
	}
	seen := map[app]bool{}
	for _, i := range p.Items {
		a := app{appKey: keyOf(&i.Authorization)}
		if i.ClientID == "" {
			a.name = i.ApplicationName
		}
		seen[a] = true
	}
	return len(seen)
}

// Ends returns how many tokens are expected to be revoked, and how many more at
// most. It does not count tokens that Webex will refuse to revoke; see
// [Plan.Refused].
func (p Plan) Ends() (sure, more int) {
	counted := map[webex.AuthorizationID]bool{}
	for _, i := range p.Items {
		counted[i.ID] = true
	}
	sure = len(counted) - p.Refused()
	blank := map[webex.Authorization]bool{} // rows without an id, compared by all their fields
	for _, i := range p.Items {
		if i.OwnersApp {
			continue
		}
		for _, r := range i.Ends {
			if counted[r.ID] || r.ID == "" && blank[r.Authorization] {
				continue
			}
			if r.ID == "" {
				blank[r.Authorization] = true
			} else {
				counted[r.ID] = true
			}
			if i.UpTo {
				more++
			} else {
				sure++
			}
		}
	}
	return sure, more
}

// Refused returns the number of tokens in the plan that Webex will refuse to revoke.
func (p Plan) Refused() (n int) {
	for _, i := range p.Items {
		n += btoi(i.OwnersApp)
	}
	return n
}

// surelyEnds returns the number of revocable tokens that are expected to be revoked.
func (p Plan) surelyEnds() int {
	ends := map[webex.AuthorizationID]bool{}
	for _, i := range p.Items {
		ends[i.ID] = true
		for _, r := range i.Ends {
			if !i.UpTo && r.CannotRevoke() == "" {
				ends[r.ID] = true
			}
		}
	}
	return len(ends)
}

// NewPlan plans to revoke the rows of l with the given ids. It returns an error if
// any id is not listed or not revocable.
func (s *Service) NewPlan(ctx context.Context, l Listing, ids []webex.AuthorizationID, opts PlanOptions) (Plan, error) {
	byID := make(map[webex.AuthorizationID]Row, len(l.Rows))
	for _, r := range l.Rows {
		byID[r.ID] = r
	}
	mine, self, owners, err := s.selfRows(ctx, l)
	if err != nil {
		return Plan{}, err
	}
	p := Plan{Who: l.Who, Person: l.Person, ReadAt: l.ReadAt, rows: l.Rows}
	if me, known := s.knownSelf(); known {
		p.by = me.ID
	}
	taken := map[webex.AuthorizationID]bool{}
	for _, text := range ids {
		if err := webex.CheckID("authorization id", text); err != nil {
			return Plan{}, err
		}
		id := text
		r, ok := byID[id]
		if !ok { // a UUID, or its beginning
			if r, ok, err = findID(l.Rows, text); err != nil {
				return Plan{}, err
			}
			id = r.ID
		}
		switch {
		case !ok:
			if len(text) < webex.ShortestID {
				return Plan{}, fmt.Errorf("%w: %s is too short: give at least %d characters of an id; nothing was sent", webex.ErrInvalidInput, text, webex.ShortestID)
			}
			return Plan{}, fmt.Errorf("%w: %s is not among the authorizations of %s; nothing was sent", ErrNotListed, text, webex.Clean(p.person()))
		case r.CannotRevoke() != "":
			return Plan{}, fmt.Errorf("%w: %s", ErrNotRevocable, r.CannotRevoke())
		case self(r) && !opts.IncludeSelf:
			return Plan{}, fmt.Errorf("%w: %s %s may be the token that wxauth uses; to revoke it anyway, last: --include-self", ErrSelf, r.ApplicationName, r.Type)
		case taken[id]:
			continue
		}
		taken[id] = true
		p.Items = append(p.Items, Item{Row: r, Self: self(r), OwnersApp: owners(r), OwnPerson: mine(r)})
	}
	if len(p.Items) == 0 {
		return Plan{}, fmt.Errorf("%w: give at least one authorization", ErrNothing)
	}
	p.markInUse(s.opts.OwnSince)
	slices.SortStableFunc(p.Items, func(a, b Item) int { return a.wave() - b.wave() })
	revocable := 0
	for _, r := range l.Rows {
		if r.CannotRevoke() == "" {
			revocable++
		}
	}
	p.inferCascade()
	p.Everything = len(p.Items) >= 2 && p.surelyEnds() == revocable
	if sure, more := p.Ends(); opts.Max > 0 && sure+more > opts.Max {
		return Plan{}, fmt.Errorf("%w: %d tokens would be revoked, more than --max %d (--max=%d allows it); nothing was sent", ErrTooMany, sure+more, opts.Max, sure+more)
	}
	return p, nil
}

// selfRows returns three predicates: rows of the person signed in; rows of wxauth's
// own session (those of the current login's client or, if that is unknown, all of
// that person's); and that person's rows created by other apps.
func (s *Service) selfRows(ctx context.Context, l Listing) (mine, self, owners func(Row) bool, err error) {
	me, err := s.signedIn(ctx)
	if err != nil {
		if errors.Is(err, webex.ErrForbidden) || errors.Is(err, webex.ErrNotFound) || errors.Is(err, webex.ErrServer) {
			// The owner of the token is unknown, so every row may belong to our own
			// session.
			no := func(Row) bool { return false }
			return no, func(Row) bool { return true }, no, nil
		}
		return nil, nil, nil, err
	}
	whose := s.listOfOurs(ctx, l, me)
	mine = func(r Row) bool { return whose == webex.Yes || r.PersonID.Same(me.ID) }
	own := s.opts.OwnClient
	self = func(r Row) bool { return (mine(r) || whose == webex.Unknown) && (own == "" || r.ClientID == own) }
	owners = func(r Row) bool { return mine(r) && own != "" && r.ClientID != own }
	return mine, self, owners, nil
}

// The waves of a revoke, in order. Each wave is verified before the next one is
// sent.
const (
	waveRefresh = iota
	waveAccess
	waveSelfRefresh
	waveSelfInUse // revoking it ends our session; see markInUse
	waveSelfAccess
	waves
)

func (i Item) wave() int {
	switch refresh := i.Type == webex.TypeRefresh; {
	case refresh && i.inUse:
		return waveSelfInUse
	case refresh && i.Self:
		return waveSelfRefresh
	case refresh:
		return waveRefresh
	case i.Self:
		return waveSelfAccess
	}
	return waveAccess
}

// SameIssue is the largest difference between a row's creation and the time at which wxauth received
// its token: network delay, and timestamps in whole seconds.
const SameIssue = 3 * time.Second

// markInUse marks the refresh token that the current login most likely uses: the newest one that is not
// newer than the login, which may have others on other computers.
func (p *Plan) markInUse(since time.Time) {
	newest := -1
	for n, i := range p.Items {
		later := !since.IsZero() && i.Created.After(since.Add(SameIssue))
		if i.Self && i.Type == webex.TypeRefresh && !later && (newest < 0 || !i.Created.Before(p.Items[newest].Created)) {
			newest = n
		}
	}
	if newest >= 0 {
		p.Items[newest].inUse = true
	}
}

// inferCascade assigns to each refresh token the access tokens of its app. The
// assignment is certain only if the plan revokes all refresh tokens of the app.
func (p *Plan) inferCascade() {
	refreshes := map[appKey]int{}
	access := map[appKey][]Row{}
	for _, r := range p.rows {
		switch {
		case r.ClientID == "": // nothing can be inferred without a client id
		case r.Type == webex.TypeRefresh:
			refreshes[keyOf(&r.Authorization)]++
		case r.Type == webex.TypeAccess:
			access[keyOf(&r.Authorization)] = append(access[keyOf(&r.Authorization)], r)
		}
	}
	planned := map[appKey]int{}
	for _, i := range p.Items {
		if i.Type == webex.TypeRefresh {
			planned[keyOf(&i.Authorization)]++
		}
	}
	for n := range p.Items {
		i := &p.Items[n]
		k := keyOf(&i.Authorization)
		i.Renewable = i.ClientID != "" && refreshes[k] > planned[k]
		if i.Type == webex.TypeRefresh {
			i.Ends = access[k]
			i.UpTo = i.Renewable && len(i.Ends) > 0
		}
	}
}
