//go:build unix

package cli_test

import (
	"context"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/wxauth/wxauth/internal/cli"
)

// A named pipe that nobody writes to does not hold up a program that was stopped.
func TestAPipeThatStaysSilentCanBeLeft(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	for _, args := range [][]string{
		{"store", "key", "import", pipe},
		{"orgs", "add", "--webhook", pipe},
		{"list", "--users-from", pipe},
	} {
		out := file(t, "")
		env := cli.Env{Args: args, Stdin: file(t, ""), Stdout: out, Stderr: out, Environ: []string{
			"HOME=" + t.TempDir(), "WEBEX_BASE_URL=http://127.0.0.1:1/v1", "WXAUTH_STORE=postgres://ada@127.0.0.1:1/wx", "WEBEX_ACCESS_TOKEN=ZDI3MGEyYzQtNmFlNS00NDNhLWFlNzAt_PF84_1eb65fdf-9643-417f-9974-ad72cae0e10f",
		}}
		if code := cli.Run(stopped, env); code == 0 {
			t.Errorf("%v succeeded", args)
		}
	}
}
