// Package ui is the dashboard: what the screen shows, and which key does what.
//
// It knows no HTTP, no file and no database. All it needs is the small [Service]
// that it declares. A key press goes one way:
//
//	key → Update decides, returns a command → the command does the I/O in its own
//	goroutine → one result message → Update changes the model → View draws it
//
// Begin with update.go (what each message does), input.go (where a key goes), actions.go
// (what keys do), model.go (what is remembered) and view.go (how a screen is put together).
// Audit and Tokens are packages of their own, which package view describes. [Run] starts
// it all:
//
//	end, err := ui.Run(ctx, ui.Options{Service: svc}, ui.Terminal{In: os.Stdin, Out: os.Stdout})
//
// The rules of the package:
//
//   - I/O happens only inside a command: in commands.go, or beside the view that needs
//     it. A command copies what it needs of the model before it starts, and returns one
//     message that carries the error too.
//   - View is a function of the model: no clock, no I/O, any size down to 0x0. The
//     time comes with a tick, kept in Model.now.
//   - What a key is about is captured by id when it is pressed. The row under the
//     cursor may have moved when the answer comes; late answers are dropped by
//     their generation.
//   - Nothing is marked as done before the list no longer shows it.
//   - Styles only in package draw, keys only in package action. Text from elsewhere is
//     cleaned before it becomes part of a line.
package ui
