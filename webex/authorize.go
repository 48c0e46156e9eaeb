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

// AuthorizeOptions say how a login goes.
type AuthorizeOptions struct {
	Scopes    []string      // DefaultScopes when empty
	State     string        // 22 characters or more; made up when empty
	Timeout   time.Duration // 5 minutes when 0
	Prompt    string
	LoginHint string
	Issuer    string
	// OpenBrowser is called with the authorization URL once the listener stands, in
	// a goroutine of its own. Nil opens none: Progress gets the URL too.
	OpenBrowser func(authorizationURL string) error
	// Pasted delivers what the user pastes: the address that the browser was sent to.
	// It may be nil where the redirect URI can be listened at.
	Pasted <-chan string
	// ListenIfFree lets a port that is taken be no error where the answer can be pasted.
	ListenIfFree bool
	// Progress is told each step, from one goroutine at a time. It may be nil.
	Progress func(AuthorizeProgress)
}

// AuthorizeProgress is one step of a login.
type AuthorizeProgress struct {
	Stage    AuthorizeStage
	URL      string    // StageWaiting: what to open; it holds the state, so it is for the user only
	Deadline time.Time // StageWaiting
	Listens  error     // StageWaiting: nil when we listen; why not, when the answer has to be pasted
	Problem  error     // StageNoBrowser, StageBadPaste
	Ignored  string    // StageIgnored: why a request was no answer
}

// AuthorizeStage is a step of a login.
type AuthorizeStage int

// The steps of a login, in their order; those after StageWaiting may come or not.
const (
	StageWaiting    AuthorizeStage = iota // the URL is there, and the answer is waited for
	StageNoBrowser                        // the browser could not be opened
	StageIgnored                          // a request came that was no answer
	StageBadPaste                         // what was pasted is no answer
	StageExchanging                       // the code is being exchanged for tokens
)

// Authorize logs somebody in with their browser: it listens at the redirect URI, has
// the authorization URL opened, waits for the answer, exchanges its code and keeps the
// tokens (RFC 8252). Where it cannot listen, and opts.Pasted is there, the answer has
// to be pasted.
//
// The error matches [ErrLoginDenied], [ErrLoginTimeout], [ErrLoginFailed],
// [ErrWrongClient], [ErrCannotListen] or what a call may return.
func (i *Integration) Authorize(ctx context.Context, opts AuthorizeOptions) (Tokens, error) {
	if opts.Timeout <= 0 {
		opts.Timeout = DefaultLoginTimeout
	}
	if opts.State == "" {
		opts.State = NewState()
	}
	// What somebody may have to be asked for is asked before the browser has the stage.
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
	// The browser may ask for the page again while the code is exchanged: the port is open
	// until the login is over.
	listening, cancel := context.WithCancel(ctx)
	defer func() {
		cancel()
		f.listener.Wait()
	}()
	code, err := f.code(listening)
	if errors.Is(err, errInvalidScope) {
		err = fmt.Errorf("%w; asked for: %s", err, strings.Join(asked, " "))
	}
	if err != nil {
		return Tokens{}, err
	}
	f.tell(AuthorizeProgress{Stage: StageExchanging})
	return i.exchange(ctx, code, verifier, slices.Clone(asked))
}

// flow is one login that waits for its code.
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

// pass hands a step to the goroutine that tells; what nobody takes is dropped.
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
				default: // it was told already
				}
			}
		})
		select {
		case <-listening:
		case a := <-answer: // the port is taken
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
				pasted = nil // nobody pastes any more
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
			return "", fmt.Errorf("%w: no answer came within %s", ErrLoginTimeout, f.opts.Timeout)
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

// CodeFromRedirect reads the code from the address that a browser was sent to, as it
// may have been copied: with quotes, blanks or line breaks in it, or its query alone.
// It is held to the rules of a redirect that was listened for. The error matches
// [ErrInvalidInput] for what is no answer to this login, and [ErrLoginDenied] or
// [ErrLoginFailed] for one that says no.
func CodeFromRedirect(text, state, issuer string) (string, error) {
	text = unwrap(text)
	query := text
	if i := strings.IndexByte(text, '?'); i >= 0 {
		query = text[i+1:]
	}
	query, _, _ = strings.Cut(query, "#")
	q, err := url.ParseQuery(strings.TrimPrefix(query, "&"))
	if err != nil || !q.Has("state") && !q.Has("code") && !q.Has("error") {
		return "", fmt.Errorf("%w: this is not the address that the browser was sent to: it has code= and state= in it", ErrInvalidInput)
	}
	if q.Has("response_type") {
		return "", fmt.Errorf("%w: this is the address to open; the one to paste is where the browser ends after you accepted", ErrInvalidInput)
	}
	if reason := refusesQuery(q, state); reason != "" {
		return "", fmt.Errorf("%w: what was pasted is %s", ErrInvalidInput, reason)
	}
	return judge(q, issuer)
}

// unwrap takes off what copying adds: blanks and line breaks, also in the middle,
// quotes and brackets around.
func unwrap(text string) string {
	text = strings.Join(strings.Fields(text), "")
	return strings.Trim(text, "\"'`<>()[],;“”‘’«»")
}
