package webex_test

import (
	"strings"
	"testing"

	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

func TestWhatMayBeASecretIsNotRepeated(t *testing.T) {
	sim := webextest.New()
	opaque := "Zk9xLTJrX3Bvc2l0aW9uLXJhbmRvbS1ieXRlcw"
	for _, secret := range []string{
		strings.Repeat("620a5b58", 8), opaque, "Bearer " + opaque, `"` + opaque + `"`, "'" + opaque + "',",
		sim.AdminToken(), `"` + sim.AdminToken() + `"`, "bearer  " + sim.AdminToken(),
		"eyJhbGciOiJub25lIn0.e30.c2ln123", "aB3-dE6_gH9-jK2_mN5-pQ8_sT1-vW4_", "9f8e7d6c5b4a39281706f5e4d3c2b1a0",
	} {
		if !webex.LooksSecret(secret) {
			t.Errorf("%q is shown", secret)
		}
		core := strings.Trim(strings.TrimPrefix(secret, "Bearer "), "\"',")
		for name, err := range map[string]error{"org": orgError(secret), "id": idError(secret), "person": personError(secret)} {
			if err == nil || strings.Contains(err.Error(), core[:20]) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	for _, name := range []string{
		"", "acme", "96abc2aa-3dcc-11e5-a152-fe34819cdc9a", "Y2lzY29zcGFyazovL3VzL09SR0FOSVpBVElPTi85NmFiYzJhYS0zZGNjLTExZTUtYTE1Mi1mZTM0ODE5Y2RjOWE",
		"C" + strings.Repeat("0a", 32), "Jane.Doe2@subsidiary.of.acme.Example", "kestrel-bank-switzerland-production-2", "donaudampfschifffahrtsgesellschaft",
		"spark-admin:telephony_config_read", "株式会社さくら商事", "ciscospark://us/PEOPLE/96abc2aa-3dcc-11e5-a152-fe34819cdc9a",
	} {
		if webex.LooksSecret(name) {
			t.Errorf("%q is not shown", name)
		}
	}
	if got := webex.Quote("ev\u202eil"); got != `"ev\u202eil"` {
		t.Errorf("%s", got)
	}
	if got := webex.Quote(strings.Repeat("é ", 500)); len([]rune(got)) > 130 {
		t.Errorf("%d characters", len([]rune(got)))
	}
}

func orgError(s string) error    { _, err := webex.ParseOrgID(s); return err }
func idError(s string) error     { _, err := webex.IdentifyID(s); return err }
func personError(s string) error { _, err := webex.ParsePerson(s); return err }
