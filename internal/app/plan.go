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
	// ErrNotListed: an id is not among the person's authorizations.
	ErrNotListed = errors.New("authorization not found")
	// ErrNotRevocable: a row is listed but cannot be revoked.
	ErrNotRevocable = errors.New("cannot be revoked")
	// ErrSelf: the rows of our own session were not asked for by name.
	ErrSelf = errors.New("wxauth's own session")
	// ErrTooMany: more rows than the caller set as its bound.
	ErrTooMany = errors.New("too many")
	// ErrNothing: no row was named.
	ErrNothing = errors.New("nothing to revoke")
)

// yesNoLimit is up to how many tokens that end a plain yes is enough.
const yesNoLimit = 10

// PlanOptions bound a plan.
type PlanOptions struct {
	IncludeSelf bool // our own session's rows may be among them
	Max         int  // refuse when more tokens end than this; 0 is no bound
}

// Item is one DELETE of a plan.
type Item struct {
	Row
	Self bool // one of our own session's: it goes last
	// Ends are the access tokens that we infer end with this refresh token: same
	// person, same client. Webex publishes no link between tokens.
	Ends []Row
	// Renewable says that the app keeps a refresh token that the plan does not end, and
	// can get a new access token with it.
	Renewable bool
	// UpTo says that because of that one it is not known which of Ends are this one's.
	UpTo bool

	// OwnersApp says that the row is of the person signed in, and made by another app than
	// the one we are logged in with: Webex lets only that app end it.
	OwnersApp bool
	// OwnPerson says that the row is of the person signed in.
	OwnPerson bool

	inUse bool // see markInUse
}

// Plan is what will be revoked, exactly. What was confirmed is what is executed.
type Plan struct {
	Who    webex.Person
	Person webex.PersonDetails
	Items  []Item // in the order of execution: refresh, then access, our own last
	ReadAt time.Time
	by     webex.PersonID // who was signed in when it was made; empty when not known
	// Everything is set when the plan, of two rows or more, ends all that can be revoked.
	Everything bool
	// Offboard is set when everything of a person is to end, however little it is.
	Offboard bool
	Kept     []Row // left alone, because the user wanted it so
	Stuck    []Row // chosen, and cannot be revoked

	rows  []Row // as last read
	shown []Row // as they were when it was planned
}

// KeepsAccess reports whether every app of the plan keeps a refresh token: it gets new
// access tokens with it, and no access is taken away.
func (p Plan) KeepsAccess() bool {
	return len(p.Items) > 0 && !slices.ContainsFunc(p.Items, func(i Item) bool { return !i.Renewable })
}

// AppsKeepingAccess returns the names of the apps that keep a refresh token when the plan
// is done, each once, in its order.
func (p Plan) AppsKeepingAccess() []string {
	var keep namesOnce
	for _, i := range p.Items {
		if i.Renewable {
			keep.add(i.Row)
		}
	}
	return keep.names
}

// namesOnce gathers the names of apps, each app once, whoever's tokens they are.
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

// person is whose tokens they are, as a record says it.
func (p Plan) person() webex.Untrusted {
	switch {
	case p.Person.Email() != "":
		return p.Person.Email()
	case p.Person.ID != "":
		return webex.Untrusted(p.Person.ID)
	}
	return webex.Untrusted(p.Who.String())
}

// Confirmation is what has to be answered before a plan may run.
type Confirmation struct {
	// Text is what must be typed; empty means that a plain yes is enough.
	Text webex.Untrusted
	// Or is what may be typed in its place; empty when there is nothing.
	Or webex.Untrusted
}

// Answers reports whether a text that was typed, or given, is what must be.
func (c Confirmation) Answers(text string) bool {
	return text != "" && (text == string(c.Text) || text == string(c.Or))
}

// Confirmation grades the plan: where one to ten tokens end, a yes is enough; more,
// everything of a person, or our own session need the person's address (the id where
// that is unknown).
func (p Plan) Confirmation() Confirmation {
	sure, more := p.Ends()
	if sure+more <= yesNoLimit && !p.Everything && !p.Offboard && !p.HasSelf() {
		return Confirmation{}
	}
	return Confirmation{Text: p.person()} // never empty: that would be a plain yes
}

// HasSelf reports whether our own session is among the items.
func (p Plan) HasSelf() bool {
	return slices.ContainsFunc(p.Items, func(i Item) bool { return i.Self })
}

// Apps returns how many apps the plan touches.
func (p Plan) Apps() int {
	seen := map[appKey]bool{}
	for _, i := range p.Items {
		seen[keyOf(&i.Authorization)] = true
	}
	return len(seen)
}

// Ends returns how many tokens end: surely as far as inference goes, and how many
// more at most.
// What Webex will refuse is not among them: see [Plan.Refused].
func (p Plan) Ends() (sure, more int) {
	counted := map[webex.AuthorizationID]bool{}
	for _, i := range p.Items {
		counted[i.ID] = true
	}
	sure = len(counted) - p.Refused()
	blank := map[webex.Authorization]bool{} // rows without an id, told apart by all they have
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

// Refused counts the tokens of the plan that Webex will refuse to revoke.
func (p Plan) Refused() (n int) {
	for _, i := range p.Items {
		n += btoi(i.OwnersApp)
	}
	return n
}

// surelyEnds counts the revocable tokens that end as far as inference goes.
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

// NewPlan plans to revoke the rows of l that ids name. Every id must be listed and
// revocable: nothing is left out silently.
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
	for _, id := range ids {
		if err := webex.CheckID("authorization id", id); err != nil {
			return Plan{}, err
		}
		r, ok := byID[id]
		switch {
		case !ok:
			return Plan{}, fmt.Errorf("%w: %s is not among the authorizations of %s; nothing was sent", ErrNotListed, id, webex.Clean(p.person()))
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
	p.markInUse()
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

// selfRows tells which rows are the signed-in person's, which are our own session's (those of
// the client we are logged in with, or, where that is not known, all of that person's), and
// which other apps made for that person.
func (s *Service) selfRows(ctx context.Context, l Listing) (mine, self, owners func(Row) bool, err error) {
	me, err := s.signedIn(ctx)
	if err != nil {
		if errors.Is(err, webex.ErrForbidden) || errors.Is(err, webex.ErrNotFound) || errors.Is(err, webex.ErrServer) {
			// A token that cannot tell its own person: its owner is not known, so
			// everything may be ours.
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

// The waves of a revoke, in order: each is verified before the next is sent.
const (
	waveRefresh = iota
	waveAccess
	waveSelfRefresh
	waveSelfInUse // the newest of our own refresh tokens: with it our session ends
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

// markInUse finds, among our own refresh tokens, the one that we are most likely logged
// in with: a login replaces the one before, so it is the newest.
func (p *Plan) markInUse() {
	newest := -1
	for n, i := range p.Items {
		if i.Self && i.Type == webex.TypeRefresh && (newest < 0 || !i.Created.Before(p.Items[newest].Created)) {
			newest = n
		}
	}
	if newest >= 0 {
		p.Items[newest].inUse = true
	}
}

// inferCascade finds for each refresh token the access tokens of its app. They are
// surely its own only when all refresh tokens of the app go.
func (p *Plan) inferCascade() {
	refreshes := map[appKey]int{}
	access := map[appKey][]Row{}
	for _, r := range p.rows {
		switch {
		case r.ClientID == "": // nothing can be said about apps without a client
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
