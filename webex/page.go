package webex

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// maxPages stops an endless list: 1,000 pages of 1,000 are a million people.
const maxPages = 1000

// pages sends first and then follows the next link of each response. It yields nil after
// each decoded page; an error ends the sequence.
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
			next, err := c.nextPage(c.url(r), first.query, res.header)
			if err != nil {
				yield(&Error{Op: first.op.name, Status: http.StatusOK, Err: redacted(err, res.token)})
				return
			}
			if next == nil {
				return
			}
			if seen[next.String()] || next.String() == c.url(first).String() {
				yield(&Error{Op: first.op.name, Status: http.StatusOK, Err: fmt.Errorf("%w: the pages form a loop", ErrServer)})
				return
			}
			seen[next.String()] = true
			r.next = next
		}
		yield(&Error{Op: first.op.name, Status: http.StatusOK, Err: fmt.Errorf("%w: more than %d pages", ErrServer, maxPages)})
	}
}

// nextPage returns the URL of the next page for query, or nil if this was the last. A link
// to another server is an error, because the token would be sent there. So is a link that
// is invalid or selects something else, because the list would look complete and miss
// people. Webex's links have been seen to drop parameters; these are added again.
func (c *Client) nextPage(current *url.URL, query url.Values, h http.Header) (*url.URL, error) {
	link, found, err := parseNextLink(h.Values("Link"))
	if err != nil || !found {
		return nil, err
	}
	u, err := url.Parse(link)
	if err != nil {
		return nil, fmt.Errorf("%w: the link to the next page is invalid", ErrServer)
	}
	u = current.ResolveReference(u)
	if u.Scheme != c.base.Scheme || u.Host != c.base.Host || u.User != nil {
		return nil, fmt.Errorf("%w: the next page is at %s instead of %s; it was not fetched",
			ErrServer, Clean(Untrusted(u.Host)), c.base.Host)
	}
	u.Fragment = ""
	return u, keepQuery(u, query)
}

// freeParameters do not select people, so a server may change them from page to page.
var freeParameters = map[string]bool{"max": true, "excludeStatus": true}

// keepQuery adds parameters of query that u has lost, and returns an error if one changed.
func keepQuery(u *url.URL, query url.Values) error {
	got, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return fmt.Errorf("%w: the link to the next page is invalid", ErrServer)
	}
	lost := url.Values{}
	for name, want := range query {
		switch has := got[name]; {
		case len(has) == 0:
			lost[name] = want
		case freeParameters[name] || slices.Equal(has, want):
		case len(has) == 1 && (strings.EqualFold(has[0], want[0]) || OrgID(has[0]).UUID() == OrgID(want[0]).UUID()):
		default:
			return fmt.Errorf("%w: the link to the next page has a different %s than the request; it was not fetched", ErrServer, name)
		}
	}
	if len(lost) > 0 {
		u.RawQuery = strings.TrimPrefix(u.RawQuery+"&"+lost.Encode(), "&")
	}
	return nil
}

var errLink = fmt.Errorf("%w: the page has an invalid Link header, so there may be more pages", ErrServer)

// parseNextLink returns the target of rel="next" in Link headers (RFC 8288 section 3). A
// malformed header is an error, because it may be the link to the next page.
func parseNextLink(headers []string) (target string, found bool, err error) {
	for _, h := range headers {
		for _, link := range splitLinks(h) {
			if link = strings.TrimSpace(link); link == "" {
				continue // an empty element of a list (RFC 9110 section 5.6.1)
			}
			rest, open := strings.CutPrefix(link, "<")
			target, params, closed := strings.Cut(rest, ">")
			next, readable := relNext(params)
			switch {
			case !open || !closed || !readable:
				return "", false, errLink
			case next:
				return strings.TrimSpace(target), true, nil
			}
		}
	}
	return "", false, nil
}

// splitLinks splits a header at commas that are neither in a target nor in a quoted
// parameter.
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

// relNext reports whether a link's parameters contain rel="next". readable is false if rel
// is missing, which RFC 8288 section 3.3 requires, or is next in invalid quotation marks.
func relNext(params string) (next, readable bool) {
	for _, p := range strings.Split(params, ";") {
		name, value, ok := strings.Cut(strings.TrimSpace(p), "=")
		if !ok || !strings.EqualFold(strings.TrimSpace(name), "rel") {
			continue
		}
		for _, rel := range strings.Fields(strings.Trim(strings.TrimSpace(value), `"`)) {
			switch {
			case strings.EqualFold(rel, "next"):
				return true, true
			case strings.EqualFold(strings.Trim(rel, "'`\"‘’“”"), "next"):
				return false, false
			}
			readable = true
		}
	}
	return false, readable
}
