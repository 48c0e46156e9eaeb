package webextest

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Request is an entry of the simulator's request log.
type Request struct {
	Time   time.Time
	Method string
	Path   string // below the version: /authorizations
	Query  string
	Status int    // 0 while it is answered, or when the connection was dropped
	Person string // email of the token's owner
}

// Requests returns the request log, in order of arrival.
func (s *Simulator) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.log)
}

// Deletes returns the logged requests that revoke something.
func (s *Simulator) Deletes() []Request {
	return slices.DeleteFunc(s.Requests(), func(r Request) bool { return r.Method != http.MethodDelete })
}

type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(code int) {
	if r.status == 0 {
		r.status = code
	}
	r.ResponseWriter.WriteHeader(code)
}

func (r *recorder) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return r.ResponseWriter.Write(p)
}

func (r *recorder) Flush() { flush(r.ResponseWriter) }

// Unwrap is what [http.ResponseController] looks for.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

const maxForm = 64 << 10

// ServeHTTP implements [http.Handler]. The API is below /v1.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, _ := strings.CutPrefix(r.URL.Path, "/v1")
	if r.Method == http.MethodPost {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		_ = r.ParseForm() // what cannot be read is no parameter
	}
	s.mu.Lock()
	n := s.noteRequest(Request{Time: s.now(), Method: r.Method, Path: path, Query: r.URL.RawQuery, Person: s.ownerEmail(r)})
	latency := s.latency
	s.mu.Unlock()
	rec := &recorder{ResponseWriter: w}
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if n >= s.dropped {
			s.log[n-s.dropped].Status = rec.status
		}
	}()
	if latency > 0 && !wait(r, latency) {
		panic(http.ErrAbortHandler)
	}
	proceed := func(w http.ResponseWriter) {
		s.render(w, r.Method+" "+r.URL.RequestURI(), func(w http.ResponseWriter) { s.route(w, r, path) })
	}
	if f := s.fault(r); f != nil {
		s.serveFault(f, rec, r, proceed)
		return
	}
	proceed(rec)
}

// noteRequest adds to the log, and returns the request's number.
func (s *Simulator) noteRequest(r Request) int {
	if s.keep > 0 && len(s.log) >= 2*s.keep {
		s.dropped += len(s.log) - s.keep
		s.log = append([]Request(nil), s.log[len(s.log)-s.keep:]...)
	}
	s.log = append(s.log, r)
	return s.dropped + len(s.log) - 1
}

// render makes an answer under the lock and sends it outside of it: somebody who
// reads slowly, or not at all, holds nobody up.
func (s *Simulator) render(w http.ResponseWriter, asking string, answer func(http.ResponseWriter)) {
	d := &discard{header: w.Header()}
	s.mu.Lock()
	s.asking = asking
	answer(d)
	s.mu.Unlock()
	w.WriteHeader(d.code())
	_, _ = w.Write(d.body)
}

func (s *Simulator) ownerEmail(r *http.Request) string {
	if b := s.bearer(r); b != nil {
		return s.byID[b.personID].Email
	}
	return ""
}

func (s *Simulator) bearer(r *http.Request) *bearer {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return nil
	}
	b := s.tokens[token]
	if b == nil || !s.now().Before(b.expires) {
		return nil
	}
	return b
}

// route does what a request asks for. The simulator's lock is held.
func (s *Simulator) route(w http.ResponseWriter, r *http.Request, path string) {
	if s.public(w, r, path) {
		return
	}
	if s.limit != nil && !s.limit.take(s.now()) {
		w.Header().Set("Retry-After", strconv.Itoa(int(s.limit.retryAfter.Seconds())))
		s.fail(w, http.StatusTooManyRequests, "Too many requests.")
		return
	}
	b := s.bearer(r)
	if b == nil {
		s.fail(w, http.StatusUnauthorized, "The request requires a valid access token set in the Authorization request header.")
		return
	}
	parts := strings.Split(strings.Trim(path, "/"), "/")
	get, del := r.Method == http.MethodGet, r.Method == http.MethodDelete
	switch {
	case get && path == "/authorizations":
		s.listAuthorizations(w, r, b)
	case del && path == "/authorizations":
		s.deleteByClient(w, r, b)
	case get && path == "/authorizations/tokenExpiry":
		s.tokenExpiry(w, b)
	case del && len(parts) == 2 && parts[0] == "authorizations":
		s.deleteByID(w, parts[1], b)
	case get && path == "/people":
		s.listPeople(w, r, b)
	case get && len(parts) == 2 && parts[0] == "people":
		s.readPerson(w, parts[1], b)
	case get && len(parts) == 2 && parts[0] == "organizations":
		s.readOrg(w, parts[1], b)
	case get && path == "/organizations":
		s.listOrgs(w, b)
	case get && path == "/adminAudit/events":
		s.listEvents(w, r, b)
	case get && path == "/adminAudit/eventCategories":
		s.listEventCategories(w, b)
	case r.Method == http.MethodPost && path == "/applications":
		s.createApplication(w, r, b)
	case r.Method == http.MethodPost && len(parts) == 3 && parts[0] == "applications" && parts[2] == "token":
		s.applicationToken(w, r, parts[1], b)
	case path == "/authorizations" || parts[0] == "people" || parts[0] == "organizations" || parts[0] == "authorizations":
		s.fail(w, http.StatusMethodNotAllowed, "The method is not allowed for this resource.")
	default:
		s.fail(w, http.StatusNotFound, "The requested resource could not be found.")
	}
}

func (b *bearer) has(scopes ...string) bool {
	if b.scopes == nil {
		return true
	}
	return slices.ContainsFunc(scopes, func(s string) bool { return slices.Contains(b.scopes, s) })
}

// mayManage reports whether a token's person is an admin who may list and end the
// tokens of others: not a read-only one.
func (s *Simulator) mayManage(b *bearer) bool {
	return slices.ContainsFunc(s.byID[b.personID].Roles, func(role string) bool {
		return role == "id_full_admin" || role == "id_user_admin" || role == "id_device_admin"
	})
}

func (s *Simulator) isAdmin(b *bearer) bool { return len(s.byID[b.personID].Roles) > 0 }

func (s *Simulator) send(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.Header().Set("Trackingid", s.trackingID())
	_ = json.NewEncoder(w).Encode(v)
}

// trackingID is made from the request and how often it came, so that requests that
// race get the same ids in every run.
func (s *Simulator) trackingID() string {
	s.asked[s.asking]++
	h := fnv.New32a()
	fmt.Fprintf(h, "%s %d", s.asking, s.asked[s.asking])
	return fmt.Sprintf("ROUTER_%08X", h.Sum32())
}

type wireError struct {
	Message    string             `json:"message"`
	Errors     []wireErrorElement `json:"errors"`
	TrackingID string             `json:"trackingId"`
}

type wireErrorElement struct {
	Description string `json:"description"`
}

// fail answers an error in the dialect that the switches choose.
func (s *Simulator) fail(w http.ResponseWriter, status int, message string) {
	id := s.trackingID()
	w.Header().Set("Trackingid", id)
	if s.switches.BrokerErrors {
		s.write(w, status, map[string]string{"error": "invalid_request", "error_description": message})
		return
	}
	s.write(w, status, wireError{message, []wireErrorElement{{message}}, id})
}

// write answers a status with JSON.
func (s *Simulator) write(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
