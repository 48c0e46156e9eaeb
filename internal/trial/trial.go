// Package trial sizes the tests that try many cases. Only tests import it.
//
// go test runs a fixed sample of the cases, so that it is quick on any machine. With
// [Variable] set to "whole" it runs every case, as .ci/run does; with "full" it repeats the
// tests that crash and kill things as often as their figures need, as
// go run .ci/campaign.go does.
//
//	tried, lost := trial.Cases(20, 1000), 0 // 1000 in the campaign
//	for range tried { … }
//	trial.Report(t, trial.Figure{Name: "kill -9 during a commit", Tried: tried, Survived: tried - lost, Lost: lost})
package trial

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// Variable is the environment variable that selects how many cases run: "whole" or "full";
// anything else is a sample.
const Variable = "WXAUTH_TRIAL"

// Patience is how long a test waits for an event before it fails. It only limits a test that
// hangs; no test may depend on a shorter time.
const Patience = 90 * time.Second

// Mark is the prefix of the line in which a campaign reports its [Figure].
const Mark = "figure: "

// Figure is the result of a campaign.
type Figure struct {
	Name     string // what was done to it: "kill -9 during a commit"
	Tried    int    // cases
	Survived int    // of them
	Lost     int    // what was acknowledged and is gone, or was done and must not be; 0 is the bar
	Note     string // what else was counted, with its unit
}

// Full reports whether crash and kill tests repeat as often as their figures need.
func Full() bool { return os.Getenv(Variable) == "full" }

// Whole reports whether every case is tried, not a sample.
func Whole() bool { return Full() || os.Getenv(Variable) == "whole" }

// Cases returns few, or many when [Full].
func Cases(few, many int) int {
	if Full() {
		return many
	}
	return few
}

// Sampled returns sample, or all when [Whole].
func Sampled(sample, all int) int {
	if Whole() {
		return all
	}
	return sample
}

// Runs reports whether to try case i: every one when [Whole], else one in every.
func Runs(i, every int) bool { return Whole() || i%every == 0 }

// Until waits until done returns true, and fails the test when that takes longer than
// [Patience]; event names what is awaited.
func Until(t testing.TB, event string, done func() bool) {
	t.Helper()
	if !Happens(done) {
		t.Fatalf("%s: it did not happen in %s", event, Patience)
	}
}

// Happens waits until done returns true, for [Patience] at most, and reports whether it did.
func Happens(done func() bool) bool {
	for end := time.Now().Add(Patience); !done(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			return false
		}
	}
	return true
}

var ports atomic.Int32

// Port returns a TCP port of the loopback address that nobody listens on, and that no other
// caller gets, in this process or in that of another package: a folder marks it as taken until the test
// ends. It lies below the ports that systems give out by themselves, so that no
// connection takes it before the test does.
func Port(t testing.TB) string {
	t.Helper()
	for range 10_000 {
		port := strconv.Itoa(20000 + (os.Getpid()*97+int(ports.Add(1)))%10000)
		taken := filepath.Join(os.TempDir(), "wxauth-test-port-"+port)
		if os.Mkdir(taken, 0o700) != nil {
			continue
		}
		t.Cleanup(func() { _ = os.Remove(taken) })
		syscall.ForkLock.RLock() // otherwise a program that another test starts now holds the port until it runs
		l, err := net.Listen("tcp", "127.0.0.1:"+port)
		if err == nil {
			_ = l.Close()
		}
		syscall.ForkLock.RUnlock()
		if err == nil {
			return port
		}
	}
	t.Fatal("no port is free")
	return ""
}

// Released waits until what this process has closed, such as a listener, is closed in the programs that
// are being started too: between fork and exec they have copies.
func Released() {
	syscall.ForkLock.Lock()
	defer syscall.ForkLock.Unlock()
}

// Report writes a figure where the campaign command finds it, and fails the test when a
// case was lost or did not survive.
func Report(t testing.TB, f Figure) {
	t.Helper()
	if t.Failed() && f.Survived == f.Tried {
		f.Survived-- // whatever failed is a case that did not survive
	}
	line, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(Mark + string(line))
	if f.Lost != 0 || f.Survived != f.Tried {
		t.Error(f)
	}
}

// String says a figure in words.
func (f Figure) String() string {
	s := fmt.Sprintf("%s: %d tried, %d survived, %d lost", f.Name, f.Tried, f.Survived, f.Lost)
	if f.Note != "" {
		s += " (" + f.Note + ")"
	}
	return s
}
