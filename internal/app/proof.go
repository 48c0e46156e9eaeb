package app

import (
	"fmt"
	"time"

	"github.com/wxauth/wxauth/webex"
)

// proof weighs the lists of one person that are reloaded after a revoke, and says which
// tokens they prove to be gone. Tokens and people are compared by the UUID in their ids,
// since Webex has more than one encoding of an id.
//
// A list proves something only when it is valid (see [proof.invalidReason]). It is whole when it
// shows every token that was listed before and that nobody here revokes. What a whole list
// does not show is gone, where Webex accepted the revoke (2xx) or knows no such token (404).
//
// Where it is not known whether Webex got the revoke, there must have been such others, or
// a second valid list, at least [agreePause] later, must agree and Webex still know the
// person. The same second list is enough where Webex accepted the revoke and the lists
// lack others: those may have expired, or somebody else revoked them.
type proof struct {
	owner     webex.PersonID  // whose list it is; empty when not known
	before    []Row           // what was listed before
	concerned map[string]bool // what is revoked, and what ends with it
	exists    question[webex.Tristate]

	rows   []webex.Authorization // of the last valid list
	now    map[string]bool       // the tokens on it; nil before there is one
	last   map[string]bool       // those of the valid list before it, or of both
	lastAt time.Time
	// left are the tokens that are not proven to be gone, for each answer that the revoke
	// may have had; none while nothing is proven.
	left map[answer]map[string]bool
}

// agreePause is how far apart two lists must be to confirm each other.
const agreePause = 400 * time.Millisecond

// concern adds tokens that a revoke ends.
func (p *proof) concern(ids ...webex.AuthorizationID) {
	if p.concerned == nil {
		p.concerned = map[string]bool{}
	}
	for _, id := range ids {
		p.concerned[id.UUID()] = true
	}
}

// gone reports whether a token is proven to be gone, whose revoke had this answer.
func (p *proof) gone(id webex.AuthorizationID, a answer) bool {
	left := p.left[a]
	return left != nil && !left[id.UUID()]
}

// shows reports whether the last valid list shows a token.
func (p *proof) shows(id webex.AuthorizationID) bool { return p.now[id.UUID()] }

// take weighs one more list. The error says why it proves nothing.
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

// others counts the tokens that were listed before and that nobody here revokes, and those
// of them that a list lacks.
func (p *proof) others(now map[string]bool) (all, missing int) {
	for i := range p.before {
		if id := p.before[i].ID.UUID(); !p.concerned[id] {
			all++
			missing += btoi(!now[id])
		}
	}
	return all, missing
}

// alone reports whether nothing was listed but what is revoked.
func (p *proof) alone() bool {
	all, _ := p.others(nil)
	return all == 0
}

// looks is what a token looks like but for its id.
type looks struct {
	client  webex.ClientID
	kind    webex.Type
	created time.Time
}

func looksOf(a *webex.Authorization) looks { return looks{a.ClientID, a.Type, a.Created} }

// invalidReason says why a list proves nothing although it was read. It is of another person, as a
// whole or in part: a row carries another person's id; or a row was not listed before, and
// carries no person's id or nobody knows which is right. Or it holds rows that cannot be told apart from those that were revoked:
// without an id, or the same but for the id. Or nothing of what nobody revoked is on it, or
// Webex does not know the person.
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
