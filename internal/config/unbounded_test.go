//go:build unix

package config

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// S-61: a configuration of unlimited size (a device, a pipe) is rejected after one mebibyte. The
// file with the chosen profile is read only up to the maximum length of a name.
func TestFilesWithoutAnEnd(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "endless")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	taken := make(chan int)
	go func() {
		n := 0
		defer func() { taken <- n }()
		f, err := os.OpenFile(path, os.O_WRONLY, 0) // it returns when the file is opened for reading
		if err != nil {
			return
		}
		defer f.Close()
		for part := []byte(strings.Repeat("#", 64<<10)); n < 64<<20; n += len(part) {
			if _, err := f.Write(part); err != nil {
				return
			}
		}
	}()
	_, err := Load(path, func(string) string { return "" })
	if n := <-taken; n > 4<<20 {
		t.Errorf("%d bytes were read", n)
	}
	if err == nil || !strings.Contains(err.Error(), "larger than 1 MiB") {
		t.Error(err)
	}

	getenv := func(name string) string { return map[string]string{"XDG_STATE_HOME": dir}[name] }
	if err := ChooseProfile(getenv, "work"); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(ProfilePath(getenv), 64<<20); err != nil {
		t.Fatal(err)
	}
	if n := allocated(func() { _, err = ChosenProfile(getenv) }); n > 1<<20 {
		t.Errorf("%d bytes allocated for a name", n)
	}
	if err == nil || !strings.Contains(err.Error(), "does not name a profile") {
		t.Error(err)
	}
}

// allocated returns the number of bytes that f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
