package postgres

import (
	"os"
	"path/filepath"
	"testing"
)

// The password comes from the variables that are no longer in the process environment, and never replaces
// one in the address.
func TestPasswords(t *testing.T) {
	passfile := filepath.Join(t.TempDir(), "pgpass")
	if err := os.WriteFile(passfile, []byte("127.0.0.1:5432:wx:ada:from the file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		address, want string
		env           map[string]string
	}{
		{"postgres://ada@127.0.0.1/wx", "it's 100% &safe", map[string]string{"PGPASSWORD": "it's 100% &safe"}},
		{"host=127.0.0.1 user=ada dbname=wx", `it's a \ 100%`, map[string]string{"PGPASSWORD": `it's a \ 100%`}},
		{"postgres://ada:mine@127.0.0.1/wx", "mine", map[string]string{"PGPASSWORD": "other"}},
		{"postgres://ada@127.0.0.1/wx?sslpassword=x", "theirs", map[string]string{"PGPASSWORD": "theirs"}},
		{"host=127.0.0.1 user=ada password='ab://c'", "ab://c", map[string]string{"PGPASSWORD": "other"}},
		{"host=127.0.0.1 user=ada  password = mine", "mine", map[string]string{"PGPASSWORD": "other"}},
		{"postgres://ada@127.0.0.1/wx", "from the file", map[string]string{"PGPASSFILE": passfile}},
	} {
		config, err := configOf(c.address, func(name string) string { return c.env[name] })
		if err != nil || config.ConnConfig.Password != c.want {
			t.Errorf("%s, %v: %v", c.address, c.env, err)
		}
	}
}

// Unless the address says otherwise, the certificate of another machine is verified.
func TestTheServersCertificateIsVerified(t *testing.T) {
	for _, name := range []string{"PGSSLMODE", "PGHOST", "PGSERVICE"} {
		t.Setenv(name, "")
	}
	for _, address := range []string{"postgres://ada@db.example/wxauth", "postgres://ada@db.example/wxauth?connect_timeout=3", "host=db.example user=ada", "postgres://ada@127.0.0.1,db.example/wxauth"} {
		config, err := configOf(address, os.Getenv)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range servers(config) {
			if s.TLSConfig == nil || s.TLSConfig.InsecureSkipVerify || s.TLSConfig.ServerName != s.Host {
				t.Errorf("%s: %+v", address, s)
			}
		}
	}
	config, err := configOf("postgres://ada@db.example/wxauth?sslmode=require", os.Getenv)
	if err != nil || config.ConnConfig.TLSConfig == nil {
		t.Errorf("sslmode=require: %v", err)
	}
	if config, err := configOf("postgres://ada@127.0.0.1/wxauth?sslmode=disable", os.Getenv); err != nil || config.ConnConfig.TLSConfig != nil {
		t.Errorf("loopback: %v", err)
	}
}
