package webextest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// ServiceApp is an OAuth client with a machine account in each organization that
// authorized it.
type ServiceApp struct {
	App
	Secret string
	Scopes []string // what its tokens may do
}

// serviceApp is one with the organizations that let it in.
type serviceApp struct {
	ServiceApp
	client   *Integration       // refreshes its tokens as any client does
	machines map[string]*Person // by organization id
}

// AddServiceApp adds a Service App and returns it. Empty ids and secrets are generated; its
// application id is derived from the client id, as with real ones.
func (s *Simulator) AddServiceApp(a ServiceApp) ServiceApp {
	i := s.AddIntegration(Integration{App: a.App, Secret: a.Secret, Scopes: a.Scopes})
	s.mu.Lock()
	defer s.mu.Unlock()
	a.App, a.Secret = i.App, i.Secret
	a.ApplicationID = encodeID("APPLICATION", a.ClientID)
	s.services[a.ApplicationID] = &serviceApp{ServiceApp: a, client: s.clients[a.ClientID], machines: map[string]*Person{}}
	return a
}

// ServiceApp returns the Service App with this client id, or a zero one.
func (s *Simulator) ServiceApp(clientID string) ServiceApp {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.services[encodeID("APPLICATION", clientID)]; a != nil {
		return a.ServiceApp
	}
	return ServiceApp{}
}

// AuthorizeServiceApp simulates that a Full Admin authorizes a Service App for an
// organization in Control Hub.
func (s *Simulator) AuthorizeServiceApp(a ServiceApp, org string) {
	name := fmt.Sprintf("%s (service app)", a.Name)
	machine := s.AddPerson(Person{
		Name: name, Email: fmt.Sprintf("%s@%s.machine.example", strings.ToLower(a.ClientID[:8]), uuidOf(org)), OrgID: org, Type: "appuser",
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.services[a.ApplicationID].machines[org] = s.byID[machine.ID]
	s.serviceAppEvent(s.adminOf(org), s.now(), a, "AUTHORIZED")
}

// DeauthorizeServiceApp withdraws the authorization of a Service App for an organization
// and revokes its tokens.
func (s *Simulator) DeauthorizeServiceApp(a ServiceApp, org string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	app := s.services[a.ApplicationID]
	machine := app.machines[org]
	if machine == nil {
		return
	}
	delete(app.machines, org)
	s.serviceAppEvent(s.adminOf(org), s.now(), a, "UNAUTHORIZED")
	for _, row := range slices.Clone(s.auths[machine.ID]) {
		s.remove(row.ID)
	}
}

// GenerateOrgToken simulates generating an organization's tokens in the developer portal.
// It returns the refresh token.
func (s *Simulator) GenerateOrgToken(a ServiceApp, org string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	machine := s.services[a.ApplicationID].machines[org]
	if machine == nil {
		return ""
	}
	return s.newRefresh(s.orgGrant(s.services[a.ApplicationID], machine))
}

// orgGrant is a refresh token of a machine account, listed as any.
func (s *Simulator) orgGrant(app *serviceApp, machine *Person) *grant {
	row := s.add(&Authorization{PersonID: machine.ID, App: app.App, Created: s.now(), Type: "refresh"})
	return &grant{client: app.ClientID, person: machine.ID, authID: row, scopes: app.Scopes, expires: s.now().Add(s.refreshLife())}
}

type wireTokenRequest struct {
	ClientID     string `json:"clientId"`
	ClientSecret string `json:"clientSecret"`
	TargetOrgID  string `json:"targetOrgId"`
}

// applicationToken answers POST /applications/{id}/token.
func (s *Simulator) applicationToken(w http.ResponseWriter, r *http.Request, id string, b *bearer) {
	var ask wireTokenRequest
	err := json.NewDecoder(r.Body).Decode(&ask)
	app := s.services[id]
	org, known := "", false
	if err == nil {
		org, known = s.orgOf(ask.TargetOrgID)
	}
	switch {
	case !b.has("spark:applications_token"):
		s.fail(w, http.StatusForbidden, "The caller's token lacks the scope spark:applications_token.")
	case app == nil:
		s.fail(w, http.StatusNotFound, "The application could not be found.")
	case err != nil || ask.ClientID == "" || ask.ClientSecret == "" || ask.TargetOrgID == "":
		s.badDevice(w, "clientId, clientSecret and targetOrgId are required")
	case ask.ClientID != app.ClientID || ask.ClientSecret != app.Secret:
		id := s.trackingID()
		status := http.StatusBadRequest
		if s.switches.WrongSecretIs401 {
			status = http.StatusUnauthorized
		}
		s.write(w, status, wireError{"Invalid client credentials", []wireErrorElement{{"The provided clientSecret is invalid"}}, id})
	case !known:
		s.badDevice(w, "targetOrgId is invalid")
	case app.machines[org] == nil:
		s.fail(w, http.StatusForbidden, "The application is not authorized for the target organization.")
	default:
		g := s.orgGrant(app, app.machines[org])
		s.issue(w, app.client, g, s.newRefresh(g))
	}
}

// orgOf finds the organization that targetOrgId means, in the encodings that the
// switches allow.
func (s *Simulator) orgOf(text string) (id string, known bool) {
	encoded := text
	if len(text) == 36 && strings.Count(text, "-") == 4 {
		if s.switches.TargetOrg == "encoded" {
			return "", false
		}
		encoded = encodeID("ORGANIZATION", text)
	} else if s.switches.TargetOrg == "uuid" {
		return "", false
	}
	_, known = s.orgs[encoded]
	return encoded, known
}

// WebhookPayload returns the payload of a serviceApp webhook. event is authorized or
// deauthorized; the envelope names the organization that owns the webhook.
func (s *Simulator) WebhookPayload(a ServiceApp, event, org string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, _ := json.MarshalIndent(map[string]any{
		"id": encodeID("WEBHOOK", s.uuid()), "name": "Service App " + event, "resource": "serviceApp", "event": event,
		"orgId":     base64.StdEncoding.EncodeToString([]byte(uuidOf(s.homeOrg))),
		"createdBy": s.browser, "appId": encodeID("APPLICATION", "C0ffee"), "ownedBy": "creator", "status": "active",
		"data": map[string]any{"id": a.ApplicationID, "authorizerOrgId": org, "authorizationDate": wireTime(s.now())},
	}, "", "  ")
	return b
}

type wireNewApplication struct {
	Type         string   `json:"type"`
	Name         string   `json:"name"`
	Description  string   `json:"description"`
	ContactEmail string   `json:"contactEmail"`
	CompanyName  string   `json:"companyName"`
	RedirectURLs []string `json:"redirectUrls"`
	Scopes       []string `json:"scopes"`
}

// createApplication answers POST /applications, which creates an integration.
func (s *Simulator) createApplication(w http.ResponseWriter, r *http.Request, b *bearer) {
	var ask wireNewApplication
	if err := json.NewDecoder(r.Body).Decode(&ask); err != nil || ask.Type != "integration" || ask.Name == "" || ask.ContactEmail == "" || len(ask.RedirectURLs) == 0 || len(ask.Scopes) == 0 {
		s.fail(w, http.StatusBadRequest, "type, name, contactEmail, redirectUrls and scopes are required.")
		return
	}
	if !slices.Contains(s.byID[b.personID].Roles, "id_full_admin") {
		s.fail(w, http.StatusForbidden, needsAdmin)
		return
	}
	app := s.app(ask.Name, s.newClientID(4))
	secret := s.newClientID(4)
	s.clients[app.ClientID] = &Integration{App: app, Secret: secret, RedirectURIs: ask.RedirectURLs, Scopes: ask.Scopes}
	s.send(w, map[string]any{
		"id": app.ApplicationID, "name": ask.Name, "type": ask.Type, "clientId": app.ClientID, "clientSecret": secret,
		"redirectUrls": ask.RedirectURLs, "scopes": ask.Scopes, "created": wireTime(s.now()),
	})
}
