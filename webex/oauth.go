package webex

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
)

// Endpoints are the URLs of the OAuth endpoints. An empty field means the default path
// below the base URL: /authorize, /access_token, /device/authorize, /device/token.
type Endpoints struct {
	Authorize, Token, DeviceAuthorize, DeviceToken string
}

// endpoint returns the OAuth endpoint set, or path below the base URL if set is empty.
func (c *Client) endpoint(set string, path ...string) (*url.URL, error) {
	if set != "" {
		return parseBaseURL(set)
	}
	if c.baseErr != nil {
		return nil, c.baseErr
	}
	return c.base.JoinPath(path...), nil
}

// server returns the origin of the API and, if it differs, of the token endpoint. It is
// empty if the base URL or the endpoint is invalid.
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

// NewState returns a random value of 256 bits for the state parameter. Use a new one for
// each login (RFC 6749 section 10.12, RFC 9700 section 2.1).
func NewState() string { return random() }

// NewVerifier returns a random PKCE code verifier of 256 bits (RFC 7636 section 4.1).
func NewVerifier() Secret { return NewSecret(random()) }

func random() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never returns an error: crypto/rand crashes the program instead
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// Challenge returns the S256 code challenge of a verifier (RFC 7636 section 4.2).
func Challenge(verifier Secret) string {
	sum := sha256.Sum256([]byte(verifier.Reveal()))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// AuthorizationRequest holds the parameters of an authorization URL.
type AuthorizationRequest struct {
	Scopes []string // default: DefaultScopes
	// State is returned in the redirect and must be compared there. It must be random, new
	// for each login, and at least 22 characters long (128 bits in base64url). If it is
	// empty, [Integration.AuthorizationURL] generates one, which [StateOf] returns.
	State string
	// Verifier is the PKCE verifier to pass to [Integration.Exchange] too; see
	// [NewVerifier]. If it is empty, the login does not use PKCE.
	Verifier  Secret
	Prompt    string // select_account (the default) or none
	LoginHint string // email address to prefill on the login page
}

// minState is the number of base64url characters for 128 bits.
const minState = 22

func checkState(state string) error {
	if len(state) < minState {
		return fmt.Errorf("%w: a state of %d characters can be guessed: use at least %d characters, or NewState", ErrInvalidInput, len(state), minState)
	}
	return nil
}

// StateOf returns the state in an authorization URL, to compare it with the state in the
// redirect. It returns "" if there is none or the URL is invalid.
func StateOf(authorizationURL string) string {
	u, err := url.Parse(authorizationURL)
	if err != nil {
		return ""
	}
	return u.Query().Get("state")
}

// authorizationURL builds the URL to open in the browser (RFC 6749 section 4.1.1).
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
	if !r.Verifier.IsZero() { // an empty verifier would not protect anything
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
