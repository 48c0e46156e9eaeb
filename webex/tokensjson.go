package webex

import (
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
)

// ErrTokensJSON: a text that [Tokens.RevealJSON] did not write, or that was damaged since.
var ErrTokensJSON = errors.New("not the JSON of tokens")

// encodedTokens is what [Tokens.RevealJSON] writes. Records of earlier versions lack the
// names that were added since.
type encodedTokens struct {
	Access         string       `json:"access"`
	Refresh        string       `json:"refresh"`
	Issued         time.Time    `json:"issued"`
	RefreshIssued  time.Time    `json:"refreshIssued,omitzero"`
	AccessLife     int64        `json:"accessLife"` // seconds
	RefreshLife    int64        `json:"refreshLife"`
	Skew           int64        `json:"skew"`
	Server         string       `json:"server"`
	Scopes         []string     `json:"scopes"`
	Asked          []string     `json:"asked,omitempty"`
	Owner          encodedOwner `json:"owner"`
	Rejected       time.Time    `json:"rejected,omitzero"`
	AccessRejected time.Time    `json:"accessRejected,omitzero"`
	Forced         bool         `json:"forced"`
	Extended       *bool        `json:"extended,omitzero"`
}

type encodedOwner struct {
	PersonID    PersonID  `json:"personId"`
	Email       Untrusted `json:"email"`
	DisplayName Untrusted `json:"displayName"`
	OrgID       OrgID     `json:"orgId"`
	OrgName     Untrusted `json:"orgName"`
}

// RevealJSON returns everything about the tokens as JSON, with the access token, the
// refresh token and the owner's names in the clear: for a [TokenStore] that encrypts it, or
// keeps it where nobody else can read. [ParseTokens] reads it. Every field is in it;
// lifetimes are whole seconds, as Webex names them.
func (t Tokens) RevealJSON() ([]byte, error) {
	return json.Marshal(encodedTokens{
		Access: t.Access.Reveal(), Refresh: t.Refresh.Reveal(), Issued: t.Issued, RefreshIssued: t.RefreshIssued,
		AccessLife: int64(t.AccessLife / time.Second), RefreshLife: int64(t.RefreshLife / time.Second), Skew: int64(t.Skew / time.Second),
		Server: t.Server, Scopes: t.Scopes, Asked: t.Asked, Owner: encodedOwner(t.Owner), Rejected: t.Rejected, AccessRejected: t.AccessRejected, Forced: t.Forced, Extended: t.Extended,
	}, json.Deterministic(true))
}

// ParseTokens reads what [Tokens.RevealJSON] of this or an earlier version wrote. The
// error matches [ErrTokensJSON], and repeats nothing of the text.
func ParseTokens(b []byte) (Tokens, error) {
	var e *encodedTokens
	if err := json.Unmarshal(b, &e); err != nil {
		return Tokens{}, fmt.Errorf("%w: %s", ErrTokensJSON, decodeProblem(err))
	}
	if e == nil {
		return Tokens{}, fmt.Errorf("%w: it is null", ErrTokensJSON)
	}
	return Tokens{
		Access: NewSecret(e.Access), Refresh: NewSecret(e.Refresh), Issued: e.Issued, RefreshIssued: e.RefreshIssued,
		AccessLife: time.Duration(e.AccessLife) * time.Second, RefreshLife: time.Duration(e.RefreshLife) * time.Second,
		Skew: time.Duration(e.Skew) * time.Second, Server: e.Server, Scopes: e.Scopes, Asked: e.Asked, Owner: Owner(e.Owner), Rejected: e.Rejected, AccessRejected: e.AccessRejected, Forced: e.Forced, Extended: e.Extended,
	}, nil
}

// MarshalJSON fails: JSON that is made by accident must not hold secrets, and without
// them what a store keeps would be lost. [Tokens.RevealJSON] is for that.
func (t Tokens) MarshalJSON() ([]byte, error) {
	return nil, errors.New("JSON of webex.Tokens would lose the tokens, which are secrets: to store them, use RevealJSON and ParseTokens")
}
