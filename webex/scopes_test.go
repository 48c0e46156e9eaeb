package webex_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/wxauth/wxauth/webex"
)

func TestScopeCatalogue(t *testing.T) {
	all := webex.ScopeCatalogue()
	seen := map[string]bool{}
	published := 0
	for _, s := range all {
		if seen[s.Name] || s.Name == "" || s.Description == "" || strings.ContainsAny(s.Description, "\t\r\n") {
			t.Errorf("%+v", s)
		}
		seen[s.Name] = true
		if !s.Derived {
			published++
		}
		if got, err := webex.ParseScopes(s.Name); err != nil || !slices.Equal(got, []string{s.Name}) {
			t.Errorf("%s cannot be asked for: %v", s.Name, err)
		}
	}
	if len(all) != 167 || published != 108 {
		t.Errorf("%d scopes, %d with Webex's description", len(all), published)
	}
	for _, preset := range webex.ScopePresets() {
		for _, s := range preset {
			if !seen[s] {
				t.Errorf("preset scope %s is not in the catalogue", s)
			}
		}
	}
	all[0].Name = "changed"
	if webex.ScopeCatalogue()[0].Name == "changed" {
		t.Error("callers share the catalogue")
	}
}

func TestDescribingScopes(t *testing.T) {
	for name, want := range map[string]webex.ScopeInfo{
		"spark:kms":                        {Name: "spark:kms", Description: "Use kms as the user", Derived: true},
		"SPARK:PEOPLE_READ":                {Name: "spark:people_read", Description: "Read your users' company directory"},
		"identity:contact":                 {Name: "identity:contact", Description: "Use contact in the organization's directory", Derived: true},
		"Identity:contact":                 {Name: "Identity:contact", Description: "Use contact in the organization's directory", Derived: true},
		"spark-compliance:recordings_read": {Name: "spark-compliance:recordings_read", Description: "Read recordings of the organization, as compliance officer", Derived: true},
		"application:webhooks_write":       {Name: "application:webhooks_write", Description: "Create, change and delete webhooks of the user's applications", Derived: true},
		"meeting:admin_brand_new_read":     {Name: "meeting:admin_brand_new_read", Description: "Read brand new of the organization", Derived: true},
		"spark-admin:never_heard_of_this":  {Name: "spark-admin:never_heard_of_this", Description: "Use never heard of this of the organization", Derived: true},
		"unheard":                          {Name: "unheard", Description: "Not described by Webex", Derived: true},
		"guest-issuer:read":                {Name: "guest-issuer:read", Description: "Read as guest issuer", Derived: true},
		"identity:organizations_rw":        {Name: "identity:organizations_rw", Description: "Read and change organizations in the organization's directory", Derived: true},
	} {
		if got := webex.DescribeScope(name); got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
	if got := webex.MissingScopes([]string{"a:b", "C:d", "e:f"}, []string{"c:D", "a:b"}); !slices.Equal(got, []string{"e:f"}) {
		t.Error(got)
	}
}

func TestIdentifyingIDs(t *testing.T) {
	uuid := "96abc2aa-3dcc-11e5-a152-fe34819cdc9a"
	id, _ := webex.ParseOrgID(uuid)
	client := webex.ClientID("C" + strings.Repeat("0a", 32))
	for text, want := range map[string]webex.Identity{
		string(id):                     {Kind: "ORGANIZATION", Region: "us", UUID: webex.Untrusted(uuid)},
		"  \"" + string(id) + "\"\n":   {Kind: "ORGANIZATION", Region: "us", UUID: webex.Untrusted(uuid)},
		"ciscospark://us/ROOM/" + uuid: {Kind: "ROOM", Region: "us", UUID: webex.Untrusted(uuid)},
		"ciscospark://urn:TEAM:eu-central-1_k/PEOPLE/" + uuid: {Kind: "PEOPLE", Region: "urn:TEAM:eu-central-1_k", UUID: webex.Untrusted(uuid)},
		strings.ToUpper(uuid):                              {UUID: webex.Untrusted(uuid)},
		"OTZhYmMyYWEtM2RjYy0xMWU1LWExNTItZmUzNDgxOWNkYzlh": {UUID: webex.Untrusted(uuid)},
		string(client):                                     {Kind: "client id", Region: "us", UUID: webex.Untrusted(client)},
		webex.ApplicationID(client):                        {Kind: "APPLICATION", Region: "us", UUID: webex.Untrusted(client)},
	} {
		got, err := webex.IdentifyID(text)
		if err != nil || got.Kind != want.Kind || got.Region != want.Region || got.UUID != want.UUID {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
		// Each encoding parses to the same id.
		for _, e := range got.Encodings {
			back, err := webex.IdentifyID(e.ID)
			if err != nil || back.UUID != got.UUID {
				t.Errorf("%q: %s %q reads as %+v, %v", text, e.Name, e.ID, back, err)
			}
		}
		if len(got.Encodings) < 3 {
			t.Errorf("%q: %+v", text, got.Encodings)
		}
	}
	for _, text := range []string{"", " ", "acme", "jane@example.com", "ciscospark://us/ROOM", "Y2lzY29zcGFyazovL3VzL1JPT00", "\x1b[2J", strings.Repeat("x", 10000)} {
		if got, err := webex.IdentifyID(text); err == nil || strings.Contains(err.Error(), "\x1b") || len(err.Error()) > 500 {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
}
