package cli

import (
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/wxauth/wxauth/internal/session"
)

// checkTerminal returns an error if the terminal cannot display the dashboard.
func (c *command) checkTerminal() error {
	t := c.env.Getenv("TERM")
	if runtime.GOOS == "windows" || t != "" && t != "dumb" || !isTerminal(c.env.Stdout) {
		return nil
	}
	return session.UsageError(fmt.Errorf("this terminal cannot show the dashboard (TERM is %q): use wxauth list USER, or --plain for plain text, or set TERM", t))
}

// leaveScreen resets every terminal mode that the dashboard sets.
const leaveScreen = ansi.ResetModeSynchronizedOutput + ansi.ResetModifyOtherKeys + "\x1b[<1u" + // pops the keyboard mode
	ansi.ResetModeAltScreenSaveCursor + ansi.ResetStyle + ansi.ResetModeBracketedPaste + ansi.ResetModeFocusEvent +
	ansi.ResetModeMouseButtonEvent + ansi.ResetModeMouseAnyEvent + ansi.ResetModeMouseExtSgr + ansi.ShowCursor + "\r"

// assumedSize returns the size of a terminal that does not report one: COLUMNS and LINES, or
// 80x24.
func (c *command) assumedSize() (columns, rows int) {
	read := func(name string, otherwise int) int {
		if n, err := strconv.Atoi(c.env.Getenv(name)); err == nil && n > 0 && n < 10_000 {
			return n
		}
		return otherwise
	}
	return read("COLUMNS", 80), read("LINES", 24)
}

// When the dashboard starts, it queries the terminal's colours and capabilities. If the user
// quits before the replies arrive, they would appear in the shell.
const (
	repliesAsked = 3
	repliesCome  = 2 * time.Second        // or never
	replyWait    = 500 * time.Millisecond // for replies on their way
)

// hasLinks reports whether the terminal is known to show links (OSC 8). Others may show the sequence
// as text.
func hasLinks(getenv func(string) string) bool {
	vte, _ := strconv.Atoi(getenv("VTE_VERSION"))
	known := []string{"iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "Tabby", "rio"}
	kinds := []string{"kitty", "foot", "alacritty", "ghostty", "wezterm", "contour"}
	term := getenv("TERM")
	switch {
	case strings.HasPrefix(term, "screen"), strings.HasPrefix(term, "tmux"): // they may drop it
		return false
	case vte >= 5000, getenv("WT_SESSION") != "", getenv("KONSOLE_VERSION") != "", slices.Contains(known, getenv("TERM_PROGRAM")):
		return true
	}
	return slices.ContainsFunc(kinds, func(k string) bool { return strings.Contains(term, k) })
}
