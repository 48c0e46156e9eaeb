package cli

import "testing"

// S-55: a host belongs to Webex if it is one of its domains or below one.
func TestHostsOfWebex(t *testing.T) {
	for base, want := range map[string]bool{
		"https://webexapis.com/v1": true, "https://api-usgov.webex.com": true, "https://idbroker.webex.com/idb": true, "https://WEBEXAPIS.com": true,
		"https://webexapis.com.evil.example": false, "https://xwebexapis.com": false, "https://evil.example/webexapis.com": false, "https://webex.com.evil.example": false, "https://notwebex.com": false, "http://127.0.0.1": false, "": false,
	} {
		if got := isWebexHost(base); got != want {
			t.Errorf("%s: %v", base, got)
		}
	}
}
