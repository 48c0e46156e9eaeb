package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/wxauth/wxauth/webex"
)

// AppPlan is one app that ends in a whole organization, by Webex's own request. How
// many tokens and people that concerns, nobody can tell beforehand.
type AppPlan struct {
	Client webex.ClientID
	Org    webex.Organization // only its ID when the name cannot be read
	OurOrg bool               // it is that of the person signed in
	// OwnClientUnknown says that whether the app is the one that we are signed in with
	// cannot be told.
	OwnClientUnknown bool
}

// OrgWords names the organization.
func (p AppPlan) OrgWords() string {
	words := p.Org.ID.String()
	if name := p.Org.DisplayName.String(); name != "" {
		words = name + "  " + words
	}
	if p.OurOrg {
		words += "  (our own)"
	}
	return words
}

// NewAppPlan plans to end an app in an organization; the empty one is our own, and is
// found out. Our own client is refused unless includeSelf is set.
func (s *Service) NewAppPlan(ctx context.Context, client webex.ClientID, org webex.OrgID, includeSelf bool) (AppPlan, error) {
	p := AppPlan{Client: client, OwnClientUnknown: s.opts.OwnClient == ""}
	if client == s.opts.OwnClient && !includeSelf {
		return p, fmt.Errorf("%w: %s is the app that wxauth itself is signed in with; --include-self revokes it all the same", ErrSelf, client)
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
		return p, fmt.Errorf("%w: whether %s is the app that this token belongs to is not known; --include-self revokes it all the same", ErrSelf, client)
	}
	p.Org = webex.Organization{ID: org}
	if o, err := s.api.Organization(ctx, org); err == nil {
		p.Org = o
		p.Org.ID = org
	}
	return p, nil
}

// row is what stands in results and records for the app: it has no token id.
func (p AppPlan) row() Row {
	return Row{Authorization: webex.Authorization{ClientID: p.Client}}
}

// DryRun returns the plan in the shape of a result, with nothing sent.
func (p AppPlan) DryRun() BatchResult { return p.result(ItemResult{Row: p.row(), Outcome: Planned}) }

func (p AppPlan) result(i ItemResult) BatchResult {
	return BatchResult{Action: ActionRevokeApp, Results: []Result{{Items: []ItemResult{i}}}}
}

// errReach says why an accepted request counts as unknown.
var errReach = errors.New("accepted; what it reached cannot be read back without an inventory of the organization")

// RevokeApp sends the app-wide request, once. Its outcome is never "revoked": nothing
// here can read back whether it is so.
func (s *Service) RevokeApp(ctx context.Context, p AppPlan) (BatchResult, error) {
	if s.opts.ReadOnly {
		return BatchResult{}, fmt.Errorf("revoke: %w: nothing was sent", webex.ErrReadOnly)
	}
	if err := s.Prepare(ctx); err != nil {
		return BatchResult{}, err
	}
	end, err := s.rec.Begin(ctx)
	if err != nil {
		return BatchResult{}, fmt.Errorf("%w: nothing was sent: %w", ErrRecord, err)
	}
	defer end()
	sh := s.newShared(ctx, ActionRevokeApp)
	sh.org = webex.Untrusted(p.Org.ID)
	whose := webex.Untrusted(p.Org.ID) // everybody in it
	intent, err := sh.write(ctx, Record{Person: whose, Row: p.row().Authorization})
	if err != nil {
		return BatchResult{}, fmt.Errorf("%w: nothing was sent: %w", ErrRecord, err)
	}
	grace, cancel := withGrace(ctx, graceTime)
	defer cancel()
	i := ItemResult{Row: p.row(), Outcome: Unknown, Err: errReach, Sent: s.opts.Now(), Audit: []int64{intent}}
	if err := s.api.DeleteClientAuthorizations(grace, p.Client, p.Org.ID); err != nil {
		i.Outcome, i.Err = Failed, err
		var e *webex.Error
		switch {
		case errors.As(err, &e) && e.MayHaveHappened():
			i.Outcome = Unknown
		case !errors.As(err, &e) || !e.Sent:
			i.Outcome = NotSent
		}
	}
	rec := Record{Person: whose, Row: i.Authorization, Intent: intent, Outcome: i.Outcome}
	rec.Error, rec.Status, rec.TrackingID = told(i.Err)
	if seq, err := sh.write(grace, rec); err == nil {
		i.Audit = append(i.Audit, seq)
	}
	res := p.result(i)
	return s.sumUp(grace, sh, Batch{Action: ActionRevokeApp}, res.Results), nil
}
