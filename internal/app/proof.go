package app

import (
	"fmt"
	"time"

	"github.com/wxauth/wxauth/webex"
)

// proof evaluates the lists of one person that are reloaded after a revoke, and
// decides which tokens they prove to be gone. It compares tokens and people by the
// UUID in their ids, because Webex has more than one encoding of an id.
//
// Only a valid list proves anything (see [proof.invalidReason]). A list is complete
// if it shows every previously listed token that this run does not revoke. A token
// missing from a complete list is gone if Webex accepted the revoke (2xx) or does
// not know the token (404).
//
// If it is unknown whether Webex received the revoke, one complete list is enough
// only if there were such other tokens. Otherwise a second valid list, at least
// [agreePause] later, must agree, and Webex must still know the person. Such a
// second list is also enough if Webex accepted the revoke but the lists lack other
// tokens, which may have expired or been revoked by someone else.
type proof struct {
	owner     webex.PersonID  // owner of the list; empty if not known
	before    []Row           // rows listed before the revoke
	concerned map[string]bool // tokens being revoked, directly or along with another
	exists    question[webex.Tristate]

	rows   []webex.Authorization // rows of the last valid list
	now    map[string]bool       // tokens in it; nil before the first valid list
	last   map[string]bool       // tokens in the valid list before it, or in either of them
	lastAt time.Time
	// left are the tokens not proven to be gone, by the answer to their revoke;
	// empty while nothing is proven.
	left map[answer]map[string]bool
}

// agreePause is the minimum time between two lists that confirm each other.
const agreePause = 400 * time.Millisecond

// concern adds tokens that a revoke affects.
func (p *proof) concern(ids ...webex.AuthorizationID) {
	if p.concerned == nil {
		p.concerned = map[string]bool{}
	}
	for _, id := range ids {
		p.concerned[id.UUID()] = true
	}
}

// gone reports whether a token is proven to be gone, given the answer to its revoke.
func (p *proof) gone(id webex.AuthorizationID, a answer) bool {
	left := p.left[a]
	return left != nil && !left[id.UUID()]
}

// shows reports whether the last valid list shows a token.
func (p *proof) shows(id webex.AuthorizationID) bool { return p.now[id.UUID()] }

// take evaluates another list. It returns an error if the list proves nothing.
func (p *proof) take(rows []webex.Authorization) error {
	now := make(map[string]bool, len(rows))
	for i := range rows {
		now[rows[i].ID.UUID()] = true
	}
	if err := p.invalidReason(rows, now); err != nil {
		return err
	}
	p.rows, p.now = rows, now
	agreed := map[string]bool{}
	switch {
	case p.last == nil:
		p.last, p.lastAt, agreed = now, time.Now(), nil
	case time.Since(p.lastAt) < agreePause:
		p.last, agreed = both(p.last, now), nil
	default:
		agreed, p.last, p.lastAt = both(p.last, now), now, time.Now()
	}
	others, missing := p.others(now)
	if p.left == nil {
		p.left = map[answer]map[string]bool{}
	}
	weigh := func(a answer, once, twice bool) {
		switch {
		case once:
			p.left[a] = now
		case twice && agreed != nil && p.exists.answer() == webex.Yes:
			p.left[a] = agreed
		case p.left[a] != nil:
			p.left[a] = both(p.left[a], now)
		}
	}
	weigh(accepted, missing == 0, true)
	weigh(notFound, missing == 0, false)
	weigh(ambiguous, missing == 0 && others > 0, missing == 0)
	return nil
}

func both(a, b map[string]bool) map[string]bool {
	out := make(map[string]bool, len(a)+len(b))
	for id := range a {
		out[id] = true
	}
	for id := range b {
		out[id] = true
	}
	return out
}

// others returns the number of previously listed tokens that this run does not
// revoke, and how many of them are missing from a list.
func (p *proof) others(now map[string]bool) (all, missing int) {
	for i := range p.before {
		if id := p.before[i].ID.UUID(); !p.concerned[id] {
			all++
			missing += btoi(!now[id])
		}
	}
	return all, missing
}

// alone reports whether all previously listed tokens are being revoked.
func (p *proof) alone() bool {
	all, _ := p.others(nil)
	return all == 0
}

// looks are the fields of a token without its id, for comparison.
type looks struct {
	client  webex.ClientID
	kind    webex.Type
	created time.Time
}

func looksOf(a *webex.Authorization) looks { return looks{a.ClientID, a.Type, a.Created} }

// invalidReason returns why a list proves nothing, or nil if it is valid. A list is
// invalid if it belongs, as a whole or in part, to another person: a row carries
// another person's id, or a new row carries no person's id or the right id is
// unknown. It is also invalid if rows cannot be told from revoked ones, because they
// lack an id or differ only in the id; if it shows none of the tokens that were not
// revoked; or if Webex does not know the person.
func (p *proof) invalidReason(rows []webex.Authorization, now map[string]bool) error {
	blank, known, missing := 0, make(map[string]bool, len(p.before)), map[looks]bool{}
	owner := p.owner
	for i := range p.before {
		b := &p.before[i]
		blank -= btoi(b.ID == "")
		id := b.ID.UUID()
		known[id] = true
		if !now[id] {
			missing[looksOf(&b.Authorization)] = true
		}
		if owner == "" {
			owner = b.PersonID
		}
	}
	for i := range rows {
		r := &rows[i]
		blank += btoi(r.ID == "")
		isKnown := known[r.ID.UUID()]
		switch {
		case r.PersonID != "" && owner != "" && !r.PersonID.Same(owner):
			return fmt.Errorf("%w: the new list has tokens of another person, %s", webex.ErrServer, r.PersonID)
		case isKnown:
		case r.PersonID == "" || owner == "":
			return fmt.Errorf("%w: the new list has additional tokens, and Webex does not say whose they are", webex.ErrServer)
		case missing[looksOf(r)]:
			return fmt.Errorf("%w: the new list has other ids for the same tokens", webex.ErrServer)
		}
	}
	others, lacking := p.others(now)
	switch {
	case blank > 0:
		return fmt.Errorf("%w: the new list has rows without an id", webex.ErrServer)
	case len(rows) == 0 && others > 0:
		return fmt.Errorf("%w: the new list is empty, although the old one had other tokens", webex.ErrServer)
	case others > 0 && lacking == others:
		return fmt.Errorf("%w: the new list has none of the other tokens of the old one", webex.ErrServer)
	case len(rows) == 0 && p.exists.answer() == webex.No:
		return fmt.Errorf("%w: Webex no longer knows the person", ErrPersonNotFound)
	}
	return nil
}
