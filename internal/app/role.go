package app

import (
	"strings"

	"github.com/wxauth/wxauth/webex"
)

// roleName returns the name of a known administrator role, and whether it allows
// listing and revoking the authorizations of others
// (https://developer.webex.com/docs/api/v1/authorizations: Full, Device or User
// Admin; not a read-only one). known is false for every other id.
func roleName(id webex.Untrusted) (name string, mayRevoke, known bool) {
	role := string(id)
	if d, ok := webex.DecodeID(id); ok && d.Kind == "ROLE" {
		role = string(d.UUID)
	}
	switch strings.ToLower(role) {
	case "id_full_admin":
		return "Full Admin", true, true
	case "id_user_admin":
		return "User Admin", true, true
	case "id_device_admin":
		return "Device Admin", true, true
	case "id_readonly_admin":
		return "Read-only Admin", false, true
	}
	return "", false, false
}
