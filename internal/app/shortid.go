package app

import (
	"errors"
	"fmt"
	"strings"

	"github.com/wxauth/wxauth/webex"
)

// ErrAmbiguousID means that the beginning of an id fits several authorizations.
var ErrAmbiguousID = errors.New("several authorizations begin like this")

// ShortIDs returns a function that shortens the ids of a list: to the first eight characters of
// the UUID, or to as many as tell all of them apart.
func ShortIDs(rows []Row) func(webex.AuthorizationID) string {
	n := webex.ShortestID
	for seen := map[string]string{}; n < 36; n++ {
		clear(seen)
		alike := false
		for _, r := range rows {
			uuid := r.ID.UUID()
			if len(uuid) != 36 {
				continue
			}
			was, ok := seen[uuid[:n]]
			alike = alike || ok && was != uuid
			seen[uuid[:n]] = uuid
		}
		if !alike {
			break
		}
	}
	return func(id webex.AuthorizationID) string {
		if uuid := id.UUID(); len(uuid) == 36 {
			return uuid[:n]
		}
		return id.String()
	}
}

// findID returns the row that text names: by its whole id, its UUID, or the beginning of its
// UUID. If several fit, the error matches [ErrAmbiguousID] and names them; if none fits, ok is
// false.
func findID(rows []Row, text webex.AuthorizationID) (row Row, ok bool, err error) {
	var fit []Row
	for _, r := range rows {
		if r.ID.NamedBy(string(text)) {
			fit = append(fit, r)
		}
	}
	switch len(fit) {
	case 0:
		return Row{}, false, nil
	case 1:
		return fit[0], true, nil
	}
	return Row{}, false, AmbiguousID(text, fit)
}

// AmbiguousID returns an error that names the authorizations that text fits.
func AmbiguousID(text webex.AuthorizationID, fit []Row) error {
	var names []string
	for _, r := range fit[:min(len(fit), 5)] {
		names = append(names, r.ID.UUID()+" ("+ShortName(r.Authorization)+" "+r.Type.String()+")")
	}
	more := ""
	if len(fit) > len(names) {
		more = fmt.Sprintf(" and %d more", len(fit)-len(names))
	}
	return fmt.Errorf("%w: %s fits %s%s; nothing was sent", ErrAmbiguousID, text, strings.Join(names, ", "), more)
}
