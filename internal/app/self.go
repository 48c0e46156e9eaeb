package app

import (
	"context"

	"github.com/wxauth/wxauth/webex"
)

// listOfOurs reports whether a list belongs to the person signed in. If no row names
// its person and the address is not one of theirs, it may be an alias, so listOfOurs
// asks Webex. Unknown means that the list may be theirs.
func (s *Service) listOfOurs(ctx context.Context, l Listing, me webex.PersonDetails) webex.Tristate {
	switch {
	case isSelf(l, me):
		return webex.Yes
	case l.Person.ID != "" || len(l.Rows) == 0 || l.Who.Email() == "":
		return webex.No
	}
	switch p, err := s.Describe(ctx, l.Who); {
	case err != nil || p.ID == "" || me.ID == "":
		return webex.Unknown
	case p.ID.Same(me.ID):
		return webex.Yes
	}
	return webex.No
}
