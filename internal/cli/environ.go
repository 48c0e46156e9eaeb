package cli

import (
	"runtime"
	"slices"
	"strings"

	"github.com/wxauth/wxauth/internal/environ"
)

// Getenv returns the value of an environment variable, that of the last entry of its name,
// or "". On Windows names match without regard to case, as the system's own lookup does:
// the environment holds APPDATA, documentation says %AppData%.
func (e Env) Getenv(name string) string {
	return lookupVariable(e.Environ, name, foldsNames)
}

// foldsNames is whether the names of environment variables ignore case here.
const foldsNames = runtime.GOOS == "windows"

func lookupVariable(environ []string, name string, fold bool) string {
	for _, kv := range slices.Backward(environ) {
		if k, v, ok := strings.Cut(kv, "="); ok && sameVariable(k, name, fold) {
			return v
		}
	}
	return ""
}

func sameVariable(a, b string, fold bool) bool {
	return a == b || fold && strings.EqualFold(a, b)
}

// withoutVariables returns environ without the named variables.
func withoutVariables(environ []string, fold bool, names ...string) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		return slices.ContainsFunc(names, func(n string) bool { return sameVariable(name, n, fold) })
	})
}

// withoutSecrets returns environ without secrets, for a program that needs none of them.
func withoutSecrets(environment []string) []string {
	return withoutVariables(environment, foldsNames, environ.Secrets...)
}
