package app

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/wxauth/wxauth/webex"
)

// AppPlan is a plan to revoke one app in a whole organization with a single Webex
// request. The number of tokens and people is not known in advance; the plan lists
// only the holders that an inventory knows.
type AppPlan struct {
	Client webex.ClientID
	Name   webex.Untrusted    // empty if no inventory knows it
	Org    webex.Organization // only its ID if the name cannot be read
	OurOrg bool               // the organization of the person signed in
	// Holders are the lists of the people known to hold the app. Unread are the
	// people whose list could not be read. Both are empty without an inventory.
	Swept   bool // a finished sweep provides the holders
	Holders []Listing
	Unread  []PersonFailure
	// OwnClientUnknown is set when wxauth cannot tell whether this is the app of its
	// own login.
	OwnClientUnknown bool
}

// OrgWords names the organization.
func (p AppPlan) OrgWords() string {
	words := p.Org.ID.String()
	if name := p.Org.DisplayName.String(); name != "" {
		words = name + "  " + words
	}
	if p.OurOrg {
		words += "  (your own)"
	}
	return words
}

// NewAppPlan plans to revoke an app in an organization. An empty org means the
// caller's own. Revoking the client of the current login requires includeSelf.
func (s *Service) NewAppPlan(ctx context.Context, client webex.ClientID, org webex.OrgID, includeSelf bool) (AppPlan, error) {
	p := AppPlan{Client: client, OwnClientUnknown: s.opts.OwnClient == ""}
	if client == s.opts.OwnClient && !includeSelf {
		return p, fmt.Errorf("%w: %s is the app that wxauth is logged in with; to revoke it anyway: --include-self", ErrSelf, client)
	}
	me, err := s.signedIn(ctx)
	if err != nil && org == "" {
		return p, err
	}
	if err == nil && (org == "" || org.UUID() == me.OrgID.UUID()) {
		org, p.OurOrg = me.OrgID, true
	}
	if err := webex.CheckID("organization id", org); err != nil {
		return p, err
	}
	if p.OwnClientUnknown && (p.OurOrg || err != nil) && !includeSelf {
		return p, fmt.Errorf("%w: %s may be the app that this token belongs to; to revoke it anyway: --include-self", ErrSelf, client)
	}
	p.Org = webex.Organization{ID: org}
	if o, err := s.api.Organization(ctx, org); err == nil {
		p.Org = o
		p.Org.ID = org
	}
	return p, nil
}

// row returns the row for the app in results and records. It has no token id.
func (p AppPlan) row() Row {
	return Row{Authorization: webex.Authorization{ClientID: p.Client, ApplicationName: p.Name}}
}

// WithHolders returns the plan with the lists of the known holders of the app.
func (p AppPlan) WithHolders(listings []Listing, unread []PersonFailure) AppPlan {
	p.Unread = unread
	for _, l := range listings {
		if len(p.held(l)) > 0 {
			p.Holders = append(p.Holders, l)
		}
	}
	return p
}

// held returns the rows of a list that belong to the app.
func (p AppPlan) held(l Listing) (out []Row) {
	for _, r := range l.Rows {
		if r.ClientID == p.Client && !r.foreign {
			out = append(out, r)
		}
	}
	return out
}

// Tokens returns the number of tokens known to be revoked.
func (p AppPlan) Tokens() int {
	n := 0
	for _, l := range p.Holders {
		n += len(p.held(l))
	}
	return n
}

// DryRun returns the plan as a result with nothing sent.
func (p AppPlan) DryRun() BatchResult {
	return p.result(ItemResult{Row: p.row(), Outcome: Planned}, nil)
}

// result returns the result of the request as a whole and of each token known
// beforehand.
func (p AppPlan) result(whole ItemResult, listed func(holder int, r Row) (Outcome, error)) BatchResult {
	res := BatchResult{Action: ActionRevokeApp, Several: len(p.Holders) > 0, Failures: p.Unread}
	for n, l := range p.Holders {
		one := Result{Who: l.Who, Person: l.Person}
		for _, r := range p.held(l) {
			i := ItemResult{Row: r, Outcome: whole.Outcome, Err: whole.Err, Sent: whole.Sent}
			if listed != nil {
				i.Outcome, i.Err = listed(n, r)
			}
			one.Items = append(one.Items, i)
		}
		res.Results = append(res.Results, one)
	}
	if len(res.Results) == 0 { // no known holders: report only the request
		res.Results = []Result{{Items: []ItemResult{whole}}}
	}
	return res
}

// Reasons why an accepted request as a whole is reported as unknown.
var (
	errReach = errors.New("accepted; cannot be verified without an inventory of the organization")
	errKnown = errors.New("accepted; it may have revoked tokens of users who are not in the inventory")
)

// RevokeApp sends the app-wide request once, then reloads the lists of the known
// holders. The outcome of the request as a whole is never "revoked", because tokens
// of unknown holders cannot be verified.
func (s *Service) RevokeApp(ctx context.Context, p AppPlan) (BatchResult, error) {
	if err := s.mayRevoke(); err != nil {
		return BatchResult{}, err
	}
	if err := s.Prepare(ctx); err != nil {
		return BatchResult{}, err
	}
	end, err := s.rec.Begin(ctx, p.Expected())
	if err != nil {
		return BatchResult{}, fmt.Errorf("%w: nothing was sent: %w", ErrRecord, err)
	}
	defer end()
	s.running.Add(1)
	defer s.running.Done()
	sh := s.newShared(ctx, ActionRevokeApp)
	sh.org = webex.Untrusted(p.Org.ID)
	whose := webex.Untrusted(p.Org.ID) // everyone in the organization
	intent, err := sh.write(ctx, Record{Person: whose, Row: p.row().Authorization})
	if err != nil {
		return BatchResult{}, fmt.Errorf("%w: nothing was sent: %w", ErrRecord, err)
	}
	grace, cancel := withGrace(ctx, graceTime)
	defer cancel()
	i := ItemResult{Row: p.row(), Outcome: Unknown, Err: errReach, Sent: s.opts.Now(), Audit: []int64{intent}}
	var listed func(int, Row) (Outcome, error)
	switch err := s.api.DeleteClientAuthorizations(webex.WithAnswer(grace, &i.Answer), p.Client, p.Org.ID); {
	case err != nil:
		i.Outcome, i.Err = Failed, err
		var e *webex.Error
		switch {
		case errors.As(err, &e) && e.MayHaveHappened():
			i.Outcome = Unknown
			listed = s.lookAtHolders(ctx, grace, p, err)
		case !errors.As(err, &e) || !e.Sent:
			i.Outcome = NotSent
		}
	case len(p.Holders) > 0:
		i.Err = errKnown
		listed = s.lookAtHolders(ctx, grace, p, nil)
	}
	rec := Record{Person: whose, Row: i.Authorization, Intent: intent, Outcome: i.Outcome}
	rec.Error, rec.Status, rec.TrackingID = told(i.Err, i.Answer)
	if seq, err := sh.write(grace, rec); err == nil {
		i.Audit = append(i.Audit, seq)
	}
	res := p.result(i, listed)
	if listed != nil {
		s.recordHolders(grace, sh, &res)
	}
	return s.sumUp(grace, sh, Batch{Action: ActionRevokeApp, Several: res.Several, Failures: p.Unread}, res.Results), nil
}

// recordHolders records the verified outcome of each token.
func (s *Service) recordHolders(ctx context.Context, sh *shared, res *BatchResult) {
	for n := range res.Results {
		one := &res.Results[n]
		for k := range one.Items {
			i := &one.Items[k]
			rec := Record{Person: Plan{Who: one.Who, Person: one.Person}.person(), Row: i.Authorization, Outcome: i.Outcome}
			rec.Error, rec.Status, rec.TrackingID = told(i.Err, webex.Answer{})
			if seq, err := sh.write(ctx, rec); err == nil {
				i.Audit = []int64{seq}
			}
		}
	}
}

// lookAtHolders reloads the lists of the known holders until no token of the app is
// left or the time for verifying is over. The returned function gives the outcome of
// a token. sent is the error of the request, nil if Webex accepted it.
func (s *Service) lookAtHolders(ctx, grace context.Context, p AppPlan, sent error) func(holder int, r Row) (Outcome, error) {
	open := make([]*holder, len(p.Holders))
	holders := make([]*holder, len(p.Holders))
	for n, l := range p.Holders {
		holders[n] = &holder{who: l.Who, client: p.Client, answer: accepted, proof: s.newProof(grace, l.Who, l.Person, l.Rows)}
		if sent != nil {
			holders[n].answer = ambiguous
		}
		for _, r := range p.held(l) {
			holders[n].proof.concern(r.ID)
		}
		open[n] = holders[n]
	}
	for _, delay := range lookDelays {
		sleep(ctx, delay)
		var g errgroup.Group
		g.SetLimit(peopleAtOnce)
		for _, h := range open {
			g.Go(func() error {
				if err := safely(func() error { h.err = s.lookAt(grace, h); return nil }); err != nil {
					h.err = err
				}
				return nil
			})
		}
		_ = g.Wait()
		open = slices.DeleteFunc(open, func(h *holder) bool { return h.err == nil && h.none() })
		if len(open) == 0 || ctx.Err() != nil {
			break
		}
	}
	return func(n int, r Row) (Outcome, error) { return holders[n].outcome(r, sent) }
}

// holder is a person who held the app, and what the reloaded lists prove.
type holder struct {
	who    webex.Person
	client webex.ClientID
	answer answer // to the request
	proof  *proof
	err    error // why the last list proves nothing
}

func (s *Service) lookAt(ctx context.Context, h *holder) error {
	rows, err := s.api.Authorizations(ctx, h.who)
	if err != nil {
		return err
	}
	return h.proof.take(rows)
}

// none reports whether no token of the app is left.
func (h *holder) none() bool {
	if slices.ContainsFunc(h.proof.rows, func(r webex.Authorization) bool { return r.ClientID == h.client }) {
		return false
	}
	return !slices.ContainsFunc(h.proof.before, func(r Row) bool {
		return r.ClientID == h.client && !h.proof.gone(r.ID, h.answer)
	})
}

// outcome returns the outcome of one of the holder's tokens. A token without an id,
// or with a duplicate id, cannot be told from others: it counts as gone only when
// the list has no token of the app.
func (h *holder) outcome(r Row, sent error) (Outcome, error) {
	alike := r.ID == "" || r.ambiguous
	switch {
	case h.err != nil:
		return Unknown, fmt.Errorf("could not read the list: %w", h.err)
	case h.none(), !alike && h.proof.gone(r.ID, h.answer):
		return Revoked, nil
	case alike:
		return Unknown, errors.New("other tokens of the app are still listed, and wxauth cannot tell them apart")
	case !h.proof.shows(r.ID):
		return Unknown, errUnproven
	case sent != nil:
		return Unknown, fmt.Errorf("still listed, and the request got no answer: %w", sent)
	}
	return StillListed, errors.New("accepted, but still listed at the last check: it may still be valid")
}
