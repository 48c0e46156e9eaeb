package webextest

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// Wire is a [Simulator] behind a real HTTP server whose connections lie in memory: what a
// server may do to a connection can be tried in the fake time of testing/synctest, with
// the client's own transport at the other end.
//
//	w := sim.Wire()
//	defer w.Close()
//	c := webex.New(token, webex.WithBaseURL("http://127.0.0.1/v1"), webex.WithDialContext(w.DialContext))
type Wire struct {
	srv  *http.Server
	pipe *pipes

	mu     sync.Mutex
	dialed []string
}

// Wire starts a server for s.
func (s *Simulator) Wire() *Wire {
	w := &Wire{
		srv: &http.Server{
			Handler: s, ReadHeaderTimeout: 10 * time.Second,
			ErrorLog: log.New(io.Discard, "", 0), // dropped connections are its business
		},
		pipe: &pipes{conns: make(chan net.Conn), closed: make(chan struct{})},
	}
	go func() { _ = w.srv.Serve(w.pipe) }()
	return w
}

// DialContext connects to the server, whatever host address names.
func (w *Wire) DialContext(ctx context.Context, _, address string) (net.Conn, error) {
	w.mu.Lock()
	w.dialed = append(w.dialed, address)
	w.mu.Unlock()
	client, server := net.Pipe()
	select {
	case w.pipe.conns <- server:
		return client, nil
	case <-w.pipe.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Dialed returns the dialed addresses, host and port, in order.
func (w *Wire) Dialed() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.dialed...)
}

// Close stops the server and closes its connections.
func (w *Wire) Close() { _ = w.srv.Close() }

// pipes is a listener of connections in memory.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }
