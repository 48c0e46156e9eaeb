package postgres

import (
	"os"
	"testing"
)

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
