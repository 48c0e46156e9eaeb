package cli

import (
	"context"
	"testing"
	"time"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/webex"
)

// If the list changed while the user considered the answer, wxauth asks again. It does not if
// the list is unchanged or still fresh.
func TestAListThatChangedUnderTheQuestionIsAskedAboutAgain(t *testing.T) {
	plan := func(age time.Duration, ids ...webex.AuthorizationID) app.Batch {
		p := app.Plan{Who: webex.ByEmail("jane@acme.example"), ReadAt: time.Now().Add(-age)}
		for _, id := range ids {
			p.Items = append(p.Items, app.Item{Row: app.Row{Authorization: webex.Authorization{ID: id}}})
		}
		return app.Batch{Plans: []app.Plan{p}}
	}
	for _, c := range []struct {
		name    string
		shown   app.Batch
		now     app.Batch
		changed bool
		reads   int
	}{
		{"fresh", plan(time.Second, "a"), plan(0, "b"), false, 0},
		{"the same", plan(2*time.Minute, "a", "b"), plan(0, "a", "b"), false, 1},
		{"one is gone", plan(2*time.Minute, "a", "b"), plan(0, "a"), true, 1},
		{"one is new", plan(2*time.Minute, "a"), plan(0, "a", "b"), true, 1},
		{"another", plan(2*time.Minute, "a"), plan(0, "b"), true, 1},
	} {
		reads := 0
		b := &batch{c: &command{}, plan: func(context.Context) (app.Batch, error) { reads++; return c.now, nil }}
		again, changed, err := b.look(t.Context(), c.shown)
		if err != nil || changed != c.changed || reads != c.reads || reads > 0 && !again.Same(c.now) {
			t.Errorf("%s: changed %v after %d reads, %v", c.name, changed, reads, err)
		}
	}
}
