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
