package app

import (
	"errors"
	"fmt"
	"strings"

	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/webex"
)

// Tally returns a one-line result of a batch: how many tokens are gone, what is not,
// and whether running the same command again continues.
func (r BatchResult) Tally() string {
	counts, all, users := r.Counts(), 0, map[string]bool{}
	for o, n := range counts {
		if o != Kept && o != Planned {
			all += n
		}
	}
	for _, one := range r.Results {
		if len(one.Items) > 0 {
			users[one.Who.String()] = true
		}
	}
	gone := counts[Revoked] + counts[Cascaded] + counts[AlreadyGone]
	s := fmt.Sprintf("%d of %s gone", gone, english.Count(all, "token"))
	if len(users) > 1 {
		s += fmt.Sprintf(", of %s", english.Count(len(users), "user"))
	}
	var rest []string
	for _, o := range []Outcome{StillListed, Unknown, Failed, NotSent, Kept} {
		if counts[o] > 0 {
			rest = append(rest, fmt.Sprintf("%d %s", counts[o], o.Words()))
		}
	}
	if len(rest) > 0 {
		s += "; " + strings.Join(rest, ", ")
	}
	if counts[NotSent] > 0 && r.Stopped != nil && !errors.Is(r.Stopped, ErrLoginChanged) { // it would continue as another person
		first := ""
		if errors.Is(r.Stopped, webex.ErrNotLoggedIn) {
			first = "log in and "
		}
		s += ". To continue, " + first + "run the same command again"
	}
	return s
}
