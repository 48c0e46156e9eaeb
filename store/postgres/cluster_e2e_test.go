//go:build e2e && unix

package postgres_test

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
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
)

// bouncer starts PgBouncer in transaction mode in front of the server, with two connections to it, and
// returns the address of the database there.
func (c *cluster) bouncer(t *testing.T, direct string) string {
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
`, c.port, superuser, port)
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

// cluster is a PostgreSQL server of its own, on loopback.
type cluster struct {
	port int
	next int // number of the next database
}

const superuser = "owner"

var server cluster

func TestMain(m *testing.M) {
	os.Exit(func() int {
		stop, err := server.start()
		if err != nil {
			fmt.Fprintln(os.Stderr, "PostgreSQL does not start:", err)
			return 1
		}
		defer stop()
		return m.Run()
	}())
}

// program finds a program of PostgreSQL, which Debian does not put into PATH.
func program(name string) (string, error) {
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
	if os.Getuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C"}
	return cmd
}

const nobody = 65534

func (c *cluster) start() (stop func(), err error) {
	initdb, err := program("initdb")
	if err != nil {
		return nil, err
	}
	postgres, err := program("postgres")
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "wxauth-postgres-")
	if err != nil {
		return nil, err
	}
	if os.Getuid() == 0 {
		if err := os.Chown(dir, nobody, nobody); err != nil {
			return nil, err
		}
	}
	data := filepath.Join(dir, "data")
	init := unprivileged(exec.Command(initdb, "-D", data, "-U", superuser, "-A", "trust", "-E", "UTF8", "--no-sync"))
	init.Dir = dir
	if out, err := init.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, out)
	}
	if c.port, err = freePort(); err != nil {
		return nil, err
	}
	cmd := unprivileged(exec.Command(postgres, "-D", data, "-p", strconv.Itoa(c.port), "-k", "", "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "max_connections=200"))
	cmd.Dir = dir
	end, err := launch(cmd, "ready to accept connections")
	if err != nil {
		return nil, err
	}
	return func() {
		end(syscall.SIGINT) // fast shutdown
		_ = os.RemoveAll(dir)
	}, nil
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
				_ = cmd.Process.Signal(s)
				<-drained
				_ = cmd.Wait()
			}, nil
		}
		log.WriteString(lines.Text() + "\n")
	}
	return nil, fmt.Errorf("%s ended: %w: %s", cmd.Path, cmd.Wait(), log.String())
}

func (c *cluster) url(database string) string {
	u := url.URL{Scheme: "postgres", User: url.User(superuser), Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(c.port)), Path: "/" + database}
	return u.String()
}

// database creates an empty database and returns its address.
func (c *cluster) database(t *testing.T) string {
	t.Helper()
	conn := c.connect(t, c.url("postgres"))
	c.next++
	name := fmt.Sprintf("test%d", c.next)
	if _, err := conn.Exec(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	return c.url(name)
}

// connect returns a connection of the database's owner.
func (c *cluster) connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}
