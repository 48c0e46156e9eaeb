//go:build unix

package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/wxauth/wxauth/webex/webextest"
)

// The simulator runs in a process of its own: what it needs is not to be counted as
// anybody else's, and a process begins its life with its parent's peak of memory.

// world is what a simulator serves.
type world struct {
	Tokens   int           // of jane, in apps with a refresh and an access token each
	Apps     int           // of jane, with a refresh token alone
	Ending   int           // of jane, personal tokens that end in minutes
	Crowd    int           // people, with what people have
	People   int           // people with four old refresh tokens each
	Latency  time.Duration // of each answer
	Rate     int           // calls a second that are accepted; 0 is no limit
	Replayed bool          // each answer is made once: the server costs nothing
}

const jane = "jane.roe@acme.example"

// served is a simulator that runs.
type served struct {
	URL, Token string
	cmd        *exec.Cmd
	in         io.WriteCloser
	out        *bufio.Reader
}

// counts are the requests that a simulator has answered.
type counts struct {
	Requests, TooMany, Searches int
	MostAPause                  int // 429s that came together, at most
}

// apart is how long after one 429 another is of the next pause.
const apart = 500 * time.Millisecond

// simulatorVariable makes a process the simulator of a world.
const simulatorVariable = "WXAUTH_BENCH_SIMULATOR"

// serve starts a simulator, which goes on until the lab is closed.
func (l *lab) serve(ctx context.Context, w world) (*served, error) {
	text, err := json.Marshal(w)
	if err != nil {
		return nil, err
	}
	s := &served{cmd: exec.CommandContext(ctx, os.Args[0])}
	s.cmd.Env = append(os.Environ(), simulatorVariable+"="+string(text))
	s.cmd.Stderr = os.Stderr
	in, err := s.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	s.in, s.out = in, bufio.NewReader(out)
	l.report.b.Cleanup(s.close)
	return s, s.receive(s)
}

func (s *served) receive(v any) error {
	line, err := s.out.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("read from the simulator: %w", err)
	}
	return json.Unmarshal(line, v)
}

// counts returns what was asked since it was last called.
func (s *served) counts() (c counts, err error) {
	if _, err := io.WriteString(s.in, "counts\n"); err != nil {
		return c, err
	}
	return c, s.receive(&c)
}

func (s *served) close() {
	_ = s.in.Close()
	_ = s.cmd.Wait()
}

// env is what a process needs to use it.
func (s *served) env() []string {
	return []string{"WEBEX_BASE_URL=" + s.URL + "/v1", "WEBEX_ACCESS_TOKEN=" + s.Token}
}

// simulate is the process: it serves until its input ends.
func simulate(spec string) error {
	var w world
	if err := json.Unmarshal([]byte(spec), &w); err != nil {
		return err
	}
	opts := []webextest.Option{webextest.WithLogLimit(100)}
	if w.Rate > 0 {
		opts = append(opts, webextest.WithRateLimit(float64(w.Rate), w.Rate, time.Second))
	}
	sim := w.make(opts)
	sim.SetLatency(w.Latency)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	c := &counting{to: sim, replays: w.Replayed, kept: map[string]reply{}}
	go func() { _ = (&http.Server{Handler: c, ReadHeaderTimeout: time.Minute}).Serve(listener) }()
	out := json.NewEncoder(os.Stdout)
	if err := out.Encode(served{URL: "http://" + listener.Addr().String(), Token: sim.AdminToken()}); err != nil {
		return err
	}
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		if err := out.Encode(c.take()); err != nil {
			return err
		}
	}
	return nil
}

func (w world) make(opts []webextest.Option) *webextest.Simulator {
	if w.Crowd > 0 {
		return webextest.Crowd(w.Crowd-1, opts...)
	}
	sim := webextest.New(opts...)
	now := time.Now()
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	if w.Tokens+w.Apps+w.Ending > 0 {
		p := sim.AddPerson(webextest.Person{Name: "Jane Roe", Email: jane})
		for i := range w.Tokens / 2 {
			at := ago(time.Duration(i%80) * 24 * time.Hour)
			sim.Grant(p, sim.AddApp(fmt.Sprintf("Meeting Sync %d", i)), at, at.Add(time.Hour))
		}
		for i := range w.Apps {
			sim.Grant(p, sim.AddApp(fmt.Sprintf("App %d", i)), ago(time.Duration(i)*time.Hour))
		}
		portal := sim.AddApp("Developer Portal")
		for i := range w.Ending {
			sim.GrantAccess(p, portal, ago(12*time.Hour-time.Duration(5*60+3*i)*time.Second))
		}
	}
	apps := make([]webextest.App, 400)
	if w.People > 0 {
		for i := range apps {
			apps[i] = sim.AddApp(fmt.Sprintf("App %d", i))
		}
	}
	for i := range w.People {
		p := sim.AddPerson(webextest.Person{Name: fmt.Sprintf("User%d Family%d", i, i%977), Email: fmt.Sprintf("user%d@acme.example", i)})
		for k := range 4 {
			sim.Grant(p, apps[(i*7+k*131)%len(apps)], ago(time.Duration(60+(i*31+k)%300)*24*time.Hour))
		}
	}
	return sim
}

// counting counts requests, and answers those that read from memory where it is told to.
type counting struct {
	to      http.Handler
	replays bool

	mu   sync.Mutex
	kept map[string]reply
	counts
	refused  time.Time // the first 429 of the newest pause
	together int       // 429s of it
}

type reply struct {
	header http.Header
	body   []byte
}

func (c *counting) take() counts {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := c.counts
	c.counts = counts{}
	return out
}

func (c *counting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	key := r.URL.String()
	c.mu.Lock()
	c.Requests++
	if strings.HasSuffix(r.URL.Path, "/people") {
		c.Searches++
	}
	kept, ok := c.kept[key]
	c.mu.Unlock()
	if ok {
		for k, v := range kept.header {
			w.Header()[k] = v
		}
		_, _ = w.Write(kept.body)
		return
	}
	rec := &recording{ResponseWriter: w}
	c.to.ServeHTTP(rec, r)
	c.mu.Lock()
	defer c.mu.Unlock()
	if rec.status == http.StatusTooManyRequests {
		c.TooMany++
		if now := time.Now(); now.Sub(c.refused) > apart {
			c.together, c.refused = 0, now
		}
		c.together++
		c.MostAPause = max(c.MostAPause, c.together)
	}
	if c.replays && r.Method == http.MethodGet && rec.status < 300 {
		c.kept[key] = reply{w.Header().Clone(), rec.body.Bytes()}
	}
}

type recording struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (r *recording) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

func (r *recording) Write(b []byte) (int, error) {
	r.body.Write(b)
	return r.ResponseWriter.Write(b)
}

func (r *recording) Unwrap() http.ResponseWriter { return r.ResponseWriter }
