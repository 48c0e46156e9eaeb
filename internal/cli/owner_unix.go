//go:build unix

package cli

import (
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/wxauth/wxauth/internal/config"
)

// ownerHint lists wxauth's files that belong to another user, as after a run with sudo, and the
// command that fixes it. It is empty if there are none.
func (c *command) ownerHint() string {
	if os.Geteuid() == 0 {
		return ""
	}
	var paths []string
	files := config.FilesOf(c.env.Getenv, "")
	if !config.IsDatabase(c.Address) {
		files = config.FilesOf(c.env.Getenv, c.Address)
	}
	for _, file := range []string{c.ConfigPath(), files.Store, files.Audit} {
		if file == "" {
			continue
		}
		// Start at the top: chown -R of a directory includes what is below it.
		at := len(paths)
		for dir := filepath.Dir(file); dir != c.env.Getenv("HOME") && dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
			paths = slices.Insert(paths, at, dir)
		}
		entries, _ := os.ReadDir(filepath.Dir(file))
		for _, e := range entries {
			paths = append(paths, filepath.Join(filepath.Dir(file), e.Name()))
		}
	}
	var theirs []string
	owner := 0
	for _, p := range paths {
		below := slices.ContainsFunc(theirs, func(dir string) bool { return strings.HasPrefix(p, dir+"/") })
		info, err := os.Lstat(p)
		if err != nil || below || slices.Contains(theirs, p) {
			continue
		}
		if s, ok := info.Sys().(*syscall.Stat_t); ok && int(s.Uid) != os.Geteuid() {
			theirs, owner = append(theirs, p), int(s.Uid)
		}
	}
	if len(theirs) == 0 {
		return ""
	}
	return fmt.Sprintf("%s is owned by %s: was wxauth run with sudo? To fix it: sudo chown -R %s %s",
		theirs[0], userName(owner), userName(os.Geteuid()), strings.Join(theirs, " "))
}

func userName(uid int) string {
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return u.Username
	}
	return strconv.Itoa(uid)
}
