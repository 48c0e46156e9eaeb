package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/internal/nearest"
	"github.com/wxauth/wxauth/webex"
)

var (
	// ErrAmbiguousApp means that a name matches more than one app.
	ErrAmbiguousApp = errors.New("more than one app has this name")
	// ErrNoMatch means that the selection matches no listed row.
	ErrNoMatch = errors.New("nothing matches")
)

// Selection selects rows of people's lists. A row must meet all conditions that are
// set.
type Selection struct {
	App         string           // a name (case-insensitive) or a client id
	Clients     []webex.ClientID // the apps with one of these client ids
	Type        webex.Type
	OlderThan   time.Duration // created before this period
	NewerThan   time.Duration // created within this period
	Everything  bool          // every row
	KeepSignIns bool          // exclude Webex's own apps
}

// SelectClients selects the tokens of apps by their client ids.
func SelectClients(ids ...webex.ClientID) Selection { return Selection{Clients: ids} }

// String describes the selection.
func (s Selection) String() string {
	var parts []string
	if s.App != "" {
		parts = append(parts, "app "+webex.Quote(s.App))
	}
	for _, id := range s.Clients {
		parts = append(parts, "client "+id.String())
	}
	if s.Type != "" {
		parts = append(parts, "type "+s.Type.String())
	}
	if s.OlderThan > 0 {
		parts = append(parts, "created more than "+DurationWords(s.OlderThan)+" ago")
	}
	if s.NewerThan > 0 {
		parts = append(parts, "created less than "+DurationWords(s.NewerThan)+" ago")
	}
	return strings.Join(parts, ", ")
}

// named reports whether a row's app has the selected name.
func (s Selection) named(r Row) bool {
	return strings.EqualFold(AppName(r.Authorization), strings.TrimSpace(string(webex.Clean(webex.Untrusted(s.App)))))
}

// appOf finds the selected app in all lists. A name that matches two client ids is
// ambiguous. The error matches [ErrAmbiguousApp] or [ErrNoMatch].
func (s Selection) appOf(listings []Listing) (map[webex.ClientID]bool, error) {
	byID, byName := map[webex.ClientID]bool{}, map[webex.ClientID]bool{}
	var near, names []string
	for _, l := range listings {
		for _, r := range l.Rows {
			name := AppName(r.Authorization)
			names = append(names, ShortName(r.Authorization))
			switch {
			case string(r.ClientID) == s.App:
				byID[r.ClientID] = true
			case s.named(r):
				byName[r.ClientID] = true
			case strings.Contains(strings.ToLower(name), strings.ToLower(s.App)) && !slices.Contains(near, ShortName(r.Authorization)):
				near = append(near, ShortName(r.Authorization))
			}
		}
	}
	if word := nearest.Word(s.App, names); word != "" && len(near) == 0 {
		near = []string{word}
	}
	switch {
	case len(byID) > 0:
		return byID, nil
	case len(byName) == 1:
		return byName, nil
	case len(byName) > 1:
		var ids []string
		for id := range byName {
			ids = append(ids, OrDash(id.String()))
		}
		slices.Sort(ids)
		return nil, fmt.Errorf("%w: %s: use one of the client ids: %s", ErrAmbiguousApp, webex.Quote(s.App), strings.Join(ids, " and "))
	case len(near) > 0:
		return nil, fmt.Errorf("%w: no app is named %s: did you mean %s?", ErrNoMatch, webex.Quote(s.App), strings.Join(near[:min(len(near), 5)], " or "))
	}
	return nil, fmt.Errorf("%w: no listed token belongs to an app with the name or client id %s", ErrNoMatch, webex.Quote(s.App))
}

// pick returns a predicate for the selected rows.
func (s Selection) pick(listings []Listing, now time.Time) (func(Row) bool, error) {
	var apps map[webex.ClientID]bool
	if s.App != "" {
		var err error
		if apps, err = s.appOf(listings); err != nil {
			return nil, err
		}
	}
	return func(r Row) bool {
		switch {
		case s.App != "" && !apps[r.ClientID],
			// Without a client id, only the name identifies an app.
			s.App != "" && r.ClientID == "" && !s.named(r),
			len(s.Clients) > 0 && !slices.Contains(s.Clients, r.ClientID),
			s.Type != "" && r.Type != s.Type,
			s.OlderThan > 0 && (r.Created.IsZero() || now.Sub(r.Created) <= s.OlderThan),
			s.NewerThan > 0 && (r.Created.IsZero() || now.Sub(r.Created) >= s.NewerThan):
			return false
		}
		return true
	}, nil
}

// NewBatch plans to revoke the selected rows of each listing. Selected rows that
// cannot be revoked are listed in the plan. If the selection, other than everything,
// matches nothing, the error matches [ErrNoMatch].
func (s *Service) NewBatch(ctx context.Context, listings []Listing, sel Selection, opts PlanOptions) (Batch, error) {
	picked, err := sel.pick(listings, s.opts.Now())
	if err != nil {
		return Batch{}, err
	}
	b := Batch{Action: ActionRevoke}
	if sel.Everything {
		b.Action = ActionOffboard
	}
	most := opts.Max
	opts.Max = 0 // applies to the whole batch
	for _, l := range listings {
		p, err := s.planOf(ctx, l, picked, sel, opts)
		if err != nil {
			return Batch{}, err
		}
		b.Plans = append(b.Plans, p)
	}
	sure, more := b.Ends()
	switch {
	case most > 0 && sure+more > most:
		return Batch{}, fmt.Errorf("%w: %d tokens would be revoked, more than --max %d (--max=%d allows it); nothing was sent", ErrTooMany, sure+more, most, sure+more)
	case !sel.Everything && sure == 0 && !slices.ContainsFunc(b.Plans, func(p Plan) bool { return len(p.Stuck) > 0 }):
		return Batch{}, fmt.Errorf("%w: no token of %s matches: %s", ErrNoMatch, whose(listings), sel)
	}
	return b, nil
}

func whose(listings []Listing) string {
	if len(listings) == 1 {
		return listings[0].Who.String()
	}
	return english.Count(len(listings), "user")
}

func (s *Service) planOf(ctx context.Context, l Listing, picked func(Row) bool, sel Selection, opts PlanOptions) (Plan, error) {
	var (
		ids         []webex.AuthorizationID
		kept, stuck []Row
	)
	for _, r := range l.Rows {
		switch {
		case !picked(r):
		case sel.KeepSignIns && r.SignIn:
			kept = append(kept, r)
		case r.CannotRevoke() != "":
			stuck = append(stuck, r)
		default:
			ids = append(ids, r.ID)
		}
	}
	p := Plan{Who: l.Who, Person: l.Person, ReadAt: l.ReadAt, rows: l.Rows}
	if len(ids) > 0 {
		var err error
		if p, err = s.NewPlan(ctx, l, ids, opts); err != nil {
			return Plan{}, err
		}
	}
	p.Offboard, p.Kept, p.Stuck, p.shown = sel.Everything, kept, stuck, l.Rows
	return p, nil
}

// ListAll concurrently reads the authorizations of several people. For each person,
// in order, it returns either a listing or an error; it calls each with the number
// of people done. If ctx ends or Webex rejects the token, it does not read the rest.
func (s *Service) ListAll(ctx context.Context, people []webex.Person, each func(done int)) ([]Listing, []error) {
	listings, errs := make([]Listing, len(people)), make([]error, len(people))
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var (
		g    errgroup.Group
		mu   sync.Mutex
		done int
	)
	g.SetLimit(peopleAtOnce)
	for n, who := range people {
		g.Go(func() error {
			if ctx.Err() != nil {
				errs[n] = context.Cause(ctx)
			} else if errs[n] = safely(func() (err error) { listings[n], err = s.List(ctx, who); return err }); StopsAll(errs[n]) || errors.Is(errs[n], webex.ErrRateLimited) {
				cancel(errs[n]) // it would also fail all later requests
			}
			mu.Lock()
			defer mu.Unlock()
			if done++; each != nil {
				each(done)
			}
			return nil
		})
	}
	_ = g.Wait()
	return listings, errs
}
