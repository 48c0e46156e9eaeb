package cli

import (
	"runtime"
	"runtime/debug"
	"sync/atomic"
)

// firstCollection is how large the heap is when garbage is first collected, in per cent of
// Go's own 4 MiB. Most subcommands end before, and a collection that finds everything in
// use costs a fifth of a long list.
const firstCollection = 400

// afterFirst is the pace from then on, as GOGC says it; 0 where GOGC itself was given.
var afterFirst atomic.Int32

// collectLate puts the first collection off, unless GOGC says otherwise.
func collectLate(env Env) {
	if env.Getenv("GOGC") != "" {
		return
	}
	afterFirst.Store(100)
	debug.SetGCPercent(firstCollection)
	runtime.AddCleanup(new([64]byte), func(struct{}) { debug.SetGCPercent(int(afterFirst.Load())) }, struct{}{})
}

// collectOften is for a sweep, which holds all that it has found until it ends, and waits
// for the network: less than half as much garbage beside it costs nothing that anybody would see.
func collectOften() {
	if afterFirst.Load() != 0 {
		afterFirst.Store(40)
		debug.SetGCPercent(40)
	}
}
