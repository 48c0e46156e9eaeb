package session

import (
	"strings"
	"testing"

	"github.com/wxauth/wxauth/internal/seal"
)

func TestKeysOfATeam(t *testing.T) {
	next, person := seal.NewKey(), seal.NewKey()
	want := TeamKeys{Team: seal.NewKey(), Next: &next, Person: &person}
	got, ok := ParseTeamKeys(want.text())
	if !ok || got.Team != want.Team || *got.Next != next || *got.Person != person {
		t.Errorf("%v", ok)
	}
	// A mounted secret is the team's key alone, perhaps with a line break.
	if got, ok := ParseTeamKeys(want.Team.Reveal() + "\r\n"); !ok || got.Team != want.Team || got.Person != nil {
		t.Errorf("%v", ok)
	}
	for _, bad := range []string{"", "\n", "team", "team short", "person " + person.Reveal(), "chief " + person.Reveal(), want.text() + "x", strings.Repeat("A", 44)} {
		if _, ok := ParseTeamKeys(bad); ok {
			t.Errorf("%q was accepted", bad)
		}
	}
}
