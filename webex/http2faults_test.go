package webex_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wxauth/wxauth/internal/trial"
	"github.com/wxauth/wxauth/webex"
)

// HTTP/2 frames (RFC 9113 section 6)
const (
	frameData, frameHeaders, frameReset, frameSettings, frameGoAway = 0, 1, 3, 4, 7

	endStream, endHeaders, ack = 1, 4, 1

	noError, refusedStream, cancelled, enhanceYourCalm = 0, 7, 8, 11
)

func frame(kind, flags byte, stream uint32, payload ...byte) []byte {
	b := []byte{byte(len(payload) >> 16), byte(len(payload) >> 8), byte(len(payload)), kind, flags}
	return append(binary.BigEndian.AppendUint32(b, stream), payload...)
}

func reset(stream, code uint32) []byte {
	return frame(frameReset, 0, stream, binary.BigEndian.AppendUint32(nil, code)...)
}

func goAway(last, code uint32) []byte {
	return frame(frameGoAway, 0, 0, binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, last), code)...)
}

var status200, status204 = byte(0x88), byte(0x89) // HPACK's static table (RFC 7541 appendix A)

// serveFrames implements the part of HTTP/2 that a fault needs. answer gets the
// stream id of each request.
func serveFrames(conn net.Conn, answer func(stream uint32) [][]byte) {
	if _, err := io.ReadFull(conn, make([]byte, 24)); err != nil { // the preface
		_ = conn.Close()
		return
	}
	out, written := make(chan []byte, 64), make(chan struct{})
	defer func() { // flush pending frames before closing the connection
		close(out)
		select {
		case <-written:
		case <-time.After(time.Second):
		}
		_ = conn.Close()
	}()
	go func() {
		defer close(written)
		for b := range out {
			if _, err := conn.Write(b); err != nil {
				break
			}
		}
		for range out { //nolint:revive // drain
		}
	}()
	out <- frame(frameSettings, 0, 0)
	head := make([]byte, 9)
	for {
		if _, err := io.ReadFull(conn, head); err != nil {
			return
		}
		payload := make([]byte, int(head[0])<<16|int(head[1])<<8|int(head[2]))
		if _, err := io.ReadFull(conn, payload); err != nil {
			return
		}
		switch {
		case head[3] == frameSettings && head[4]&ack == 0:
			out <- frame(frameSettings, ack, 0)
		case head[3] == frameHeaders:
			for _, b := range answer(binary.BigEndian.Uint32(head[5:])) {
				if b == nil {
					return // the connection breaks
				}
				out <- b
			}
		}
	}
}

// S-58, S-66: HTTP/2 errors. A request that the server reports as unprocessed is
// sent again; one that may have been processed is not reported as done.
func TestHTTP2BreaksOff(t *testing.T) {
	srv := httptest.NewTLSServer(http.NotFoundHandler())
	cert := srv.TLS.Certificates[0]
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	srv.Close()
	headers := func(stream uint32, status, flags byte) []byte {
		return frame(frameHeaders, endHeaders|flags, stream, status)
	}
	none := []byte(`{"items":[]}`)
	tests := []struct {
		name   string
		answer func(n int, stream uint32) [][]byte
		list   bool // the list is read eventually
		delete bool // the DELETE gets a response eventually
	}{
		{"an answer", func(_ int, s uint32) [][]byte {
			return [][]byte{headers(s, status200, 0), frame(frameData, endStream, s, none...)}
		}, true, true},
		{"GOAWAY before it looked at the first request", func(n int, s uint32) [][]byte {
			if n == 0 {
				return [][]byte{goAway(0, noError), nil}
			}
			return [][]byte{headers(s, status200, 0), frame(frameData, endStream, s, none...)}
		}, true, true},
		{"REFUSED_STREAM for the first two requests", func(n int, s uint32) [][]byte {
			if n < 2 {
				return [][]byte{reset(s, refusedStream)}
			}
			return [][]byte{headers(s, status200, 0), frame(frameData, endStream, s, none...)}
		}, true, true},
		{"GOAWAY for every request", func(int, uint32) [][]byte { return [][]byte{goAway(0, enhanceYourCalm), nil} }, false, false},
		{"GOAWAY after it took the request", func(_ int, s uint32) [][]byte { return [][]byte{goAway(s, noError), nil} }, false, false},
		{"a stream that is reset instead of answered", func(_ int, s uint32) [][]byte { return [][]byte{reset(s, cancelled)} }, false, false},
		{"a stream that is reset in mid-body", func(_ int, s uint32) [][]byte {
			return [][]byte{headers(s, status200, 0), frame(frameData, 0, s, none[:6]...), reset(s, cancelled)}
		}, false, false},
		{"a connection that breaks in mid-body", func(_ int, s uint32) [][]byte {
			return [][]byte{headers(s, status200, 0), frame(frameData, 0, s, none[:6]...), nil}
		}, false, false},
		{"a body for a 204", func(_ int, s uint32) [][]byte {
			return [][]byte{headers(s, status204, 0), frame(frameData, endStream, s, none...)}
		}, false, true},
		{"headers that cannot be unpacked", func(_ int, s uint32) [][]byte { return [][]byte{headers(s, 0xff, 0)} }, false, false},
		{"a frame for a stream that nobody opened", func(_ int, s uint32) [][]byte { return [][]byte{headers(s+2, status200, 0)} }, false, false},
		{"silence", func(int, uint32) [][]byte { return nil }, false, false},
	}
	tried := 0
	for _, tt := range tests {
		for _, call := range []string{"list", "delete"} {
			tried++
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex
				n := 0
				dial := func(context.Context, string, string) (net.Conn, error) {
					client, server := net.Pipe()
					go serveFrames(tls.Server(server, &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"h2"}, MinVersion: tls.VersionTLS13}),
						func(stream uint32) [][]byte {
							mu.Lock()
							defer mu.Unlock()
							n++
							return tt.answer(n-1, stream)
						})
					return client, nil
				}
				c := webex.New(webex.StaticToken(webex.NewSecret("t")), webex.WithBaseURL("https://127.0.0.1/v1"), webex.WithRootCAs(roots), webex.WithDialContext(dial))
				start := time.Now()
				var err error
				want := tt.list
				if call == "list" {
					_, err = c.Authorizations(t.Context(), webex.ByEmail("jane@acme.example"))
				} else {
					err, want = c.DeleteAuthorization(t.Context(), "Y2lz"), tt.delete
				}
				took := time.Since(start)
				time.Sleep(2 * time.Hour) // until all connections are closed
				mu.Lock()
				defer mu.Unlock()
				switch {
				case call == "delete" && strings.Contains(tt.name, "mid-body"): // the status arrived: the reloaded list decides
				case (err == nil) != want:
					t.Errorf("%s, %s: %v after %d requests", tt.name, call, err, n)
				case err != nil && !errors.Is(err, webex.ErrNetwork) && !errors.Is(err, webex.ErrServer):
					t.Errorf("%s, %s: callers cannot match: %v", tt.name, call, err)
				case took > 4*time.Minute:
					t.Errorf("%s, %s: took %s", tt.name, call, took)
				case call == "delete" && n > 7:
					t.Errorf("%s: %d DELETEs", tt.name, n)
				}
			})
		}
	}
	trial.Report(t, trial.Figure{Name: "HTTP/2 connections that break", Tried: tried, Survived: tried})
}
