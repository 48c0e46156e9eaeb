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

// Run shows the dashboard until the user leaves or ctx ends, and restores the
// terminal. Commands in flight go on: the caller waits for its own work.
func Run(ctx context.Context, opts Options, t Terminal) (Next, error) {
	m := New(ctx, opts)
	progOpts := []tea.ProgramOption{
		tea.WithContext(ctx), tea.WithInput(t.In), tea.WithOutput(t.Out), tea.WithEnvironment(t.Environ),
		tea.WithoutSignalHandler(), // signals end ctx, so that the exit code can tell them apart
	}
	if t.NoColor {
		progOpts = append(progOpts, tea.WithColorProfile(colorprofile.ASCII))
	}
	_, err := tea.NewProgram(m, progOpts...).Run()
	switch {
	case ctx.Err() != nil:
		return NextNothing, context.Cause(ctx)
	case m.Interrupted():
		return NextNothing, ErrInterrupted
	case err != nil:
		return NextNothing, fmt.Errorf("run the dashboard: %w", err)
	}
	return m.Next(), nil
}
