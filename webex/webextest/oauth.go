package webextest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Integration is an OAuth client that people can authorize.
type Integration struct {
	App
	Secret       string
	RedirectURIs []string // those that are registered; compared exactly
	Scopes       []string // those that are ticked; nil is all
}

// AddIntegration adds an integration and returns it. An empty ClientID or Secret is
// generated.
func (s *Simulator) AddIntegration(i Integration) Integration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i.ClientID == "" {
		i.ClientID = fmt.Sprintf("C%016x%016x%016x%016x", s.rng.Uint64(), s.rng.Uint64(), s.rng.Uint64(), s.rng.Uint64())
	}
	if i.Secret == "" {
		i.Secret = fmt.Sprintf("%016x%016x%016x%016x", s.rng.Uint64(), s.rng.Uint64(), s.rng.Uint64(), s.rng.Uint64())
	}
	i.App = s.app(i.Name, i.ClientID)
	s.clients[i.ClientID] = &i
	return i
}

// SignIn sets which person is signed in to the browser; "" means nobody. Initially it is
// the full admin.
func (s *Simulator) SignIn(email string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.browser = ""
	if p := s.byEmail[strings.ToLower(email)]; p != nil {
		s.browser = p.ID
	}
}

// RevokeRefreshTokens makes every refresh token invalid, as if it had been replaced or
// revoked elsewhere. Lists do not change.
func (s *Simulator) RevokeRefreshTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.refresh)
}

// ExpireAccessTokens expires every access token except the admin's.
func (s *Simulator) ExpireAccessTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for token, b := range s.tokens {
		if token != s.admin {
			b.expires = s.now()
		}
	}
}

// code is an authorization code that waits to be exchanged.
type code struct {
	client, redirect, challenge, person string
	scopes                              []string
	expires                             time.Time
	used                                string // the refresh token's row that it gave
}

// grant is a refresh token.
type grant struct {
	client, person, authID string
	scopes                 []string
	expires                time.Time
	access                 string // the access token that was issued last; empty before the first
}

const (
	codeLife    = 5 * time.Minute
	accessLife  = 1209599 * time.Second
	refreshLife = 7775999 * time.Second
)

// public reports whether a path is one of those that take no bearer token.
func (s *Simulator) public(w http.ResponseWriter, r *http.Request, path string) bool {
	switch {
	case path == "/authorize" && r.Method == http.MethodGet:
		s.consentPage(w, r)
	case path == "/authorize" && r.Method == http.MethodPost:
		s.consented(w, r)
	case path == "/access_token" && r.Method == http.MethodPost:
		s.accessToken(w, r)
	case path == "/device/authorize" && r.Method == http.MethodPost:
		s.deviceAuthorize(w, r)
	case path == "/device/token" && r.Method == http.MethodPost:
		s.deviceToken(w, r)
	case path == "/verify" && (r.Method == http.MethodGet || r.Method == http.MethodPost):
		s.verifyPage(w, r)
	case path == "/authorize" || path == "/access_token" || path == "/device/authorize" || path == "/device/token" || path == "/verify":
		s.fail(w, http.StatusMethodNotAllowed, "The method is not allowed for this resource.")
	default:
		return false
	}
	return true
}

// asked is an authorization request whose client and redirect URI are sound.
type asked struct {
	client *Integration
	form   url.Values
	scopes []string
}

// authorization reads a request to authorize. What is wrong with client or redirect URI
// is told on a page, and everything else by a redirect (RFC 6749 section 4.1.2.1).
func (s *Simulator) authorization(w http.ResponseWriter, form url.Values) (asked, bool) {
	a := asked{client: s.clients[form.Get("client_id")], form: form, scopes: strings.Fields(form.Get("scope"))}
	switch {
	case a.client == nil:
		page(w, http.StatusBadRequest, "Invalid client_id", "<p>There is no integration with this client id.</p>")
	case s.switches.OrgBlocks:
		page(w, http.StatusForbidden, "Access denied", "<p>Your administrator denied access to the integration.</p>")
	case !slices.Contains(a.client.RedirectURIs, form.Get("redirect_uri")):
		page(w, http.StatusBadRequest, "Invalid redirect_uri", "<p>The redirect URI is not registered on this integration.</p>")
	case form.Get("response_type") != "code":
		a.redirect(w, url.Values{"error": {"unsupported_response_type"}})
	case form.Get("code_challenge") != "" && form.Get("code_challenge_method") != "S256":
		a.redirect(w, url.Values{"error": {"invalid_request"}, "error_description": {"only S256 is supported"}})
	case len(a.scopes) == 0 || a.client.Scopes != nil && slices.ContainsFunc(a.scopes, func(x string) bool { return !slices.Contains(a.client.Scopes, x) }):
		a.redirect(w, url.Values{"error": {"invalid_scope"}, "error_description": {"The requested scope is invalid."}})
	default:
		return a, true
	}
	return a, false
}

func (a asked) redirect(w http.ResponseWriter, q url.Values) {
	if state := a.form.Get("state"); state != "" {
		q.Set("state", state)
	}
	u, err := url.Parse(a.form.Get("redirect_uri"))
	if err != nil {
		page(w, http.StatusBadRequest, "Invalid redirect_uri", "")
		return
	}
	u.RawQuery = q.Encode()
	w.Header().Set("Location", u.String())
	w.WriteHeader(http.StatusFound)
}

// consented handles the button that was pressed on the consent page.
func (s *Simulator) consented(w http.ResponseWriter, r *http.Request) {
	a, ok := s.authorization(w, r.PostForm)
	if !ok {
		return
	}
	p := s.byID[s.browser]
	switch {
	case p == nil:
		a.redirect(w, url.Values{"error": {"login_required"}})
	case a.form.Get("decision") != "accept":
		a.redirect(w, url.Values{"error": {"access_denied"}, "error_description": {"The user has denied the request."}})
	default:
		text := s.opaque(p)
		s.codes[text] = &code{
			client: a.client.ClientID, redirect: a.form.Get("redirect_uri"), challenge: a.form.Get("code_challenge"),
			person: p.ID, scopes: a.scopes, expires: s.now().Add(codeLife),
		}
		a.redirect(w, url.Values{"code": {text}})
	}
}

// opaque makes up a token that ends with its cluster and organization, as real ones do.
func (s *Simulator) opaque(p *Person) string {
	return base64.RawURLEncoding.EncodeToString([]byte(s.uuid()+s.uuid())) + "_PF84_" + uuidOf(p.OrgID)
}

func uuidOf(id string) string {
	b, err := base64.RawURLEncoding.DecodeString(id)
	if err != nil {
		return id
	}
	return string(b[strings.LastIndexByte(string(b), '/')+1:])
}

// accessToken is the token endpoint.
func (s *Simulator) accessToken(w http.ResponseWriter, r *http.Request) {
	if s.limit != nil && !s.limit.take(s.now()) {
		w.Header().Set("Retry-After", fmt.Sprint(int(s.limit.retryAfter.Seconds())))
		s.fail(w, http.StatusTooManyRequests, "Too many requests.")
		return
	}
	form := r.PostForm
	id, secret, basic := r.BasicAuth()
	if !basic {
		id, secret = form.Get("client_id"), form.Get("client_secret")
	}
	c := s.clients[id]
	if c == nil || c.Secret != secret {
		s.refuse(w, http.StatusUnauthorized, "invalid_client", "The provided client credentials are invalid.")
		return
	}
	switch form.Get("grant_type") {
	case "authorization_code":
		s.exchange(w, c, form)
	case "refresh_token":
		s.renewed(w, c, form)
	default:
		s.refuse(w, http.StatusBadRequest, "unsupported_grant_type", "The grant type is not supported.")
	}
}

func (s *Simulator) exchange(w http.ResponseWriter, c *Integration, form url.Values) {
	x := s.codes[form.Get("code")]
	if x != nil && x.used != "" {
		s.remove(x.used) // a code that is used twice ends what it gave
	}
	sum := sha256.Sum256([]byte(form.Get("code_verifier")))
	switch {
	case x == nil || x.used != "" || x.client != c.ClientID || !s.now().Before(x.expires):
		s.refuse(w, http.StatusBadRequest, "invalid_grant", "The authorization code is invalid or expired.")
	case x.redirect != form.Get("redirect_uri"):
		s.refuse(w, http.StatusBadRequest, "invalid_grant", "The redirect_uri does not match.")
	case x.challenge != "" && x.challenge != base64.RawURLEncoding.EncodeToString(sum[:]):
		s.refuse(w, http.StatusBadRequest, "invalid_grant", "The code_verifier does not match.")
	case s.full(x.person):
		s.refuse(w, http.StatusBadRequest, "tokenlimit_reached", "The account has reached its limit of 750 access tokens.")
	default:
		x.used = s.add(&Authorization{PersonID: x.person, App: c.App, Created: s.now(), Type: "refresh"})
		g := &grant{client: c.ClientID, person: x.person, authID: x.used, scopes: x.scopes, expires: s.now().Add(s.refreshLife())}
		s.issue(w, c, g, s.newRefresh(g))
	}
}

// full reports whether an account may hold no more access tokens.
func (s *Simulator) full(person string) bool {
	n := 0
	for _, a := range s.auths[person] {
		if a.Type == "access" && s.now().Sub(a.Created) < accessLife {
			n++
		}
	}
	return n >= 750
}

func (s *Simulator) newRefresh(g *grant) string {
	text := s.opaque(s.byID[g.person])
	s.refresh[text] = g
	return text
}

func (s *Simulator) accessLife() time.Duration  { return orLife(s.switches.AccessLife, accessLife) }
func (s *Simulator) refreshLife() time.Duration { return orLife(s.switches.RefreshLife, refreshLife) }

func orLife(set, standard time.Duration) time.Duration {
	if set > 0 {
		return set
	}
	return standard
}

func (s *Simulator) renewed(w http.ResponseWriter, c *Integration, form url.Values) {
	g := s.refresh[form.Get("refresh_token")]
	alive := false
	if g != nil {
		_, alive = s.owner[g.authID]
	}
	switch {
	case !alive || g.client != c.ClientID || !s.now().Before(g.expires):
		what := "invalid_request"
		if s.switches.RefusesAsInvalidGrant {
			what = "invalid_grant"
		}
		s.refuse(w, http.StatusBadRequest, what, "The refresh token provided is expired, revoked, malformed, or invalid.")
		return
	case s.full(g.person):
		s.refuse(w, http.StatusBadRequest, "tokenlimit_reached", "The account has reached its limit of 750 access tokens.")
		return
	}
	if !s.switches.KeepRefreshEnd {
		g.expires = s.now().Add(s.refreshLife())
	}
	text := form.Get("refresh_token")
	if s.switches.RotateRefresh {
		delete(s.refresh, text)
		text = s.newRefresh(g)
	}
	if s.switches.OmitRefresh {
		text = ""
	}
	s.issue(w, c, g, text)
}

// issue makes an access token from a grant and answers both.
func (s *Simulator) issue(w http.ResponseWriter, c *Integration, g *grant, refresh string) {
	life, refreshLife := s.accessLife(), s.refreshLife()
	if s.switches.KeepRefreshEnd && g.access != "" {
		refreshLife = g.expires.Sub(s.now())
	}
	if b := s.tokens[g.access]; s.switches.KeepAccess && b != nil && s.now().Before(b.expires) {
		life = b.expires.Sub(s.now())
	} else {
		g.access = s.newAccess(c, g)
	}
	out := map[string]any{"access_token": g.access, "expires_in": s.seconds(life), "token_type": "Bearer"}
	if refresh != "" {
		out["refresh_token"], out["refresh_token_expires_in"] = refresh, s.seconds(refreshLife)
	}
	if s.switches.OmitLifetimes {
		delete(out, "expires_in")
		delete(out, "refresh_token_expires_in")
	}
	if !s.switches.OmitScope {
		granted := slices.Clone(g.scopes)
		slices.Reverse(granted) // in no particular order
		out["scope"] = strings.Join(granted, " ")
	}
	w.Header().Set("Cache-Control", "no-store")
	s.send(w, out)
}

// newAccess makes an access token from a grant.
func (s *Simulator) newAccess(c *Integration, g *grant) string {
	p := s.byID[g.person]
	expires := s.now().Add(s.accessLife())
	b := &bearer{personID: g.person, clientID: c.ClientID, scopes: g.scopes, expires: expires}
	if b.authID = g.authID; !s.switches.UnlistedRefreshed || g.access == "" {
		b.authID = s.add(&Authorization{PersonID: g.person, App: c.App, Created: s.now(), Type: "access", Parent: g.authID})
	}
	for _, a := range s.auths[g.person] {
		if a.ID == g.authID && s.switches.RenewMovesCreated {
			a.Created = s.now()
		}
	}
	token := s.opaque(p)
	if s.switches.SelfContained {
		token = s.selfContained(p, c, expires)
	}
	s.tokens[token] = b
	return token
}

func (s *Simulator) seconds(d time.Duration) any {
	if s.switches.LifetimesAsText {
		return fmt.Sprint(int64(d / time.Second))
	}
	return int64(d / time.Second)
}

// selfContained writes a token with the claims that Webex's have. It is not signed.
func (s *Simulator) selfContained(p *Person, c *Integration, expires time.Time) string {
	part := func(v any) string {
		b, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(b)
	}
	return part(map[string]string{"alg": "RS256", "typ": "JWT"}) + "." + part(map[string]any{
		"cluster": "PF84", "user_type": "user", "token_id": s.uuid(), "realm": uuidOf(p.OrgID), "cis_uuid": uuidOf(p.ID),
		"token_type": "Bearer", "expiry_time": expires.UnixMilli(), "client_id": c.ClientID,
	}) + "." + base64.RawURLEncoding.EncodeToString([]byte("not signed: "+s.uuid()))
}

// refuse answers as the token endpoint does, in the dialect that the switches choose.
func (s *Simulator) refuse(w http.ResponseWriter, status int, what, description string) {
	id := s.trackingID()
	w.Header().Set("Trackingid", id)
	if s.switches.BrokerErrors {
		s.write(w, status, map[string]string{"error": what, "error_description": description})
		return
	}
	s.write(w, status, wireError{"The request could not be understood by the server due to malformed syntax.", []wireErrorElement{{what + ": " + description}}, id})
}
