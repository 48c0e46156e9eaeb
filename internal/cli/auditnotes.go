package cli

import (
	"context"

	"github.com/wxauth/wxauth/internal/app"
)

// tellUnsettled reports once what a killed process left open. It ignores errors: the revoke
// itself reports problems with the log.
func (c *command) tellUnsettled(ctx context.Context, svc *app.Service) {
	open, err := svc.Settle(ctx)
	if err != nil {
		return
	}
	for _, r := range open {
		c.note("%s", unsettledWords(r))
	}
}
