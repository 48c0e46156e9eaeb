package webex

import "testing"

func TestAnIDHasTheRightArticle(t *testing.T) {
	for kind, want := range map[Untrusted]string{
		"ORGANIZATION": "an organization", "APPLICATION": "an application", "AUTHORIZATION": "an authorization",
		"PEOPLE": "a person", "ROOM": "a room", "USER": "a user",
	} {
		if got := (Decoded{Kind: kind}).kindWords(); got != want {
			t.Errorf("%q: %q, want %q", kind, got, want)
		}
	}
}
