package webex

import (
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
)

// ErrTokensJSON means that a text was not written by [Tokens.RevealJSON] or is damaged.
var ErrTokensJSON = errors.New("invalid tokens JSON")

// encodedTokens is the JSON format of [Tokens.RevealJSON]. Records of earlier versions lack
// newer fields.
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

// RevealJSON encodes all fields as JSON, including the access token and refresh token in
// plain text. It is meant for a [TokenStore], which must encrypt the result or protect it
// from other users. [ParseTokens] decodes it. Lifetimes and the clock skew are written in
// whole seconds.
func (t Tokens) RevealJSON() ([]byte, error) {
	return json.Marshal(encodedTokens{
		Access: t.Access.Reveal(), Refresh: t.Refresh.Reveal(), Issued: t.Issued, RefreshIssued: t.RefreshIssued,
		AccessLife: int64(t.AccessLife / time.Second), RefreshLife: int64(t.RefreshLife / time.Second), Skew: int64(t.Skew / time.Second),
		Server: t.Server, Scopes: t.Scopes, Asked: t.Asked, Owner: encodedOwner(t.Owner), Rejected: t.Rejected, AccessRejected: t.AccessRejected, Forced: t.Forced, Extended: t.Extended,
	}, json.Deterministic(true))
}

// ParseTokens decodes the result of [Tokens.RevealJSON] of this or an earlier version.
// Errors match [ErrTokensJSON] and do not quote the text.
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

// MarshalJSON always fails, so that tokens are neither leaked nor silently lost when
// encoded by accident. Use [Tokens.RevealJSON].
func (t Tokens) MarshalJSON() ([]byte, error) {
	return nil, errors.New("encoding webex.Tokens as JSON would lose the tokens: use RevealJSON and ParseTokens to store them")
}
