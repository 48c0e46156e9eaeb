package webex

import (
	"encoding/base64"
	jsonv1 "encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

const maxTrackingID = 128

func trackingID(h http.Header, token Secret) Untrusted {
	return Untrusted(truncate(string(without(Untrusted(h.Get("Trackingid")), token)), maxTrackingID))
}

// without redacts a secret in text from a server, which may repeat the request in its
// errors: as it is, or encoded as in a form, JSON or a header. Long parts of the secret are
// redacted too, because the rest might be guessed.
func without(text Untrusted, secret Secret) Untrusted {
	plain := secret.Reveal()
	if plain == "" || text == "" {
		return text
	}
	forms := []string{plain}
	for _, form := range []string{url.QueryEscape(plain), url.PathEscape(plain), inJSON(plain), base64.StdEncoding.EncodeToString([]byte(plain))} {
		if !slices.Contains(forms, form) {
			forms = append(forms, form)
		}
	}
	out := string(text)
	for _, form := range forms {
		out = strings.ReplaceAll(out, form, mask)
	}
	if at := len(plain) - len(publicEnd(secret)); at < len(plain) {
		forms[0] = plain[:at]
	}
	return Untrusted(withoutParts(out, forms))
}

// publicEnd returns the end of an opaque access token that is not secret: its cluster and
// its organization's id, which appear in errors.
func publicEnd(token Secret) string {
	f := InspectToken(token)
	if f.Cluster == "" || f.SelfContained {
		return ""
	}
	text := token.Reveal()
	return text[strings.LastIndex(text, "_"+string(f.Cluster)+"_"):]
}

const (
	longPart = 16           // characters of a secret that must not be shown
	probed   = longPart / 2 // every part of that length contains an aligned block of this size
)

// withoutParts masks every long substring that text has in common with one of forms.
func withoutParts(text string, forms []string) string {
	var out strings.Builder
	done := 0 // the part of text that is in out or masked
	for at := 0; at+probed <= len(text); at += probed {
		if at < done {
			continue
		}
		from, to := at, at
		for _, form := range forms {
			for pos := 0; ; pos++ {
				n := strings.Index(form[pos:], text[at:at+probed])
				if n < 0 {
					break
				}
				pos += n
				start, end := at, at+probed
				for i := pos; i > 0 && start > done && form[i-1] == text[start-1]; i-- {
					start--
				}
				for i := pos + probed; i < len(form) && end < len(text) && form[i] == text[end]; i++ {
					end++
				}
				if end-start >= longPart {
					from, to = min(from, start), max(to, end)
				}
			}
		}
		if to > from {
			out.WriteString(text[done:from] + mask)
			done = to
		}
	}
	if done == 0 {
		return text
	}
	return out.String() + text[done:]
}

// redacted returns err with the secrets removed from its text, which may repeat what a server
// sent, such as a duplicate name in JSON. Secrets of a few characters, which only tests have,
// are not redacted, because they could occur in our own words.
func redacted(err error, secrets ...Secret) error {
	text := Untrusted(err.Error())
	for _, s := range secrets {
		if len(s.Reveal()) >= probed {
			text = without(text, s)
		}
	}
	if string(text) == err.Error() {
		return err
	}
	return redactedError{string(text), err}
}

type redactedError struct {
	text string
	err  error
}

func (e redactedError) Error() string { return e.text }
func (e redactedError) Unwrap() error { return e.err }

// inJSON returns s as most servers encode it in JSON, without the quotes.
func inJSON(s string) string {
	b, err := jsonv1.Marshal(s) // escapes &, < and >, as many servers do
	if err != nil {
		return s
	}
	return string(b[1 : len(b)-1])
}
