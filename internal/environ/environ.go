// Package environ removes secrets from the environment of the process during package
// initialization, so that programs started by libraries do not inherit them. It cannot wait
// for main, because lipgloss runs "tmux info" during its initialization.
//
// Go initializes packages in the order of their import paths, each after those that it
// imports. This one imports nothing but os, and its path sorts before "os/exec", so it is
// initialized before every package that can start a program. It must import nothing else.
package environ

import "os"

// Secrets lists the variables that programs started by wxauth do not inherit: wxauth's own
// secrets and database passwords. Variables of password managers (VAULT_TOKEN,
// AWS_SECRET_ACCESS_KEY, OP_SERVICE_ACCOUNT_TOKEN) are not included, because
// client_secret_command may run one.
var Secrets = []string{
	"WEBEX_ACCESS_TOKEN", "WEBEX_INTEGRATION_CLIENT_SECRET", "WEBEX_SA_CLIENT_SECRET", "WXAUTH_PASSPHRASE",
	"PGPASSWORD", "PGPASSFILE", "PGSSLPASSWORD", "DATABASE_URL", "MYSQL_PWD", "REDISCLI_AUTH",
}

var given = os.Environ()

func init() {
	for _, name := range Secrets {
		_ = os.Unsetenv(name)
	}
}

// Given returns the environment that the process was started with, as KEY=value, including the
// secrets.
func Given() []string { return append([]string(nil), given...) }
