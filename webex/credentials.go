package webex

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// The scopes that the calls of this package require
// (https://developer.webex.com/create/docs/integrations#scopes).
const (
	ScopeTokensRead   = "identity:tokens_read"           // list authorizations
	ScopeTokensWrite  = "identity:tokens_write"          // revoke authorizations
	ScopePeopleMe     = "spark:people_read"              // read the signed-in person
	ScopePeople       = "spark-admin:people_read"        // search people
	ScopeOrganization = "spark-admin:organizations_read" // read an organization's name
)

// DefaultRedirectURI is used when [Credentials].RedirectURI is empty. It must be
// registered on the integration exactly as written here.
const DefaultRedirectURI = "http://127.0.0.1:8765/callback"

// Credentials are the OAuth client credentials of an integration, as registered at
// developer.webex.com. Webex has no public clients: the client secret is required even
// with PKCE (https://developer.webex.com/create/docs/login-with-webex).
type Credentials struct {
	ClientID     ClientID
	ClientSecret Secret
	RedirectURI  string // default: DefaultRedirectURI

	// ClientSecretFrom is called when the secret is needed and ClientSecret is empty.
	// It may ask a password manager or the user.
	ClientSecretFrom func(context.Context) (Secret, error)
}

// ServiceAppCredentials are the OAuth client credentials of a Service App, as registered
// at developer.webex.com.
type ServiceAppCredentials struct {
	ClientID     ClientID
	ClientSecret Secret

	// ClientSecretFrom is called when the secret is needed and ClientSecret is empty.
	ClientSecretFrom func(context.Context) (Secret, error)
}

// ErrNoServiceApp means that the Service App's credentials are not set. It wraps
// [ErrInvalidInput].
var ErrNoServiceApp = fmt.Errorf("%w: the Service App's credentials", ErrInvalidInput)

// Check validates the credentials. Its error lists everything that is missing, by the
// names of the environment variables, and matches [ErrNoServiceApp]. An invalid client
// id matches [ErrInvalidInput] only.
func (c ServiceAppCredentials) Check() error {
	var missing []string
	if c.ClientID == "" {
		missing = append(missing, EnvSAClientID)
	}
	if c.ClientSecret.IsZero() && c.ClientSecretFrom == nil {
		missing = append(missing, EnvSASecret)
	}
	if len(missing) > 0 {
		return fmt.Errorf("%w: missing: %s", ErrNoServiceApp, strings.Join(missing, ", "))
	}
	return CheckID("Service App's client id", c.ClientID)
}

// The environment variables that [CredentialsFromEnv] reads.
const (
	EnvClientID     = "WEBEX_INTEGRATION_CLIENT_ID"
	EnvClientSecret = "WEBEX_INTEGRATION_CLIENT_SECRET" //nolint:gosec // the variable's name
	EnvRedirectURI  = "WEBEX_INTEGRATION_REDIRECT_URI"
	EnvSAClientID   = "WEBEX_SA_CLIENT_ID"
	EnvSASecret     = "WEBEX_SA_CLIENT_SECRET" //nolint:gosec // the variable's name
)

// CredentialsFromEnv reads both sets of credentials from the environment variables that
// Webex's own packages use. getenv is usually [os.Getenv]. The error lists every required
// variable that is not set and matches [ErrInvalidInput]; the credentials are returned
// as far as they are set.
func CredentialsFromEnv(getenv func(string) string) (Credentials, ServiceAppCredentials, error) {
	var missing []string
	need := func(name string) string {
		v := strings.TrimSpace(getenv(name))
		if v == "" {
			missing = append(missing, name)
		}
		return v
	}
	c := Credentials{ClientID: ClientID(need(EnvClientID)), ClientSecret: NewSecret(need(EnvClientSecret)), RedirectURI: strings.TrimSpace(getenv(EnvRedirectURI))}
	if c.RedirectURI == "" {
		c.RedirectURI = DefaultRedirectURI
	}
	s := ServiceAppCredentials{ClientID: ClientID(need(EnvSAClientID)), ClientSecret: NewSecret(need(EnvSASecret))}
	if len(missing) > 0 {
		return c, s, fmt.Errorf("%w: not set: %s", ErrInvalidInput, strings.Join(missing, ", "))
	}
	return c, s, nil
}

// Check validates the credentials. Its error lists everything that is missing or invalid
// and matches [ErrInvalidInput].
func (c Credentials) Check() error {
	var problems []string
	if c.ClientID == "" {
		problems = append(problems, "the client id is missing")
	} else if err := CheckID("client id", c.ClientID); err != nil {
		problems = append(problems, strings.TrimPrefix(err.Error(), ErrInvalidInput.Error()+": "))
	}
	if c.ClientSecret.IsZero() && c.ClientSecretFrom == nil {
		problems = append(problems, "the client secret is missing")
	}
	if u, err := url.Parse(c.redirectURI()); err != nil || u.Scheme == "" || u.Fragment != "" {
		problems = append(problems, fmt.Sprintf("the redirect URI %q is invalid", Clean(Untrusted(c.redirectURI()))))
	}
	if len(problems) > 0 {
		return fmt.Errorf("%w: %s", ErrInvalidInput, strings.Join(problems, "; "))
	}
	return nil
}

func (c Credentials) redirectURI() string {
	if c.RedirectURI == "" {
		return DefaultRedirectURI
	}
	return c.RedirectURI
}

// DefaultScopes are the scopes needed to list and revoke authorizations.
var DefaultScopes = []string{
	ScopeTokensRead, ScopeTokensWrite, ScopePeopleMe, ScopePeople, ScopeOrganization,
}

// BYOVAScopes are the scopes of a bring-your-own voice application with a Service App:
// messages, the Service App's tokens, and its webhooks.
var BYOVAScopes = []string{
	"spark:all", "spark:applications_token", "application:webhooks_write", "application:webhooks_read",
}

// ScopePresets returns the named sets of scopes, by name. "all" combines all the others.
func ScopePresets() map[string][]string {
	return map[string][]string{
		"default":     slices.Clone(DefaultScopes),
		"read-only":   ReadOnlyScopes(DefaultScopes),
		"byova":       slices.Clone(BYOVAScopes),
		"service-app": slices.Clone(BYOVAScopes[1:]),
		"all":         slices.Concat(DefaultScopes, BYOVAScopes),
	}
}

// ScopePresetNames returns the names of the presets, most common first.
func ScopePresetNames() []string {
	return []string{"default", "read-only", "byova", "service-app", "all"}
}

// ReadOnlyScopes returns scopes without [ScopeTokensWrite], the scope to revoke tokens.
func ReadOnlyScopes(scopes []string) []string {
	return slices.DeleteFunc(slices.Clone(scopes), func(s string) bool { return strings.EqualFold(s, ScopeTokensWrite) })
}

// ParseScopes parses a list of scopes separated by spaces, commas or semicolons,
// percent-encoded or not. It also accepts an authorization URL from the developer portal,
// its query string, and the names of [ScopePresets]. Duplicates are removed. Errors match
// [ErrInvalidInput].
func ParseScopes(text string) ([]string, error) {
	text = strings.TrimSpace(text)
	if i := strings.IndexByte(text, '?'); i >= 0 {
		text = text[i+1:]
	}
	if q, err := url.ParseQuery(text); err == nil && q.Has("scope") {
		text = q.Get("scope")
	} else if strings.Contains(text, "%") {
		if s, err := url.QueryUnescape(text); err == nil {
			text = s
		}
	}
	presets := ScopePresets()
	var out []string
	for _, s := range strings.FieldsFunc(text, func(r rune) bool { return r <= ' ' || r == ',' || r == ';' }) {
		add := []string{s}
		if p, ok := presets[s]; ok {
			add = p
		} else if !isScope(s) {
			return nil, fmt.Errorf("%w: %s is neither a scope (such as spark:people_read) nor a preset (%s)", ErrInvalidInput, Quote(s), strings.Join(ScopePresetNames(), ", "))
		}
		for _, a := range add {
			if !slices.Contains(out, a) {
				out = append(out, a)
			}
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%w: no scope given", ErrInvalidInput)
	}
	return out, nil
}

// openIDScopes need not be registered on the integration, and contain no colon.
var openIDScopes = []string{"openid", "email", "profile", "phone", "address"}

func isScope(s string) bool {
	if slices.Contains(openIDScopes, s) {
		return true
	}
	kind, rest, ok := strings.Cut(s, ":")
	word := func(s string) bool {
		return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
			return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '_' || r == '-' || r == '.')
		})
	}
	return ok && word(kind) && word(rest)
}
