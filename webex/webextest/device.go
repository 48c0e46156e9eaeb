package webextest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// HelperRedirectURIs returns the redirect URIs that must be registered on an integration
// for logins with a device code (https://developer.webex.com/create/docs/login-with-webex).
func HelperRedirectURIs() []string {
	var out []string
	for _, cluster := range []string{"a", "k", "r", "d"} {
		out = append(out, "https://oauth-helper-"+cluster+".wbx2.com/helperservice/v1/actions/device/callback")
	}
	return out
}

// device is a login with a code that waits for somebody to enter it.
type device struct {
	client, userCode, hash string
	scopes                 []string
	expires, polled        time.Time
	interval               time.Duration
	person                 string // who accepted
	denied, used           bool
}

const (
	deviceLife     = 300 * time.Second
	deviceInterval = 2 * time.Second
	// earlyBy is how much too early a poll may come, for clocks and ways.
	earlyBy = 200 * time.Millisecond
)

// AcceptCode simulates that the person who is signed in to the browser enters a device code
// and accepts. It returns false if no login waits for this code.
func (s *Simulator) AcceptCode(userCode string) bool { return s.decide(userCode, true) }

// DenyCode is like [Simulator.AcceptCode], but the person declines.
func (s *Simulator) DenyCode(userCode string) bool { return s.decide(userCode, false) }

// WaitingCodes returns the device codes that nobody has entered yet, oldest first.
func (s *Simulator) WaitingCodes() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var waiting []*device
	for _, d := range s.devices {
		if d.person == "" && !d.denied && s.now().Before(d.expires) {
			waiting = append(waiting, d)
		}
	}
	slices.SortFunc(waiting, func(a, b *device) int { return a.expires.Compare(b.expires) })
	var out []string
	for _, d := range waiting {
		out = append(out, d.userCode)
	}
	return out
}

func (s *Simulator) decide(userCode string, accept bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.entered(userCode, accept)
}

// entered is what pressing a button on the page does; the code, or its hash.
func (s *Simulator) entered(code string, accept bool) bool {
	for _, d := range s.devices {
		if d.userCode != code && d.hash != code || !s.now().Before(d.expires) || d.used {
			continue
		}
		if accept {
			d.person = s.browser
		}
		d.denied = !accept
		return d.person != "" || d.denied
	}
	return false
}

// deviceAuthorize starts a login with a code.
func (s *Simulator) deviceAuthorize(w http.ResponseWriter, r *http.Request) {
	form := r.PostForm
	c := s.clients[form.Get("client_id")]
	scopes := strings.Fields(form.Get("scope"))
	switch {
	case c == nil:
		s.badDevice(w, "Client Id is invalid")
		return
	case slices.ContainsFunc(HelperRedirectURIs(), func(u string) bool { return !slices.Contains(c.RedirectURIs, u) }):
		s.badDevice(w, "The redirect_uri of the device helper is not registered for this client.")
		return
	case len(scopes) == 0 || c.Scopes != nil && slices.ContainsFunc(scopes, func(x string) bool { return !slices.Contains(c.Scopes, x) }):
		s.badDevice(w, "invalid_scope: The requested scope is invalid.")
		return
	}
	life, interval := orLife(s.switches.DeviceLife, deviceLife), orLife(s.switches.DeviceInterval, deviceInterval)
	code := fmt.Sprintf("%06d", s.rng.IntN(1_000_000))
	sum := sha256.Sum256([]byte(code + s.uuid()))
	d := &device{
		client: c.ClientID, userCode: code, hash: hex.EncodeToString(sum[:]), scopes: scopes,
		expires: s.now().Add(life), polled: s.now(), interval: interval,
	}
	secret := s.uuid()
	s.devices[secret] = d
	verify := s.switches.VerificationURI
	if verify == "" {
		verify = "http://" + r.Host + strings.TrimSuffix(r.URL.Path, "/device/authorize") + "/verify"
	}
	w.Header().Set("Cache-Control", "no-store")
	s.send(w, map[string]any{
		"device_code": secret, "user_code": code, "expires_in": s.seconds(life), "interval": s.seconds(interval),
		"verification_uri": verify, "verification_uri_complete": verify + "?userCode=" + d.hash,
	})
}

func (s *Simulator) badDevice(w http.ResponseWriter, description string) {
	id := s.trackingID()
	w.Header().Set("Trackingid", id)
	s.write(w, http.StatusBadRequest, wireError{"The request could not be understood by the server due to malformed syntax.", []wireErrorElement{{description}}, id})
}

// deviceToken answers a poll.
func (s *Simulator) deviceToken(w http.ResponseWriter, r *http.Request) {
	form := r.PostForm
	id, secret, basic := r.BasicAuth()
	c := s.clients[id]
	d := s.devices[form.Get("device_code")]
	switch {
	case !basic || c == nil || c.Secret != secret:
		s.refuse(w, http.StatusUnauthorized, "invalid_client", "The provided client credentials are invalid.")
	case form.Get("grant_type") != "urn:ietf:params:oauth:grant-type:device_code":
		s.refuse(w, http.StatusBadRequest, "unsupported_grant_type", "The grant type is not supported.")
	case d == nil || d.client != c.ClientID || form.Get("client_id") != c.ClientID || d.used || !s.now().Before(d.expires):
		s.refuse(w, http.StatusBadRequest, "invalid_grant", "The device code is invalid or expired.")
	case s.now().Sub(d.polled) < d.interval-earlyBy:
		d.interval += 5 * time.Second
		d.polled = s.now()
		if s.switches.PendingAsError {
			s.refuse(w, http.StatusBadRequest, "slow_down", "Polling too fast.")
			return
		}
		s.fail(w, http.StatusTooManyRequests, "Too many requests.")
	case d.denied:
		s.refuse(w, http.StatusBadRequest, "access_denied", "The user has denied the request.")
	case d.person == "":
		d.polled = s.now()
		if s.switches.PendingAsError {
			s.refuse(w, http.StatusBadRequest, "authorization_pending", "The user has not yet entered the code.")
			return
		}
		s.fail(w, http.StatusPreconditionRequired, "The user has not yet entered the code.")
	case s.full(d.person):
		s.refuse(w, http.StatusBadRequest, "tokenlimit_reached", "The account has reached its limit of 750 access tokens.")
	default:
		d.used = true
		row := s.add(&Authorization{PersonID: d.person, App: c.App, Created: s.now(), Type: "refresh"})
		g := &grant{client: c.ClientID, person: d.person, authID: row, scopes: d.scopes, expires: s.now().Add(s.refreshLife())}
		s.issue(w, c, g, s.newRefresh(g))
	}
}

// verifyPage is where somebody enters the code. With the hash in its address it need
// not be typed.
func (s *Simulator) verifyPage(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost {
		s.verified(w, r.PostForm)
		return
	}
	p := s.byID[s.browser]
	if p == nil {
		page(w, http.StatusOK, "Sign in to Webex", "<p>Nobody is signed in to this simulated Webex.</p>")
		return
	}
	field := "<p><label>Code <input name=\"userCode\" inputmode=\"numeric\" autofocus></label></p>"
	if code := r.URL.Query().Get("userCode"); code != "" {
		field = "<input type=\"hidden\" name=\"userCode\" value=\"" + html.EscapeString(code) + "\">"
	}
	page(w, http.StatusOK, "Enter code", fmt.Sprintf("<p>Signed in as <strong>%s</strong> (%s). Enter only a code that you started.</p><form method=\"post\" action=\"verify\">%s",
		html.EscapeString(p.Name), html.EscapeString(p.Email), field)+
		"<button id=\"accept\" name=\"decision\" value=\"accept\">Accept</button>"+
		"<button id=\"decline\" name=\"decision\" value=\"decline\">Decline</button></form>"+
		"<p class=\"note\">This is a simulated Webex: nothing here reaches a real account.</p>")
}

func (s *Simulator) verified(w http.ResponseWriter, form url.Values) {
	switch {
	case !s.entered(strings.ReplaceAll(form.Get("userCode"), " ", ""), form.Get("decision") == "accept"):
		page(w, http.StatusBadRequest, "Wrong code", "<p>No such code waits.</p>")
	case form.Get("decision") == "accept":
		page(w, http.StatusOK, "Done", "<p>Go back to your device.</p>")
	default:
		page(w, http.StatusOK, "Declined", "<p>The device gets nothing.</p>")
	}
}
