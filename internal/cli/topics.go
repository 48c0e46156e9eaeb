package cli

import "github.com/spf13/cobra"

// topics are help texts that belong to no command.
func topics() []*cobra.Command {
	return []*cobra.Command{
		{Use: "environment", Short: "The variables that are read, and which goes first", Long: topicEnvironment},
		{Use: "exit-codes", Short: "What an exit code means, for scripts", Long: topicExitCodes},
		{Use: "formatting", Short: "Tables, JSON and CSV, and what goes where", Long: topicFormatting},
	}
}

const topicEnvironment = `A flag goes before a variable, a variable before the configuration file, and that before
the default.

  WEBEX_ACCESS_TOKEN               the token that calls are made with; --profile goes before it
  WEBEX_INTEGRATION_CLIENT_ID      the integration that "wxauth login" logs in through
  WEBEX_INTEGRATION_CLIENT_SECRET  its secret
  WEBEX_INTEGRATION_REDIRECT_URI   its redirect URI (default http://127.0.0.1:8765/callback)
  WEBEX_SA_CLIENT_ID               the Service App whose tokens "wxauth orgs" gets
  WEBEX_SA_CLIENT_SECRET           its secret
  WEBEX_BASE_URL                   where the API is, version included (https://webexapis.com/v1)
  WXAUTH_CONFIG                    the configuration file
  WXAUTH_PROFILE                   the profile
  WXAUTH_KEY                       where the store's key comes from: keyring, passphrase, keyfile, memory
  WXAUTH_PASSPHRASE                the passphrase, for scripts
  NO_COLOR                         no colours
  BROWSER                          the command that opens a web page, or several, tried in turn
                                   (separated as in PATH); %s stands for the address
  COLUMNS, LINES                   the size of a terminal that does not report one
  XDG_CONFIG_HOME, XDG_DATA_HOME, XDG_STATE_HOME
                                   where files are kept; on Windows %AppData% and %LocalAppData%

Programs that wxauth starts get none of the secrets, but for "wxauth exec", which is
there to give one a token.`

const topicExitCodes = `  0    done, and read back where that applies (already gone counts as done)
  1    failed
  2    usage or configuration; no key source chosen
  3    partly: something was done, or found, and something failed, is unknown or was not sent
  4    login needed, refused, timed out; or a role or scope is missing
  5    person, app or authorization not found
  6    refused: a confirmation is missing or was answered no, --max, our own session, read-only
  7    a rate limit outlasted --max-wait, or ctrl-c with work left: the next run goes on
  8    accepted by Webex, and still listed when read back
  9    the store is locked by another process, or another one is sweeping
  10   diff --exit-code, watch --exit-code: something was found
  129  the terminal went away (SIGHUP)
  130  ctrl-c
  143  SIGTERM

When nothing was done, the cause's own code (4, 5, 7, else 1). With --json, an error is
a JSON object on stderr with "code", "exit", "message", "hint", "status", "trackingId".`

const topicFormatting = `Data goes to stdout, everything else to stderr: questions, notes, progress, errors. A
command that yields a secret prints just the secret.

On a terminal, tables are aligned and long names cut. Elsewhere the same table is
separated by tabs, with a header, and holds no escape sequence: names from Webex are
cleaned, so that no name can forge a line.

  --json   one JSON value, its names a contract; no rows are []. What a screen should not
           get stands as an escape: a parser reads the text as Webex sent it
  --csv    the JSON fields in their order, header first; nested ones as access.expires,
           lists joined by blanks, null empty. Cells that a spreadsheet would run begin
           with '

Durations are 30d, 12h, 2w; times are RFC 3339 in UTC, a date
(the end of that day), or a duration for so long ago.`
