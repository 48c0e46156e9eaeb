// Package trial lets a test be a campaign: a few cases where `go test` runs it, as many as
// its figure asks where `go run .ci/campaign.go` does. Tests alone import it.
//
//	tried, lost := trial.Cases(20, 1000), 0 // 1000 in the campaign
//	for range tried { … }
//	trial.Report(t, trial.Figure{Name: "kill -9 in mid-commit", Tried: tried, Survived: tried - lost, Lost: lost})
package trial

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"
)

// Variable, when it is set to "full", makes every campaign as long as it can be.
const Variable = "WXAUTH_TRIAL"

// Mark begins the line by which a campaign reports its [Figure].
const Mark = "figure: "

// Figure is what a campaign came to.
type Figure struct {
	Name     string // what was done to it: "kill -9 in mid-commit"
	Tried    int    // cases
	Survived int    // of them
	Lost     int    // what was acknowledged and is gone, or was done and must not be; 0 is the bar
	Note     string // what else was counted, with its unit
}

// Full reports whether a campaign is to be as long as it can be.
func Full() bool { return os.Getenv(Variable) == "full" }

// Cases returns how many cases to try: few in a test, many in a campaign.
func Cases(few, many int) int {
	if Full() {
		return many
	}
	return few
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
