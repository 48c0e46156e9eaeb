package webextest

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
)

const pageStyle = `body{font:17px/1.5 system-ui,sans-serif;max-width:34em;margin:4em auto;padding:0 1em;color:#1a1a1a;background:#fff}` +
	`h1{font-size:1.4em}ul{padding-left:1.2em}button{font:inherit;padding:.5em 1.6em;border-radius:1.5em;border:1px solid #1a1a1a;margin-right:.8em;cursor:pointer}` +
	`#accept{background:#07544f;color:#fff;border-color:#07544f}.note{color:#555;font-size:.9em}`

func page(w http.ResponseWriter, status int, title, body string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>%s</title><style>%s</style><h1>%s</h1>%s</html>\n",
		html.EscapeString(title), pageStyle, html.EscapeString(title), body)
}

// consentPage asks the person who is signed in, as Webex's page does after the login.
func (s *Simulator) consentPage(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	a, ok := s.authorization(w, q)
	if !ok {
		return
	}
	p := s.byID[s.browser]
	switch {
	case p == nil && q.Get("prompt") == "none":
		a.redirect(w, url.Values{"error": {"login_required"}})
		return
	case p == nil:
		page(w, http.StatusOK, "Sign in to Webex", "<p>Nobody is signed in to this simulated Webex.</p>")
		return
	}
	var b strings.Builder
	fmt.Fprintf(&b, "<p><strong>%s</strong> wants to act for <strong>%s</strong> (%s). It asks for:</p><ul>",
		html.EscapeString(a.client.Name), html.EscapeString(p.Name), html.EscapeString(p.Email))
	for _, scope := range a.scopes {
		fmt.Fprintf(&b, "<li><code>%s</code></li>", html.EscapeString(scope))
	}
	b.WriteString("</ul><form method=\"post\" action=\"authorize\">")
	for _, name := range []string{"response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method"} {
		if q.Has(name) {
			fmt.Fprintf(&b, "<input type=\"hidden\" name=\"%s\" value=\"%s\">", name, html.EscapeString(q.Get(name)))
		}
	}
	b.WriteString("<button id=\"accept\" name=\"decision\" value=\"accept\">Accept</button>" +
		"<button id=\"decline\" name=\"decision\" value=\"decline\">Decline</button></form>" +
		"<p class=\"note\">This is a simulated Webex: nothing here reaches a real account.</p>")
	page(w, http.StatusOK, "Approve access", b.String())
}

// Consent simulates that the signed-in person opens an authorization URL and accepts or
// declines. It returns the redirect address with the code or the error.
func (s *Simulator) Consent(ctx context.Context, authorizationURL string, accept bool) (redirected string, err error) {
	u, err := url.Parse(authorizationURL)
	if err != nil {
		return "", fmt.Errorf("open consent page: %w", err)
	}
	form := u.Query()
	form.Set("decision", "decline")
	if accept {
		form.Set("decision", "accept")
	}
	u.RawQuery = ""
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), strings.NewReader(form.Encode()))
	if err != nil {
		return "", fmt.Errorf("press button: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := s.Transport().RoundTrip(req)
	if err != nil {
		return "", fmt.Errorf("press button: %w", err)
	}
	_ = resp.Body.Close()
	if redirected = resp.Header.Get("Location"); redirected == "" {
		return "", fmt.Errorf("press button: %s, and the browser is sent nowhere", resp.Status)
	}
	return redirected, nil
}

// Browser returns a function for AuthorizeOptions.OpenBrowser of package webex. It
// simulates the browser of a signed-in person: it opens the authorization URL, accepts or
// declines, and follows the redirect to the listening program.
func (s *Simulator) Browser(accept bool) func(authorizationURL string) error {
	return func(authorizationURL string) error {
		redirected, err := s.Consent(context.Background(), authorizationURL, accept)
		if err != nil {
			return err
		}
		req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, redirected, nil)
		if err != nil {
			return fmt.Errorf("go where the browser is sent: %w", err)
		}
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			return fmt.Errorf("go where the browser is sent: %w", err)
		}
		return resp.Body.Close()
	}
}
