//go:build e2e && unix

package postgres_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

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
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	c.port = l.Addr().(*net.TCPAddr).Port
	_ = l.Close()
	var log bytes.Buffer
	cmd := unprivileged(exec.Command(postgres, "-D", data, "-p", strconv.Itoa(c.port), "-k", "", "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "max_connections=200"))
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &log, &log
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	for {
		conn, err := pgx.Connect(context.Background(), c.url("postgres"))
		if err == nil {
			_ = conn.Close(context.Background())
			break
		}
		select {
		case err := <-exited:
			return nil, fmt.Errorf("%w: %s", err, log.Bytes())
		case <-time.After(20 * time.Millisecond): // PostgreSQL has no event for being ready
		}
	}
	return func() {
		_ = cmd.Process.Signal(syscall.SIGINT) // fast shutdown
		<-exited
		_ = os.RemoveAll(dir)
	}, nil
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
