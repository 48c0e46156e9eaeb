// Package ui is the dashboard. This package routes keys and messages, draws the header and the
// foot of the screen, keeps the dialogs and knows who is signed in. Each screen is a package
// below it: people (choose a person, first run), login, and the four views with a tab:
// authorizations, tokens, inventory and audit. Package view describes what a screen is.
//
// The dashboard knows no HTTP, no file and no database. Each screen declares the interface that
// it needs; [Service] is all of them. A key press goes one way:
//
//	key → the screen's action returns a command → the command does the I/O in its own
//	goroutine → one result message → the screen's Update changes its state → Draw draws it
//
// Start with screens.go (which screens there are), update.go (where a message goes), serve.go
// (what a screen can ask of the program) and view.go (how the screen is put together). [Run]
// starts it all:
//
//	end, err := ui.Run(ctx, ui.Options{Service: svc}, ui.Terminal{In: os.Stdin, Out: os.Stdout})
//
// The rules of this package and those below it:
//
//   - I/O happens only in a command. A command copies what it needs before it starts, and
//     returns one message, which carries the error too.
//   - Drawing changes nothing, reads no clock and works at any size. The time is in view.Env.
//   - An action captures ids when its key is pressed: the row under the cursor may have moved
//     when the answer arrives. A generation number tells late answers apart; they are dropped.
//   - A token counts as revoked only once the list no longer shows it.
//   - Styles are made in package draw, keys in package action. Text from elsewhere is cleaned
//     before it becomes part of a line.
package ui
