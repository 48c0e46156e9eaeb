package ui

import (
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
)

// commands makes the command lines that do what the screen does.
func (m *Model) commands() app.Commands {
	return app.Commands{Shell: m.opts.Shell, Profile: m.opts.Profile}
}

// copyCommand copies a command line; it asks before it revokes, as the screen does.
func (m *Model) copyCommand(line string) tea.Cmd {
	m.say(good, "To the terminal's clipboard: "+line)
	return tea.SetClipboard(line)
}
