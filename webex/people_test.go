package webex_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

func TestPeopleFollowsThePages(t *testing.T) {
	sim := webextest.New(webextest.WithPageSize(7))
	for i := range 50 {
		sim.AddPerson(webextest.Person{Name: fmt.Sprintf("Person %02d", i), Email: fmt.Sprintf("p%d@acme.example", i), Department: "Lab"})
	}
	c := clientFor(sim, sim.AdminToken())
	seen := map[webex.PersonID]int{}
	for p, err := range c.People(t.Context(), webex.PeopleQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		seen[p.ID]++
	}
	if len(seen) != 51 || len(sim.Requests()) != 8 {
		t.Errorf("%d people in %d calls, want 51 in 8", len(seen), len(sim.Requests()))
	}
	n := 0
	for range c.People(t.Context(), webex.PeopleQuery{}) {
		if n++; n == 10 {
			break
		}
	}
	if len(sim.Requests()) != 10 {
		t.Errorf("stopping early asked for %d pages, want 2", len(sim.Requests())-8)
	}
}

func TestPagesThatLeadAstrayEndTheList(t *testing.T) {
	for name, link := range map[string]string{
		"another host":   `<https://evil.example/v1/people?cursor=1>; rel="next"`,
		"plain http":     `<http://webexapis.com/v1/people?cursor=1>; rel="next"`,
		"another port":   `<https://webexapis.com:8443/v1/people>; rel="next"`,
		"a circle":       `</v1/people?excludeStatus=true>; rel=next`,
		"no relation":    `</v1/people?cursor=1>; title="next"`,
		"with user info": `<https://a:b@webexapis.com/v1/people?cursor=1>; rel="next"`,
	} {
		t.Run(name, func(t *testing.T) {
			asked := 0
			c := webex.New(webex.StaticToken(webex.NewSecret("t")), webex.WithTransport(roundTrip(func() (string, string) {
				asked++
				return `{"items":[{"id":"a"}]}`, link
			})))
			people, failed := 0, error(nil)
			for _, err := range c.People(t.Context(), webex.PeopleQuery{}) {
				if err != nil {
					failed = err
					continue
				}
				people++
			}
			if !errors.Is(failed, webex.ErrServer) || people != 1 || asked != 1 {
				t.Errorf("%d people, %d calls, %v", people, asked, failed)
			}
		})
	}
}

// S-61: pages that link back to a previous page, and endless pages.
func TestPagesWithoutAnEnd(t *testing.T) {
	for name, tt := range map[string]struct {
		link  func(n int) string
		calls int
	}{
		"a circle of three": {func(n int) string { return fmt.Sprintf(`</v1/people?cursor=%d>; rel=next`, n%3) }, 4},
		"ever new":          {func(n int) string { return fmt.Sprintf(`</v1/people?cursor=%d>; rel=next`, n) }, 1000},
	} {
		asked := 0
		c := webex.New(webex.StaticToken(webex.NewSecret("t")), webex.WithTransport(roundTrip(func() (string, string) {
			asked++
			return `{"items":[{"id":"a"}]}`, tt.link(asked)
		})))
		var failed error
		for _, err := range c.People(t.Context(), webex.PeopleQuery{}) {
			if err != nil {
				failed = err
			}
		}
		if !errors.Is(failed, webex.ErrServer) || asked != tt.calls {
			t.Errorf("%s: %d calls, %v", name, asked, failed)
		}
	}
}

func TestALinkHeaderIsReadAsTheRFCHasIt(t *testing.T) {
	for _, link := range []string{
		`</v1/people?cursor=2>; rel="next"`, `</v1/people?cursor=2>;rel=next`, `</first>; rel="first", </v1/people?cursor=2>; rel="next"`,
		`</v1/people?cursor=2>; title="a, b; c"; rel="prev next"`, `</x,y>; rel=prev , </v1/people?cursor=2> ; REL="NEXT"`,
		`</v1/people?cursor=2&displayName=a&max=9>; rel=next`, `</old>; rel="next-archive", </v1/people?cursor=2>; rel="next",`,
	} {
		asked := 0
		c := webex.New(webex.StaticToken(webex.NewSecret("t")), webex.WithTransport(roundTrip(func() (string, string) {
			if asked++; asked == 1 {
				return `{"items":[]}`, link
			}
			return `{"items":[]}`, ""
		})))
		for _, err := range c.People(t.Context(), webex.PeopleQuery{}) {
			t.Errorf("%s: %v", link, err)
		}
		if asked != 2 {
			t.Errorf("%s: %d calls, want 2", link, asked)
		}
	}
}

// A next-page link that lost query parameters would return other people, so they are
// added again.
func TestALinkThatLosesParametersIsCompleted(t *testing.T) {
	sim := webextest.New(webextest.WithPageSize(4), webextest.WithSwitches(webextest.Switches{Pages: "lossy"}))
	other := sim.AddOrg("Customer")
	for i := range 9 {
		sim.AddPerson(webextest.Person{Name: fmt.Sprintf("Ours %d", i), Email: fmt.Sprintf("o%d@acme.example", i)})
		sim.AddPerson(webextest.Person{Name: fmt.Sprintf("Theirs %d", i), Email: fmt.Sprintf("t%d@customer.example", i), OrgID: other})
	}
	c := clientFor(sim, sim.AdminToken())
	for want, q := range map[string]webex.PeopleQuery{"Theirs": {OrgID: webex.OrgID(other)}, "Ours": {DisplayName: "ours"}} {
		n := 0
		for p, err := range c.People(t.Context(), q) {
			if err != nil || !strings.HasPrefix(string(p.DisplayName), want) {
				t.Fatalf("%s: %s, %v", want, p.DisplayName, err)
			}
			n++
		}
		if n != 9 {
			t.Errorf("%s: %d people, want 9", want, n)
		}
	}
}

func TestALinkThatCannotBeFollowedIsAnError(t *testing.T) {
	for name, link := range map[string]string{
		"quoted as it must not be":  `</v1/people?cursor=2>; rel='next'`,
		"without angle brackets":    `/v1/people?cursor=2; rel="next"`,
		"without its end":           `</v1/people?cursor=2; rel="next"`,
		"a target with a bad query": `</v1/people?cursor=%zz>; rel="next"`,
		"to nowhere":                `<>; rel="next"`,
		"to another organization":   `</v1/people?cursor=2&orgId=other>; rel="next"`,
		"to two organizations":      `</v1/people?cursor=2&orgId=org&orgId=other>; rel="next"`,
		"to another name":           `</v1/people?cursor=2&displayName=B>; rel="next"`,
	} {
		asked, failed := 0, error(nil)
		c := webex.New(webex.StaticToken(webex.NewSecret("t")), webex.WithTransport(roundTrip(func() (string, string) {
			if asked++; asked == 1 {
				return `{"items":[]}`, link
			}
			return `{"items":[]}`, ""
		})))
		for _, err := range c.People(t.Context(), webex.PeopleQuery{OrgID: "org", DisplayName: "A"}) {
			failed = err
		}
		if !errors.Is(failed, webex.ErrServer) || asked != 1 {
			t.Errorf("%s: %d calls, %v", name, asked, failed)
		}
	}
}

func TestPeopleShowWhatAnAdminMaySee(t *testing.T) {
	for _, asBool := range []bool{false, true} {
		sim := webextest.New(webextest.WithSwitches(webextest.Switches{BooleanFlags: asBool}))
		off := sim.AddPerson(webextest.Person{Name: "Omar", Email: "omar@acme.example", SignInOff: true, InvitePending: true, Department: "Field"})
		c := clientFor(sim, sim.AdminToken())
		p, err := c.Person(t.Context(), webex.PersonID(off.ID))
		if err != nil || p.SignIn != webex.No || p.InvitePending != webex.Yes || p.Department != "Field" || p.Email() != "omar@acme.example" {
			t.Errorf("%+v, %v", p, err)
		}
		me, err := c.Me(t.Context())
		if err != nil || me.SignIn != webex.Yes || me.InvitePending != webex.No || len(me.Roles) != 1 {
			t.Fatalf("%+v, %v", me, err)
		}
		if d, ok := webex.DecodeID(me.Roles[0]); !ok || d.UUID != "id_full_admin" {
			t.Errorf("role = %+v", d)
		}
		org, err := c.Organization(t.Context(), me.OrgID)
		if err != nil || org.DisplayName != "Acme GmbH" {
			t.Errorf("%+v, %v", org, err)
		}
		c = clientFor(sim, sim.IssueToken(off, webextest.App{}, nil))
		if p, err := c.Me(t.Context()); err != nil || p.SignIn != webex.Unknown || p.InvitePending != webex.Unknown {
			t.Errorf("missing fields must be unknown: %+v, %v", p, err)
		}
	}
}

func TestIDsAreReadInEveryEncoding(t *testing.T) {
	const uuid = "96abc2aa-3dcc-11e5-a152-fe34819cdc9a"
	const full = webex.OrgID("Y2lzY29zcGFyazovL3VzL09SR0FOSVpBVElPTi85NmFiYzJhYS0zZGNjLTExZTUtYTE1Mi1mZTM0ODE5Y2RjOWE")
	for _, s := range []string{uuid, strings.ToUpper(uuid), string(full), string(full) + "=", "OTZhYmMyYWEtM2RjYy0xMWU1LWExNTItZmUzNDgxOWNkYzlh", " " + uuid + "\n", "ciscospark://us/ORGANIZATION/" + uuid} {
		if got, err := webex.ParseOrgID(s); err != nil || got != full {
			t.Errorf("%q: %s, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "Acme", "Y2lzY29zcGFyazovL3VzL1BFT1BMRS85NmFiYzJhYQ", "\x1b[2J", uuid + "0", "ciscospark://us/PEOPLE/" + uuid, "ciscospark://us/ORGANIZATION/" + uuid + "/../x", "ciscospark://"} {
		if _, err := webex.ParseOrgID(s); !errors.Is(err, webex.ErrInvalidInput) || strings.Contains(fmt.Sprint(err), "\x1b") {
			t.Errorf("%q: %v", s, err)
		}
	}
	const person = "Y2lzY29zcGFyazovL3VzL1BFT1BMRS9mNWIzNjE4Ny1jOGRkLTQ3MjctOGIyZi1mOWM0NDdmMjkwNDY"
	if p, err := webex.ParsePerson(person); err != nil || p != webex.ByID(person) {
		t.Errorf("%v, %v", p, err)
	}
	if p, err := webex.ParsePerson("ciscospark://us/PEOPLE/f5b36187-c8dd-4727-8b2f-f9c447f29046"); err != nil || p != webex.ByID(person) {
		t.Errorf("as an address: %v, %v", p, err)
	}
	if got := webex.OrgID("ciscospark://us/ORGANIZATION/" + uuid).UUID(); got != uuid {
		t.Error(got)
	}
	for s, want := range map[string]webex.Person{
		"me": webex.Me, " jane@acme.example ": webex.ByEmail("jane@acme.example"), "jörg@müller.example": webex.ByEmail("jörg@müller.example"),
		"f5b36187-c8dd-4727-8b2f-f9c447f29046": webex.ByID(person), "F5B36187-C8DD-4727-8B2F-F9C447F29046": webex.ByID(person), "ciscospark://us/PEOPLE/f5b36187-c8dd-4727-8b2f-f9c447f29046": webex.ByID(person),
	} {
		if p, err := webex.ParsePerson(s); err != nil || p != want {
			t.Errorf("%q: %v, %v", s, p, err)
		}
	}
	for _, s := range []string{
		"", " ", "jane", "jane@", string(full), "Me", "mailto:jane@acme.example", "ja\u200bne@acme.example", "jane@acme.example\u2060", "jane\u00a0@acme.example", "ciscospark://us/ORGANIZATION/" + uuid,
	} {
		if _, err := webex.ParsePerson(s); !errors.Is(err, webex.ErrInvalidInput) {
			t.Errorf("%q: %v", s, err)
		}
	}
	if d, ok := webex.DecodeID("Y2lzY29zcGFyazovL3VybjpURUFNOnVzLWdvdi13ZXN0LTFfYTEvUk9PTS9hYmM"); !ok || d.Region != "urn:TEAM:us-gov-west-1_a1" || d.Kind != "ROOM" || d.UUID != "abc" {
		t.Errorf("%+v, %v", d, ok)
	}
}
