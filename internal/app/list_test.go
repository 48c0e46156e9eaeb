package app_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

func TestAnUnknownPersonIsToldFromAnEmptyList(t *testing.T) {
	for _, status := range []int{0, 200} {
		w := newWorld(t, webextest.WithSwitches(webextest.Switches{UnknownPerson: status}))
		w.sim.AddPerson(webextest.Person{Name: "Nora", Email: "nora@acme.example"})
		if l, err := w.svc.List(t.Context(), webex.ByEmail("nora@acme.example")); err != nil || len(l.Rows) != 0 {
			t.Errorf("empty: %v, %v", l.Rows, err)
		}
		if _, err := w.svc.List(t.Context(), webex.ByEmail("nobody@acme.example")); !errors.Is(err, app.ErrPersonNotFound) {
			t.Errorf("unknown: %v", err)
		}
	}
}

func TestAListCostsTwoCalls(t *testing.T) {
	w := newWorld(t)
	l, err := w.svc.List(t.Context(), webex.ByEmail(janeEmail))
	if err != nil || len(w.sim.Requests()) != 2 || len(l.Rows) != 8 {
		t.Fatalf("%d rows in %d calls, %v", len(l.Rows), len(w.sim.Requests()), err)
	}
	byID, err := w.svc.List(t.Context(), webex.ByID(l.Rows[0].PersonID))
	if err != nil || byID.Email() != janeEmail || byID.Rows[0].Email != janeEmail {
		t.Errorf("by id: %q, %v", byID.Email(), err)
	}
}

func TestAListWorksWithoutThePeopleScope(t *testing.T) {
	w := newWorld(t)
	ada, _ := w.sim.Person("ada.admin@acme.example")
	svc := w.service(w.sim.IssueToken(ada, webextest.App{}, []string{"identity:tokens_read"}), app.Options{})
	if l, err := svc.List(t.Context(), webex.ByID(webex.PersonID(w.jane.ID))); err != nil || len(l.Rows) != 8 || l.Email() != "" {
		t.Errorf("%d rows, %q, %v", len(l.Rows), l.Email(), err)
	}
	if _, err := svc.FindPeople(t.Context(), "Ja"); !errors.Is(err, webex.ErrForbidden) {
		t.Errorf("FindPeople: %v", err)
	}
	if s, err := svc.Session(t.Context()); err != nil || s.Org.DisplayName != "" || s.Person.Email() != "ada.admin@acme.example" {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestTheSessionSaysWhoMayDoWhat(t *testing.T) {
	w := newWorld(t)
	s, err := w.svc.Session(t.Context())
	if err != nil || s.Role != "Full Admin" || s.MayRevoke != webex.Yes || s.Org.DisplayName != "Acme GmbH" || s.Expires.IsZero() {
		t.Errorf("%+v, %v", s, err)
	}
	for roles, want := range map[string]webex.Tristate{
		"id_readonly_admin": webex.No, "id_readonly_admin id_user_admin": webex.Yes, "id_partner_something": webex.Unknown,
		"": webex.Unknown, "id_readonly_admin id_partner_something": webex.Unknown,
	} {
		p := w.sim.AddPerson(webextest.Person{Email: roles + "@acme.example", Name: "x", Roles: strings.Fields(roles)})
		s, err := w.service(w.sim.IssueToken(p, webextest.App{}, nil), app.Options{}).Session(t.Context())
		if err != nil || s.MayRevoke != want {
			t.Errorf("%q: %v, %v", roles, s.MayRevoke, err)
		}
	}
}

func TestSearchingFindsBeginningsOfNamesAndWholeAddresses(t *testing.T) {
	w := newWorld(t)
	for text, want := range map[string]int{"Jane": 1, "jane d": 1, "Doe": 0, janeEmail: 1, "jane@": 0, "nobody@acme.example": 0} {
		found, err := w.svc.FindPeople(t.Context(), text)
		if err != nil || len(found) != want {
			t.Errorf("%q: %d found, want %d, %v", text, len(found), want, err)
		}
	}
}

// S-50.
func TestJSONIsExactAndSafeToPrint(t *testing.T) {
	hostile := "\x1b]0;x\x07\u202e\u2028\u009b\x7f\U000e0041 日本 \"\\"
	b, err := app.MarshalJSON([]string{hostile, "\xff"})
	if err != nil {
		t.Fatal(err)
	}
	if bytes.ContainsAny(b, "\x1b\x07\x7f\u202e\u2028\u009b\U000e0041") {
		t.Errorf("raw characters in %q", b)
	}
	var back []string
	if err := json.Unmarshal(b, &back); err != nil || back[0] != hostile {
		t.Errorf("%q came back as %q, %v", hostile, back, err)
	}
	if !bytes.Contains(b, []byte("日本")) {
		t.Error("letters stay letters")
	}
	b, _ = app.MarshalJSON("del\x7f")
	if string(b) != `"del\u007f"` {
		t.Errorf("%s", b)
	}
}

func TestARowsJSONNamesWhatIsNotKnownNull(t *testing.T) {
	created := time.Date(2026, 10, 22, 1, 54, 7, 0, time.UTC)
	now := created.Add(24 * time.Hour)
	a := webex.Authorization{ID: "i", ApplicationID: "ai", ApplicationName: "Meeting Sync", ClientID: "C", PersonID: "P", Created: created, Type: webex.TypeRefresh}
	r := app.Row{Authorization: a, Email: janeEmail, Left: webex.Left(a, nil, webex.Policy{}, now)}
	b, _ := json.Marshal(r.JSON(now))
	want := `{"id":"i","applicationId":"ai","applicationName":"Meeting Sync","clientId":"C","personId":"P","personEmail":"jane@acme.example",` +
		`"created":"2026-10-22T01:54:07Z","type":"refresh","expires":"2027-01-20T01:54:07Z","secondsLeft":7689600,"basis":"assumed","own":false}`
	if string(b) != want {
		t.Errorf("%s\nwant\n%s", b, want)
	}
	b, _ = json.Marshal(app.Row{Left: webex.Remaining{Basis: webex.BasisUnknown}}.JSON(now))
	if !strings.Contains(string(b), `"created":null,"type":"","expires":null,"secondsLeft":null,"basis":"unknown"`) {
		t.Errorf("%s", b)
	}
}

func TestWordsForTimes(t *testing.T) {
	now := time.Date(2026, 11, 21, 14, 0, 0, 0, time.UTC)
	const day = 24 * time.Hour
	for d, want := range map[time.Duration]string{
		89*day + 21*time.Hour + 59*time.Minute: "89d 21h", 9*time.Hour + 56*time.Minute: "9h 56m", 56*time.Minute + 30*time.Second: "56m",
		9*time.Minute + 12*time.Second: "9m 12s", 59 * time.Second: "59s", 0: "overdue 0s", -41 * day: "overdue 41d", -90 * time.Minute: "overdue 1h", day: "1d 0h",
	} {
		r := webex.Remaining{Until: now.Add(d), Basis: webex.BasisAssumed}
		if got := app.LeftWords(r, now); got != want {
			t.Errorf("%s: %q, want %q", d, got, want)
		}
	}
	if got := app.LeftWords(webex.Remaining{Basis: webex.BasisUnknown}, now); got != "—" {
		t.Errorf("unknown: %q", got)
	}
	for d, want := range map[time.Duration]bool{11 * time.Minute: false, 10 * time.Minute: false, 9 * time.Minute: true, -30 * time.Second: true, -2 * time.Minute: false} {
		if got := app.ShowsSeconds(webex.Remaining{Until: now.Add(d), Basis: webex.BasisAssumed}, now); got != want {
			t.Errorf("ShowsSeconds(%s) = %v", d, got)
		}
	}
	for d, want := range map[time.Duration]string{30 * time.Second: "just now", 2 * time.Hour: "2h ago", 131 * day: "131d ago", -time.Hour: "in 1h"} {
		if got := app.AgeWords(now.Add(-d), now); got != want {
			t.Errorf("%s: %q, want %q", d, got, want)
		}
	}
}
