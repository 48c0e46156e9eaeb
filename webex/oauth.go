package webex

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
)

// Endpoints are the addresses of the OAuth endpoints. What is empty lies below the
// base URL: /authorize, /access_token, /device/authorize, /device/token.
type Endpoints struct {
	Authorize, Token, DeviceAuthorize, DeviceToken string
}

// endpoint returns an OAuth endpoint: the one that was set, or path below the base.
func (c *Client) endpoint(set string, path ...string) (*url.URL, error) {
	if set != "" {
		return parseBaseURL(set)
	}
	if c.baseErr != nil {
		return nil, c.baseErr
	}
	return c.base.JoinPath(path...), nil
}

// server names where tokens of this client come from and go to: the origins of the API
// and, where it is another, of the token endpoint. Empty when they cannot be told.
func (c *Client) server() string {
	token, err := c.endpoint(c.endpoints.Token, "access_token")
	if err != nil || c.base == nil {
		return ""
	}
	api := c.base.Scheme + "://" + c.base.Host
	if origin := token.Scheme + "://" + token.Host; origin != api {
		return api + " " + origin
	}
	return api
}

// NewState returns a value for the state parameter: 256 bits, fresh for each login
// (RFC 6749 section 10.12, RFC 9700 section 2.1).
func NewState() string { return random() }

// NewVerifier returns a PKCE code verifier of 256 bits (RFC 7636 section 4.1).
func NewVerifier() Secret { return NewSecret(random()) }

func random() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// Challenge returns the S256 code challenge of a verifier (RFC 7636 section 4.2).
func Challenge(verifier Secret) string {
	sum := sha256.Sum256([]byte(verifier.Reveal()))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// AuthorizationRequest is what an authorization URL asks for.
type AuthorizationRequest struct {
	Scopes []string // DefaultScopes when empty
	// State comes back with the answer, which must be compared with it: 22 characters or
	// more (128 bits in base64url), unguessable, fresh for each login. When it is empty,
	// [Integration.AuthorizationURL] makes one, and [StateOf] returns it.
	State string
	// Verifier is the PKCE verifier that [Integration.Exchange] is given as well; see
	// [NewVerifier]. When it is empty, the login goes without PKCE.
	Verifier  Secret
	Prompt    string // select_account (the default) or none
	LoginHint string // an email address that the login page fills in
}

// minState is how many characters of base64url hold 128 bits.
const minState = 22

func checkState(state string) error {
	if len(state) < minState {
		return fmt.Errorf("%w: a state of %d characters can be guessed: use %d or more, or NewState", ErrInvalidInput, len(state), minState)
	}
	return nil
}

// StateOf returns the state in an authorization URL, for comparing it with the one that
// comes back; empty when the URL holds none.
func StateOf(authorizationURL string) string {
	u, err := url.Parse(authorizationURL)
	if err != nil {
		return ""
	}
	return u.Query().Get("state")
}

// authorizationURL builds the URL that a browser is sent to (RFC 6749 section 4.1.1).
func (c *Client) authorizationURL(cred Credentials, r AuthorizationRequest) (string, error) {
	u, err := c.endpoint(c.endpoints.Authorize, "authorize")
	if err != nil {
		return "", err
	}
	if r.State == "" {
		r.State = NewState()
	}
	if err := checkState(r.State); err != nil {
		return "", err
	}
	scopes := r.Scopes
	if len(scopes) == 0 {
		scopes = DefaultScopes
	}
	q := url.Values{
		"response_type": {"code"}, "client_id": {string(cred.ClientID)}, "redirect_uri": {cred.redirectURI()},
		"scope": {strings.Join(scopes, " ")}, "state": {r.State}, "prompt": {"select_account"},
	}
	if !r.Verifier.IsZero() { // the challenge of an empty verifier would protect nothing
		q.Set("code_challenge", Challenge(r.Verifier))
		q.Set("code_challenge_method", "S256")
	}
	if r.Prompt != "" {
		q.Set("prompt", r.Prompt)
	}
	if r.LoginHint != "" {
		q.Set("login_hint", r.LoginHint)
	}
	u.RawQuery = strings.ReplaceAll(q.Encode(), "+", "%20") // Webex documents %20 between scopes
	return u.String(), nil
}
