package cli

import "github.com/spf13/cobra"

// topics returns help topics that belong to no command.
func topics() []*cobra.Command {
	return []*cobra.Command{
		{Use: "environment", Short: "Environment variables and their precedence", Long: topicEnvironment},
		{Use: "exit-codes", Short: "Exit codes, for scripts", Long: topicExitCodes},
		{Use: "formatting", Short: "Output formats: tables, JSON and CSV", Long: topicFormatting},
	}
}

const topicEnvironment = `A flag takes precedence over an environment variable, a variable over the configuration
file, and the configuration file over the default.

  WEBEX_ACCESS_TOKEN               access token for API calls; --profile takes precedence
  WEBEX_INTEGRATION_CLIENT_ID      client id of the integration that "wxauth login" uses
  WEBEX_INTEGRATION_CLIENT_SECRET  its client secret
  WEBEX_INTEGRATION_REDIRECT_URI   its redirect URI (default http://127.0.0.1:8765/callback)
  WEBEX_SA_CLIENT_ID               client id of the Service App that "wxauth orgs" uses
  WEBEX_SA_CLIENT_SECRET           its client secret
  WEBEX_BASE_URL                   API base URL, including the version
                                   (default https://webexapis.com/v1)
  WXAUTH_CONFIG                    configuration file
  WXAUTH_PROFILE                   profile to use
  WXAUTH_STORE                     token store: an absolute path, or the URL of a team's database
  WXAUTH_TEAM_KEY_FILE             file with the key of a team's store, such as a mounted secret
  WXAUTH_KEY                       source of the encryption key: keyring, passphrase, keyfile
                                   or memory
  WXAUTH_PASSPHRASE                passphrase of the token store, for scripts
  NO_COLOR                         disable color
  BROWSER                          command that opens a web page, or several to try in order
                                   (separated as in PATH); %s stands for the address
  PAGER                            program that shows a table longer than the terminal; empty
                                   for none. By default less, if it is installed
  COLUMNS, LINES                   size of a terminal that does not report its size
  XDG_CONFIG_HOME, XDG_DATA_HOME, XDG_STATE_HOME
                                   directories for wxauth's files; on Windows %AppData% and
                                   %LocalAppData%

wxauth removes WEBEX_ACCESS_TOKEN, the client secrets and WXAUTH_PASSPHRASE from the
environment of the programs that it starts. Only "wxauth exec" gives its program an
access token.`

const topicExitCodes = `  0    success, verified where that applies; an already revoked token counts as success
  1    failure
  2    usage or configuration error, or no source chosen for the encryption key
  3    partial success: some of the work failed, was not sent, or its outcome is unknown;
       audit compare: a revoke is missing, or only Webex recorded it;
       --jq, --template: what the command did is done, but the output could not be formatted
  4    login needed, rejected or timed out; or a role or scope is missing
  5    person, app or authorization not found
  6    stopped by a safety check: not confirmed, over --max, wxauth's own session, read-only
  7    unfinished: a rate limit exceeded --max-wait, or ctrl+c came before the end of a sweep
       or revoke. Run the command again
  8    Webex accepted the revoke, but the authorization is still listed
  9    another process has locked the token store or is running a sweep
  10   diff --exit-code or watch --exit-code found something
  129  the terminal was closed (SIGHUP)
  130  interrupted (ctrl+c)
  143  terminated (SIGTERM)

If every item failed, the code is not 3 but that of the cause: 4, 5, 7, or otherwise 1.
With --json, wxauth prints an error to stderr as a JSON object with "code", "exit",
"message", "hint", "status" and "trackingId".`

const topicFormatting = `wxauth prints data to stdout, and everything else to stderr: prompts, notes, progress
and errors. A command that prints a secret prints nothing else to stdout.

On a terminal, wxauth aligns tables and shortens long names. Otherwise it separates the
columns with tabs, prints a header, and prints no escape sequences. It sanitizes names
from Webex, so that no name can forge a line of output.

  --json   one JSON value with stable field names (watch: one per line); an empty list is
           []. Characters that are unsafe on a terminal are escaped: a JSON parser
           restores the original text
  --jq EXPR      the JSON output filtered with jq; strings are printed without quotes
  --template T   the JSON output formatted with a Go template, with the functions json
                 and join
  --columns a,b  only these columns, in order: of a table (such as app,time-left), or of
                 CSV (the JSON fields)
  --csv    the JSON fields in the same order, after a header. Nested fields have names
           like access.expires, lists are joined by spaces, and null is empty. Cells that
           a spreadsheet would run as a formula start with '

Durations are written as 90s, 5m (minutes), 12h, 30d or 2w. Times are in RFC 3339 (UTC);
flags also accept a date (for diff, the end of that day), or a duration (that long ago).`
