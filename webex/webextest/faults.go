package webextest

import (
	"cmp"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Kind is the effect of a [Fault].
type Kind int

// The kinds of fault.
const (
	// Answer responds with Status, RetryAfter and Body and does not change the state.
	Answer Kind = iota
	// DropBefore closes the connection before the request takes effect.
	DropBefore
	// DropAfter closes the connection after the request took effect, without a response.
	DropAfter
	// Truncate ends the body of the response halfway.
	Truncate
	// Garbage responds 200 with invalid JSON.
	Garbage
	// HTML responds 200 with an HTML page, as a captive portal does.
	HTML
	// Redirect responds with Status (302 if 0) and Location To.
	Redirect
	// Endless responds 200 with JSON that never ends.
	Endless
	// Drip responds 200 with one byte per second.
	Drip
	// GzipBomb responds 200 with a small body that decompresses to 200 MB.
	GzipBomb
	// LostAfter responds with Status after the request took effect, like a gateway that
	// timed out.
	LostAfter
	// Late performs the request at once and responds after Delay.
	Late
	// Echo responds with Status (400 if 0) and an error that repeats the request's
	// Authorization header and body.
	Echo
	// Raw passes the connection to Wire, after the request took effect if Effect is set.
	Raw
)

// Fault defines which requests fail, how often and how.
type Fault struct {
	Method string        // "" is every method
	Path   string        // a part of the path or query; "" is every one
	Skip   int           // so many matching requests pass first
	Times  int           // so many go wrong; 0 is all of them
	Delay  time.Duration // waited before anything else
	// Until, if not nil, holds matching requests until it is closed, before they take
	// effect. A request that the client cancels meanwhile has no effect.
	Until <-chan struct{}
	Kind  Kind
	// Status, RetryAfter, Body and ContentType define the response of an Answer. If Status
	// is 0 and Delay or Until is set, the normal response is sent, late.
	Status      int
	RetryAfter  string
	Body        string
	ContentType string
	To          string         // target of a Redirect
	Wire        func(net.Conn) // what a Raw fault does; the connection is closed behind it
	Effect      bool           // a Raw fault comes after the effect
	// Rewrite changes the body of a normal response, to simulate a wrong list. It is called
	// once per request, never concurrently.
	Rewrite func(body []byte) []byte

	seen int
}

// AddFault adds a rule. The first rule that matches a request applies.
func (s *Simulator) AddFault(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
}

// ClearFaults removes all rules.
func (s *Simulator) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

func (s *Simulator) fault(r *http.Request) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		if f.Method != "" && f.Method != r.Method || !strings.Contains(r.URL.RequestURI(), f.Path) {
			continue
		}
		f.seen++
		if f.seen <= f.Skip || f.Times > 0 && f.seen > f.Skip+f.Times {
			continue
		}
		hit := *f
		return &hit
	}
	return nil
}

// serveFault handles a request that must fail. proceed performs the request and writes its
// normal response.
func (s *Simulator) serveFault(f *Fault, w http.ResponseWriter, r *http.Request, proceed func(http.ResponseWriter)) {
	if f.Kind != Late && f.Delay > 0 && !wait(r, f.Delay) {
		panic(http.ErrAbortHandler)
	}
	if f.Until != nil {
		select {
		case <-f.Until:
		case <-r.Context().Done():
			panic(http.ErrAbortHandler)
		}
	}
	switch f.Kind {
	case Late:
		d := &discard{header: w.Header()}
		proceed(d)
		if !wait(r, f.Delay) {
			panic(http.ErrAbortHandler)
		}
		w.WriteHeader(d.code())
		_, _ = w.Write(d.body)
	case DropBefore:
		panic(http.ErrAbortHandler)
	case DropAfter:
		proceed(&discard{header: http.Header{}})
		panic(http.ErrAbortHandler)
	case LostAfter:
		proceed(&discard{header: http.Header{}})
		s.answerFault(f, w, r.Method+" "+r.URL.RequestURI())
	case Truncate:
		d := &discard{header: w.Header()}
		proceed(d)
		w.Header().Set("Content-Length", strconv.Itoa(max(len(d.body), 2)))
		w.WriteHeader(d.code())
		_, _ = w.Write(d.body[:len(d.body)/2])
		flush(w)
		panic(http.ErrAbortHandler)
	case Garbage:
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte("\x00\x01{]nonsense\xff\xfe"))
	case HTML:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte("<html><body>Please sign in to the guest network</body></html>"))
	case Redirect:
		w.Header().Set("Location", f.To)
		w.WriteHeader(cmp.Or(f.Status, http.StatusFound))
	case Echo:
		serveEcho(f, w, r)
	case Raw:
		s.serveRaw(f, w, proceed)
	case Endless:
		serveEndless(w, r)
	case Drip:
		serveDrip(w, r)
	case GzipBomb:
		serveGzipBomb(w)
	case Answer:
		switch {
		case f.Rewrite != nil:
			s.serveRewritten(f, w, proceed)
		case f.Status == 0:
			proceed(w)
		default:
			s.answerFault(f, w, r.Method+" "+r.URL.RequestURI())
		}
	}
}

// serveEcho responds with an error that repeats the request's secrets.
func serveEcho(f *Fault, w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body) // empty when the body was parsed as a form
	said := r.Header.Get("Authorization") + " " + r.PostForm.Encode() + " " + string(body)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Trackingid", said)
	w.WriteHeader(cmp.Or(f.Status, http.StatusBadRequest))
	_ = json.NewEncoder(w).Encode(wireError{said, []wireErrorElement{{said}}, said})
}

// serveRewritten sends the normal response with its body changed.
func (s *Simulator) serveRewritten(f *Fault, w http.ResponseWriter, proceed func(http.ResponseWriter)) {
	d := &discard{header: w.Header()}
	proceed(d)
	w.WriteHeader(d.code())
	s.rewriting.Lock()
	defer s.rewriting.Unlock()
	_, _ = w.Write(f.Rewrite(d.body))
}

func (s *Simulator) answerFault(f *Fault, w http.ResponseWriter, asking string) {
	if f.RetryAfter != "" {
		w.Header().Set("Retry-After", f.RetryAfter)
	}
	if f.Body != "" {
		if f.ContentType == "" {
			f.ContentType = "application/json"
		}
		w.Header().Set("Content-Type", f.ContentType)
		w.WriteHeader(f.Status)
		_, _ = io.WriteString(w, f.Body)
		return
	}
	s.render(w, asking, func(w http.ResponseWriter) { s.fail(w, f.Status, "A fault of the simulator.") })
}

func serveEndless(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"items":[`)
	row := fmt.Sprintf(`{"id":%q,"type":"access"},`, strings.Repeat("x", 1000))
	for r.Context().Err() == nil {
		if _, err := io.WriteString(w, row); err != nil {
			return
		}
	}
}

func serveDrip(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"items":[`)
	flush(w)
	for wait(r, time.Second) {
		if _, err := io.WriteString(w, " "); err != nil {
			return
		}
		flush(w)
	}
}

func serveGzipBomb(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Encoding", "gzip")
	z := gzip.NewWriter(w)
	_, _ = io.WriteString(z, `{"items":[`)
	zeros := strings.Repeat(" ", 1<<20)
	for range 200 {
		if _, err := io.WriteString(z, zeros); err != nil {
			return
		}
	}
	_, _ = io.WriteString(z, `]}`)
	_ = z.Close()
}

// wait waits for d and returns false if the request ended first.
func wait(r *http.Request, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

func flush(w http.ResponseWriter) {
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
}

// discard records a response instead of sending it.
type discard struct {
	header http.Header
	status int
	body   []byte
}

func (d *discard) Header() http.Header { return d.header }
func (d *discard) WriteHeader(code int) {
	if d.status == 0 {
		d.status = code
	}
}

func (d *discard) Write(p []byte) (int, error) {
	d.WriteHeader(http.StatusOK)
	d.body = append(d.body, p...)
	return len(p), nil
}

func (d *discard) code() int {
	if d.status == 0 {
		return http.StatusOK
	}
	return d.status
}
