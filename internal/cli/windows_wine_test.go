//go:build wine

package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestWindowsStories runs testdata/windows with the Windows program under Wine, sequentially
// because they share one user's directories. .ci/windows builds the program, prepares Wine and
// sets WXAUTH_WINDOWS, a directory with the command wxauth, and WINEPREFIX, the drive.
func TestWindowsStories(t *testing.T) {
	folder, prefix := os.Getenv("WXAUTH_WINDOWS"), os.Getenv("WINEPREFIX")
	if folder == "" || prefix == "" {
		t.Fatal("WXAUTH_WINDOWS and WINEPREFIX are not set: run .ci/windows")
	}
	files, err := filepath.Glob("testdata/windows/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts: ", err)
	}
	for _, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".txtar"), func(t *testing.T) {
			p := stories(t, "")
			p.Dir, p.Files = "", []string{f}
			world := p.Setup
			p.Setup = func(e *testscript.Env) error {
				for _, kept := range []string{"Roaming", "Local"} {
					dirs, err := filepath.Glob(filepath.Join(prefix, "drive_c/users/*/AppData", kept, "wxauth"))
					if err != nil {
						return err
					}
					for _, d := range dirs {
						if err := os.RemoveAll(d); err != nil {
							return err
						}
					}
				}
				e.Setenv("PATH", folder+string(os.PathListSeparator)+e.Getenv("PATH"))
				for _, name := range []string{"WINEPREFIX", "WINEDEBUG", "WINEDLLOVERRIDES"} {
					e.Setenv(name, os.Getenv(name))
				}
				e.Setenv("LC_ALL", "C.UTF-8") // Wine decodes arguments with it
				profile, _ := filepath.Glob(filepath.Join(prefix, "drive_c/users/*/AppData"))
				e.Setenv("APPDATA_UNIX", profile[0])
				return world(e)
			}
			testscript.Run(t, p)
		})
	}
}
