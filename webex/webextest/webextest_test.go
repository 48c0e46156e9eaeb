package webextest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wxauth/wxauth/webex/webextest"
)

// ask sends a request to the simulator, as curl would.
func ask(t *testing.T, s *webextest.Simulator, token, method, path string) (int, string, http.Header) {
	t.Helper()
	req, err := http.NewRequest(method, "https://webexapis.com/v1"+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := s.Transport().RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b), resp.Header
}

func status(t *testing.T, s *webextest.Simulator, token, method, path string) int {
	t.Helper()
	code, _, _ := ask(t, s, token, method, path)
	return code
}

func TestRolesScopesAndOwnTokens(t *testing.T) {
	s := webextest.New()
	app := s.AddApp("Meeting Sync")
	jane := s.AddPerson(webextest.Person{Email: "jane@acme.example", Name: "Jane"})
	id := s.Grant(jane, app, time.Now())[0]
	list := "/authorizations?personEmail=jane@acme.example"
	token := func(role string, scopes ...string) string {
		p := s.AddPerson(webextest.Person{Email: role + fmt.Sprint(scopes) + "@acme.example", Name: role, Roles: strings.Fields(role)})
		return s.IssueToken(p, webextest.App{}, scopes)
	}
	for _, tt := range []struct {
		name, token  string
		list, delete int
	}{
		{"full admin", token("id_full_admin"), 200, 404},
		{"user admin", token("id_user_admin"), 200, 404},
		{"read-only admin", token("id_readonly_admin"), 403, 403},
		{"nobody", token(""), 403, 403},
		{"without the scopes", token("id_full_admin", "spark:people_read"), 403, 403},
		{"reading only", token("id_full_admin", "identity:tokens_read"), 200, 403},
		{"no token", "nonsense", 401, 401},
	} {
		if got := status(t, s, tt.token, "GET", list); got != tt.list {
			t.Errorf("%s lists: %d, want %d", tt.name, got, tt.list)
		}
		if got := status(t, s, tt.token, "DELETE", "/authorizations/unknown"); got != tt.delete {
			t.Errorf("%s deletes: %d, want %d", tt.name, got, tt.delete)
		}
	}
	admin := s.AdminToken()
	for path, want := range map[string]int{
		"/authorizations": 400, list + "&personId=" + jane.ID: 400, "/authorizations?personId=" + jane.ID: 200,
		"/authorizations?personEmail=nobody@acme.example": 404, "/nonsense": 404, "/people/" + jane.ID: 200, "/people/x": 404, "/organizations/x": 404,
	} {
		if got := status(t, s, admin, "GET", path); got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
	if got := status(t, s, admin, "POST", "/authorizations"); got != 405 {
		t.Errorf("POST: %d", got)
	}
	// An admin's own token goes only by the client that made it.
	ada, _ := s.Person("ada.admin@acme.example")
	ours := s.AddApp("wxauth")
	mine := s.IssueToken(ada, ours, nil)
	foreign, own := s.Grant(ada, app, time.Now())[0], s.Grant(ada, ours, time.Now())[0]
	if got := status(t, s, mine, "DELETE", "/authorizations/"+foreign); got != 403 {
		t.Errorf("a foreign client's row of our own: %d", got)
	}
	if got := status(t, s, mine, "DELETE", "/authorizations/"+own); got != 204 {
		t.Errorf("our own: %d", got)
	}
	if got := status(t, s, admin, "DELETE", "/authorizations/"+id); got != 204 || s.Exists(id) {
		t.Errorf("delete: %d", got)
	}
}

func TestDeletingTheTokenInUseEndsIt(t *testing.T) {
	s := webextest.New()
	ada, _ := s.Person("ada.admin@acme.example")
	token := s.IssueToken(ada, s.AddApp("wxauth"), nil)
	id := s.Authorizations("ada.admin@acme.example")[0].ID
	if got := status(t, s, token, "DELETE", "/authorizations/"+id); got != 204 {
		t.Fatal(got)
	}
	if got := status(t, s, token, "GET", "/people/me"); got != 401 {
		t.Errorf("the token lives on: %d", got)
	}
}

func TestSwitchesAnswerTheOpenQuestions(t *testing.T) {
	now := time.Date(2026, 11, 21, 14, 0, 0, 0, time.UTC)
	const day = 24 * time.Hour
	build := func(w webextest.Switches) (*webextest.Simulator, []string) {
		s := webextest.New(webextest.WithSwitches(w), webextest.WithClock(func() time.Time { return now }))
		jane := s.AddPerson(webextest.Person{Email: "jane@acme.example", Name: "Jane"})
		app := s.AddApp("Meeting Sync")
		ids := s.Grant(jane, app, now.Add(-100*day), now.Add(-20*day), now.Add(-day))
		s.Grant(jane, s.AddAppWithClientID("Webex Web Client", "C64ab04639eefee4798f58e7bc3fe01d47161be0d97ff0d31e040a6ffe66d7f0a"), now)
		return s, ids
	}
	rows := func(s *webextest.Simulator) []map[string]string {
		_, body, _ := ask(t, s, s.AdminToken(), "GET", "/authorizations?personEmail=jane@acme.example")
		var v struct{ Items []map[string]string }
		if err := json.Unmarshal([]byte(body), &v); err != nil {
			t.Fatal(err)
		}
		return v.Items
	}
	s, ids := build(webextest.Switches{})
	if got := rows(s); len(got) != 4 || got[0]["created"] != "2026-08-13T14:00:00+00:00" {
		t.Errorf("%v", got)
	}
	if s.Renew(ids[0]); len(rows(s)) != 5 || rows(s)[0]["created"] != "2026-08-13T14:00:00+00:00" {
		t.Errorf("renewing makes a row and leaves created alone: %v", rows(s))
	}
	if s, ids = build(webextest.Switches{RenewMovesCreated: true}); s.Renew(ids[0]) == "" || rows(s)[0]["created"] != "2026-11-21T14:00:00+00:00" {
		t.Errorf("%v", rows(s))
	}
	if s, _ = build(webextest.Switches{HideWebexClients: true}); len(rows(s)) != 3 {
		t.Errorf("%v", rows(s))
	}
	if s, _ = build(webextest.Switches{DropExpired: true}); len(rows(s)) != 2 {
		t.Errorf("%v", rows(s))
	}
	if s, _ = build(webextest.Switches{CreatedForm: "z"}); rows(s)[0]["created"] != "2026-08-13T14:00:00Z" {
		t.Errorf("%v", rows(s))
	}
	s, _ = build(webextest.Switches{ExpiryNeedsAdmin: true})
	jane, _ := s.Person("jane@acme.example")
	if got := status(t, s, s.IssueToken(jane, webextest.App{}, nil), "GET", "/authorizations/tokenExpiry"); got != 403 {
		t.Errorf("tokenExpiry: %d", got)
	}
	for own, left := range map[bool]int{false: 1, true: 4} {
		s, _ = build(webextest.Switches{ClientDeleteOwnOnly: own})
		client := rows(s)[0]["clientId"]
		if got := status(t, s, s.AdminToken(), "DELETE", "/authorizations?clientId="+client); got != 204 || len(rows(s)) != left {
			t.Errorf("own only %v: %d, %d rows left", own, got, len(rows(s)))
		}
	}
}

func TestARateLimitGivesBackWhatTimeBrings(t *testing.T) {
	now := time.Date(2026, 11, 21, 14, 0, 0, 0, time.UTC)
	s := webextest.New(webextest.WithRateLimit(2, 4, 3*time.Second), webextest.WithClock(func() time.Time { return now }))
	got := func(n int) (out []int) {
		for range n {
			out = append(out, status(t, s, s.AdminToken(), "GET", "/people/me"))
		}
		return out
	}
	if g := got(5); !slices.Equal(g, []int{200, 200, 200, 200, 429}) {
		t.Error(g)
	}
	now = now.Add(time.Second)
	if g := got(3); !slices.Equal(g, []int{200, 200, 429}) {
		t.Error(g)
	}
	if _, _, h := ask(t, s, s.AdminToken(), "GET", "/people/me"); h.Get("Retry-After") != "3" {
		t.Error(h)
	}
}

func TestTheSameSeedMakesTheSameOrganization(t *testing.T) {
	now := func() time.Time { return time.Date(2026, 11, 21, 14, 0, 0, 0, time.UTC) }
	a, b := webextest.Demo(webextest.WithClock(now)), webextest.Demo(webextest.WithClock(now))
	c := webextest.Demo(webextest.WithClock(now), webextest.WithSeed(2))
	rows := func(s *webextest.Simulator) []webextest.Authorization { return s.Authorizations(webextest.DemoPerson) }
	if !reflect.DeepEqual(rows(a), rows(b)) || a.AdminToken() != b.AdminToken() {
		t.Error("two organizations of one seed differ")
	}
	if reflect.DeepEqual(rows(a), rows(c)) {
		t.Error("another seed makes the same organization")
	}
	if len(rows(a)) != 19 {
		t.Errorf("%d rows of the demo's person", len(rows(a)))
	}
}

func ExampleNewServer() {
	srv := webextest.NewServer()
	defer srv.Close()
	jane := srv.AddPerson(webextest.Person{Name: "Jane Doe", Email: "jane@example.com"})
	srv.Grant(jane, srv.AddApp("Meeting Sync"), time.Now())
	srv.AddFault(webextest.Fault{Method: "DELETE", Status: 403, Times: 1})

	req, _ := http.NewRequest("GET", srv.URL+"/v1/authorizations?personEmail=jane@example.com", http.NoBody)
	req.Header.Set("Authorization", "Bearer "+srv.AdminToken())
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	fmt.Println(resp.StatusCode, len(srv.Requests()), len(srv.Authorizations("jane@example.com")))
	// Output: 200 1 1
}
