// Package app implements the use cases shared by the screen and the subcommands:
// list what a person authorized, plan a revoke, execute it, and verify the result.
// Callers only display results and ask questions, so that the screen and the command
// line report the same outcomes.
//
// A revoke has these steps:
//
//	List → NewPlan → (the caller confirms) → Revoke: intent → DELETE → verify → outcome
//
// A token counts as revoked only when the list no longer shows it. After a request
// without a response, the list decides whether it succeeded.
//
//	svc := app.New(client, app.NewLogRecorder(log), app.Options{})
//	l, err := svc.List(ctx, who)
//	plan, err := svc.NewPlan(ctx, l, []webex.AuthorizationID{l.Rows[0].ID}, app.PlanOptions{})
//	// … the person answers plan.Confirmation() …
//	result, err := svc.Revoke(ctx, plan, nil)
//
// [Service] implements these steps; start with list.go, plan.go and revoke.go.
// [Batch] revokes tokens of several people, [AppPlan] one app in an organization.
// [Account] is the login of a profile, [Orgs] the organizations of its Service App,
// [Inventories] the sweeps. The interfaces [API], [Recorder], [Vault] and
// [SweepStore] are what they need from Webex and the disk.
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

// API is the part of Webex that the use cases need. *webex.Client implements it.
type API interface {
	Authorizations(context.Context, webex.Person) ([]webex.Authorization, error)
	DeleteAuthorization(context.Context, webex.AuthorizationID) error
	DeleteClientAuthorizations(context.Context, webex.ClientID, webex.OrgID) error
	TokenExpiry(context.Context) (time.Time, error)
	Me(context.Context) (webex.PersonDetails, error)
	Person(context.Context, webex.PersonID) (webex.PersonDetails, error)
	People(context.Context, webex.PeopleQuery) iter.Seq2[webex.PersonDetails, error]
	Organization(context.Context, webex.OrgID) (webex.Organization, error)
	AdminAuditEvents(context.Context, webex.AdminAuditQuery) iter.Seq2[webex.AdminAuditEvent, error]
	PausedUntil() time.Time
}

// Options configure a [Service].
type Options struct {
	Policy webex.Policy
	// OwnClient is the client of the current login; empty if not known, for example
	// with a token from the environment.
	OwnClient webex.ClientID
	// OwnSince is when the lifetime of the current login's refresh token started, by Webex's clock; zero
	// if not known.
	OwnSince time.Time
	ReadOnly bool
	// Scopes are the scopes granted to the login; nil if not known.
	Scopes []string
	// Org is the customer organization (for partners) in which people are looked up;
	// empty for the caller's own.
	Org webex.OrgID
	Now func() time.Time // time.Now if nil
}

// Service implements the use cases. It is safe for concurrent use.
type Service struct {
	api     API
	rec     Recorder
	opts    Options
	running sync.WaitGroup
	last    atomic.Pointer[BatchResult]

	me chan *webex.PersonDetails // holds the person signed in; nil until the first lookup
}

// New returns a service that records each attempt in rec before sending it.
func New(api API, rec Recorder, opts Options) *Service {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	s := &Service{api: api, rec: rec, opts: opts, me: make(chan *webex.PersonDetails, 1)}
	s.me <- nil
	return s
}

// ReadOnly reports whether the service rejects every revoke.
func (s *Service) ReadOnly() bool { return s.opts.ReadOnly }

// LacksScope returns the scope that revoking requires if the login is known to lack
// it; otherwise "".
func (s *Service) LacksScope() string {
	if len(s.opts.Scopes) > 0 && !slices.Contains(s.opts.Scopes, webex.ScopeTokensWrite) {
		return webex.ScopeTokensWrite
	}
	return ""
}

// mayRevoke returns an error if a revoke is certain to be rejected.
func (s *Service) mayRevoke() error {
	if s.opts.ReadOnly {
		return fmt.Errorf("revoke: %w: nothing was sent", webex.ErrReadOnly)
	}
	if scope := s.LacksScope(); scope != "" {
		return fmt.Errorf("revoke: %w: the login lacks the scope %s; nothing was sent. Enable it on the integration, then log in again", webex.ErrForbidden, scope)
	}
	return nil
}

// PausedUntil returns when the current rate limit pause ends, or zero if there is
// none.
func (s *Service) PausedUntil() time.Time { return s.api.PausedUntil() }

// Last returns the result of the last finished revoke, for a caller that left the
// screen before it finished.
func (s *Service) Last() (BatchResult, bool) {
	if r := s.last.Load(); r != nil {
		return *r, true
	}
	return BatchResult{}, false
}

// Wait waits at most d for running revokes to finish, and reports whether all did.
// Bubble Tea does not wait for its commands when it quits, so call Wait after it.
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

// signedIn returns the person that the token belongs to. Only the first call asks
// Webex; concurrent callers wait for its answer until their own context is done.
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

// AskAhead starts looking up who is signed in, which every revoke needs, while the
// caller does other work. An error is returned to whoever needs the answer later.
func (s *Service) AskAhead(ctx context.Context) {
	go func() { _ = safely(func() error { _, err := s.signedIn(ctx); return err }) }()
}

// knownSelf returns who is signed in if that is already known. It never blocks.
func (s *Service) knownSelf() (webex.PersonDetails, bool) {
	select {
	case me := <-s.me:
		s.me <- me
		if me != nil {
			return *me, true
		}
	default: // the lookup is running
	}
	return webex.PersonDetails{}, false
}

// Session is who is signed in and, as far as known in advance, what their role
// allows.
type Session struct {
	Person  webex.PersonDetails
	Org     webex.Organization // only its ID if the name cannot be read
	Expires time.Time          // expiry of the token in use; zero if not known
	Role    string             // "Full Admin"; empty if not known
	// MayRevoke tells whether the role can list and revoke tokens of other people.
	MayRevoke webex.Tristate
}

// Session looks up who is signed in. It fails only if that lookup fails; if Webex
// rejects the request for the organization's name or the token's expiry, Session
// leaves it out.
func (s *Service) Session(ctx context.Context) (Session, error) {
	me, err := s.signedIn(ctx)
	if err != nil {
		return Session{}, err
	}
	out := Session{Person: me, Org: webex.Organization{ID: me.OrgID}}
	out.Role, out.MayRevoke = role(me)
	var wg sync.WaitGroup
	wg.Go(func() { // optional: leave it out on error
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

// role returns the strongest role. For roles with unpublished ids, such as a
// partner's, the result is unknown.
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

// maxFound is the maximum number of people that a search returns.
const maxFound = 20

// FindPeople searches people for a picker. A complete address finds its owner; other
// text finds everyone whose name starts with it (Webex matches prefixes only).
func (s *Service) FindPeople(ctx context.Context, text string) ([]webex.PersonDetails, error) {
	text = strings.TrimSpace(text)
	q := webex.PeopleQuery{DisplayName: text, Max: maxFound, OrgID: s.opts.Org}
	if strings.Contains(text, "@") {
		if webex.CheckEmail(text) != nil {
			return nil, nil // incomplete address
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

// Prepare verifies that the audit log can be written. Call it before asking the user
// for confirmation.
func (s *Service) Prepare(ctx context.Context) error {
	if err := s.rec.Prepare(ctx); err != nil {
		return fmt.Errorf("%w: nothing was sent: %w", ErrRecord, err)
	}
	return nil
}

// Records returns the newest n records, oldest first, and the total number of
// records.
func (s *Service) Records(ctx context.Context, n int) ([]Record, int, error) {
	return s.rec.Records(ctx, n)
}

// Settle returns, once each, the intents of processes that died before recording the
// outcome. Their requests may have been sent.
func (s *Service) Settle(ctx context.Context) ([]Record, error) { return s.rec.Settle(ctx) }
