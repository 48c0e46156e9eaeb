package webex_test

import (
	"testing"
	"time"

	"github.com/wxauth/wxauth/webex"
)

var now = time.Date(2026, 11, 21, 14, 2, 31, 0, time.UTC)

const (
	day       = 24 * time.Hour
	clientA   = webex.ClientID("Ca")
	clientB   = webex.ClientID("Cb")
	webClient = webex.ClientID("C64ab04639eefee4798f58e7bc3fe01d47161be0d97ff0d31e040a6ffe66d7f0a")
	macClient = webex.ClientID("Ccb2581f071a0714c8ab7d4777f70ebed26f1ef5f3261597f00afbb3a53c1ad88")
)

func row(id string, t webex.Type, age time.Duration) webex.Authorization {
	return webex.Authorization{
		ID: webex.AuthorizationID(id), ClientID: clientA, PersonID: "Pj", ApplicationName: "Meeting Sync",
		Type: t, Created: now.Add(-age),
	}
}

func with(a webex.Authorization, change func(*webex.Authorization)) webex.Authorization {
	change(&a)
	return a
}

func TestLeftSaysHowLongAndWhy(t *testing.T) {
	refresh := row("r", webex.TypeRefresh, 30*day)
	portal := with(row("p", webex.TypeAccess, 2*time.Hour), func(a *webex.Authorization) { a.ApplicationName = "Developer Portal" })
	tests := []struct {
		name     string
		row      webex.Authorization
		siblings []webex.Authorization
		policy   webex.Policy
		want     time.Duration // time left at now
		basis    webex.Basis
	}{
		{name: "a lone refresh token lives 90 days from its creation", row: refresh, want: 60 * day, basis: webex.BasisAssumed},
		{name: "a lone access token lives 14 days", row: row("a", webex.TypeAccess, day), want: 13 * day, basis: webex.BasisAssumed},
		{name: "an access token is never renewed", row: row("a", webex.TypeAccess, 3*day), siblings: []webex.Authorization{row("b", webex.TypeAccess, day)}, want: 11 * day, basis: webex.BasisAssumed},
		{name: "the newest access token renews the refresh token", row: refresh, siblings: []webex.Authorization{row("a", webex.TypeAccess, 3*day), row("b", webex.TypeAccess, day)}, want: 89 * day, basis: webex.BasisRenewed},
		{name: "the row itself may be among its siblings", row: refresh, siblings: []webex.Authorization{refresh, row("b", webex.TypeAccess, day)}, want: 89 * day, basis: webex.BasisRenewed},
		{name: "the first access token, issued with it, renews nothing", row: refresh, siblings: []webex.Authorization{row("a", webex.TypeAccess, 30*day-60*time.Second)}, want: 60 * day, basis: webex.BasisAssumed},
		{name: "61 seconds later it is a renewal", row: refresh, siblings: []webex.Authorization{row("a", webex.TypeAccess, 30*day-61*time.Second)}, want: 60*day + 61*time.Second, basis: webex.BasisRenewed},
		{name: "an access token older than the refresh token renews nothing", row: refresh, siblings: []webex.Authorization{row("a", webex.TypeAccess, 31*day)}, want: 60 * day, basis: webex.BasisAssumed},
		{name: "another client's access token renews nothing", row: refresh, siblings: []webex.Authorization{with(row("a", webex.TypeAccess, day), func(a *webex.Authorization) { a.ClientID = clientB })}, want: 60 * day, basis: webex.BasisAssumed},
		{name: "another person's access token renews nothing", row: refresh, siblings: []webex.Authorization{with(row("a", webex.TypeAccess, day), func(a *webex.Authorization) { a.PersonID = "Po" })}, want: 60 * day, basis: webex.BasisAssumed},
		{name: "of two refresh tokens the newest takes the renewal", row: row("r2", webex.TypeRefresh, 9*day), siblings: []webex.Authorization{refresh, row("a", webex.TypeAccess, day)}, want: 89 * day, basis: webex.BasisRenewed},
		{name: "of two refresh tokens the older one is only assumed", row: refresh, siblings: []webex.Authorization{row("r2", webex.TypeRefresh, 9*day), row("a", webex.TypeAccess, day)}, want: 60 * day, basis: webex.BasisAssumed},
		{name: "of two made at the same moment neither is the newest", row: refresh, siblings: []webex.Authorization{row("r2", webex.TypeRefresh, 30*day), row("a", webex.TypeAccess, day)}, want: 60 * day, basis: webex.BasisAssumed},
		{name: "another client's refresh token is no rival", row: refresh, siblings: []webex.Authorization{with(row("r2", webex.TypeRefresh, day), func(a *webex.Authorization) { a.ClientID = clientB }), row("a", webex.TypeAccess, day)}, want: 89 * day, basis: webex.BasisRenewed},
		{name: "without a client id nothing can be a sibling", row: with(refresh, func(a *webex.Authorization) { a.ClientID = "" }), siblings: []webex.Authorization{with(row("a", webex.TypeAccess, day), func(a *webex.Authorization) { a.ClientID = "" })}, want: 60 * day, basis: webex.BasisAssumed},
		{name: "no creation time, no time left", row: with(refresh, func(a *webex.Authorization) { a.Created = time.Time{} }), basis: webex.BasisUnknown},
		{name: "a creation before there was a Webex is none", row: with(refresh, func(a *webex.Authorization) { a.Created = time.Date(1, 1, 2, 0, 0, 0, 0, time.UTC) }), basis: webex.BasisUnknown},
		{name: "a creation in the future is none", row: with(refresh, func(a *webex.Authorization) { a.Created = now.Add(25 * time.Hour) }), basis: webex.BasisUnknown},
		{name: "but clocks may differ by hours", row: with(refresh, func(a *webex.Authorization) { a.Created = now.Add(2 * time.Hour) }), want: 90*day + 2*time.Hour, basis: webex.BasisAssumed},
		{name: "a type nobody knows, no time left", row: with(refresh, func(a *webex.Authorization) { a.Type = "device_session" }), basis: webex.BasisUnknown},
		{name: "an assumed end that passed is negative, not gone", row: row("r", webex.TypeRefresh, 131*day), want: -41 * day, basis: webex.BasisAssumed},
		{name: "the developer portal's personal token lives 12 hours", row: portal, want: 10 * time.Hour, basis: webex.BasisAssumed},
		{name: "a refresh token of that name lives as any", row: with(refresh, func(a *webex.Authorization) { a.ApplicationName = "Developer Portal" }), want: 60 * day, basis: webex.BasisAssumed},
		{name: "Webex's web client is unknown", row: with(refresh, func(a *webex.Authorization) { a.ClientID = webClient }), basis: webex.BasisUnknown},
		{name: "Webex's desktop client is unknown", row: with(refresh, func(a *webex.Authorization) { a.ClientID = macClient }), basis: webex.BasisUnknown},
		{name: "a configured Webex client is unknown", row: refresh, policy: webex.Policy{WebexClients: []webex.ClientID{clientB, clientA}}, basis: webex.BasisUnknown},
		{name: "a name alone makes nobody a Webex client", row: with(refresh, func(a *webex.Authorization) { a.ApplicationName = "Webex Web Client" }), want: 60 * day, basis: webex.BasisAssumed},
		{name: "the policy sets the access lifetime", row: row("a", webex.TypeAccess, day), policy: webex.Policy{Access: 2 * day}, want: day, basis: webex.BasisAssumed},
		{name: "the policy sets the refresh lifetime", row: refresh, policy: webex.Policy{Refresh: 60 * day}, want: 30 * day, basis: webex.BasisAssumed},
		{name: "a renewal adds the policy's lifetime", row: refresh, siblings: []webex.Authorization{row("a", webex.TypeAccess, day)}, policy: webex.Policy{Refresh: 60 * day}, want: 59 * day, basis: webex.BasisRenewed},
		{name: "a rule by client id decides", row: refresh, policy: webex.Policy{Rules: []webex.Rule{{ClientID: clientA, Lifetime: 365 * day}}}, want: 335 * day, basis: webex.BasisAssumed},
		{name: "a rule by client id may call it unknown", row: row("r", webex.TypeRefresh, 131*day), policy: webex.Policy{Rules: []webex.Rule{{ClientID: clientA, Unknown: true}}}, basis: webex.BasisUnknown},
		{name: "a rule by client id knows a Webex client's lifetime", row: with(refresh, func(a *webex.Authorization) { a.ClientID = webClient }), policy: webex.Policy{Rules: []webex.Rule{{ClientID: webClient, Lifetime: 60 * day}}}, want: 30 * day, basis: webex.BasisAssumed},
		{name: "a rule for the other type is not about this row", row: refresh, policy: webex.Policy{Rules: []webex.Rule{{ClientID: clientA, Type: webex.TypeAccess, Lifetime: day}}}, want: 60 * day, basis: webex.BasisAssumed},
		{name: "a rule for another client is not about this row", row: refresh, policy: webex.Policy{Rules: []webex.Rule{{ClientID: clientB, Lifetime: day}}}, want: 60 * day, basis: webex.BasisAssumed},
		{name: "the first rule that fits decides", row: refresh, policy: webex.Policy{Rules: []webex.Rule{{ClientID: clientA, Lifetime: 40 * day}, {ClientID: clientA, Lifetime: 50 * day}}}, want: 10 * day, basis: webex.BasisAssumed},
		{name: "a rule by client id goes before one by name", row: refresh, policy: webex.Policy{Rules: []webex.Rule{{Name: "Meeting Sync", Lifetime: 31 * day}, {ClientID: clientA, Lifetime: 50 * day}}}, want: 20 * day, basis: webex.BasisAssumed},
		{name: "a rule by name shortens", row: refresh, policy: webex.Policy{Rules: []webex.Rule{{Name: "Meeting Sync", Lifetime: 31 * day}}}, want: day, basis: webex.BasisAssumed},
		{name: "a rule by name never lengthens", row: refresh, policy: webex.Policy{Rules: []webex.Rule{{Name: "Meeting Sync", Lifetime: 365 * day}}}, want: 60 * day, basis: webex.BasisAssumed},
		{name: "a rule by name needs the exact name", row: refresh, policy: webex.Policy{Rules: []webex.Rule{{Name: "meeting sync", Lifetime: 31 * day}}}, want: 60 * day, basis: webex.BasisAssumed},
		{name: "a rule by name may call it unknown", row: refresh, policy: webex.Policy{Rules: []webex.Rule{{Name: "Meeting Sync", Unknown: true}}}, basis: webex.BasisUnknown},
		{name: "but it hides no overdue token", row: row("r", webex.TypeRefresh, 131*day), policy: webex.Policy{Rules: []webex.Rule{{Name: "Meeting Sync", Unknown: true}}}, want: -41 * day, basis: webex.BasisAssumed},
		{name: "nor does it lengthen a personal token", row: portal, policy: webex.Policy{Rules: []webex.Rule{{Name: "Developer Portal", Lifetime: 10 * day}}}, want: 10 * time.Hour, basis: webex.BasisAssumed},
		{name: "nor hide one that is overdue", row: with(portal, func(a *webex.Authorization) { a.Created = now.Add(-20 * time.Hour) }), policy: webex.Policy{Rules: []webex.Rule{{Name: "Developer Portal", Unknown: true}}}, want: -8 * time.Hour, basis: webex.BasisAssumed},
		{name: "a rule by name does not override a Webex client", row: with(refresh, func(a *webex.Authorization) { a.ClientID = webClient }), policy: webex.Policy{Rules: []webex.Rule{{Name: "Meeting Sync", Lifetime: 31 * day}}}, basis: webex.BasisUnknown},
		{name: "the personal token's 12 hours do not lengthen a shorter policy", row: portal, policy: webex.Policy{Access: 6 * time.Hour}, want: 4 * time.Hour, basis: webex.BasisAssumed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := webex.Left(tt.row, tt.siblings, tt.policy, now)
			if got.Basis != tt.basis {
				t.Fatalf("basis = %s, want %s", got.Basis, tt.basis)
			}
			if tt.basis == webex.BasisUnknown {
				if !got.Until.IsZero() || got.Known() || got.In(now) != 0 || got.Overdue(now) {
					t.Fatalf("unknown must have no time: %+v", got)
				}
				return
			}
			if got.In(now) != tt.want {
				t.Errorf("left = %s, want %s", got.In(now), tt.want)
			}
			if got.Overdue(now) != (tt.want <= 0) {
				t.Errorf("Overdue = %v with %s left", got.Overdue(now), tt.want)
			}
			if got.Since.Add(got.Lifetime) != got.Until {
				t.Errorf("Since %s + Lifetime %s is not Until %s", got.Since, got.Lifetime, got.Until)
			}
		})
	}
}

func TestAnEndReachedThisVeryMomentIsOverdue(t *testing.T) {
	r := webex.Left(row("a", webex.TypeAccess, 14*day), nil, webex.Policy{}, now)
	if !r.Overdue(now) || r.Overdue(now.Add(-time.Nanosecond)) {
		t.Errorf("overdue at the end and not before: %v, %v", r.Overdue(now), r.Overdue(now.Add(-time.Nanosecond)))
	}
}

// Control Hub is recognized as Webex's own app by its client id, whatever its name.
// A rule for that id still determines its lifetime.
func TestControlHubIsWebexsOwn(t *testing.T) {
	const portal = webex.ClientID("C80fb9c7096bd8474627317ee1d7a817eff372ca9c9cee3ce43c3ea3e8d1511ec")
	for _, name := range []webex.Untrusted{"Webex Admin Portal", "Developer Portal", "Something Else"} {
		row := webex.Authorization{ClientID: portal, ApplicationName: name, Type: webex.TypeAccess}
		if !(webex.Policy{}).WebexSignIn(portal) {
			t.Error("not recognized as Webex's own")
		}
		if _, known := (webex.Policy{}).Lifetime(row); known {
			t.Errorf("%s: its lifetime depends on the organization's policy", name)
		}
		ruled := webex.Policy{Rules: []webex.Rule{{ClientID: portal, Lifetime: time.Hour}}}
		if life, known := ruled.Lifetime(row); !known || life != time.Hour {
			t.Errorf("%s: a rule by client id gives %s, %v", name, life, known)
		}
	}
}

func TestTokensOfAIAgents(t *testing.T) {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	for name, agent := range map[webex.Untrusted]bool{
		"Webex Messaging MCP Server": true, "Agentic Helper": true, "mcp": true, "Meeting Sync": false, "McPherson Sync": false, "": false,
	} {
		row := webex.Authorization{ApplicationName: name, ClientID: "C1", Type: webex.TypeAccess, Created: now}
		life, _ := webex.Policy{}.Lifetime(row)
		if webex.IsAgentApp(name) != agent || (life == webex.AgentTokenLifetime) != agent {
			t.Errorf("%q: agent %v, %s", name, webex.IsAgentApp(name), life)
		}
		row.Type = webex.TypeRefresh
		if life, _ := (webex.Policy{}).Lifetime(row); life != webex.DefaultRefreshLifetime {
			t.Errorf("%q, refresh: %s", name, life)
		}
	}
}

// What a probe observed changes the estimate: without rows for refreshed tokens, or if a
// refresh does not extend the refresh token, a newer access token does not mean renewal.
func TestTheTimeLeftFollowsWhatWasObserved(t *testing.T) {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	refresh := webex.Authorization{ID: "r", ClientID: "C1", PersonID: "p", Type: webex.TypeRefresh, Created: now.AddDate(0, 0, -30)}
	access := webex.Authorization{ID: "a", ClientID: "C1", PersonID: "p", Type: webex.TypeAccess, Created: now.AddDate(0, 0, -1)}
	for basis, seen := range map[webex.Basis][]webex.Observed{
		webex.BasisRenewed: {{}, {Extends: webex.Yes, ListsRefreshed: webex.Yes}, {Rotates: webex.Yes}, {ListsRefreshed: webex.No, MovesCreated: webex.Yes}},
		webex.BasisAssumed: {{Extends: webex.No}, {ListsRefreshed: webex.No}},
	} {
		for _, o := range seen {
			if got := webex.Left(refresh, []webex.Authorization{refresh, access}, webex.Policy{Observed: o}, now); got.Basis != basis {
				t.Errorf("%+v: %s, want %s", o, got.Basis, basis)
			}
		}
	}
}

// A row with an implausible time says nothing about another one.
func TestAnImplausibleSiblingIsIgnored(t *testing.T) {
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	row := webex.Authorization{ID: "r", ClientID: "C1", Type: webex.TypeRefresh, Created: now.AddDate(0, 0, -200)}
	access := webex.Authorization{ID: "a", ClientID: "C1", Type: webex.TypeAccess, Created: now.AddDate(50, 0, 0)}
	alone := webex.Left(row, nil, webex.Policy{}, now)
	if got := webex.Left(row, []webex.Authorization{row, access}, webex.Policy{}, now); got != alone {
		t.Errorf("%+v, want %+v", got, alone)
	}
}
