package ui

import (
	"context"
	"errors"
	"fmt"
	"io"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
)

// ErrInterrupted: the user left with ctrl+c.
var ErrInterrupted = errors.New("interrupted")

// Terminal is what the dashboard runs on.
type Terminal struct {
	In      io.Reader
	Out     io.Writer
	Environ []string
	NoColor bool
}

// End is how the dashboard was left.
type End struct {
	Next    Next
	Profile string // the one to show with [NextProfile]
	Running int    // revokes that were under way
}

// Run shows the dashboard until the user leaves or ctx ends, and restores the
// terminal. Commands in flight go on: the caller waits for its own work.
func Run(ctx context.Context, opts Options, t Terminal) (End, error) {
	m := New(ctx, opts)
	progOpts := []tea.ProgramOption{
		tea.WithInput(t.In), tea.WithOutput(t.Out), tea.WithEnvironment(t.Environ),
		tea.WithoutSignalHandler(), // signals end ctx, so that the exit code can tell them apart
	}
	if t.NoColor {
		progOpts = append(progOpts, tea.WithColorProfile(colorprofile.ASCII))
	}
	p := tea.NewProgram(m, progOpts...)
	// Ending by a message, not by the program's own context: that one closes the
	// input under the goroutine that reads it.
	stop := context.AfterFunc(ctx, p.Quit)
	defer stop()
	_, err := p.Run()
	end := End{Next: m.Next(), Profile: m.nextProfile, Running: m.running}
	switch {
	case ctx.Err() != nil:
		return end, context.Cause(ctx)
	case m.Interrupted():
		return end, ErrInterrupted
	case err != nil:
		return end, fmt.Errorf("run the dashboard: %w", err)
	}
	return end, nil
}
