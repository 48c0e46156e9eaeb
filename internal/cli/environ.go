package cli

import (
	"runtime"
	"slices"
	"strings"

	"github.com/wxauth/wxauth/internal/environ"
)

// Getenv returns the value of an environment variable, or "" if it is not set. The last of
// several entries wins. On Windows it ignores case, like the operating system.
func (e Env) Getenv(name string) string {
	return lookupVariable(e.Environ, name, foldsNames)
}

// foldsNames reports whether names of environment variables ignore case.
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

// withoutSecrets returns environ without wxauth's secrets and other known ones.
func withoutSecrets(environment []string) []string {
	return withoutVariables(environment, foldsNames, environ.Secrets...)
}
