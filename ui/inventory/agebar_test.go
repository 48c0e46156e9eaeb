package inventory

import (
	"testing"
	"time"

	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
)

// Any times fit the bar: those of 1970, of the future, and unknown ones.
func TestTheAgeBarHasItsWidth(t *testing.T) {
	now := time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC)
	env := view.Env{Screen: &draw.Screen{Glyphs: draw.DrawnGlyphs}, Now: now}
	for _, at := range []time.Time{{}, time.Unix(0, 0), now.AddDate(-40, 0, 0), now, now.AddDate(1, 0, 0), now.AddDate(300, 0, 0)} {
		for _, to := range []time.Time{at, now, now.AddDate(2, 0, 0)} {
			if w := draw.Total(ageBar(env, inventory.App{Oldest: at, Newest: to}, 8)); w != 10 {
				t.Errorf("from %s to %s: %d cells", at, to, w)
			}
		}
	}
}
