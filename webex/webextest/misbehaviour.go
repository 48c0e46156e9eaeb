package webextest

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// Misbehaviour is a way in which a server or a proxy can fail.
type Misbehaviour struct {
	Name  string
	Fault Fault
}

// Misbehaviours returns failures that a client of Webex must survive: each call must end in
// time with an error that describes the failure, and must not return a list. Use
// [Simulator.Exists] to find out whether a DELETE took effect. The simulator must be served
// by [Simulator.Wire] or [Simulator.Listen].
func Misbehaviours() []Misbehaviour {
	all := []Misbehaviour{
		{"dropped before it took effect", Fault{Kind: DropBefore}},
		{"dropped after it took effect", Fault{Kind: DropAfter}},
		{"an answer that ends half way", Fault{Kind: Truncate}},
		{"bytes that are no JSON", Fault{Kind: Garbage}},
		{"the page of a captive portal", Fault{Kind: HTML}},
		{"a page that does not say that it is one", Fault{Status: 200, Body: "\n<!doctype html><p>Sign in</p>"}},
		{"a body that never ends", Fault{Kind: Endless}},
		{"a byte a second", Fault{Kind: Drip}},
		{"200 KB that unpack to 200 MB", Fault{Kind: GzipBomb}},
		{"a pause of a day", Fault{Status: 429, RetryAfter: "86400"}},
		{"a pause of nonsense", Fault{Status: 429, RetryAfter: "-1e99"}},
		{"a gateway that lost the answer", Fault{Kind: LostAfter, Status: 504}},
		{"an error that repeats the token", Fault{Kind: Echo, Status: 500}},
		{"an error of a megabyte", Fault{Status: 500, Body: strings.Repeat("no ", 350_000), ContentType: "text/plain"}},
		{"an answer that never begins", Fault{Delay: time.Hour}},
	}
	for _, status := range []int{400, 401, 403, 404, 409, 410, 418, 423, 429, 500, 501, 502, 503, 504} {
		all = append(all, Misbehaviour{fmt.Sprintf("status %d", status), Fault{Status: status}})
	}
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, to := range []string{"https://elsewhere.example/v1/authorizations", "http://127.0.0.1:9/v1/authorizations", "/v1/people/me"} {
			all = append(all, Misbehaviour{fmt.Sprintf("%d to %s", status, to), Fault{Kind: Redirect, Status: status, To: to}})
		}
	}
	for name, body := range map[string]string{
		"nothing at all": "\n", "null": "null", "a list without its envelope": "[]", "no items": "{}", "items of another kind": `{"items":{"id":"a"}}`, "items of null": `{"items":null}`,
		"a name twice": `{"items":[{"id":"a","id":"b"}]}`, "items twice": `{"items":[],"items":[]}`,
		"a second value": `{"items":[]}{"items":[]}`, "NaN": `{"items":[NaN]}`, "a byte order mark": "\ufeff" + `{"items":[]}`,
		"a depth of 12,000": `{"items":` + strings.Repeat("[", 12_000), "a row that is cut": `{"items":[{"id":"a"},{"id":"b`,
	} {
		all = append(all, Misbehaviour{"200 with " + name, Fault{Status: 200, Body: body}})
	}
	for _, status := range []int{202, 204, 206, 299} {
		all = append(all, Misbehaviour{fmt.Sprintf("status %d for a list", status), raw(fmt.Sprintf("HTTP/1.1 %d Odd\r\nContent-Length: 0\r\n\r\n", status))})
	}
	return append(all, onTheWire()...)
}

// raw is a fault that sends these bytes and closes the connection.
func raw(text string) Fault {
	return Fault{Kind: Raw, Wire: func(c net.Conn) { _, _ = io.WriteString(c, text) }}
}

const ok = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

func onTheWire() []Misbehaviour {
	hold := func(c net.Conn) { _, _ = io.Copy(io.Discard, c) } // until the other end gives up
	return []Misbehaviour{
		{"a line that is no status", raw("SSH-2.0-OpenSSH_9.9\r\n\r\n")},
		{"a status that is no number", raw("HTTP/1.1 OK 200\r\n\r\n")},
		{"a version that is none", raw("HTTP/9.9 200 OK\r\nContent-Length: 2\r\n\r\n{}")},
		{"a body of more than it was said to be", Fault{Kind: Raw, Wire: func(c net.Conn) {
			_, _ = io.WriteString(c, ok+"Content-Length: 5\r\n\r\n"+`{"items":[]}`)
			hold(c)
		}}},
		{"a body of less than it was said to be", raw(ok + "Content-Length: 500\r\n\r\n" + `{"items":[`)},
		{"two lengths", raw(ok + "Content-Length: 12\r\nContent-Length: 13\r\n\r\n" + `{"items":[]}`)},
		{"a length that is none", raw(ok + "Content-Length: -1\r\n\r\n" + `{"items":[]}`)},
		{"a chunk that is none", raw(ok + "Transfer-Encoding: chunked\r\n\r\nzz\r\n")},
		{"a chunk of more than there is", raw(ok + "Transfer-Encoding: chunked\r\n\r\nffffff\r\n{\"items\":[")},
		{"an encoding that it does not have", raw(ok + "Content-Encoding: gzip\r\nContent-Length: 12\r\n\r\n" + `{"items":[]}`)},
		{"a protocol that was not asked for", raw("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")},
		{"a header of a megabyte", raw(ok + "Content-Length: 12\r\nX-Big: " + strings.Repeat("a", 1<<20) + "\r\n\r\n" + `{"items":[]}`)},
		{"twenty thousand headers", raw(ok + "Content-Length: 12\r\n" + strings.Repeat("X-Many: 1\r\n", 20_000) + "\r\n" + `{"items":[]}`)},
		{"a header without an end", raw(ok)},
		{"interim answers without an end", Fault{Kind: Raw, Wire: func(c net.Conn) {
			for {
				if _, err := io.WriteString(c, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"); err != nil {
					return
				}
			}
		}}},
		{"a header of a byte a second", Fault{Kind: Raw, Wire: func(c net.Conn) {
			for _, b := range []byte(ok + strings.Repeat("X-Slow: 1\r\n", 100)) {
				if _, err := c.Write([]byte{b}); err != nil {
					return
				}
				time.Sleep(time.Second)
			}
		}}},
		{"a body that stops", Fault{Kind: Raw, Wire: func(c net.Conn) {
			_, _ = io.WriteString(c, ok+"Content-Length: 500\r\n\r\n"+`{"items":[`)
			hold(c)
		}}},
		{"silence after the effect", Fault{Kind: Raw, Effect: true, Wire: hold}},
		{"silence", Fault{Kind: Raw, Wire: hold}},
		{"a close after the header", Fault{Kind: Raw, Effect: true, Wire: func(c net.Conn) {
			_, _ = io.WriteString(c, ok+"Content-Length: 500\r\n\r\n")
		}}},
	}
}

// serveRaw passes the connection to a fault and then closes it.
func (s *Simulator) serveRaw(f *Fault, w http.ResponseWriter, proceed func(http.ResponseWriter)) {
	if f.Effect {
		proceed(&discard{header: http.Header{}})
	}
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // HTTP/2, or a server in memory: dropped is what it comes to
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Time{})
	f.Wire(conn)
}
