package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wxauth/wxauth/webex"
)

// checkNamed rejects a value that looks like an empty or unexpanded variable.
func checkNamed(what, text string) error {
	switch t := strings.TrimSpace(text); {
	case t == "":
		return fmt.Errorf("%s is blank: is a variable empty?", what)
	case strings.ContainsAny(t, "$%") && strings.IndexAny(t, "$%") == 0, strings.Contains(t, "${"):
		return fmt.Errorf("%s looks like an unexpanded variable", what)
	case strings.EqualFold(t, "null"), strings.EqualFold(t, "undefined"), strings.EqualFold(t, "none"), t == "<nil>":
		return fmt.Errorf("%s is %s: is a variable empty?", what, webex.Quote(t))
	}
	return nil
}

// checkText rejects a value that looks like an empty or unexpanded variable.
func checkText(cmd *cobra.Command, flag, text string) error {
	if !cmd.Flags().Changed(flag) {
		return nil
	}
	return checkNamed("--"+flag, text)
}
