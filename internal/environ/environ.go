// Package environ takes secrets out of the environment of the process while packages are
// initialized, so that no program that a library starts inherits them. lipgloss runs "tmux
// info" while it is initialized: main would come too late.
//
// Go initializes packages in the order of their import paths, each after those that it
// imports. This one imports nothing but os, and its path sorts before "os/exec", so it is
// initialized before every package that can start a program. It must import nothing else.
package environ

import "os"

// Secrets are the variables that programs started by wxauth do not inherit: wxauth's own
// secrets, and the passwords of databases. What a password manager reads (VAULT_TOKEN,
// AWS_SECRET_ACCESS_KEY, OP_SERVICE_ACCOUNT_TOKEN) is not among them, since
// client_secret_command may start one.
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

// Given returns the environment that the process was started with, as KEY=value, with the
// secrets that os.Environ no longer has.
func Given() []string { return append([]string(nil), given...) }
