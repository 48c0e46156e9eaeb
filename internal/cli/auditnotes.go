package cli

import (
	"context"

	"github.com/wxauth/wxauth/internal/app"
)

// tellUnsettled says what a process that died left open, once. Not being able to is no
// reason to fail: the revoke itself says what is wrong with the log.
func (c *command) tellUnsettled(ctx context.Context, svc *app.Service) {
	open, err := svc.Settle(ctx)
	if err != nil {
		return
	}
	for _, r := range open {
		c.note("%s", unsettledWords(r))
	}
}
