//go:build e2e && unix

package postgrestest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Superuser owns every server.
const Superuser = "owner"

const nobody = 65534

// server is the one that the tests of a package share.
var server *Server

// Run runs the tests of a package with a server, and returns the exit code.
func Run(m *testing.M) int {
	var err error
	if server, err = Start(); err != nil {
		fmt.Fprintln(os.Stderr, "PostgreSQL does not start:", err)
		return 1
	}
	defer server.Stop()
	return m.Run()
}

var databases atomic.Int64

// Database creates an empty database on the package's server, and returns its address.
func Database(tb testing.TB) string {
	tb.Helper()
	name := fmt.Sprintf("test%d", databases.Add(1))
	if _, err := Connect(tb, server.URL("postgres")).Exec(tb.Context(), "CREATE DATABASE "+name); err != nil {
		tb.Fatal(err)
	}
	return server.URL(name)
}

// Connect returns a connection of the owner.
func Connect(tb testing.TB, address string) *pgx.Conn {
	tb.Helper()
	conn, err := pgx.Connect(tb.Context(), address)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// Exec runs SQL as the owner.
func Exec(tb testing.TB, address, sql string, args ...any) {
	tb.Helper()
	if _, err := Connect(tb, address).Exec(tb.Context(), sql, args...); err != nil {
		tb.Fatal(err)
	}
}

// Server is a PostgreSQL server.
type Server struct {
	Port int
	Data string // its data directory

	dir      string
	settings []string
	stop     func(os.Signal)
}

// Start creates and starts a server. Settings are like "synchronous_commit=on".
func Start(settings ...string) (*Server, error) {
	s, err := newServer(settings)
	if err != nil {
		return nil, err
	}
	initdb, err := Program("initdb")
	if err != nil {
		return nil, err
	}
	if err := s.run(initdb, "-D", s.Data, "-U", Superuser, "-A", "trust", "-E", "UTF8", "--no-sync"); err != nil {
		return nil, err
	}
	return s, s.Launch()
}

func newServer(settings []string) (*Server, error) {
	dir, err := os.MkdirTemp("", "wxauth-postgres-")
	if err != nil {
		return nil, err
	}
	if os.Getuid() == 0 {
		if err := os.Chown(dir, nobody, nobody); err != nil {
			return nil, err
		}
	}
	s := &Server{Data: filepath.Join(dir, "data"), dir: dir, settings: settings}
	s.Port, err = freePort()
	return s, err
}

// Standby starts a server that follows this one, and is named after its port.
func (s *Server) Standby(settings ...string) (*Server, error) {
	t, err := newServer(settings)
	if err != nil {
		return nil, err
	}
	pgBasebackup, err := Program("pg_basebackup")
	if err != nil {
		return nil, err
	}
	from := fmt.Sprintf("host=127.0.0.1 port=%d user=%s application_name=standby", s.Port, Superuser)
	if err := t.run(pgBasebackup, "-D", t.Data, "-d", from, "-R", "-X", "stream", "--no-sync", "-c", "fast"); err != nil {
		return nil, err
	}
	return t, t.Launch()
}

// Launch starts the server in its directory.
func (s *Server) Launch() error {
	postgres, err := Program("postgres")
	if err != nil {
		return err
	}
	args := []string{"-D", s.Data, "-p", strconv.Itoa(s.Port), "-k", "", "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "max_connections=300"}
	for _, set := range s.settings {
		args = append(args, "-c", set)
	}
	cmd := unprivileged(exec.Command(postgres, args...))
	cmd.Dir = s.dir
	s.stop, err = launch(cmd, "ready to accept")
	return err
}

// Promote makes a standby accept writes.
func (s *Server) Promote() error {
	pgCtl, err := Program("pg_ctl")
	if err != nil {
		return err
	}
	return s.run(pgCtl, "-D", s.Data, "promote", "-w")
}

// Stop ends the server in an orderly way, and deletes its data.
func (s *Server) Stop() {
	s.stop(syscall.SIGINT) // fast shutdown
	_ = os.RemoveAll(s.dir)
}

// Kill ends all processes of the server at once, as kill -9 does.
func (s *Server) Kill() { s.stop(syscall.SIGKILL) }

func (s *Server) run(program string, args ...string) error {
	cmd := unprivileged(exec.Command(program, args...))
	cmd.Dir = s.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", program, err, out)
	}
	return nil
}

// URL returns the address of a database of the server.
func (s *Server) URL(database string) string {
	u := url.URL{Scheme: "postgres", User: url.User(Superuser), Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port)), Path: "/" + database}
	return u.String()
}

// Program finds a program of PostgreSQL, which Debian does not put into PATH.
func Program(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if len(found) == 0 {
		return "", fmt.Errorf("%s is not installed (Debian: apt-get install postgresql)", name)
	}
	slices.Sort(found)
	return found[len(found)-1], nil
}

// unprivileged makes a command run as nobody where this is root, which PostgreSQL refuses.
func unprivileged(cmd *exec.Cmd) *exec.Cmd {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if os.Getuid() == 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
	}
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C"}
	return cmd
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// launch starts a server and returns once it has written a line with the given words.
func launch(cmd *exec.Cmd, words string) (stop func(os.Signal), err error) {
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	var log strings.Builder
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		if strings.Contains(lines.Text(), words) {
			drained := make(chan struct{})
			go func() {
				defer close(drained)
				_, _ = io.Copy(io.Discard, stderr)
			}()
			return func(s os.Signal) {
				if s == syscall.SIGKILL {
					_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // and its children
				}
				_ = cmd.Process.Signal(s)
				<-drained
				_ = cmd.Wait()
			}, nil
		}
		log.WriteString(lines.Text() + "\n")
	}
	return nil, fmt.Errorf("%s ended: %w: %s", cmd.Path, cmd.Wait(), log.String())
}

// Bouncer starts PgBouncer in transaction mode in front of the package's server, with two connections to it, and
// returns the address of the database there.
func Bouncer(t testing.TB, direct string) string {
	t.Helper()
	pgbouncer, err := exec.LookPath("pgbouncer")
	if err != nil {
		if _, err := os.Stat("/usr/sbin/pgbouncer"); err != nil {
			t.Fatal("pgbouncer is not installed (Debian: apt-get install pgbouncer)")
		}
		pgbouncer = "/usr/sbin/pgbouncer"
	}
	u, err := url.Parse(direct)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "wxauth-pgbouncer-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	config := fmt.Sprintf(`[databases]
* = host=127.0.0.1 port=%d user=%s
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %d
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 2
ignore_startup_parameters = extra_float_digits
`, server.Port, Superuser, port)
	ini := filepath.Join(dir, "pgbouncer.ini")
	if err := os.WriteFile(ini, []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := unprivileged(exec.Command(pgbouncer, ini))
	cmd.Dir = dir
	stop, err := launch(cmd, "process up")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(syscall.SIGTERM) })
	u.Host = net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	return u.String()
}
