package cli

import (
	"context"
	"fmt"
)

// offerBackup returns a hint that names the backup of a damaged store. On a terminal it offers
// to restore it.
func (c *command) offerBackup(ctx context.Context) string {
	if c.Kept == nil || c.Kept.File == nil {
		return ""
	}
	b := c.Kept.File
	backup, ok := b.NewestBackup(ctx)
	if !ok {
		return fmt.Sprintf("There is no usable backup. Nothing was changed. To start over: mv %s %s && %s", b.Path(), b.AsidePath(), c.loginLine())
	}
	what := fmt.Sprintf("The backup of %s is good (%d records)", c.stamp(backup.Taken), backup.Records)
	if !c.interactive() || c.OnScreen {
		return fmt.Sprintf("%s. Nothing was changed. To restore it: mv %s %s && cp -p %s %s", what, b.Path(), b.AsidePath(), backup.Path, b.Path())
	}
	answer, err := c.readLine(ctx, fmt.Sprintf("wxauth: the token store is damaged. %s. Move the damaged store aside and restore the backup? [y/N] ", what))
	if err != nil || !isYes(answer) {
		return "Nothing was changed."
	}
	aside, err := b.Restore(ctx, backup)
	if err != nil {
		return "Could not restore the backup: " + err.Error()
	}
	return "Restored the backup; the damaged store is now " + aside + ". Run the command again."
}
