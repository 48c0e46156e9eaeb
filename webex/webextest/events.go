package webextest

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Event categories of the simulator. The real API has more.
const (
	categoryUsers       = "USERS"
	categoryIntegration = "INTEGRATION"
	categoryLogins      = "LOGINS"
)

// largestEventPage is the largest page of events that the API documents.
const largestEventPage = 200

// controlHubClient is the public client id of Control Hub, which appears in login events.
const controlHubClient = "C80fb9c7096bd8474627317ee1d7a817eff372ca9c9cee3ce43c3ea3e8d1511ec"

// Event is an admin audit event, as GET /adminAudit/events returns it. Data has the members
// of the event's data; a nil value is sent as null.
type Event struct {
	ID, ActorID, ActorOrgID string
	Created                 time.Time
	Data                    map[string]any
}

// AddLogins adds n events of an admin who logged in to Control Hub, evenly spread between
// from and to.
func (s *Simulator) AddLogins(p Person, n int, from, to time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range n {
		s.addEvent(&p, from.Add(to.Sub(from)/time.Duration(max(n, 1))*time.Duration(i)), "", map[string]any{
			"eventDescription": "An Admin logged in", "eventCategory": categoryLogins,
			"actionText": p.Name + " logged into organization " + s.orgs[p.OrgID] + ".", "targetType": "ORG", "targetId": p.OrgID, "targetName": s.orgs[p.OrgID],
			"actionClientId": controlHubClient, "actionClientName": "Webex Admin Portal",
		})
	}
}

// RevokeAs revokes an authorization as if another admin did it, from another program.
func (s *Simulator) RevokeAs(p Person, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remove(id)
	s.revokeEvent(&p, s.now(), "", id, "")
}

// revokeEvent records that an admin revoked a token by id, or an app by its client id. The
// owner of the token is not named, as in captures of the real API.
func (s *Simulator) revokeEvent(p *Person, at time.Time, trackingID, id, client string) {
	var token any
	if id != "" {
		token, client = s.inEventRegion(id), "No Client Id"
	}
	s.addEvent(p, at, trackingID, map[string]any{
		"eventDescription": "User's token was revoked by an Admin.", "eventCategory": categoryUsers,
		"actionText": p.Name + " revoked a user's token.", "targetType": "PERSON",
		"targetId": "Using Admin Id: " + uuidOf(p.ID), "targetName": "Using Admin Name: " + p.Name,
		"tokenId": token, "clientId": client, "actorClientId": nil, "actionClientId": nil,
	})
}

// serviceAppEvent records that an admin changed the authorization of a Service App.
func (s *Simulator) serviceAppEvent(p *Person, at time.Time, a ServiceApp, status string) {
	s.addEvent(p, at, "", map[string]any{
		"eventDescription": "Service App authorization is changed by an admin", "eventCategory": categoryIntegration,
		"actionText": p.Name + " changed the authorization of " + a.Name + ".", "targetType": "INTEGRATION",
		"targetId": a.ApplicationID, "targetName": a.Name, "authorizedStatus": status,
		"serviceAppScopes": a.Scopes, "serviceAppSites": []string{}, "clientId": nil,
	})
}

// adminOf returns the admin who acts in an organization.
func (s *Simulator) adminOf(org string) *Person {
	p := *s.byID[s.tokens[s.admin].personID]
	p.OrgID = org
	return &p
}

// addEvent adds an event with what is the same for all. An empty tracking id is replaced by
// one of the event's own.
func (s *Simulator) addEvent(p *Person, at time.Time, trackingID string, data map[string]any) {
	if s.switches.LoseEvents {
		return
	}
	s.eventUUIDs++ // not from the simulator's random numbers, which would change everything made later
	id := fmt.Sprintf("%08x-0000-4000-8000-%012x", s.eventUUIDs, at.UnixMilli())
	if trackingID == "" || !s.switches.SameTrackingID {
		trackingID = "ROUTERGW_" + id + "_0"
	}
	address := "203.0.113.17"
	if p.ID != s.tokens[s.admin].personID {
		address = "198.51.100.23"
	}
	for name, value := range map[string]any{
		"actorName": p.Name, "actorEmail": p.Email, "actorOrgName": s.orgs[p.OrgID], "actorIp": address,
		"actorUserAgent": "Mozilla/5.0 (X11; Linux x86_64)", "adminRoles": []string{"id_full_admin"}, "trackingId": trackingID,
		"targetOrgId": p.OrgID, "targetOrgName": s.orgs[p.OrgID], "entityId": nil, "previousValue": nil,
	} {
		if _, given := data[name]; !given {
			data[name] = value
		}
	}
	bare := base64.RawURLEncoding
	s.events = append(s.events, Event{
		ID: bare.EncodeToString([]byte(id)), ActorID: bare.EncodeToString([]byte(uuidOf(p.ID))),
		ActorOrgID: bare.EncodeToString([]byte(uuidOf(p.OrgID))), Created: at, Data: data,
	})
}

// inEventRegion returns an authorization id with the region that events use.
func (s *Simulator) inEventRegion(id string) string {
	if s.switches.EventRegion == "" {
		return id
	}
	text, err := base64.RawURLEncoding.DecodeString(id)
	rest, ok := strings.CutPrefix(string(text), idStart)
	if err != nil || !ok {
		return id
	}
	return base64.RawURLEncoding.EncodeToString([]byte("ciscospark://" + s.switches.EventRegion + "/" + rest))
}

type wireEvent struct {
	Data       map[string]any `json:"data"`
	Created    string         `json:"created"`
	ActorOrgID string         `json:"actorOrgId"`
	ID         string         `json:"id"`
	ActorID    string         `json:"actorId"`
}

// listEvents answers GET /adminAudit/events: newest first, one page from an offset.
func (s *Simulator) listEvents(w http.ResponseWriter, r *http.Request, b *bearer) {
	q := r.URL.Query()
	from, errFrom := time.Parse("2006-01-02T15:04:05.000Z", q.Get("from"))
	to, errTo := time.Parse("2006-01-02T15:04:05.000Z", q.Get("to"))
	org, known := s.orgOf(q.Get("orgId"))
	switch {
	case !b.has("audit:events_read"):
		s.fail(w, http.StatusForbidden, needsScope)
		return
	case !slices.Contains(s.byID[b.personID].Roles, "id_full_admin"):
		s.fail(w, http.StatusForbidden, needsAdmin)
		return
	case q.Get("orgId") == "" || errFrom != nil || errTo != nil:
		s.fail(w, http.StatusBadRequest, "orgId, from and to are required, as ISO 8601 with milliseconds.")
		return
	case !known:
		s.fail(w, http.StatusNotFound, "The requested organization could not be found.")
		return
	case to.Sub(from) > 366*24*time.Hour:
		s.fail(w, http.StatusBadRequest, "The time range must not be longer than one year.")
		return
	}
	size := 100
	if n, err := strconv.Atoi(q.Get("max")); err == nil && n > 0 {
		size = min(n, largestEventPage)
	}
	offset, _ := strconv.Atoi(q.Get("offset"))
	categories := strings.Split(q.Get("eventCategories"), ",")
	visible := s.now().Add(-s.switches.EventDelay)
	actorOrg := base64.RawURLEncoding.EncodeToString([]byte(uuidOf(org)))
	fits := func(e *Event) bool {
		return e.ActorOrgID == actorOrg &&
			!e.Created.Before(from) && e.Created.Before(to) && !e.Created.After(visible) &&
			(q.Get("actorId") == "" || q.Get("actorId") == e.ActorID) &&
			(categories[0] == "" || slices.Contains(categories, e.Data["eventCategory"].(string)))
	}
	page, skipped, more := []wireEvent{}, 0, false
	events := s.sortedEvents()
	for i := range slices.Backward(events) {
		e := &events[i]
		if !fits(e) {
			continue
		}
		if skipped < offset {
			skipped++
			continue
		}
		if more = len(page) == size; more {
			break
		}
		page = append(page, wireEvent{Data: e.Data, Created: wireTime(e.Created), ActorOrgID: e.ActorOrgID, ID: e.ID, ActorID: e.ActorID})
	}
	if more {
		next := url.Values{}
		for k, v := range q {
			next[k] = v
		}
		next.Set("offset", strconv.Itoa(offset+size))
		w.Header().Set("Link", fmt.Sprintf(`<http://%s%s?%s>; rel="next"`, r.Host, r.URL.Path, next.Encode()))
	}
	s.send(w, map[string]any{"items": page})
}

// sortedEvents returns the events by time, oldest first. It sorts them again only after new
// ones came.
func (s *Simulator) sortedEvents() []Event {
	if s.eventsSorted != len(s.events) {
		slices.SortStableFunc(s.events, func(a, b Event) int { return a.Created.Compare(b.Created) })
		s.eventsSorted = len(s.events)
	}
	return s.events
}

func (s *Simulator) listEventCategories(w http.ResponseWriter, b *bearer) {
	if !b.has("audit:events_read") {
		s.fail(w, http.StatusForbidden, needsScope)
		return
	}
	s.send(w, map[string][]string{"eventCategories": {categoryUsers, categoryIntegration, categoryLogins, "LOGOUT", "ORG_SETTINGS", "WEBEX_IDENTITY"}})
}
