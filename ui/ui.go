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
	Columns int // assumed, with Rows, where the terminal does not know its size
	Rows    int
	// Stop asks the dashboard to suspend, as SIGTSTP does; nil never does. Suspending is
	// called before it does so, and Resumed once it goes on; either may be nil.
	Stop                <-chan struct{}
	Suspending, Resumed func()
}

// End is how the dashboard was left.
type End struct {
	Next    Next
	Profile string // the one to show with [NextProfile]
	Running int    // revokes that were under way
	// Replies is how many of the terminal's replies to queries were read.
	Replies int
}

// Run shows the dashboard until the user leaves or ctx ends, and restores the
// terminal. Commands in flight go on: the caller waits for its own work.
func Run(ctx context.Context, opts Options, t Terminal) (End, error) {
	m := New(ctx, opts)
	progOpts := []tea.ProgramOption{
		tea.WithInput(t.In), tea.WithOutput(t.Out), tea.WithEnvironment(t.Environ),
		tea.WithoutSignalHandler(), // signals end ctx, so that the exit code can tell them apart
		tea.WithFilter(t.filter),
	}
	if t.NoColor {
		progOpts = append(progOpts, tea.WithColorProfile(colorprofile.ASCII))
	}
	p := tea.NewProgram(m, progOpts...)
	// Ending by a message, not by the program's own context: that one closes the
	// input under the goroutine that reads it.
	stop := context.AfterFunc(ctx, p.Quit)
	defer stop()
	left := make(chan struct{})
	defer close(left)
	go func() {
		for {
			select {
			case <-t.Stop:
				p.Send(tea.Suspend())
			case <-left:
				return
			}
		}
	}()
	_, err := p.Run()
	end := End{Next: m.next, Profile: m.nextProfile, Running: m.revokes(), Replies: m.replies}
	switch {
	case ctx.Err() != nil:
		return end, context.Cause(ctx)
	case m.interrupted:
		return end, ErrInterrupted
	case err != nil:
		return end, fmt.Errorf("run the dashboard: %w", err)
	}
	return end, nil
}

// filter sees each message before the program does.
func (t Terminal) filter(_ tea.Model, msg tea.Msg) tea.Msg {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg: // a serial line or a container reports 0x0
		if msg.Width == 0 {
			msg.Width = t.Columns
		}
		if msg.Height == 0 {
			msg.Height = t.Rows
		}
		return msg
	case tea.SuspendMsg:
		if t.Suspending != nil {
			t.Suspending()
		}
	case tea.ResumeMsg:
		if t.Resumed != nil {
			t.Resumed()
		}
	}
	return msg
}
