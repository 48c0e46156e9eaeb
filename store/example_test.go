package store_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/wxauth/wxauth/store"
	"github.com/wxauth/wxauth/webex"
)

// A store keeps the login of an integration between the runs of a program.
func ExampleOpen() {
	folder, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)

	s, err := store.Open(filepath.Join(folder, "app", "store.db"), store.Keyfile(filepath.Join(folder, "app", "key")))
	if err != nil {
		log.Fatal(err)
	}

	ctx := context.Background()
	_, err = s.IntegrationTokens(ctx, "C1")
	fmt.Println(err)
	if err := s.SetIntegrationTokens(ctx, "C1", webex.Tokens{Access: webex.NewSecret("secret"), Refresh: webex.NewSecret("secret")}); err != nil {
		log.Fatal(err)
	}
	tokens, err := s.IntegrationTokens(ctx, "C1")
	fmt.Println(tokens.Access, err)
	// Output:
	// login needed: profile "default" holds no login
	// [redacted] <nil>
}
