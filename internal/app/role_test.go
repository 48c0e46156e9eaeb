package app

import (
	"fmt"
	"testing"

	"github.com/wxauth/wxauth/webex"
)

func TestRolesAreKnownByTheirIDs(t *testing.T) {
	for id, want := range map[webex.Untrusted]string{
		"Y2lzY29zcGFyazovL3VzL1JPTEUvaWRfcmVhZG9ubHlfYWRtaW4": "Read-only Admin false true",
		"id_user_admin":                        "User Admin true true",
		"id_device_admin":                      "Device Admin true true",
		"96abc2aa-3dcc-11e5-a152-fe34819cdc9a": " false false",
	} {
		name, may, known := roleName(id)
		if got := fmt.Sprint(name, " ", may, " ", known); got != want {
			t.Errorf("%s: %q, want %q", id, got, want)
		}
	}
}
