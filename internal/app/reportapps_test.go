package app_test

import (
	"strings"
	"testing"
	"time"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/webex"
)

func reportOf(outcomes ...app.Outcome) app.RunReport {
	var records []app.Record
	for i, o := range outcomes {
		records = append(records, app.Record{
			Seq: int64(i + 1), Time: time.Date(2026, 11, 29, 14, 2, i, 0, time.UTC), Action: app.ActionOffboard, Person: "jane@acme.example", Actor: "ada@acme.example", Outcome: o, Error: map[bool]string{true: "500 broken"}[o == app.Failed],
			Row: webex.Authorization{ApplicationName: "Notes", ClientID: "C1", ID: "A1", Type: webex.TypeAccess}, SignIn: o == app.Kept,
		})
	}
	return app.NewRunReport(records, "", true)
}

// The verdict never says that all is gone while something is left.
func TestReportVerdicts(t *testing.T) {
	for _, tt := range []struct {
		outcomes []app.Outcome
		want     string
		ok       bool
	}{
		{[]app.Outcome{app.Revoked, app.Cascaded, app.AlreadyGone}, "Nothing left", true},
		{[]app.Outcome{app.Revoked, app.Kept}, "Gone; 1 kept", true},
		{[]app.Outcome{app.Revoked, app.Failed}, "1 of 2 tokens is not gone", false},
		{[]app.Outcome{app.Failed, app.NotSent, app.Revoked}, "2 of 3 tokens are not gone", false},
		{[]app.Outcome{app.Unknown}, "It may not be gone", false},
		{[]app.Outcome{app.Revoked, app.StillListed}, "1 of 2 tokens may not be gone", false},
	} {
		r := reportOf(tt.outcomes...)
		if r.Headline() != tt.want || r.OK() != tt.ok {
			t.Errorf("%v: %q, OK %v", tt.outcomes, r.Headline(), r.OK())
		}
		page, sign := r.HTML(), map[bool]string{true: "✓ ", false: "! "}[tt.ok]
		if !strings.Contains(page, sign+tt.want) || strings.Contains(page, "<script") || strings.Contains(page, "src=") || strings.Contains(page, "href=") {
			t.Errorf("%v: %s", tt.outcomes, page)
		}
	}
}

func TestAReportHasALineForEachApp(t *testing.T) {
	apps := reportOf(app.Revoked, app.Failed).People[0].Apps()
	if len(apps) != 1 || apps[0].OK() || apps[0].Words != "1 of 2 gone, 1 failed: 500 broken (2 access)" {
		t.Errorf("%+v", apps)
	}
	if m := reportOf(app.Revoked, app.Revoked).Timeline(); len(m) != 4 || m[1].Words != "1 gone" {
		t.Errorf("%+v", m)
	}
}

// The text for the user names apps, not tokens.
func TestANoticeIsShort(t *testing.T) {
	text, err := reportOf(app.Revoked).Notice("you left the team")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"On 2026-11-29", "by ada@acme.example because you left the team:", "- Notes\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q: %s", want, text)
		}
	}
	if strings.Contains(text, "C1") || strings.Contains(text, "A1") {
		t.Errorf("an id: %s", text)
	}
	if text, _ := reportOf(app.Revoked, app.Failed).Notice(""); strings.Contains(text, "- Notes") || !strings.Contains(text, "We could not remove all of the access of Notes") {
		t.Error(text)
	}
}

// A run that was cut off, or kept an app's access, is never reported as finished.
func TestAReportOfAnUnfinishedRun(t *testing.T) {
	cut := reportOf(app.Revoked)
	cut.CutOff = true
	if cut.Headline() != "Interrupted" || cut.OK() {
		t.Errorf("%q, OK %v", cut.Headline(), cut.OK())
	}
	if cut.Held = 3; cut.Headline() != "2 of 3 tokens may not be gone" {
		t.Errorf("%q", cut.Headline())
	}
	keeps := reportOf(app.Revoked)
	keeps.Keep = []string{"[click](https://evil.example) <img>"}
	if keeps.OK() || keeps.Headline() != "1 app keeps its access" || strings.Contains(keeps.Markdown(), "[click](") {
		t.Errorf("%q, OK %v: %s", keeps.Headline(), keeps.OK(), keeps.Markdown())
	}
	wide := reportOf(app.Revoked)
	wide.Action = app.ActionRevokeApp
	if _, err := wide.Notice(""); err == nil {
		t.Error("a text for a user about an organization-wide revoke")
	}
}

// What wxauth says about an app is never beside its name, which an app could end in the same way.
func TestARemarkIsNotPartOfAName(t *testing.T) {
	r := reportOf(app.Revoked)
	r.People[0].Rows[0].SignIn = true
	for _, text := range []string{r.Markdown(), r.Text(), r.HTML()} {
		if strings.Contains(text, "Notes (Webex") || !strings.Contains(text, "Webex sign-in") {
			t.Error(text)
		}
	}
}

// The text for the user warns before it says how to use an app again.
func TestANoticeWarnsFirst(t *testing.T) {
	text, _ := reportOf(app.Revoked).Notice("")
	warning, again := strings.Index(text, "do not open it again"), strings.Index(text, "sign in to Webex again")
	if warning < 0 || again < warning || strings.Contains(text, "these apps") || strings.Count(text, "____") != 2 {
		t.Error(text)
	}
}
