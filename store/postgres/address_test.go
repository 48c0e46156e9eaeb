package postgres_test

import (
	"strings"
	"testing"

	"github.com/wxauth/wxauth/store/postgres"
)

// Nothing is sent unencrypted to another machine, and no error shows the password.
func TestAddressesThatAreRefused(t *testing.T) {
	for address, want := range map[string]string{
		"postgres://ada:hunter2@db.example/wxauth?sslmode=disable": "sslmode=verify-full",
		"postgres://ada:hunter2@db.example/wxauth?sslmode=prefer":  "sslmode=verify-full",
		"host=db.example password=hunter2 sslmode=allow":           "sslmode=verify-full",
		"postgres://ada:hunter2@db.example:port/wxauth":            "cannot be read",
		"postgres://ada:hunter2%@db.example/wxauth":                "cannot be read",
	} {
		_, err := postgres.Open(t.Context(), address, postgres.NewKey())
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestATeamKeyIsReadStrictly(t *testing.T) {
	key := postgres.NewKey()
	if k, err := postgres.ParseKey(" " + key.Reveal() + "\n"); err != nil || k != key {
		t.Errorf("%v", err)
	}
	for _, bad := range []string{"", "A", strings.Repeat("A", 42), strings.Repeat("A", 44), strings.Repeat("=", 43)} {
		if _, err := postgres.ParseKey(bad); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}
