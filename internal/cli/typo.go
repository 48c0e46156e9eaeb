package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/wxauth/wxauth/internal/nearest"
)

// withFlagMeant adds a similar flag to the error about an unknown one.
func withFlagMeant(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) || len(unknown.GetSpecifiedName()) < 2 {
		return err
	}
	var names []string
	collect := func(f *pflag.Flag) { names = append(names, f.Name) }
	cmd.Flags().VisitAll(collect)
	cmd.InheritedFlags().VisitAll(collect)
	near := nearest.Word(unknown.GetSpecifiedName(), names)
	if near == "" {
		return fmt.Errorf("%w: for a list, run %s --help", err, cmd.CommandPath())
	}
	return fmt.Errorf("%w: did you mean --%s?", err, near)
}
