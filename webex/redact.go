package webex

import (
	"encoding/base64"
	jsonv1 "encoding/json"
	"net/http"
	"net/url"
	"strings"
)

const maxTrackingID = 128

func trackingID(h http.Header, token Secret) Untrusted {
	return Untrusted(truncate(string(without(Untrusted(h.Get("Trackingid")), token)), maxTrackingID))
}

// without takes a secret out of text that a server sent: some repeat the request in
// their errors, as it was, or as it stood in a form, in JSON or in a header.
func without(text Untrusted, secret Secret) Untrusted {
	plain := secret.Reveal()
	if plain == "" || text == "" {
		return text
	}
	out := strings.ReplaceAll(string(text), plain, mask)
	for _, form := range []string{url.QueryEscape(plain), url.PathEscape(plain), inJSON(plain), base64.StdEncoding.EncodeToString([]byte(plain))} {
		if form != plain {
			out = strings.ReplaceAll(out, form, mask)
		}
	}
	return Untrusted(out)
}

// inJSON is how most servers write a text in JSON, without the quotes.
func inJSON(s string) string {
	b, err := jsonv1.Marshal(s) // which escapes & < and >, as many do
	if err != nil {
		return s
	}
	return string(b[1 : len(b)-1])
}
