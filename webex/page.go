package webex

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strings"
)

// maxPages ends a server's endless list: 1,000 pages of 1,000 are a million people.
const maxPages = 1000

// pages sends first and then whatever each answer's Link header calls next. It
// yields nil after each page that was decoded, and an error at most once, last.
func (c *Client) pages(ctx context.Context, first request) iter.Seq[error] {
	return func(yield func(error) bool) {
		r := first
		seen := map[string]bool{}
		for range maxPages {
			res, err := c.call(ctx, r)
			if err != nil {
				yield(err)
				return
			}
			if !yield(nil) {
				return
			}
			next, err := c.nextPage(c.url(r), res.header)
			if err != nil {
				yield(&Error{Op: first.op.name, Status: http.StatusOK, Err: err})
				return
			}
			if next == nil {
				return
			}
			if seen[next.String()] || next.String() == c.url(first).String() {
				yield(&Error{Op: first.op.name, Status: http.StatusOK, Err: fmt.Errorf("%w: the pages go in a circle", ErrServer)})
				return
			}
			seen[next.String()] = true
			r.next = next
		}
		yield(&Error{Op: first.op.name, Status: http.StatusOK, Err: fmt.Errorf("%w: more than %d pages", ErrServer, maxPages)})
	}
}

// nextPage returns the link of the next page, nil when this was the last. A link
// to anywhere but the API's own address is an error: the token would go with it.
func (c *Client) nextPage(current *url.URL, h http.Header) (*url.URL, error) {
	link := parseNextLink(h.Values("Link"))
	if link == "" {
		return nil, nil
	}
	u, err := url.Parse(link)
	if err != nil {
		return nil, fmt.Errorf("%w: the link to the next page cannot be read", ErrServer)
	}
	u = current.ResolveReference(u)
	if u.Scheme != c.base.Scheme || u.Host != c.base.Host || u.User != nil {
		return nil, fmt.Errorf("%w: the next page is said to be at %s, not at %s; it was not fetched",
			ErrServer, Clean(Untrusted(u.Host)), c.base.Host)
	}
	u.Fragment = ""
	return u, nil
}

// parseNextLink returns the target of rel="next" of Link headers (RFC 8288
// section 3), empty when there is none.
func parseNextLink(headers []string) string {
	for _, h := range headers {
		for _, link := range splitLinks(h) {
			target, params, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(link), "<"), ">")
			if ok && hasRelNext(params) {
				return strings.TrimSpace(target)
			}
		}
	}
	return ""
}

// splitLinks cuts a header at the commas that stand neither in a target nor in a
// quoted parameter.
func splitLinks(h string) []string {
	var links []string
	target, quoted, start := false, false, 0
	for i := 0; i < len(h); i++ {
		switch c := h[i]; {
		case c == '"' && !target:
			quoted = !quoted
		case c == '<' && !quoted:
			target = true
		case c == '>' && !quoted:
			target = false
		case c == ',' && !target && !quoted:
			links = append(links, h[start:i])
			start = i + 1
		}
	}
	return append(links, h[start:])
}

func hasRelNext(params string) bool {
	for _, p := range strings.Split(params, ";") {
		name, value, ok := strings.Cut(strings.TrimSpace(p), "=")
		if !ok || !strings.EqualFold(strings.TrimSpace(name), "rel") {
			continue
		}
		for _, rel := range strings.Fields(strings.Trim(strings.TrimSpace(value), `"`)) {
			if strings.EqualFold(rel, "next") {
				return true
			}
		}
	}
	return false
}
