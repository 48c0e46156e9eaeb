package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/webex"
)

// listPeople lists the people to read. An unfinished sweep lists them again to
// include new people; those who left are detected when they are read.
func (s *sweep) listPeople(ctx context.Context) {
	s.mu.Lock()
	s.stage = SweepListing
	s.mu.Unlock()
	s.tell(true)
	var err error
	if s.o.People != nil {
		err = s.addNamed(ctx)
	} else {
		err = s.pageThrough(ctx)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err != nil && ctx.Err() != nil:
		s.stop(context.Cause(ctx))
	case err != nil:
		// The people listed so far can still be read, and the next run continues.
		s.stopped = fmt.Errorf("the list of people stopped after %d: %w", s.inv.People(), err)
		if s.inv.People() == 0 || StopsAll(err) || errors.Is(err, webex.ErrRateLimited) || !fromWebex(err) {
			s.stopped = err
			s.cancel(err)
		}
	case !s.inv.Listed:
		if err := s.journal.Append(s.w.Listed()); err != nil {
			s.stop(err)
		}
	}
}

// fromWebex reports whether an error is from a request to Webex rather than a local
// one.
func fromWebex(err error) bool {
	var e *webex.Error
	return errors.As(err, &e) || errors.Is(err, webex.ErrServer)
}

// addNamed adds the people whom the user named.
func (s *sweep) addNamed(ctx context.Context) error {
	for _, who := range s.o.People {
		p := inventory.Person{ID: who.ID(), Email: webex.Untrusted(who.Email())}
		if who.IsMe() {
			me, err := s.i.svc.signedIn(ctx)
			if err != nil {
				return err
			}
			p = inventory.Person{ID: me.ID, Email: me.Email(), Name: me.DisplayName}
		}
		if err := s.add(p); err != nil {
			return err
		}
	}
	return nil
}

// largestPage is the maximum page size of Webex.
const largestPage = 1000

func (s *sweep) pageThrough(ctx context.Context) error {
	q := webex.PeopleQuery{Max: largestPage}
	org, err := s.org(ctx)
	if err != nil {
		return err
	}
	if !s.o.OurOrg {
		q.OrgID = org
	}
	switch {
	case strings.Contains(s.o.Query, "@"):
		q.Email = s.o.Query
	case s.o.Query != "":
		q.DisplayName = s.o.Query
	}
	begun := time.Now()
	for p, err := range s.i.paced.People(ctx, q) {
		if err != nil {
			return s.explainPeople(err)
		}
		s.mu.Lock()
		if s.calls == 0 {
			s.calls, s.peopleIn = 1, time.Since(begun)
		}
		s.mu.Unlock()
		if p.ID == "" && p.Email() == "" {
			return fmt.Errorf("list people: %w: one of them has neither an id nor an address, so their authorizations cannot be read", webex.ErrServer)
		}
		if err := belongs(p, org, !s.o.OurOrg); err != nil {
			return fmt.Errorf("list people: %w", err)
		}
		if err := s.add(inventory.Person{ID: p.ID, Email: p.Email(), Name: p.DisplayName}); err != nil {
			return err
		}
		s.tell(false)
	}
	switch {
	case s.inv.People() > 0:
		return nil
	case s.o.Query != "":
		return fmt.Errorf("%w: no name starts with %s, and nobody has it as email address", ErrPersonNotFound, webex.Quote(s.o.Query))
	}
	return fmt.Errorf("list people: %w: the list is empty, which is not possible: check --org", webex.ErrServer)
}

// org returns the organization being swept.
func (s *sweep) org(ctx context.Context) (webex.OrgID, error) {
	if !s.o.OurOrg {
		return s.o.Scope.Org, nil
	}
	me, err := s.i.svc.signedIn(ctx)
	return me.OrgID, err
}

// belongs returns an error if a person is known to belong to another organization
// than the requested one. It compares nothing if either is unknown, unless named is
// set: the request named the organization, so Webex must confirm whose people it
// returned.
func belongs(p webex.PersonDetails, org webex.OrgID, named bool) error {
	if org == "" || p.OrgID == "" && !named || p.OrgID.UUID() == org.UUID() {
		return nil
	}
	who := p.Email().String()
	if who == "" {
		who = p.ID.String()
	}
	if p.OrgID == "" {
		return fmt.Errorf("%w: asked for people of the organization %s, but Webex does not say to which one %s belongs", webex.ErrServer, org.UUID(), who)
	}
	return fmt.Errorf("%w: asked for people of the organization %s, but %s belongs to %s", webex.ErrServer, org.UUID(), who, p.OrgID.UUID())
}

// explainPeople adds which role or scope is missing.
func (s *sweep) explainPeople(err error) error {
	var e *webex.Error
	if !errors.As(err, &e) {
		return err
	}
	switch {
	case errors.Is(err, webex.ErrForbidden):
		e.Hint = "listing all people of an organization requires the scope spark-admin:people_read; without it, use --users-from FILE"
	case errors.Is(err, webex.ErrInvalidInput) && e.Status == 400 && s.o.Query == "":
		// Webex's response for users who are not administrators.
		e.Err = fmt.Errorf("%w: this token does not belong to an administrator", webex.ErrForbidden)
		e.Hint = "listing all people requires the Full, User or Device Admin role and the scope spark-admin:people_read"
	}
	return err
}

func (s *sweep) add(p inventory.Person) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k := knownKey(p); s.known[k] {
		return nil // duplicate across or within pages
	} else {
		s.known[k] = true
	}
	_, part := s.w.Person(p)
	return s.journal.Append(part)
}
