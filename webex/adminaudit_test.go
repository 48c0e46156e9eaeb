package webex_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

// week selects the last seven days of the simulator's own organization.
func week(t *testing.T, c *webex.Client) webex.AdminAuditQuery {
	t.Helper()
	me, err := c.Me(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	return webex.AdminAuditQuery{Org: me.OrgID, From: now.AddDate(0, 0, -7), To: now.Add(time.Second)}
}

func events(ctx context.Context, c *webex.Client, q webex.AdminAuditQuery) (out []webex.AdminAuditEvent, err error) {
	for e, err := range c.AdminAuditEvents(ctx, q) {
		if err != nil {
			return out, err
		}
		out = append(out, e)
	}
	return out, nil
}

func TestEventsOfARevoke(t *testing.T) {
	sim := webextest.New(webextest.WithSwitches(webextest.Switches{SameTrackingID: true, EventRegion: "urn:TEAM:us-west-2_r"}))
	jane := sim.AddPerson(webextest.Person{Name: "Jane Doe", Email: "jane.doe@acme.example"})
	app := sim.AddApp("Meeting Sync")
	id := sim.Grant(jane, app, time.Now().Add(-time.Hour))[0]
	c := clientFor(sim, sim.AdminToken())
	var answer webex.Answer
	if err := c.DeleteAuthorization(webex.WithAnswer(t.Context(), &answer), webex.AuthorizationID(id)); err != nil {
		t.Fatal(err)
	}
	q := week(t, c)
	if err := c.DeleteClientAuthorizations(t.Context(), webex.ClientID(app.ClientID), q.Org); err != nil {
		t.Fatal(err)
	}
	q.To = time.Now().Add(time.Second)
	got, err := events(t.Context(), c, q)
	if err != nil || len(got) != 2 {
		t.Fatalf("%d events, %v", len(got), err)
	}
	wide, one := got[0], got[1]
	if !one.IsRevoke() || one.TokenID.UUID() != webex.AuthorizationID(id).UUID() || string(one.TokenID) == id || one.ClientID != "" || one.TrackingID != answer.TrackingID {
		t.Errorf("the revoke by id: %+v", one)
	}
	if !wide.IsRevoke() || wide.TokenID != "" || string(wide.ClientID) != app.ClientID {
		t.Errorf("the revoke by client id: %+v", wide)
	}
	if one.Category != webex.CategoryUsers || one.ActorEmail != "ada.admin@acme.example" || one.IP == "" || one.UserAgent == "" || one.ActorOrg.UUID() != q.Org.UUID() {
		t.Errorf("the actor: %+v", one)
	}
	if _, ok := one.Other["entityId"]; ok || one.Other["adminRoles"] != `["id_full_admin"]` {
		t.Errorf("other members: %v", one.Other)
	}
}

func TestEventsOfAServiceApp(t *testing.T) {
	sim := webextest.New()
	me, _ := sim.Person("ada.admin@acme.example")
	app := sim.AddServiceApp(webextest.ServiceApp{App: webextest.App{Name: "Archiver"}, Scopes: []string{"spark-compliance:rooms_read"}})
	sim.AuthorizeServiceApp(app, me.OrgID)
	c := clientFor(sim, sim.AdminToken())
	got, err := events(t.Context(), c, week(t, c))
	if err != nil || len(got) != 1 {
		t.Fatalf("%d events, %v", len(got), err)
	}
	e := got[0]
	if !e.IsServiceApp() || e.IsRevoke() || e.AuthorizedStatus != "AUTHORIZED" || string(e.TargetID) != app.ApplicationID || len(e.ServiceAppScopes) != 1 {
		t.Errorf("%+v", e)
	}
}

// Pages follow the offset, and periods of more than a year are split, without an event being
// lost or repeated.
func TestEventsAreComplete(t *testing.T) {
	now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	sim := webextest.New(webextest.WithClock(func() time.Time { return now }))
	ada, _ := sim.Person("ada.admin@acme.example")
	sim.AddLogins(ada, 1234, now.AddDate(-2, -6, 0), now)
	c := clientFor(sim, sim.AdminToken())
	q := webex.AdminAuditQuery{Org: webex.OrgID(ada.OrgID), From: now.AddDate(-3, 0, 0), To: now}
	got, err := events(t.Context(), c, q)
	if err != nil || len(got) != 1234 {
		t.Fatalf("%d events, %v", len(got), err)
	}
	seen := map[webex.Untrusted]bool{}
	for i, e := range got {
		if seen[e.ID] || i > 0 && e.Created.After(got[i-1].Created) {
			t.Fatalf("event %d, %s, comes twice or in the wrong order", i, e.Created)
		}
		seen[e.ID] = true
	}
	q.Categories = []string{webex.CategoryUsers}
	if got, err := events(t.Context(), c, q); err != nil || len(got) != 0 {
		t.Errorf("of another category: %d events, %v", len(got), err)
	}
	n := len(sim.Requests())
	for e, err := range c.AdminAuditEvents(t.Context(), webex.AdminAuditQuery{Org: q.Org, From: q.From, To: q.To}) {
		if err != nil || e.ID == "" {
			t.Fatal(err)
		}
		break
	}
	if asked := len(sim.Requests()) - n; asked != 1 {
		t.Errorf("reading one event sent %d requests", asked)
	}
}

func TestEventsNeedTheirScopeAndRole(t *testing.T) {
	sim := webextest.New()
	ada, _ := sim.Person("ada.admin@acme.example")
	user := sim.AddPerson(webextest.Person{Name: "User Admin", Email: "user@acme.example", Roles: []string{"id_user_admin"}})
	for name, token := range map[string]string{
		"without the scope": sim.IssueToken(ada, webextest.App{}, []string{"identity:tokens_read"}),
		"without the role":  sim.IssueToken(user, webextest.App{}, nil),
	} {
		now := time.Now()
		_, err := events(t.Context(), clientFor(sim, token), webex.AdminAuditQuery{Org: webex.OrgID(ada.OrgID), From: now.Add(-time.Hour), To: now})
		if !webex.LacksAuditScope(err) || !strings.Contains(err.Error(), "the Full Admin role and the scope audit:events_read") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A reply may have null in every field, and values of other types.
func TestEventsWithNullEverywhere(t *testing.T) {
	sim := webextest.New()
	ada, _ := sim.Person("ada.admin@acme.example")
	for body, want := range map[string]int{
		`{"items":[{"id":null,"created":null,"actorId":null,"actorOrgId":null,"data":null}]}`:               1,
		`{"items":[null,{"data":{"tokenId":null,"serviceAppScopes":null,"clientId":"No Client Id"}}]}`:      2,
		`{"items":[{"id":7,"data":{"eventCategory":["x"],"serviceAppScopes":"all","more":{"a":[1]}}}]}`:     1,
		`{"items":[{"id":"a","data":"text"},{"id":"b","data":["x"]},{"id":"c","data":{"tokenId":"null"}}]}`: 3,
		`{"items":[]}`: 0,
	} {
		sim.ClearFaults()
		sim.AddFault(webextest.Fault{Path: "/adminAudit/events", Status: 200, Body: body})
		now := time.Now()
		got, err := events(t.Context(), clientFor(sim, sim.AdminToken()), webex.AdminAuditQuery{Org: webex.OrgID(ada.OrgID), From: now.Add(-time.Hour), To: now})
		if err != nil || len(got) != want {
			t.Errorf("%s: %d events, %v", body, len(got), err)
		}
		for _, e := range got {
			if e.IsRevoke() {
				t.Errorf("%s: a revoke: %+v", body, e)
			}
		}
	}
}

// A server that ignores the offset must not make the list endless, and an invalid link may
// be the link to more.
func TestEventsThatNeverEnd(t *testing.T) {
	sim := webextest.New()
	ada, _ := sim.Person("ada.admin@acme.example")
	now := time.Now()
	var rows []string
	for i := range 200 {
		rows = append(rows, fmt.Sprintf(`{"id":"e%d","created":"2026-01-01T00:00:00.000Z"}`, i))
	}
	sim.AddFault(webextest.Fault{Path: "/adminAudit/events", Status: 200, Body: `{"items":[` + strings.Join(rows, ",") + `]}`})
	got, err := events(t.Context(), clientFor(sim, sim.AdminToken()), webex.AdminAuditQuery{Org: webex.OrgID(ada.OrgID), From: now.Add(-time.Hour), To: now})
	if !errors.Is(err, webex.ErrServer) || len(got) != 200 {
		t.Errorf("%d events, %v", len(got), err)
	}
}

func TestAQueryForEventsIsChecked(t *testing.T) {
	sim := webextest.New()
	now := time.Now()
	for name, q := range map[string]webex.AdminAuditQuery{
		"no organization": {From: now.Add(-time.Hour), To: now},
		"no start":        {Org: "abc", To: now},
		"an empty period": {Org: "abc", From: now, To: now},
		"a category":      {Org: "abc", From: now.Add(-time.Hour), To: now, Categories: []string{"USERS&orgId=x"}},
		"an actor":        {Org: "abc", From: now.Add(-time.Hour), To: now, Actor: "../x"},
	} {
		if _, err := events(t.Context(), clientFor(sim, sim.AdminToken()), q); !errors.Is(err, webex.ErrInvalidInput) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := len(sim.Requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}
