package cli

import (
	"runtime"
	"runtime/debug"
)

// firstCollection is how many times larger than by default the heap is when garbage is
// first collected: at 16 MiB, not at 4. Most subcommands end before, and a collection of
// nothing but what is in use costs a fifth of a long list.
const firstCollection = 4

// collectLate puts the first collection off; from then on Go's own pace holds, or what
// GOGC says.
func collectLate(env Env) {
	if env.Getenv("GOGC") != "" {
		return
	}
	usual := debug.SetGCPercent(100 * firstCollection)
	runtime.AddCleanup(new([64]byte), func(usual int) { debug.SetGCPercent(usual) }, usual)
}
