package config

import (
	"errors"
	"testing"

	"github.com/wxauth/wxauth/webex"
)

func TestThePortalsURL(t *testing.T) {
	got, err := ParsePortalURL("https://webexapis.com/v1/authorize?client_id=C1&response_type=code&redirect_uri=http%3A%2F%2F127.0.0.1%3A8765%2Fcallback&scope=spark%3Akms%20spark%3Apeople_read&state=set_state_here")
	if err != nil || got.ClientID != "C1" || got.RedirectURI != webex.DefaultRedirectURI || len(got.Scopes) != 2 {
		t.Errorf("%+v, %v", got, err)
	}
	for _, bad := range []string{"", "https://webexapis.com/v1/authorize", "https://x/?client_id=", "https://x/?client_id=a/b&redirect_uri=x", "https://x/?client_id=C1", "https://x/?client_id=C1&redirect_uri=x&scope=nonsense"} {
		if _, err := ParsePortalURL(bad); !errors.Is(err, webex.ErrInvalidInput) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
