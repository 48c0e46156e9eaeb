package webex

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// AuthorizeOptions configures [Integration.Authorize].
type AuthorizeOptions struct {
	Scopes    []string      // default: DefaultScopes
	State     string        // at least 22 characters; generated if empty
	Timeout   time.Duration // default: DefaultLoginTimeout
	Prompt    string        // see [AuthorizationRequest]
	LoginHint string        // see [AuthorizationRequest]
	Issuer    string        // see [RedirectOptions]
	// OpenBrowser is called in its own goroutine with the authorization URL once the
	// listener is ready. If nil, no browser is opened; Progress receives the URL.
	OpenBrowser func(authorizationURL string) error
	// Pasted receives the redirect address that the user copies from the browser. It
	// is required only if Authorize cannot listen on the redirect URI.
	Pasted <-chan string
	// ListenIfFree falls back to Pasted, instead of failing, if the port is in use.
	ListenIfFree bool
	// Progress, if not nil, is called at each step, never concurrently.
	Progress func(AuthorizeProgress)
}

// AuthorizeProgress is one step of a login.
type AuthorizeProgress struct {
	Stage    AuthorizeStage
	URL      string    // StageWaiting: the URL to open; it contains the state, so show it to the user only
	Deadline time.Time // StageWaiting: when the login times out
	Listens  error     // StageWaiting: nil, or why Authorize cannot listen and the redirect must be pasted
	Problem  error     // StageNoBrowser, StageBadPaste
	Ignored  string    // StageIgnored: why the request was ignored
}

// AuthorizeStage is a step of a login.
type AuthorizeStage int

// The steps of a login, in order. All but StageWaiting are optional.
const (
	StageWaiting    AuthorizeStage = iota // the URL is ready; waiting for the redirect
	StageNoBrowser                        // the browser could not be opened
	StageIgnored                          // a request arrived that is not the redirect of this login
	StageBadPaste                         // the pasted text is not the redirect of this login
	StageExchanging                       // exchanging the code for tokens
)

// Authorize logs a person in through their browser (RFC 8252). It listens on the
// redirect URI, opens the authorization URL, waits for the redirect, exchanges the
// code and saves the tokens. If it cannot listen and opts.Pasted is set, the user
// must paste the redirect address.
//
// Errors match [ErrLoginDenied], [ErrLoginTimeout], [ErrLoginFailed],
// [ErrWrongClient], [ErrCannotListen] or any error of a [Client] call.
func (i *Integration) Authorize(ctx context.Context, opts AuthorizeOptions) (Tokens, error) {
	if opts.Timeout <= 0 {
		opts.Timeout = DefaultLoginTimeout
	}
	if opts.State == "" {
		opts.State = NewState()
	}
	// Ask for the client secret, if needed, before the user's attention moves to the browser.
	if err := i.Ready(ctx); err != nil {
		return Tokens{}, err
	}
	verifier := NewVerifier()
	address, err := i.AuthorizationURL(AuthorizationRequest{
		Scopes: opts.Scopes, State: opts.State, Verifier: verifier, Prompt: opts.Prompt, LoginHint: opts.LoginHint,
	})
	if err != nil {
		return Tokens{}, err
	}
	f := &flow{opts: opts, address: address, uri: i.cred.redirectURI(), steps: make(chan AuthorizeProgress, 16), deadline: time.Now().Add(opts.Timeout)}
	asked := opts.Scopes
	if len(asked) == 0 {
		asked = DefaultScopes
	}
	// Keep the port open until the login is done: the browser may request the page again
	// during the exchange.
	listening, cancel := context.WithCancel(ctx)
	defer func() {
		cancel()
		f.listener.Wait()
	}()
	code, err := f.code(listening)
	if errors.Is(err, errInvalidScope) {
		err = fmt.Errorf("%w; requested: %s", err, strings.Join(asked, " "))
	}
	if err != nil {
		return Tokens{}, err
	}
	f.tell(AuthorizeProgress{Stage: StageExchanging})
	return i.exchange(ctx, code, verifier, slices.Clone(asked))
}

// flow is a login that is waiting for its code.
type flow struct {
	opts     AuthorizeOptions
	address  string
	uri      string
	deadline time.Time
	steps    chan AuthorizeProgress // from other goroutines
	listener sync.WaitGroup
}

func (f *flow) tell(p AuthorizeProgress) {
	if f.opts.Progress != nil {
		f.opts.Progress(p)
	}
}

// pass queues a step for the goroutine that reports progress; it drops the step if the
// queue is full.
func (f *flow) pass(p AuthorizeProgress) {
	select {
	case f.steps <- p:
	default:
	}
}

func (f *flow) code(ctx context.Context) (string, error) {
	cannot := CheckLoopback(f.uri)
	if cannot != nil && f.opts.Pasted == nil {
		return "", cannot
	}
	answer := make(chan redirectAnswer, 1)
	listening := make(chan struct{})
	if cannot == nil {
		f.listener.Go(func() {
			code, err := WaitForRedirect(ctx, RedirectOptions{
				RedirectURI: f.uri, State: f.opts.State, Issuer: f.opts.Issuer, Timeout: f.opts.Timeout,
				Listening: func() { close(listening) },
				Ignored:   func(reason string) { f.pass(AuthorizeProgress{Stage: StageIgnored, Ignored: reason}) },
				answered:  func(a redirectAnswer) { answer <- a },
			})
			if err != nil {
				select {
				case answer <- redirectAnswer{code, err}:
				default: // already delivered
				}
			}
		})
		select {
		case <-listening:
		case a := <-answer: // the port is in use
			if !f.opts.ListenIfFree || f.opts.Pasted == nil || ctx.Err() != nil {
				return "", a.err
			}
			cannot, answer = a.err, nil
		}
	}
	f.tell(AuthorizeProgress{Stage: StageWaiting, URL: f.address, Deadline: f.deadline, Listens: cannot})
	if f.opts.OpenBrowser != nil {
		go func() {
			if err := f.opts.OpenBrowser(f.address); err != nil {
				f.pass(AuthorizeProgress{Stage: StageNoBrowser, Problem: err})
			}
		}()
	}
	return f.wait(ctx, answer)
}

func (f *flow) wait(ctx context.Context, answer <-chan redirectAnswer) (string, error) {
	timeout := time.NewTimer(time.Until(f.deadline))
	defer timeout.Stop()
	pasted := f.opts.Pasted
	for {
		select {
		case a := <-answer:
			return a.code, a.err
		case text, ok := <-pasted:
			if !ok {
				pasted = nil // closed: stop receiving
				continue
			}
			code, err := CodeFromRedirect(text, f.opts.State, f.opts.Issuer)
			if err == nil || !errors.Is(err, ErrInvalidInput) {
				return code, err
			}
			f.tell(AuthorizeProgress{Stage: StageBadPaste, Problem: err})
		case p := <-f.steps:
			f.tell(p)
		case <-timeout.C:
			return "", fmt.Errorf("%w: no response within %s", ErrLoginTimeout, f.opts.Timeout)
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

// CodeFromRedirect extracts the authorization code from a redirect address that the
// user copied from the browser. Surrounding quotes and any whitespace are removed, and
// the query string on its own is accepted. The checks are those of [WaitForRedirect].
// Errors match [ErrInvalidInput] if text is not the redirect of this login, and
// [ErrLoginDenied] or [ErrLoginFailed] if the redirect reports an error.
func CodeFromRedirect(text, state, issuer string) (string, error) {
	text = unwrap(text)
	query := text
	if i := strings.IndexByte(text, '?'); i >= 0 {
		query = text[i+1:]
	}
	query, _, _ = strings.Cut(query, "#")
	q, err := url.ParseQuery(strings.TrimPrefix(query, "&"))
	if err != nil || !q.Has("state") && !q.Has("code") && !q.Has("error") {
		return "", fmt.Errorf("%w: this is not the redirect address from the browser, which contains code= and state=", ErrInvalidInput)
	}
	if q.Has("response_type") {
		return "", fmt.Errorf("%w: this is the address to open: paste the address that the browser shows after you accept", ErrInvalidInput)
	}
	if reason := refusesQuery(q, state); reason != "" {
		return "", fmt.Errorf("%w: the pasted text is %s", ErrInvalidInput, reason)
	}
	return redirectResult(q, issuer)
}

// unwrap removes all whitespace, and surrounding quotes and brackets, that copying may
// have added.
func unwrap(text string) string {
	text = strings.Join(strings.Fields(text), "")
	return strings.Trim(text, "\"'`<>()[],;“”‘’«»")
}
