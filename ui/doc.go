// Package ui is the dashboard. It routes keys and messages, draws the header and the last lines
// of the screen, and holds the open dialogs and the session. Each screen is a package below it:
// people (the picker and the first-run screen), login, and the five views with a tab:
// authorizations, tokens, inventory, audit and activity. Package view defines what a screen is.
//
// The dashboard does not use HTTP, files or databases itself. Each screen declares the interface
// that it needs, and [Service] combines them. A key press is handled in this order:
//
//	key → the screen's action returns a command → the command does the I/O in its own
//	goroutine → one result message → the screen's Update changes its state → Draw draws it
//
// Start with screens.go (the list of screens), update.go (message routing), serve.go (requests
// from a screen to the program) and view.go (drawing). [Run] starts the dashboard:
//
//	end, err := ui.Run(ctx, ui.Options{Service: svc}, ui.Terminal{In: os.Stdin, Out: os.Stdout})
//
// Rules for this package and those below it:
//
//   - I/O happens only in a command. A command copies its input before it starts, and returns
//     one message, which also carries the error.
//   - Drawing changes no state, does not read the clock and works at any size. The time is in
//     view.Env.
//   - An action captures ids when its key is pressed, because the cursor may be on another row
//     when the result arrives. Late results have an old generation number and are dropped.
//   - A token counts as revoked only once the list no longer contains it.
//   - Only package draw creates styles, and only package action defines keys. External text is
//     sanitized before it is drawn.
package ui
