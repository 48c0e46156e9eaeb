package webex

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"sync"
)

// landing is a page that the browser shows after the redirect. Its texts are fixed and
// contain nothing from the request.
type landing struct{ title, mark, text, next string }

var (
	pageApproved = landing{
		"Access approved", "&#10003;", "Webex has sent your approval to wxauth.",
		"Return to the terminal to finish the login. You can close this page.",
	}
	pageDeclined = landing{
		"Not approved", "&#10007;", "Webex did not give access.",
		"Return to the terminal to see the reason and what to do. You can close this page.",
	}
	pageIgnored = landing{
		"Nothing here", "&middot;", "This address only receives Webex's response to a login in progress.",
		"Nothing has changed. You can close this page.",
	}
)

const landingStyle = `:root{color-scheme:light dark}` +
	`body{font:18px/1.5 system-ui,sans-serif;margin:0;min-height:100vh;display:flex;align-items:center;justify-content:center;background:Canvas;color:CanvasText}` +
	`main{max-width:30em;padding:2em;text-align:center}p{margin:.5em 0}.mark{font-size:3em;line-height:1}h1{font-size:1.4em;margin:.4em 0}.next{opacity:.75}`

// landingPolicy allows only the style above: no scripts, frames, images or requests.
var landingPolicy = sync.OnceValue(func() string {
	sum := sha256.Sum256([]byte(landingStyle))
	return "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
})

func writePage(w http.ResponseWriter, status int, p landing) {
	body := "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">" +
		"<title>wxauth: " + p.title + "</title><style>" + landingStyle + "</style>" +
		"<main><p class=\"mark\" aria-hidden=\"true\">" + p.mark + "</p><h1>" + p.title + "</h1><p>" + p.text + "</p><p class=\"next\">" + p.next + "</p></main></html>\n"
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", landingPolicy())
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Connection", "close")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body))
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
}
