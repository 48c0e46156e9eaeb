package webex_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

func word(b *bool) string {
	if b == nil {
		return "unknown"
	}
	return fmt.Sprint(*b)
}

// Only the reply tells whether a refresh extended the refresh token.
func TestWhetherARefreshExtends(t *testing.T) {
	const day = 24 * time.Hour
	type step struct {
		after time.Duration
		reply int // refresh_token_expires_in; 0 omits it
		want  string
	}
	for name, tt := range map[string]struct {
		first int
		steps []step
	}{
		"each refresh starts the time anew": {7775999, []step{{time.Hour, 7775999, "true"}, {30 * day, 7775999, "true"}}},
		"it counts down":                    {5086614, []step{{20 * time.Second, 5086594, "false"}, {3 * day, 4827394, "false"}}},
		"it counts down, at once":           {259200, []step{{100 * time.Millisecond, 259199, "false"}}},
		"too soon to tell":                  {259200, []step{{time.Second, 259200, "unknown"}}},
		"too soon, after one that told":     {259200, []step{{time.Hour, 255600, "false"}, {time.Second, 255600, "false"}}},
		"soon, and it extends":              {259200, []step{{3 * time.Second, 259200, "true"}}},
		"rounded the other way":             {259200, []step{{10 * time.Second, 259191, "false"}}},
		"the policy allows more now":        {259200, []step{{0, 7775999, "true"}}},
		"the policy allows less now":        {7775999, []step{{day, 259200, "false"}, {day, 259200, "true"}}},
		"the reply does not say":            {7775999, []step{{day, 0, "unknown"}, {day, 7775999, "true"}}},
		"the login did not say":             {0, []step{{day, 7775999, "unknown"}, {day, 7775999, "true"}}},
	} {
		w := newWorld(t, webextest.Switches{})
		i := w.integration()
		answer := func(life int) {
			w.sim.ClearFaults()
			body := fmt.Sprintf(`{"access_token":"access-%d","expires_in":1209599,"refresh_token":"refresh"`, w.posts())
			if life > 0 {
				body += fmt.Sprintf(`,"refresh_token_expires_in":%d`, life)
			}
			w.sim.AddFault(webextest.Fault{Path: "/access_token", Status: 200, Body: body + "}"})
		}
		answer(tt.first)
		if got, err := i.AdoptRefreshToken(t.Context(), webex.NewSecret("refresh")); err != nil || got.Extended != nil {
			t.Fatalf("%s: after the login: %s, %v", name, word(got.Extended), err)
		}
		for n, s := range tt.steps {
			*w.now = w.now.Add(s.after)
			answer(s.reply)
			if _, err := i.Refresh(t.Context()); err != nil {
				t.Fatal(err)
			}
			if kept, err := w.integration().Stored(t.Context()); err != nil || word(kept.Extended) != s.want {
				t.Errorf("%s: refresh %d: %s is kept, want %s (%v)", name, n+1, word(kept.Extended), s.want, err)
			}
		}
	}
}

// A simulator switch makes refreshes not extend the refresh token.
func TestARefreshTokenThatRunsDown(t *testing.T) {
	w := newWorld(t, webextest.Switches{KeepRefreshEnd: true})
	i := w.integration()
	first := w.mustLogin(i)
	*w.now = w.now.Add(30 * 24 * time.Hour)
	second, err := i.Refresh(t.Context())
	if err != nil || word(second.Extended) != "false" || !second.RefreshLeft().Until.Equal(first.RefreshLeft().Until) {
		t.Errorf("%s until %s, %v", word(second.Extended), second.RefreshLeft().Until, err)
	}
	*w.now = w.now.Add(61 * 24 * time.Hour)
	if _, err := i.Refresh(t.Context()); !errors.Is(err, webex.ErrNotLoggedIn) {
		t.Errorf("after its end: %v", err)
	}
}

// Webex may return the same access token for a refresh.
func TestARefreshThatBringsTheSameAccessToken(t *testing.T) {
	w := newWorld(t, webextest.Switches{KeepAccess: true})
	i := w.integration()
	first := w.mustLogin(i)
	*w.now = w.now.Add(24 * time.Hour)
	second, err := i.Refresh(t.Context())
	if err != nil || !second.Access.Equal(first.Access) || !second.AccessLeft().Until.Equal(first.AccessLeft().Until) || !second.Issued.Equal(first.Issued) {
		t.Errorf("until %s, then %s, %v", first.AccessLeft().Until, second.AccessLeft().Until, err)
	}
	// If Webex rejects it, it is not returned as a new one.
	w.sim.AddFault(webextest.Fault{Path: "/people", Status: 401})
	next, err := i.Renew(t.Context(), second.Access)
	if !errors.Is(err, webex.ErrNotLoggedIn) || !strings.Contains(err.Error(), "the same one") {
		t.Errorf("%t, %v", next.Equal(second.Access), err)
	}
	posts := w.posts()
	if _, err := w.integration().Client().Me(t.Context()); !errors.Is(err, webex.ErrNotLoggedIn) || w.posts() != posts {
		t.Errorf("refreshed again immediately: %v", err)
	}
	*w.now = w.now.Add(11 * time.Minute) // then once more, but not at every call
	for range 2 {
		if _, err := w.integration().Client().Me(t.Context()); !errors.Is(err, webex.ErrNotLoggedIn) {
			t.Error(err)
		}
	}
	if got := w.posts(); got != posts+1 {
		t.Errorf("%d refreshes for two refusals", got-posts)
	}
	if err := i.Client().DeleteAuthorization(t.Context(), "abc"); errors.Is(err, webex.ErrNotLoggedIn) {
		t.Errorf("the token works elsewhere, and is not used: %v", err)
	}
}

// Both tokens are revoked soon after a forced refresh: once Webex has rejected both,
// no caller gets the access token.
func TestTokensThatDieSoonAfterAForcedRefresh(t *testing.T) {
	w := newWorld(t, webextest.Switches{})
	i := w.integration()
	w.mustLogin(i)
	w.sim.ExpireAccessTokens()
	if _, err := i.Client().Me(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.sim.ExpireAccessTokens()
	w.sim.RevokeRefreshTokens()
	*w.now = w.now.Add(time.Minute)
	if _, err := w.integration().Client().Me(t.Context()); !errors.Is(err, webex.ErrNotLoggedIn) {
		t.Fatal(err)
	}
	if _, err := w.integration().Refresh(t.Context()); !errors.Is(err, webex.ErrNotLoggedIn) {
		t.Fatal(err)
	}
	if _, err := w.integration().AccessToken(t.Context()); !errors.Is(err, webex.ErrNotLoggedIn) {
		t.Errorf("a revoked token was returned: %v", err)
	}
}

// The same without any call with the access token in between.
func TestTokensThatDieUnusedAfterAForcedRefresh(t *testing.T) {
	w := newWorld(t, webextest.Switches{})
	i := w.integration()
	w.mustLogin(i)
	w.sim.ExpireAccessTokens()
	if _, err := i.Client().Me(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.sim.ExpireAccessTokens()
	w.sim.RevokeRefreshTokens()
	*w.now = w.now.Add(time.Minute)
	if _, err := w.integration().Refresh(t.Context()); !errors.Is(err, webex.ErrNotLoggedIn) {
		t.Fatal(err)
	}
	if _, err := w.integration().AccessToken(t.Context()); !errors.Is(err, webex.ErrNotLoggedIn) {
		t.Errorf("a revoked token was returned: %v", err)
	}
}

// If every refresh returns the rejected access token, a refresh is sent once in ten
// minutes, and no caller gets the token.
func TestARefusedAccessTokenThatComesBack(t *testing.T) {
	w := newWorld(t, webextest.Switches{KeepAccess: true})
	i := w.integration()
	first := w.mustLogin(i)
	*w.now = w.now.Add(time.Hour)
	if _, err := i.Renew(t.Context(), first.Access); !errors.Is(err, webex.ErrNotLoggedIn) {
		t.Fatal(err)
	}
	for range 2 {
		*w.now = w.now.Add(11 * time.Minute)
		posts := w.posts()
		for range 5 {
			if _, err := w.integration().AccessToken(t.Context()); !errors.Is(err, webex.ErrNotLoggedIn) {
				t.Errorf("the rejected token was returned: %v", err)
			}
		}
		if n := w.posts() - posts; n != 1 {
			t.Errorf("%d refreshes for five calls", n)
		}
	}
	// A clock that was ahead at the time of the rejection does not block refreshes.
	*w.now = w.now.Add(-48 * time.Hour)
	w.sim.SetSwitches(webextest.Switches{})
	if _, err := w.integration().AccessToken(t.Context()); err != nil {
		t.Error(err)
	}
}

// If Webex rejects a second access token in a row, callers do not get it. After a
// while another refresh is tried.
func TestAnAccessTokenThatIsRefusedAgain(t *testing.T) {
	w := newWorld(t, webextest.Switches{})
	i := w.integration()
	w.mustLogin(i)
	for range 2 {
		w.sim.ExpireAccessTokens()
		_, _ = i.Client().Me(t.Context())
	}
	for range 3 {
		if _, err := w.integration().AccessToken(t.Context()); !errors.Is(err, webex.ErrNotLoggedIn) {
			t.Errorf("a rejected token was returned: %v", err)
		}
	}
	*w.now = w.now.Add(11 * time.Minute)
	if _, err := w.integration().AccessToken(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := w.integration().Client().Me(t.Context()); err != nil {
		t.Error(err)
	}
}
