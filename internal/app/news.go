package app

import (
	"time"

	"github.com/wxauth/wxauth/webex"
)

// News is the difference between two listings.
type News struct {
	Since, Until   time.Time
	Added, Removed []Row
}

// Compare returns the tokens that are in only one of two lists of a person.
func Compare(before, after Listing) News {
	return News{Since: before.ReadAt, Until: after.ReadAt, Added: missingIn(after, before), Removed: missingIn(before, after)}
}

// missingIn returns the rows of l that are not in other. Rows without an id are
// compared by all their fields.
func missingIn(l, other Listing) (out []Row) {
	ids, rows := map[webex.AuthorizationID]bool{}, map[webex.Authorization]bool{}
	for _, r := range other.Rows {
		ids[r.ID], rows[r.Authorization] = true, true
	}
	for _, r := range l.Rows {
		if r.ID != "" && !ids[r.ID] || r.ID == "" && !rows[r.Authorization] {
			out = append(out, r)
		}
	}
	return out
}
