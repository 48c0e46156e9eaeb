package store_test

import (
	"path/filepath"
	"testing"

	"github.com/wxauth/wxauth/store"
	"github.com/wxauth/wxauth/store/storetest"
	"github.com/wxauth/wxauth/webex"
)

// What other programs use is the store that the program uses, and passes the same tests.
func TestTheStoreIsATokenStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) webex.TokenStore {
		t.Helper()
		dir := filepath.Join(t.TempDir(), "app")
		s, err := store.Open(filepath.Join(dir, "store.db"), store.Keyfile(filepath.Join(dir, "key")))
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}

func TestASoundStoreIsNotRestored(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "app")
	s, err := store.Open(filepath.Join(dir, "store.db"), store.Keyfile(filepath.Join(dir, "key")))
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	if err := s.Profile("work").SetIntegrationTokens(ctx, "C1", webex.Tokens{Access: webex.NewSecret("a"), Refresh: webex.NewSecret("r")}); err != nil {
		t.Fatal(err)
	}
	if n, err := s.Verify(ctx); err != nil || n == 0 {
		t.Errorf("%d values, %v", n, err)
	}
	all, err := s.Logins(ctx)
	if err != nil || len(all) != 1 || all[0] != (store.Login{Profile: "work", Client: "C1"}) {
		t.Errorf("%v, %v", all, err)
	}
	backup, ok := s.NewestBackup(ctx)
	if !ok || backup.Records == 0 || backup.Taken.IsZero() {
		t.Fatalf("%+v, %v", backup, ok)
	}
	if _, err := s.Restore(ctx, backup); err == nil {
		t.Error("a store that can be read was set aside")
	}
}
