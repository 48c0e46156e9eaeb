package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"
)

// versionInfo is the output of version.
type versionInfo struct {
	Version string `json:"version"`
	Commit  string `json:"commit"`
	Go      string `json:"go"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`

	made time.Time // commit time
}

// version reads the build information of the binary.
func version() versionInfo {
	v := versionInfo{Version: "devel", Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if info.Main.Version != "" && info.Main.Version != "(devel)" {
		v.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			v.Commit = s.Value[:min(len(s.Value), 12)]
		}
		if s.Key == "vcs.time" {
			v.made, _ = time.Parse(time.RFC3339, s.Value)
		}
	}
	return v
}

// String returns the line that the command prints.
func (v versionInfo) String() string {
	commit := ""
	if v.Commit != "" {
		commit = " " + v.Commit
	}
	return fmt.Sprintf("wxauth %s%s %s %s/%s", v.Version, commit, v.Go, v.OS, v.Arch)
}

func (c *command) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  exactly(0, "wxauth version"),
		RunE: func(*cobra.Command, []string) error {
			v := version()
			if c.g.json {
				return c.printJSON(v)
			}
			_, err := fmt.Fprintln(c.env.Stdout, v)
			return err
		},
	}
}
