package webex

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// The scopes that the calls of this package need
// (https://developer.webex.com/create/docs/integrations#scopes).
const (
	ScopeTokensRead   = "identity:tokens_read"           // list what others authorized
	ScopeTokensWrite  = "identity:tokens_write"          // revoke it
	ScopePeopleMe     = "spark:people_read"              // who is signed in
	ScopePeople       = "spark-admin:people_read"        // search people
	ScopeOrganization = "spark-admin:organizations_read" // an organization's name
)

// DefaultRedirectURI is the redirect URI that is used when none is given. It has to
// be registered on the integration, to the letter.
const DefaultRedirectURI = "http://127.0.0.1:8765/callback"

// Credentials are what an integration is registered with at developer.webex.com.
// Webex has no public clients: the secret is needed with PKCE too
// (https://developer.webex.com/create/docs/login-with-webex).
type Credentials struct {
	ClientID     ClientID
	ClientSecret Secret
	RedirectURI  string // DefaultRedirectURI when empty

	// ClientSecretFrom is asked for the secret when it is needed and ClientSecret is
	// empty: a password manager, or the user.
	ClientSecretFrom func(context.Context) (Secret, error)
}

// ServiceAppCredentials are what a Service App is registered with.
type ServiceAppCredentials struct {
	ClientID     ClientID
	ClientSecret Secret

	// ClientSecretFrom is asked for the secret when it is needed and ClientSecret is
	// empty.
	ClientSecretFrom func(context.Context) (Secret, error)
}

// ErrNoServiceApp: the Service App's credentials are not set.
var ErrNoServiceApp = fmt.Errorf("%w: the Service App's credentials", ErrInvalidInput)

// Check reports what of the credentials is missing or cannot be, all at once, by the
// names of the variables that hold them. The error matches [ErrNoServiceApp], or
// [ErrInvalidInput] for an id that is none.
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

// The variables that [CredentialsFromEnv] reads.
const (
	EnvClientID     = "WEBEX_INTEGRATION_CLIENT_ID"
	EnvClientSecret = "WEBEX_INTEGRATION_CLIENT_SECRET" //nolint:gosec // the variable's name
	EnvRedirectURI  = "WEBEX_INTEGRATION_REDIRECT_URI"
	EnvSAClientID   = "WEBEX_SA_CLIENT_ID"
	EnvSASecret     = "WEBEX_SA_CLIENT_SECRET" //nolint:gosec // the variable's name
)

// CredentialsFromEnv reads both from the variables that Webex's own packages use.
// What is missing is named all at once; the error matches [ErrInvalidInput].
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

// Check reports what of the credentials is missing or cannot be, all at once. The
// error matches [ErrInvalidInput].
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
		problems = append(problems, fmt.Sprintf("the redirect URI %q is none", Clean(Untrusted(c.redirectURI()))))
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

// DefaultScopes are what seeing and revoking authorizations takes.
var DefaultScopes = []string{
	ScopeTokensRead, ScopeTokensWrite, ScopePeopleMe, ScopePeople, ScopeOrganization,
}

// BYOVAScopes are those of a voice application with a Service App: messages, the
// Service App's tokens, and its webhooks.
var BYOVAScopes = []string{
	"spark:all", "spark:applications_token", "application:webhooks_write", "application:webhooks_read",
}

// ScopePresets are the sets of scopes that have a name. "all" is every scope that
// another preset names.
func ScopePresets() map[string][]string {
	return map[string][]string{
		"default":     slices.Clone(DefaultScopes),
		"read-only":   ReadOnlyScopes(DefaultScopes),
		"byova":       slices.Clone(BYOVAScopes),
		"service-app": slices.Clone(BYOVAScopes[1:]),
		"all":         slices.Concat(DefaultScopes, BYOVAScopes),
	}
}

// ScopePresetNames are the names of the presets, the most usual first.
func ScopePresetNames() []string {
	return []string{"default", "read-only", "byova", "service-app", "all"}
}

// ReadOnlyScopes leaves out the scope that allows to end tokens.
func ReadOnlyScopes(scopes []string) []string {
	return slices.DeleteFunc(slices.Clone(scopes), func(s string) bool { return strings.EqualFold(s, ScopeTokensWrite) })
}

// ParseScopes reads scopes as they are carried around: a list separated by blanks or
// commas, percent-encoded or not; a URL of the developer portal, or its query; names
// of presets. Doubles are left out. The error matches [ErrInvalidInput].
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
			return nil, fmt.Errorf("%w: %s is no scope (as spark:people_read), and no preset (%s)", ErrInvalidInput, Quote(s), strings.Join(ScopePresetNames(), ", "))
		}
		for _, a := range add {
			if !slices.Contains(out, a) {
				out = append(out, a)
			}
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%w: no scope is named", ErrInvalidInput)
	}
	return out, nil
}

// openIDScopes need not be registered on the integration, and hold no colon.
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
