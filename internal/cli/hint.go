package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/audit"
	"github.com/wxauth/wxauth/internal/config"
	"github.com/wxauth/wxauth/internal/session"
	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/webex"
)

// keyChoices is the hint for a user without a keyring.
const keyChoices = `Choose where to keep the encryption key of the token store, with --key, WXAUTH_KEY, or key = in the configuration:
  passphrase  you type it; WXAUTH_PASSPHRASE answers for scripts
  keyfile     a file next to the store, readable only by you (weaker)
  memory      nothing is saved when wxauth exits
Nothing was saved.`

// addHint adds the command that fixes a failure.
func (c *command) addHint(ctx context.Context, f *failure) {
	if f.told || f.hint != "" {
		return
	}
	if errors.Is(f.err, fs.ErrPermission) || errors.Is(f.err, store.ErrExposed) || errors.Is(f.err, audit.ErrBroken) || f.code == codeConfig {
		if f.hint = c.ownerHint(); f.hint != "" {
			return
		}
	}
	logIn := loginLine(cmp.Or(f.profile, c.InUse))
	switch {
	case errors.Is(f.err, syscall.EBADF):
		f.hint = "stdout is closed: redirect it, for example to /dev/null"
	case errors.Is(f.err, session.ErrNoTeamKey):
		f.hint = "Ask a colleague for the key (wxauth store key export), then: wxauth store key import FILE"
	case errors.Is(f.err, store.ErrNoKey) && config.IsDatabase(c.Address):
		f.hint = "Keep the keys for the team's store in a file instead: --key keyfile, WXAUTH_KEY, or key = in the configuration.\nIf a colleague created the store, import its key: wxauth store key import FILE --key keyfile"
	case errors.Is(f.err, store.ErrNoKey) && !strings.Contains(f.err.Error(), "WXAUTH_KEY") && !strings.Contains(f.err.Error(), session.PassphraseVariable):
		f.hint = keyChoices
	case c.g.json && errors.Is(f.err, app.ErrNoInventory): // the error text contains the hint
		f.hint = "To create one: wxauth sweep"
	case errors.Is(f.err, store.ErrInventory):
		f.hint = "Your logins are not affected. wxauth sweep moves this inventory aside and creates a new one"
	case errors.Is(f.err, store.ErrDamaged):
		f.hint = c.offerBackup(ctx)
	case strings.Contains(f.err.Error(), "client secret is missing") && !strings.Contains(f.err.Error(), "\n"):
		f.hint = "Set client_secret or client_secret_command in the configuration (wxauth config path), or set " + webex.EnvClientSecret
	case errors.Is(f.err, webex.ErrCannotListen):
		f.hint = "Paste the browser's final address instead: wxauth login --paste; or log in with a code: wxauth login --device"
	case c.byCode && (errors.Is(f.err, webex.ErrLoginDenied) || errors.Is(f.err, webex.ErrLoginTimeout)):
		f.hint = "Nothing was saved. To try again: " + logIn + " --device"
	case errors.Is(f.err, webex.ErrLoginDenied):
		f.hint = "Nothing was saved. If your organization declines, a Full Admin must allow the integration: " + webex.PageIntegrations + ". To try again: " + logIn
	case errors.Is(f.err, webex.ErrLoginTimeout):
		f.hint = "Nothing was saved. If Webex's page showed an error, wxauth was not told about it: see https://github.com/wxauth/wxauth/blob/main/docs/login.md. To try again: " + logIn + ", or with --paste"
	case errors.Is(f.err, webex.ErrOrgNotAuthorized):
		f.hint = "Nothing was changed. Once the Service App is authorized: wxauth orgs fetch ORG"
	case errors.Is(f.err, webex.ErrOrgNotRegistered):
		f.hint = "To see the saved organizations: wxauth orgs list. To get the tokens of another: wxauth orgs fetch ORG"
	case errors.Is(f.err, webex.ErrMissingScope):
		f.hint = "To log in with that scope: " + logIn + " --scopes default," + webex.ScopeApplicationsToken
	case errors.Is(f.err, webex.ErrNoServiceApp):
		f.hint = "Set the variables, or client_id and client_secret in [service_app] of the configuration (wxauth config path)"
	case errors.Is(f.err, webex.ErrNoDeviceLogin):
		f.hint = "Or log in through a browser on any computer: " + logIn + " --paste"
	case errors.Is(f.err, webex.ErrWrongServiceApp):
		f.hint = "The saved login is unchanged"
	case errors.Is(f.err, webex.ErrWrongClient):
		f.hint = "The saved login is unchanged. Webex shows a client secret only once: you can create a new one on the integration's page"
	case errors.Is(f.err, webex.ErrOtherServer):
		f.hint = "Set the base URL back (WEBEX_BASE_URL, --base-url, base_url in the configuration), or log in at this server: " + logIn
	case errors.Is(f.err, app.ErrLoginChanged):
		f.hint = "Run the command again to use the new login, or log in again: " + logIn
	case f.code == codeLoginNeeded && c.UsedEnv.Load():
		f.hint = "Get a new token from developer.webex.com and set " + session.TokenVariable + " to it, or use a login that renews itself: " + logIn
		if c.hidesLogin {
			f.hint = session.TokenVariable + " takes precedence over the saved login: unset it, or add --profile " + cmp.Or(c.InUse, config.DefaultProfile)
		}
	case f.code == codeLoginNeeded:
		f.hint = "To log in: " + logIn
		if c.fetchesForOrgs {
			f.hint += " --scopes default," + webex.ScopeApplicationsToken
		}
		if b := c.forgottenBackup(); b != "" {
			f.hint += "\nThe token store is missing, but there is a backup. To restore it: " + b
		}
		if c.env.Getenv(session.TokenVariable) == "" && c.neverLoggedIn(ctx) {
			f.hint += "\nOr set " + session.TokenVariable + " to a personal access token from developer.webex.com, or try the demo: wxauth demo"
		}
	}
}

// loginLine returns the command that logs in to the profile in use.
func (c *command) loginLine() string { return loginLine(c.InUse) }

// loginLine returns the command that logs in to a profile.
func loginLine(profile string) string {
	if profile == "" || profile == config.DefaultProfile {
		return "wxauth login"
	}
	return "wxauth login --profile " + profile
}

// forgottenBackup returns the command that restores the store from its backup, if the store is
// missing and the backup is not.
func (c *command) forgottenBackup() string {
	path := config.FilesOf(c.env.Getenv, c.Address).Store
	if path == "" || config.IsDatabase(c.Address) {
		return ""
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	if _, err := os.Lstat(path + ".bak1"); err != nil {
		return ""
	}
	return fmt.Sprintf("cp -p %s.bak1 %s", path, path)
}

func (c *command) neverLoggedIn(ctx context.Context) bool {
	return c.Kept == nil || len(c.StoredProfiles(ctx, session.Settings{})) == 0
}
