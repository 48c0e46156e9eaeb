package app

import (
	"testing"
	"time"

	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

var compareNow = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func authID(uuid string) webex.AuthorizationID {
	return webex.AuthorizationID(webextest.EncodeID("AUTHORIZATION", uuid))
}

func revokeRecord(seq int64, uuid string, ago time.Duration, status int) Record {
	return Record{
		Seq: seq, Intent: seq - 1, Time: compareNow.Add(-ago), Action: ActionRevoke, Outcome: Revoked, Status: status,
		Row: webex.Authorization{ID: authID(uuid), ApplicationName: "Meeting Sync", ClientID: "C1", Type: webex.TypeRefresh},
	}
}

func revokeEvent(id, uuid string, ago time.Duration) webex.AdminAuditEvent {
	return webex.AdminAuditEvent{ID: webex.Untrusted(id), Created: compareNow.Add(-ago), Description: "User's token was revoked by an Admin.", TokenID: authID(uuid)}
}

const (
	uuidA = "a0000000-0000-4000-8000-000000000001"
	uuidB = "b0000000-0000-4000-8000-000000000002"
)

func TestCompare(t *testing.T) {
	appWide := Record{Seq: 9, Intent: 8, Time: compareNow.Add(-time.Hour), Action: ActionRevokeApp, Outcome: Unknown, Status: 204, Row: webex.Authorization{ClientID: "C7"}}
	appEvent := func(id string, ago time.Duration) webex.AdminAuditEvent {
		return webex.AdminAuditEvent{ID: webex.Untrusted(id), Created: compareNow.Add(-ago), Description: "User's token was revoked by an Admin.", ClientID: "C7"}
	}
	cascaded := revokeRecord(4, uuidB, time.Hour, 0)
	cascaded.Intent, cascaded.Outcome = 0, Cascaded
	failed := revokeRecord(5, uuidB, time.Hour, 403)
	failed.Outcome = Failed
	kept := revokeRecord(6, uuidA, 20*time.Hour, 0)
	kept.Intent, kept.Outcome = 0, Kept
	foreignOrg := revokeRecord(2, uuidA, time.Hour, 204)
	foreignOrg.Org = webex.Untrusted(webextest.EncodeID("ORGANIZATION", uuidB))
	ourOrg := revokeRecord(2, uuidA, time.Hour, 204)
	ourOrg.Org = "Acme (" + uuidA + ")"
	open := revokeRecord(3, uuidA, time.Hour, 0)
	open.Intent, open.Outcome = 0, ""
	slowIntent := appWide
	slowIntent.Seq, slowIntent.Intent, slowIntent.Outcome, slowIntent.Time, slowIntent.Status = 8, 0, "", compareNow.Add(-3*time.Hour), 0
	tracked := revokeRecord(2, uuidA, time.Hour, 204)
	tracked.TrackingID = "ROUTER_1"
	trackedEvent := revokeEvent("e", uuidB, time.Hour)
	trackedEvent.TrackingID = "ROUTER_1"
	for _, tt := range []struct {
		name    string
		ours    []Record
		events  []webex.AdminAuditEvent
		states  []Recorded
		foreign int
	}{
		{"by id", []Record{revokeRecord(2, uuidA, time.Hour, 204)}, []webex.AdminAuditEvent{revokeEvent("e", uuidA, time.Hour)}, []Recorded{RecordedYes}, 0},
		{"by tracking id", []Record{tracked}, []webex.AdminAuditEvent{trackedEvent}, []Recorded{RecordedYes}, 0},
		{"missing", []Record{revokeRecord(2, uuidA, time.Hour, 204)}, nil, []Recorded{RecordMissing}, 0},
		{"too young", []Record{revokeRecord(2, uuidA, 5*time.Minute, 204)}, nil, []Recorded{RecordPending}, 0},
		{"foreign", nil, []webex.AdminAuditEvent{revokeEvent("e", uuidA, time.Hour)}, nil, 1},
		{"one event for one entry", []Record{revokeRecord(2, uuidA, time.Hour, 204)}, []webex.AdminAuditEvent{revokeEvent("e", uuidA, time.Hour), revokeEvent("f", uuidA, time.Hour+time.Minute)}, []Recorded{RecordedYes}, 1},
		{"one entry for one event", []Record{revokeRecord(2, uuidA, time.Hour, 204), revokeRecord(4, uuidA, 2*time.Hour, 204)}, []webex.AdminAuditEvent{revokeEvent("e", uuidA, time.Hour)}, []Recorded{RecordedYes, RecordMissing}, 0},
		{"app-wide", []Record{appWide}, []webex.AdminAuditEvent{appEvent("e", time.Hour+time.Minute)}, []Recorded{RecordedYes}, 0},
		{"app-wide, another day", []Record{appWide}, []webex.AdminAuditEvent{appEvent("e", 24*time.Hour)}, []Recorded{RecordMissing}, 1},
		{"cascaded", []Record{cascaded}, nil, []Recorded{NotComparable}, 0},
		{"cascaded, but recorded", []Record{cascaded}, []webex.AdminAuditEvent{revokeEvent("e", uuidB, time.Hour)}, []Recorded{RecordedYes}, 0},
		{"failed", []Record{failed}, nil, nil, 0},
		{"no response", []Record{revokeRecord(2, uuidA, time.Hour, 0)}, nil, []Recorded{NotComparable}, 0},
		{"kept, revoked by another admin later", []Record{kept}, []webex.AdminAuditEvent{revokeEvent("e", uuidA, time.Hour)}, nil, 1},
		{"of another organization", []Record{foreignOrg}, nil, nil, 0},
		{"of this organization", []Record{ourOrg}, nil, []Recorded{RecordMissing}, 0},
		{"an intent without an outcome", []Record{open}, []webex.AdminAuditEvent{revokeEvent("e", uuidA, time.Hour)}, []Recorded{RecordedYes}, 0},
		{"an outcome long after its intent", []Record{slowIntent, appWide}, []webex.AdminAuditEvent{appEvent("e", 3*time.Hour)}, []Recorded{RecordedYes}, 0},
		{"another admin, much later", []Record{revokeRecord(2, uuidA, 20*time.Hour, 204)}, []webex.AdminAuditEvent{revokeEvent("e", uuidA, time.Hour)}, []Recorded{RecordMissing}, 1},
		{"before the period", []Record{revokeRecord(2, uuidA, 48*time.Hour+time.Minute, 204)}, []webex.AdminAuditEvent{revokeEvent("e", uuidA, 48*time.Hour-time.Minute)}, nil, 0},
	} {
		var ours acts
		for _, r := range tt.ours {
			ours.add(r, webex.OrgID(webextest.EncodeID("ORGANIZATION", uuidA)), compareNow.Add(-49*time.Hour))
		}
		c := compare(ours.all(), tt.events, compareNow.Add(-48*time.Hour), compareNow, DefaultEventDelay)
		var states []Recorded
		for _, o := range c.Ours {
			states = append(states, o.State)
		}
		if len(states) != len(tt.states) || len(c.Foreign) != tt.foreign {
			t.Errorf("%s: %v, %d foreign", tt.name, states, len(c.Foreign))
			continue
		}
		for i := range states {
			if states[i] != tt.states[i] {
				t.Errorf("%s: %v, want %v", tt.name, states, tt.states)
			}
		}
	}
}

func TestEventWords(t *testing.T) {
	for want, e := range map[string]webex.AdminAuditEvent{
		"token revoked by id":                        revokeEvent("e", uuidA, 0),
		"Service App authorized: Archiver, 2 scopes": {Category: webex.CategoryIntegration, TargetName: "Archiver", AuthorizedStatus: "AUTHORIZED", ServiceAppScopes: []webex.Untrusted{"a", "b"}},
		"Service App unauthorized: Archiver":         {TargetName: "Archiver", AuthorizedStatus: "UNAUTHORIZED"},
		`Line\u000aBreak`:                            {Text: "Line\nBreak"},
		"—":                                          {},
	} {
		if got := EventWords(e); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
