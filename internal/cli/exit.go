package cli

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/audit"
	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/internal/postgres"
	"github.com/wxauth/wxauth/internal/session"
	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/ui"
	"github.com/wxauth/wxauth/webex"
)

// Exit codes. They are a stable interface: scripts depend on them.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitPartly      = 3
	exitLogin       = 4
	exitNotFound    = 5
	exitRefused     = 6
	exitRateLimited = 7 // or ctrl+c with work left
	exitStillListed = 8
	exitLocked      = 9
	exitFound       = 10 // diff --exit-code
	exitHangup      = 129
	exitInterrupt   = 130
	exitTerminate   = 143
)

// Codes of errors in JSON.
const (
	codeUsage            = "usage"
	codeConfig           = "config"
	codeLoginNeeded      = "login_needed"
	codeRoleOrScope      = "role_or_scope"
	codePerson           = "person_not_found"
	codeAuthorization    = "authorization_not_found"
	codeConfirmation     = "confirmation"
	codeReadOnly         = "read_only"
	codeRateLimited      = "rate_limited"
	codeLoginDenied      = "login_denied"
	codeLoginTimeout     = "login_timeout"
	codeLoginFailed      = "login_failed"
	codeOrg              = "org_not_registered"
	codeOrgNotAuthorized = "org_not_authorized"
	codeStoreLocked      = "store_locked"
	codeStoreDamaged     = "store_damaged"
	codeKeyLost          = "key_lost"
	codeNetwork          = "network"
	codeServer           = "server"
	codeInterrupted      = "interrupted"
)

// refusedError means that confirmation is missing or was denied.
type refusedError struct{ error }

func (e refusedError) Unwrap() error { return e.error }

// resultError ends a command with an exit code after its result was printed.
type resultError struct{ exit int }

func (resultError) Error() string { return "not everything was done" }

// partlyError wraps the error of a command that succeeded partly: its result is incomplete, or
// tokens were revoked but the result could not be printed. The exit code is 3.
type partlyError struct{ error }

func (e partlyError) Unwrap() error { return e.error }

// failure is an error with its exit code and its presentation.
type failure struct {
	code string
	exit int
	err  error
	hint string // the command that fixes it
	told bool   // already reported

	profile string // the one that it concerns, if it is not the one in use
}

func classify(ctx context.Context, err error) failure {
	f := failure{err: err, code: codeServer, exit: exitFailed}
	var (
		result resultError
		input  session.InputError
		refuse refusedError
		partly partlyError
	)
	switch {
	case errors.As(err, &result):
		return failure{exit: result.exit, told: true}
	case errors.Is(err, ui.ErrInterrupted):
		return failure{code: codeInterrupted, exit: exitInterrupt, told: true}
	case ctx.Err() != nil:
		return failure{code: codeInterrupted, exit: signalExit(context.Cause(ctx)), err: context.Cause(ctx)}
	case isSignal(err): // ctrl+c at a prompt in raw mode
		return failure{code: codeInterrupted, exit: signalExit(err), err: err}
	case errors.As(err, &partly):
		f = classify(ctx, partly.error)
		f.exit = exitPartly
		return f
	case closedOutput(err): // the reader closed the pipe
		return failure{exit: exitFailed, told: true}
	case errors.As(err, &input):
		if f.code, f.exit = codeUsage, exitUsage; input.Config {
			f.code = codeConfig
		}
	case errors.As(err, &refuse):
		f.code, f.exit = codeConfirmation, exitRefused
	default:
		f.code, f.exit = classifyWork(err)
	}
	return f
}

// closedOutput reports whether a write failed because its reader closed the pipe. It returns
// false for a broken network connection.
func closedOutput(err error) bool {
	var write *fs.PathError
	return errors.As(err, &write) && write.Op == "write" && isClosedPipe(write.Err)
}

// classifyWork returns the codes for an error of the use cases or the client.
func classifyWork(err error) (code string, exit int) {
	table := []struct {
		is   error
		code string
		exit int
	}{
		{webex.ErrNotAPI, codeConfig, exitUsage},
		{app.ErrPersonNotFound, codePerson, exitNotFound},
		{app.ErrNotListed, codeAuthorization, exitNotFound},
		{app.ErrSelf, codeConfirmation, exitRefused},
		{app.ErrTooMany, codeConfirmation, exitRefused},
		{app.ErrListChanged, codeConfirmation, exitRefused},
		{app.ErrNoMatch, codeAuthorization, exitNotFound},
		{app.ErrAmbiguousApp, codeUsage, exitUsage},
		{app.ErrAmbiguousID, codeUsage, exitUsage},
		{app.ErrNothing, codeUsage, exitUsage},
		{app.ErrNotRevocable, codeUsage, exitUsage},
		{postgres.ErrUnavailable, codeNetwork, exitFailed},
		{postgres.ErrNoStore, codeConfig, exitUsage},
		{postgres.ErrRefused, codeConfig, exitUsage},
		{postgres.ErrNoPrivilege, codeConfig, exitUsage},
		{session.ErrNoTeamKey, codeConfig, exitUsage},
		{postgres.ErrNoPerson, codeConfig, exitUsage},
		{store.ErrInventory, codeStoreDamaged, exitFailed},
		{inventory.ErrFormat, codeStoreDamaged, exitFailed},
		{audit.ErrTampered, codeStoreDamaged, exitFailed},
		{audit.ErrMoved, codeConfig, exitPartly},
		{audit.ErrInUse, codeStoreLocked, exitLocked},
		{store.ErrSweeping, codeStoreLocked, exitLocked},
		{store.ErrLocked, codeStoreLocked, exitLocked},
		{store.ErrKeyLost, codeKeyLost, exitFailed},
		{store.ErrNoKey, codeConfig, exitUsage},
		{store.ErrWrongKey, codeConfig, exitUsage},
		{store.ErrExposed, codeConfig, exitUsage},
		{store.ErrDamaged, codeStoreDamaged, exitFailed},
		{store.ErrForeign, codeStoreDamaged, exitFailed},
		{store.ErrNewer, codeStoreDamaged, exitFailed},
		{store.ErrInBackups, codeConfig, exitPartly},
		{store.ErrWrite, codeConfig, exitFailed},
		{audit.ErrBroken, codeConfig, exitFailed},
		{webex.ErrReadOnly, codeReadOnly, exitRefused},
		{webex.ErrLoginDenied, codeLoginDenied, exitLogin},
		{webex.ErrLoginTimeout, codeLoginTimeout, exitLogin},
		{webex.ErrWrongClient, codeLoginFailed, exitLogin},
		{webex.ErrTokenLimit, codeLoginFailed, exitLogin},
		{webex.ErrLoginFailed, codeLoginFailed, exitLogin},
		{webex.ErrCannotListen, codeLoginFailed, exitLogin},
		{webex.ErrNoDeviceLogin, codeLoginFailed, exitLogin},
		{webex.ErrNoServiceApp, codeConfig, exitUsage},
		{webex.ErrOrgNotRegistered, codeOrg, exitNotFound},
		{webex.ErrOrgUnknown, codeOrg, exitNotFound},
		{webex.ErrOrgNotAuthorized, codeOrgNotAuthorized, exitLogin},
		{app.ErrLoginChanged, codeLoginNeeded, exitLogin},
		{app.ErrCannotRefresh, codeLoginNeeded, exitLogin},
		{webex.ErrNotLoggedIn, codeLoginNeeded, exitLogin},
		{webex.ErrForbidden, codeRoleOrScope, exitLogin},
		{webex.ErrNotFound, codeAuthorization, exitNotFound},
		{webex.ErrRateLimited, codeRateLimited, exitRateLimited},
		{webex.ErrNetwork, codeNetwork, exitFailed},
		{webex.ErrServer, codeServer, exitFailed},
	}
	for _, t := range table {
		if errors.Is(err, t.is) {
			return t.code, t.exit
		}
	}
	// wxauth rejected the input without a request, unless the error has status 400.
	var e *webex.Error
	if errors.Is(err, webex.ErrInvalidInput) && (!errors.As(err, &e) || e.Status == 0) {
		return codeUsage, exitUsage
	}
	return codeServer, exitFailed // for example, output that cannot be written
}

func signalExit(err error) int {
	s, ok := asSignal(err)
	switch {
	case ok && s == syscall.SIGTERM:
		return exitTerminate
	case ok && s == syscall.SIGHUP:
		return exitHangup
	case ok && s == os.Interrupt:
		return exitInterrupt
	}
	return exitFailed
}

func (f failure) text() string {
	// Keep the line breaks of configuration problems.
	lines := strings.Split(f.err.Error(), "\n")
	for i, l := range lines {
		lines[i] = string(webex.Clean(webex.Untrusted(l)))
	}
	if f.hint != "" {
		lines = append(lines, f.hint)
	}
	return strings.Join(lines, "\n")
}

type errorJSON struct {
	Error errorBody `json:"error"`
}

type errorBody struct {
	Code       string `json:"code"`
	Exit       int    `json:"exit"`
	Message    string `json:"message"`
	Hint       string `json:"hint"`
	Status     int    `json:"status"`
	TrackingID string `json:"trackingId"`
}

func (f failure) json() errorJSON {
	hint := f.hint
	f.hint = ""
	out := errorJSON{errorBody{Code: f.code, Exit: f.exit, Message: f.text(), Hint: hint}}
	var e *webex.Error
	if errors.As(f.err, &e) {
		out.Error.Status, out.Error.TrackingID = e.Status, string(e.TrackingID)
		if hint == "" {
			out.Error.Hint = e.Hint
		}
	}
	return out
}

// finished returns the error with which a revoke ends. wrong is the error of printing its
// result or saving its report.
func finished(ctx context.Context, r app.BatchResult, wrong error) error {
	switch exit := exitForResult(ctx, r); {
	case wrong != nil && mayHaveEnded(r.Counts()) > 0:
		return partlyError{wrong}
	case wrong != nil:
		return wrong
	case exit != exitDone:
		return resultError{exit}
	}
	return nil
}

// mayHaveEnded counts the tokens that are or may be revoked.
func mayHaveEnded(c map[app.Outcome]int) int {
	return c[app.Revoked] + c[app.Cascaded] + c[app.AlreadyGone] + c[app.StillListed] + c[app.Unknown]
}

// exitForResult returns the exit code for the outcomes of a revoke.
func exitForResult(ctx context.Context, r app.BatchResult) int {
	c := r.Counts()
	wrong := c[app.Failed] + c[app.Unknown] + c[app.NotSent] + len(r.Failures)
	if r.RecordErr != nil { // the audit log is incomplete
		wrong++
	}
	if ctx.Err() != nil && wrong > 0 {
		if exit := signalExit(context.Cause(ctx)); exit != exitInterrupt {
			return exit
		}
		if c[app.NotSent] > 0 {
			return exitRateLimited // work is left for the next run
		}
		return exitInterrupt
	}
	switch {
	case wrong == 0 && c[app.StillListed] == 0:
		return exitDone
	case errors.Is(r.Stopped, webex.ErrRateLimited):
		return exitRateLimited
	case wrong == 0:
		return exitStillListed
	case mayHaveEnded(c) > 0:
		return exitPartly
	}
	// Nothing was revoked: use the exit code of the cause.
	for _, i := range r.Items() {
		if i.Err != nil {
			_, exit := classifyWork(i.Err)
			if exit == exitUsage {
				exit = exitFailed
			}
			return exit
		}
	}
	if len(r.Items()) == 0 && len(r.Results) > 0 { // the people were found but have no tokens
		return exitPartly
	}
	return exitFailed
}
