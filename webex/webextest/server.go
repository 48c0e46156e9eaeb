package webextest

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Server is a [Simulator] that listens on loopback.
type Server struct {
	*Simulator
	URL string // http://127.0.0.1:port; the API is under /v1

	srv *http.Server
}

// NewServer starts a simulator on a free port of 127.0.0.1. It panics when there
// is none, as httptest.NewServer does.
func NewServer(opts ...Option) *Server {
	srv, err := Listen("127.0.0.1:0", opts...)
	if err != nil {
		panic(err)
	}
	return srv
}

// Listen starts a simulator on addr, a host and port.
func Listen(addr string, opts ...Option) (*Server, error) {
	return New(opts...).Listen(addr)
}

// Listen serves s on addr, a host and port, until [Server.Close].
func (s *Simulator) Listen(addr string) (*Server, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err // it names the address
	}
	srv := &http.Server{
		Handler: s, ReadHeaderTimeout: 10 * time.Second,
		ErrorLog: log.New(io.Discard, "", 0), // dropped connections are its business
	}
	go func() { _ = srv.Serve(l) }()
	return &Server{Simulator: s, URL: "http://" + l.Addr().String(), srv: srv}, nil
}

// Close stops the server and closes its connections.
func (s *Server) Close() { _ = s.srv.Close() }

// Transport returns a transport that answers requests in memory, for any host, so that
// tests inside testing/synctest need no socket. Canceling a request ends it, and a dropped
// connection is an error, as on a network.
func (s *Simulator) Transport() http.RoundTripper { return memory{s} }

type memory struct{ handler http.Handler }

func (m memory) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		defer req.Body.Close()
	}
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	r := req.Clone(req.Context())
	r.RequestURI = req.URL.RequestURI()
	r.Host = req.URL.Host
	pr, pw := io.Pipe()
	w := &memoryWriter{header: http.Header{}, body: pw, ready: make(chan struct{})}
	go func() {
		defer func() {
			switch e := recover(); e {
			case nil:
			case http.ErrAbortHandler:
				w.fail(io.ErrUnexpectedEOF)
			default:
				panic(e)
			}
		}()
		m.handler.ServeHTTP(w, r)
		w.finish()
	}()
	select {
	case <-w.ready:
	case <-req.Context().Done():
		w.fail(req.Context().Err())
		return nil, req.Context().Err()
	}
	if w.broken != nil {
		return nil, w.broken
	}
	resp := &http.Response{
		Status: fmt.Sprintf("%d %s", w.status, http.StatusText(w.status)), StatusCode: w.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.sent, Body: &memoryBody{PipeReader: pr, req: req}, ContentLength: -1, Request: req,
	}
	if n, err := strconv.ParseInt(w.sent.Get("Content-Length"), 10, 64); err == nil {
		resp.ContentLength = n
	}
	return resp, nil
}

// memoryBody ends with the request's context, as a real body does.
type memoryBody struct {
	*io.PipeReader
	req  *http.Request
	once sync.Once
}

func (b *memoryBody) Read(p []byte) (int, error) {
	b.once.Do(func() {
		ctx := b.req.Context()
		if ctx.Done() != nil {
			go func() { <-ctx.Done(); _ = b.CloseWithError(ctx.Err()) }()
		}
	})
	n, err := b.PipeReader.Read(p)
	if err != nil && b.req.Context().Err() != nil {
		err = b.req.Context().Err() // also when the handler ended first because of it
	}
	return n, err
}

type memoryWriter struct {
	mu     sync.Mutex
	header http.Header
	sent   http.Header // the header as it was when the status was written
	status int
	body   *io.PipeWriter
	ready  chan struct{}
	done   bool // ready is closed
	broken error
}

func (w *memoryWriter) Header() http.Header { return w.header }

func (w *memoryWriter) WriteHeader(code int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.done {
		return
	}
	w.status, w.sent, w.done = code, w.header.Clone(), true
	close(w.ready)
}

func (w *memoryWriter) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(p)
}

func (w *memoryWriter) Flush() {}

func (w *memoryWriter) finish() {
	w.WriteHeader(http.StatusOK)
	_ = w.body.Close()
}

func (w *memoryWriter) fail(err error) {
	w.mu.Lock()
	if !w.done {
		w.broken, w.done = err, true
		close(w.ready)
	}
	w.mu.Unlock()
	_ = w.body.CloseWithError(err)
}
