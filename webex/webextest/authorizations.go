package webextest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

type wireAuthorization struct {
	ID              string `json:"id"`
	ApplicationID   string `json:"applicationId"`
	ApplicationName string `json:"applicationName"`
	PersonID        string `json:"personId"`
	ClientID        string `json:"clientId"`
	Created         string `json:"created"`
	Type            string `json:"type"`
}

var webexClients = []string{
	"C64ab04639eefee4798f58e7bc3fe01d47161be0d97ff0d31e040a6ffe66d7f0a",
	"Ccb2581f071a0714c8ab7d4777f70ebed26f1ef5f3261597f00afbb3a53c1ad88",
}

const (
	needsAdmin = "Access denied: the caller is missing a required administrator role."
	needsScope = "The request is missing a required scope or role."
	ownToken   = "An admin's own token can be deleted only by the client that created it."
)

func (s *Simulator) listAuthorizations(w http.ResponseWriter, r *http.Request, b *bearer) {
	id, email := r.URL.Query().Get("personId"), r.URL.Query().Get("personEmail")
	if !b.has("identity:tokens_read") {
		s.fail(w, http.StatusForbidden, needsScope)
		return
	}
	if (id == "") == (email == "") {
		s.fail(w, http.StatusBadRequest, "Exactly one of personId and personEmail must be provided.")
		return
	}
	if !s.mayManage(b) {
		s.fail(w, http.StatusForbidden, needsAdmin)
		return
	}
	p := s.byID[id]
	if email != "" {
		p = s.byEmail[strings.ToLower(email)]
	}
	if p == nil {
		if s.switches.UnknownPerson == http.StatusOK {
			s.send(w, map[string]any{"items": []any{}})
			return
		}
		status := s.switches.UnknownPerson
		if status == 0 {
			status = http.StatusNotFound
		}
		s.fail(w, status, "The requested person could not be found.")
		return
	}
	rows := []json.RawMessage{}
	for _, a := range s.listed(p.ID) {
		if row, ok := s.wire(a); ok {
			rows = append(rows, row)
		}
	}
	s.send(w, map[string]any{"items": rows})
}

// listed is what a list shows: what exists, and what a stale list still shows.
func (s *Simulator) listed(personID string) []*Authorization {
	rows := slices.Clone(s.auths[personID])
	kept := s.stale.ghost[personID][:0]
	for _, g := range s.stale.ghost[personID] {
		if g.left != 0 {
			rows = append(rows, g.row)
			g.left--
			kept = append(kept, g)
		}
	}
	s.stale.ghost[personID] = kept
	return rows
}

func (s *Simulator) wire(a *Authorization) (json.RawMessage, bool) {
	if a.Raw != "" {
		return json.RawMessage(a.Raw), true
	}
	if s.switches.HideWebexClients && slices.Contains(webexClients, a.App.ClientID) {
		return nil, false
	}
	age := s.now().Sub(a.Created)
	if s.switches.DropExpired && (a.Type == "access" && age > 14*24*time.Hour || age > 90*24*time.Hour) {
		return nil, false
	}
	layout := "2006-01-02T15:04:05-07:00" // the reference shows an offset, never Z
	switch s.switches.CreatedForm {
	case "z":
		layout = "2006-01-02T15:04:05Z"
	case "fraction":
		layout = "2006-01-02T15:04:05.000Z"
	}
	row, _ := json.Marshal(wireAuthorization{
		ID: a.ID, ApplicationID: a.App.ApplicationID, ApplicationName: a.App.Name, PersonID: a.PersonID,
		ClientID: a.App.ClientID, Created: a.Created.UTC().Format(layout), Type: a.Type,
	})
	return row, true
}

func (s *Simulator) deleteByID(w http.ResponseWriter, id string, b *bearer) {
	if !b.has("identity:tokens_write") {
		s.fail(w, http.StatusForbidden, needsScope)
		return
	}
	if !s.mayManage(b) {
		s.fail(w, http.StatusForbidden, needsAdmin)
		return
	}
	owner, ok := s.owner[id]
	if !ok {
		s.fail(w, http.StatusNotFound, "The requested authorization could not be found.")
		return
	}
	i := slices.IndexFunc(s.auths[owner], func(a *Authorization) bool { return a.ID == id })
	if owner == b.personID && b.clientID != "" && s.auths[owner][i].App.ClientID != b.clientID {
		s.fail(w, http.StatusForbidden, ownToken)
		return
	}
	s.remove(id)
	trackingID := s.trackingID()
	s.revokeEvent(s.byID[b.personID], s.now(), trackingID, id, "")
	w.Header().Set("Trackingid", trackingID)
	w.WriteHeader(http.StatusNoContent)
}

func (s *Simulator) deleteByClient(w http.ResponseWriter, r *http.Request, b *bearer) {
	client, org := r.URL.Query().Get("clientId"), r.URL.Query().Get("orgId")
	if !b.has("identity:tokens_write") || !s.mayManage(b) {
		s.fail(w, http.StatusForbidden, needsScope)
		return
	}
	if client == "" {
		s.fail(w, http.StatusBadRequest, "clientId must be provided.")
		return
	}
	if org == "" {
		org = s.byID[b.personID].OrgID // as the reference says
	}
	if _, ok := s.orgs[org]; !ok {
		s.fail(w, http.StatusNotFound, "The requested organization could not be found.")
		return
	}
	var ids []string
	for pid, rows := range s.auths {
		if s.byID[pid].OrgID != org || s.switches.ClientDeleteOwnOnly && pid != b.personID {
			continue
		}
		for _, a := range rows {
			if a.App.ClientID == client {
				ids = append(ids, a.ID)
			}
		}
	}
	for _, id := range ids {
		s.remove(id)
	}
	trackingID := s.trackingID()
	s.revokeEvent(s.byID[b.personID], s.now(), trackingID, "", client)
	w.Header().Set("Trackingid", trackingID)
	w.WriteHeader(http.StatusNoContent)
}

func (s *Simulator) tokenExpiry(w http.ResponseWriter, b *bearer) {
	if s.switches.ExpiryNeedsAdmin && !s.isAdmin(b) {
		s.fail(w, http.StatusForbidden, needsAdmin)
		return
	}
	s.send(w, map[string]int64{"exp": b.expires.UnixMilli()})
}
