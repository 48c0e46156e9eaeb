package ui

import (
	"context"
	"errors"
	"fmt"
	"io"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
)

// ErrInterrupted means that the user quit with ctrl+c.
var ErrInterrupted = errors.New("interrupted")

// Terminal is the terminal that the dashboard runs on.
type Terminal struct {
	In      io.Reader
	Out     io.Writer
	Environ []string
	NoColor bool
	Columns int // used, with Rows, if the terminal does not know its size
	Rows    int
	// Stop receives a value to suspend the dashboard, as SIGTSTP does. It may be nil. Suspending
	// is called before the dashboard suspends, and Resumed after it resumes. Either may be nil.
	Stop                <-chan struct{}
	Suspending, Resumed func()
}

// End says how the user left the dashboard.
type End struct {
	Next    Next
	Profile string // the profile to show, with [NextProfile]
	Running int    // number of revokes that were running
	// Replies is the number of the terminal's replies to queries that were read.
	Replies int
}

// Run shows the dashboard until the user quits or ctx is canceled, and restores the terminal.
// Running commands continue: the caller waits for its own work.
func Run(ctx context.Context, opts Options, t Terminal) (End, error) {
	m := New(ctx, opts)
	progOpts := []tea.ProgramOption{
		tea.WithInput(t.In), tea.WithOutput(t.Out), tea.WithEnvironment(t.Environ),
		tea.WithoutSignalHandler(), // signals cancel ctx, so that the exit code depends on the signal
		tea.WithFilter(t.filter),
	}
	if t.NoColor {
		progOpts = append(progOpts, tea.WithColorProfile(colorprofile.ASCII))
	}
	p := tea.NewProgram(m, progOpts...)
	// Quit with a message instead of the program's own context. Canceling that context would
	// close the input while a goroutine reads it.
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
