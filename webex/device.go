package webex

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// DeviceRedirectURIs are the redirect URIs that must be registered on an integration for
// logins with a device code. All four are needed, because Webex redirects to the nearest
// cluster (https://developer.webex.com/create/docs/login-with-webex).
var DeviceRedirectURIs = []string{
	"https://oauth-helper-a.wbx2.com/helperservice/v1/actions/device/callback",
	"https://oauth-helper-k.wbx2.com/helperservice/v1/actions/device/callback",
	"https://oauth-helper-r.wbx2.com/helperservice/v1/actions/device/callback",
	"https://oauth-helper-d.wbx2.com/helperservice/v1/actions/device/callback",
}

// ErrNoDeviceLogin means that the integration is not set up for logins with a device code.
var ErrNoDeviceLogin = errors.New("logins with a device code are not set up")

// DeviceAuth is a pending login whose code a person enters on any device (RFC 8628
// section 3.2).
type DeviceAuth struct {
	// UserCode is the code to enter: six digits with Webex.
	UserCode Untrusted
	// VerificationURI is the page where the code is entered. Its host has been checked.
	VerificationURI string
	// VerificationURIComplete also contains the code, for a QR code; empty if Webex sent
	// none.
	VerificationURIComplete string
	Expires                 time.Time     // when the code expires, by the local clock
	Interval                time.Duration // minimum time between polls

	code   Secret
	scopes []string
}

// DeviceProgress is an event while [Integration.DeviceAccessToken] waits.
type DeviceProgress struct {
	// Problem is why Webex cannot be reached, or matches [ErrRateLimited] if Webex asks
	// for less frequent polls; nil when Webex responds again.
	Problem error
	// Entered is true once the person has entered the code and the tokens are being
	// saved. The login can no longer be canceled.
	Entered bool
}

const (
	defaultInterval = 5 * time.Second // RFC 8628 section 3.2
	minInterval     = time.Second
	maxInterval     = 60 * time.Second
	slowDownBy      = 5 * time.Second // RFC 8628 section 3.5
	defaultCodeLife = 5 * time.Minute
	maxCodeLife     = 30 * time.Minute
)

var (
	opDeviceAuth = operation{name: "get code"}
	opDevicePoll = operation{name: "wait for code"}
)

// wireDeviceAuth is the response of the device authorization endpoint.
type wireDeviceAuth struct {
	DeviceCode              string           `json:"device_code"`
	UserCode                string           `json:"user_code"`
	VerificationURI         string           `json:"verification_uri"`
	VerificationURIComplete string           `json:"verification_uri_complete"`
	ExpiresIn               optionalLifetime `json:"expires_in"`
	Interval                optionalLifetime `json:"interval"`
}

// DeviceAuth requests a code with which a person can log in on another device (RFC 8628
// section 3.1). If scopes is empty, it requests [DefaultScopes]. The client secret is not
// sent.
//
// Errors match [ErrNoDeviceLogin] if the integration lacks the [DeviceRedirectURIs],
// [ErrWrongClient], [ErrLoginFailed], or any error of a [Client] call.
func (i *Integration) DeviceAuth(ctx context.Context, scopes []string) (DeviceAuth, error) {
	fail := func(err error) (DeviceAuth, error) { return DeviceAuth{}, &Error{Op: opDeviceAuth.name, Err: err} }
	if err := i.cred.Check(); err != nil {
		return fail(err)
	}
	if len(scopes) == 0 {
		scopes = DefaultScopes
	}
	if s := slices.IndexFunc(scopes, func(s string) bool { return slices.Contains(openIDScopes, s) }); s >= 0 {
		return fail(fmt.Errorf("%w: scope %s is not available for logins with a device code", ErrInvalidInput, scopes[s]))
	}
	c := i.client
	u, err := c.endpoint(c.endpoints.DeviceAuthorize, "device", "authorize")
	if err != nil {
		return fail(err)
	}
	p := formPost(opDeviceAuth, u, url.Values{"client_id": {string(i.cred.ClientID)}, "scope": {strings.Join(scopes, " ")}})
	p.refusal = classifyDeviceAuth
	var d DeviceAuth
	asked := time.Now()
	err = c.send(ctx, p, func(_ *http.Response, body []byte) error {
		var w wireDeviceAuth
		if err := decodeSecret(body, &w); err != nil {
			return err
		}
		d, err = w.deviceAuth(asked, u)
		d.scopes = scopes
		return err
	})
	return d, err
}

func (w wireDeviceAuth) deviceAuth(asked time.Time, endpoint *url.URL) (DeviceAuth, error) {
	if !isToken(w.DeviceCode) || !isUserCode(w.UserCode) {
		return DeviceAuth{}, fmt.Errorf("%w: unexpected response: it contains no code", ErrServer)
	}
	for _, address := range []string{w.VerificationURI, w.VerificationURIComplete} {
		if address == "" && w.VerificationURI != "" {
			continue
		}
		if err := checkVerificationURI(address, endpoint); err != nil {
			return DeviceAuth{}, err
		}
	}
	life, interval := defaultCodeLife, defaultInterval
	if w.ExpiresIn.ok {
		life = min(w.ExpiresIn.d, maxCodeLife)
	}
	if w.Interval.ok {
		interval = min(max(w.Interval.d, minInterval), maxInterval)
	}
	return DeviceAuth{
		UserCode: Untrusted(w.UserCode), VerificationURI: w.VerificationURI, VerificationURIComplete: w.VerificationURIComplete,
		Expires: asked.Add(life), Interval: interval, code: NewSecret(w.DeviceCode),
	}, nil
}

// isUserCode reports whether a person can type s. Webex uses six digits; RFC 8628 section
// 6.1 suggests letters with dashes.
func isUserCode(s string) bool {
	return s != "" && len(s) <= 32 && !strings.ContainsFunc(s, func(r rune) bool {
		return !('0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || r == '-')
	})
}

// checkVerificationURI prevents a forged response from sending an admin to a phishing
// page: the address must belong to Webex or to the server that was asked.
func checkVerificationURI(address string, endpoint *url.URL) error {
	u, err := url.Parse(address)
	switch {
	case address == "" || len(address) > 1024 || err != nil || u.User != nil || !isToken(address):
		return fmt.Errorf("%w: the response contains no valid address for entering the code", ErrServer)
	case u.Host == endpoint.Host && u.Scheme == endpoint.Scheme:
		return nil
	case u.Scheme == "https" && u.Host == u.Hostname() && isWebexName(u.Host):
		return nil
	}
	return fmt.Errorf("%w: the page for entering the code is at %s, which does not belong to Webex: do not open it; a proxy may have answered instead of Webex",
		ErrLoginFailed, Clean(Untrusted(truncate(u.Scheme+"://"+u.Host, 100))))
}

// isWebexName reports whether host belongs to Webex. Only letters, digits and dashes are
// accepted: no IPv6 zone, nothing percent-encoded.
func isWebexName(host string) bool {
	host = strings.ToLower(host)
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || label[0] == '-' || label[len(label)-1] == '-' || strings.ContainsFunc(label, func(r rune) bool {
			return !('a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '-')
		}) {
			return false
		}
	}
	for _, domain := range []string{"webex.com", "wbx2.com"} {
		if host == domain || strings.HasSuffix(host, "."+domain) {
			return true
		}
	}
	return false
}

// classifyDeviceAuth explains why Webex sent no code. The API uses its own error envelope.
func classifyDeviceAuth(status int, message string) (hint string, err error) {
	text := strings.ToLower(message)
	says := func(word string) bool { return strings.Contains(text, word) }
	switch {
	case status == http.StatusBadRequest && says("redirect"):
		return "register all four redirect URIs on the integration at developer.webex.com: " + strings.Join(DeviceRedirectURIs, " "), ErrNoDeviceLogin
	case status == http.StatusBadRequest && says("scope"):
		return "select the scopes on the integration at developer.webex.com", ErrLoginFailed
	case status == http.StatusBadRequest && (says("client id") || says("client_id") || says("invalid_client")):
		return "check the integration's client id at developer.webex.com", ErrWrongClient
	case status == http.StatusNotFound, status == http.StatusMethodNotAllowed, status == http.StatusNotImplemented,
		says("unauthorized_client"), says("unsupported"), says("grant"):
		return "this server or integration does not support logins with a device code: log in through the browser", ErrNoDeviceLogin
	case status == http.StatusBadRequest:
		return "log in through the browser, or check the integration at developer.webex.com", ErrLoginFailed
	}
	return classifyGrant(opDeviceAuth, status, message)
}

// The results of a poll that keep the login waiting.
var (
	errPending  = errors.New("nobody has entered the code yet")
	errSlowDown = fmt.Errorf("%w: polled too often", ErrRateLimited)
)

// classifyDevicePoll interprets the response to a poll. Pending is 428 with Webex, and 400
// with authorization_pending in RFC 8628 section 3.5.
func classifyDevicePoll(status int, message string) (hint string, err error) {
	text := strings.ToLower(message)
	says := func(word string) bool { return strings.Contains(text, word) }
	switch {
	case status == http.StatusPreconditionRequired, status == http.StatusBadRequest && says("authorization_pending"):
		return "", errPending
	case status == http.StatusTooManyRequests, status == http.StatusLocked, status == http.StatusBadRequest && says("slow_down"):
		return "", errSlowDown
	case status != http.StatusBadRequest && status != http.StatusUnauthorized:
		return classifyGrant(opDevicePoll, status, message)
	case says("access_denied"):
		return "you, or your organization, declined", ErrLoginDenied
	case says("expired_token"), says("invalid_grant"), says("expired"):
		return "a code works once and expires after a few minutes: start again", ErrLoginTimeout
	case says("unsupported_grant_type"):
		return "log in through the browser instead", ErrNoDeviceLogin
	}
	return classifyGrant(opDevicePoll, status, message)
}

// DeviceAccessToken polls Webex until a person has entered the code of d, and then saves
// the tokens (RFC 8628 section 3.4). It keeps polling through network and server errors
// until the code expires. progress may be nil. If ctx ends before the code was entered,
// nothing is saved.
//
// Errors match [ErrLoginDenied], [ErrLoginTimeout], [ErrLoginFailed], [ErrWrongClient],
// [ErrTokenLimit], or any error of a [Client] call.
func (i *Integration) DeviceAccessToken(ctx context.Context, d DeviceAuth, progress func(DeviceProgress)) (Tokens, error) {
	secret, err := i.secret.reveal(ctx)
	if err != nil {
		return Tokens{}, &Error{Op: opDevicePoll.name, Err: err}
	}
	c := i.client
	u, err := c.endpoint(c.endpoints.DeviceToken, "device", "token")
	if err != nil {
		return Tokens{}, &Error{Op: opDevicePoll.name, Err: err}
	}
	basic := base64.StdEncoding.EncodeToString([]byte(string(i.cred.ClientID) + ":" + secret.Reveal()))
	p := formPost(opDevicePoll, u, url.Values{
		"grant_type":  {"urn:ietf:params:oauth:grant-type:device_code"},
		"device_code": {d.code.Reveal()}, "client_id": {string(i.cred.ClientID)},
	}, secret, d.code, NewSecret(basic))
	p.authorization = NewSecret("Basic " + basic)
	p.refusal = classifyDevicePoll
	if progress == nil {
		progress = func(DeviceProgress) {}
	}
	w := &devicePolls{d: d, interval: d.Interval, progress: progress}
	t, err := w.wait(ctx, func(ctx context.Context) (Tokens, error) { return c.tokensFrom(ctx, p, Tokens{}) })
	i.secret.forgetIfRejected(err)
	switch {
	case errors.Is(err, ErrLoginDenied):
		err = fmt.Errorf("%w: you, or your organization, declined", ErrLoginDenied)
	case err == nil:
		err = ctx.Err() // the caller has canceled and expects that nothing is saved
	}
	if err != nil {
		return Tokens{}, err
	}
	progress(DeviceProgress{Entered: true})
	t.Asked = slices.Clone(d.scopes)
	return i.took(ctx, t)
}

// devicePolls polls until there is a final response.
type devicePolls struct {
	d        DeviceAuth
	interval time.Duration
	failures int // in a row
	progress func(DeviceProgress)
	troubled bool
}

func (w *devicePolls) wait(ctx context.Context, poll func(context.Context) (Tokens, error)) (Tokens, error) {
	// The deadline also cancels a request that is in flight when the code expires.
	waiting, cancel := context.WithDeadline(ctx, w.d.Expires)
	defer cancel()
	pause := w.interval
	for {
		// Do not poll once the code has expired.
		if err := sleep(waiting, pause); err != nil || !time.Now().Before(w.d.Expires) {
			return Tokens{}, w.ended(ctx)
		}
		t, err := poll(waiting)
		switch {
		case err == nil:
			return t, nil
		case waiting.Err() != nil:
			return Tokens{}, w.ended(ctx)
		}
		if pause, err = w.next(err); err != nil {
			return Tokens{}, err
		}
	}
}

func (w *devicePolls) ended(ctx context.Context) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fmt.Errorf("%w: nobody entered the code in time", ErrLoginTimeout)
}

// next returns how long to wait after a poll without tokens; an error ends the login.
func (w *devicePolls) next(err error) (time.Duration, error) {
	var e *Error
	away := false
	switch {
	case errors.Is(err, errPending):
		w.failures = 0
	case errors.Is(err, errSlowDown):
		w.failures = 0
		w.interval += slowDownBy
		away = true
	case errors.Is(err, ErrNetwork), errors.Is(err, errPage), errors.As(err, &e) && e.Status >= 500:
		w.failures++
		away = true
	default:
		return 0, err
	}
	if away || w.troubled {
		w.tell(err, away)
	}
	pause := w.interval
	if w.failures > 0 { // RFC 8628 section 3.5: an exponential backoff
		pause = min(w.interval<<min(w.failures-1, 6), max(maxInterval, w.interval))
	}
	if errors.As(err, &e) && e.asked {
		pause = max(pause, min(e.RetryAfter, maxInterval)) // the code expires soon
	}
	return pause, nil
}

func (w *devicePolls) tell(err error, away bool) {
	w.troubled = away
	if !away {
		err = nil
	}
	w.progress(DeviceProgress{Problem: err})
}
