//go:build !unix

package cli

import (
	"os"
	"time"

	"github.com/wxauth/wxauth/ui"
)

// Windows has no job control, and its console replies before the program reads on.

func canSuspend() bool                    { return false }
func watchStop(*ui.Terminal) (end func()) { return func() {} }

func (c *command) guardTerminal(*os.File, string) (end func()) { return func() {} }
func (c *command) drainReplies(_ time.Duration, _ int)         {}
