package config

import (
	"strings"
	"testing"

	"github.com/wxauth/wxauth/webex"
)

func TestWithObservedKeepsTheRest(t *testing.T) {
	seen := map[string]webex.Tristate{"rotates_refresh": webex.Yes, "extends_refresh": webex.No, "moves_created": webex.Unknown}
	for _, before := range []string{"", "theme = \"dark\"\n", "theme = \"dark\"\n\n[observed]\nrotates_refresh = false\n\n[policy]\naccess = \"14d\"\n", Example()} {
		after := WithObserved(before, seen)
		if err := Check("f", after); err != nil {
			t.Fatalf("%q: %v", before, err)
		}
		c := Default()
		if err := c.parse("f", []byte(after)); err != nil {
			t.Fatal(err)
		}
		if o := c.Policy.Observed; o.Rotates != webex.Yes || o.Extends != webex.No || o.MovesCreated != webex.Unknown {
			t.Errorf("%q: %+v", before, o)
		}
		if strings.Contains(before, "[policy]") && !strings.Contains(after, "access = \"14d\"") || strings.Contains(before, "dark\"\n") && !strings.Contains(after, "theme = \"dark\"") {
			t.Errorf("%q became %q", before, after)
		}
		if again := WithObserved(after, seen); again != after {
			t.Errorf("a second time: %q, then %q", after, again)
		}
	}
}

func TestWithObservedChangesItsLinesOnly(t *testing.T) {
	seen := map[string]webex.Tristate{"rotates_refresh": webex.Yes, "extends_refresh": webex.Unknown}
	for before, after := range map[string]string{
		"[observed] # seen\nrotates_refresh = false # no\nextends_refresh = true\n\n# gov customer\n[profiles.gov]\n": "[observed] # seen\nrotates_refresh = true\nextends_refresh = true\n\n# gov customer\n[profiles.gov]\n",
		"[ observed ]\n":                            "[ observed ]\nrotates_refresh = true\n",
		"theme = \"dark\"":                          "theme = \"dark\"\n\n[observed]\nrotates_refresh = true\n",
		"theme = \"dark\"\r\n\r\n[observed]\r\n":    "theme = \"dark\"\r\n\r\n[observed]\r\nrotates_refresh = true\r\n",
		"# [observed]\n# rotates_refresh = false\n": "# [observed]\n# rotates_refresh = false\n\n[observed]\nrotates_refresh = true\n",
	} {
		if got := WithObserved(before, seen); got != after {
			t.Errorf("%q became %q, want %q", before, got, after)
		}
	}
}
