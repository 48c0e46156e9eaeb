// Package app holds the use cases that the screen and the subcommands share: see
// what a person authorized, plan what to end, end it, and prove afterwards what is
// gone. Whoever calls it only shows things and asks questions, so the two faces
// cannot disagree about an outcome.
//
// A revoke goes through fixed steps:
//
//	List → NewPlan → (the caller confirms) → Revoke: intent → DELETE → verify → outcome
//
// Nothing is called done before the list no longer shows it, and a request without
// an answer is neither done nor failed until the list has been asked.
//
//	svc := app.New(client, app.NewLogRecorder(log), app.Options{})
//	l, err := svc.List(ctx, who)
//	plan, err := svc.NewPlan(ctx, l, []webex.AuthorizationID{l.Rows[0].ID}, app.PlanOptions{})
//	// … the person answers plan.Confirmation() …
//	result, err := svc.Revoke(ctx, plan, nil)
//
// [Service] does that; begin with list.go, plan.go and revoke.go. [Batch] is several
// people at once, [AppPlan] one app of an organization. [Account] is a profile's
// login, [Orgs] the organizations of its Service App, [Inventories] the sweeps. What
// they need of Webex and of the disk are interfaces: [API], [Recorder], [Vault],
// [SweepStore].
package app

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wxauth/wxauth/webex"
)

// API is what the use cases need of Webex. *webex.Client is one.
type API interface {
	Authorizations(context.Context, webex.Person) ([]webex.Authorization, error)
	DeleteAuthorization(context.Context, webex.AuthorizationID) error
	DeleteClientAuthorizations(context.Context, webex.ClientID, webex.OrgID) error
	TokenExpiry(context.Context) (time.Time, error)
	Me(context.Context) (webex.PersonDetails, error)
	Person(context.Context, webex.PersonID) (webex.PersonDetails, error)
	People(context.Context, webex.PeopleQuery) iter.Seq2[webex.PersonDetails, error]
	Organization(context.Context, webex.OrgID) (webex.Organization, error)
	PausedUntil() time.Time
}

// Options are what a [Service] goes by.
type Options struct {
	Policy webex.Policy
	// OwnClient is the client that we are logged in with; empty when not known, as
	// with a token from the environment.
	OwnClient webex.ClientID
	ReadOnly  bool
	// Scopes are what the login was granted; nil when that is not known.
	Scopes []string
	// Org is a partner's customer whose people are looked up; empty for our own.
	Org webex.OrgID
	Now func() time.Time // time.Now if nil
}

// Service carries the use cases out. It is safe for use by many goroutines.
type Service struct {
	api     API
	rec     Recorder
	opts    Options
	running sync.WaitGroup
	last    atomic.Pointer[BatchResult]

	me chan *webex.PersonDetails // holds who is signed in, nil until it was asked
}

// New returns a service that writes each attempt to rec before it is made.
func New(api API, rec Recorder, opts Options) *Service {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	s := &Service{api: api, rec: rec, opts: opts, me: make(chan *webex.PersonDetails, 1)}
	s.me <- nil
	return s
}

// ReadOnly reports whether revoking is refused.
func (s *Service) ReadOnly() bool { return s.opts.ReadOnly }

// LacksScope names the scope without which Webex refuses every revoke, where the login is
// known not to have it; empty otherwise.
func (s *Service) LacksScope() string {
	if len(s.opts.Scopes) > 0 && !slices.Contains(s.opts.Scopes, webex.ScopeTokensWrite) {
		return webex.ScopeTokensWrite
	}
	return ""
}

// mayRevoke refuses what would be refused anyway, before anything is sent.
func (s *Service) mayRevoke() error {
	if s.opts.ReadOnly {
		return fmt.Errorf("revoke: %w: nothing was sent", webex.ErrReadOnly)
	}
	if scope := s.LacksScope(); scope != "" {
		return fmt.Errorf("revoke: %w: the login lacks the scope %s; nothing was sent. Enable it on the integration, then log in again", webex.ErrForbidden, scope)
	}
	return nil
}

// PausedUntil returns when a pause ends that Webex asked for, zero if there is none.
func (s *Service) PausedUntil() time.Time { return s.api.PausedUntil() }

// Last returns the result of the revoke that ended last, for a caller who left the
// screen that would have shown it.
func (s *Service) Last() (BatchResult, bool) {
	if r := s.last.Load(); r != nil {
		return *r, true
	}
	return BatchResult{}, false
}

// Wait waits until no revoke is under way, for d at most, and reports whether all
// ended. Bubble Tea leaves its commands behind when it quits: call this after.
func (s *Service) Wait(d time.Duration) bool {
	done := make(chan struct{})
	go func() { s.running.Wait(); close(done) }()
	select {
	case <-done:
		return true
	case <-time.After(d):
		return false
	}
}

// signedIn returns the person that the token belongs to, asked once. Others wait
// for the answer as long as their own context allows.
func (s *Service) signedIn(ctx context.Context) (webex.PersonDetails, error) {
	var me *webex.PersonDetails
	select {
	case me = <-s.me:
		defer func() { s.me <- me }()
	case <-ctx.Done():
		return webex.PersonDetails{}, ctx.Err()
	}
	if me != nil {
		return *me, nil
	}
	p, err := s.api.Me(ctx)
	if err != nil {
		return webex.PersonDetails{}, err
	}
	if p.ID == "" && p.Email() == "" {
		return webex.PersonDetails{}, fmt.Errorf("read your own person: %w: the reply contains no person", webex.ErrServer)
	}
	me = &p
	return p, nil
}

// AskAhead begins to ask who is signed in, which every revoke has to know, while
// something else is read. What it fails with is told to whoever needs the answer.
func (s *Service) AskAhead(ctx context.Context) {
	go func() { _ = safely(func() error { _, err := s.signedIn(ctx); return err }) }()
}

// knownSelf returns who is signed in if that was asked already; it never waits.
func (s *Service) knownSelf() (webex.PersonDetails, bool) {
	select {
	case me := <-s.me:
		s.me <- me
		if me != nil {
			return *me, true
		}
	default: // it is being asked
	}
	return webex.PersonDetails{}, false
}

// Session is who is signed in, and what Webex will let them do as far as that can
// be told beforehand.
type Session struct {
	Person  webex.PersonDetails
	Org     webex.Organization // only its ID when the name cannot be read
	Expires time.Time          // of the token in use; zero when not known
	Role    string             // "Full Admin"; empty when not known
	// MayRevoke says whether the role allows to list and end tokens of others.
	MayRevoke webex.Tristate
}

// Session asks who is signed in. Only an answer to that counts as an error; the
// organization's name and the token's expiry are left out where Webex refuses them.
func (s *Service) Session(ctx context.Context) (Session, error) {
	me, err := s.signedIn(ctx)
	if err != nil {
		return Session{}, err
	}
	out := Session{Person: me, Org: webex.Organization{ID: me.OrgID}}
	out.Role, out.MayRevoke = role(me)
	var wg sync.WaitGroup
	wg.Go(func() { // what cannot be had is left out
		_ = safely(func() error {
			o, err := s.api.Organization(ctx, me.OrgID)
			if err == nil {
				out.Org = o
			}
			return err
		})
	})
	wg.Go(func() {
		_ = safely(func() error {
			t, err := s.api.TokenExpiry(ctx)
			if err == nil {
				out.Expires = t
			}
			return err
		})
	})
	wg.Wait()
	return out, nil
}

// role names the strongest role. Roles with ids that nobody published, such as a
// partner's, leave the answer open.
func role(p webex.PersonDetails) (string, webex.Tristate) {
	var names []string
	may, unknown := false, false
	for _, id := range p.Roles {
		name, mayRevoke, known := roleName(id)
		if !known {
			unknown = true
			continue
		}
		may = may || mayRevoke
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return roleRank(a) - roleRank(b) })
	label := strings.Join(names, ", ")
	switch {
	case may:
		return label, webex.Yes
	case len(names) > 0 && !unknown:
		return label, webex.No
	}
	return label, webex.Unknown
}

func roleRank(name string) int {
	return slices.Index([]string{"Full Admin", "User Admin", "Device Admin", "Read-only Admin"}, name)
}

// maxFound is how many people a search shows: more is no answer to a name.
const maxFound = 20

// FindPeople looks people up for a picker: a whole address finds its owner, other
// text everybody whose name begins with it (Webex searches from the first letter).
func (s *Service) FindPeople(ctx context.Context, text string) ([]webex.PersonDetails, error) {
	text = strings.TrimSpace(text)
	q := webex.PeopleQuery{DisplayName: text, Max: maxFound, OrgID: s.opts.Org}
	if strings.Contains(text, "@") {
		if webex.CheckEmail(text) != nil {
			return nil, nil // not typed to its end yet
		}
		q = webex.PeopleQuery{Email: text, Max: maxFound, OrgID: s.opts.Org}
	}
	var found []webex.PersonDetails
	for p, err := range s.api.People(ctx, q) {
		if err != nil {
			return nil, err
		}
		found = append(found, p)
		if len(found) == maxFound {
			break
		}
	}
	return found, nil
}

// Prepare makes sure that the record can be written, so that whoever would be asked
// for nothing is told before.
func (s *Service) Prepare(ctx context.Context) error {
	if err := s.rec.Prepare(ctx); err != nil {
		return fmt.Errorf("%w: nothing was sent: %w", ErrRecord, err)
	}
	return nil
}

// Records returns the newest n records, oldest first, and how many there are.
func (s *Service) Records(ctx context.Context, n int) ([]Record, int, error) {
	return s.rec.Records(ctx, n)
}

// Settle returns the intents of processes that died before their outcome was known,
// each once: what was sent then may have happened.
func (s *Service) Settle(ctx context.Context) ([]Record, error) { return s.rec.Settle(ctx) }
