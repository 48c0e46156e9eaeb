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

type wirePerson struct {
	ID            string   `json:"id"`
	Emails        []string `json:"emails"`
	DisplayName   string   `json:"displayName"`
	OrgID         string   `json:"orgId"`
	Roles         []string `json:"roles,omitempty"`
	Department    string   `json:"department,omitempty"`
	Title         string   `json:"title,omitempty"`
	Created       string   `json:"created"`
	LastActivity  string   `json:"lastActivity,omitempty"`
	Type          string   `json:"type"`
	LoginEnabled  any      `json:"loginEnabled,omitempty"`
	InvitePending any      `json:"invitePending,omitempty"`
}

func (s *Simulator) wirePerson(p *Person, admin bool) wirePerson {
	w := wirePerson{
		ID: p.ID, Emails: []string{p.Email}, DisplayName: p.Name, OrgID: p.OrgID, Department: p.Department,
		Title: p.Title, Created: wireTime(p.Created), Type: p.Type,
	}
	if !p.LastActivity.IsZero() {
		w.LastActivity = wireTime(p.LastActivity)
	}
	if admin {
		w.LoginEnabled, w.InvitePending = strconv.FormatBool(!p.SignInOff), strconv.FormatBool(p.InvitePending)
		if s.switches.BooleanFlags {
			w.LoginEnabled, w.InvitePending = !p.SignInOff, p.InvitePending
		}
		for _, r := range p.Roles {
			w.Roles = append(w.Roles, encodeID("ROLE", r))
		}
	}
	return w
}

func wireTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// listPeople answers one page; the cursor is where the next one begins.
func (s *Simulator) listPeople(w http.ResponseWriter, r *http.Request, b *bearer) {
	q := r.URL.Query()
	email, name, ids := strings.ToLower(q.Get("email")), strings.ToLower(q.Get("displayName")), q.Get("id")
	org := q.Get("orgId")
	if org == "" {
		org = s.byID[b.personID].OrgID
	}
	everybody := email == "" && name == "" && ids == ""
	if !b.has("spark:people_read", "spark-admin:people_read") || everybody && !b.has("spark-admin:people_read") {
		s.fail(w, http.StatusForbidden, needsScope)
		return
	}
	if everybody && !s.isAdmin(b) {
		s.fail(w, http.StatusBadRequest, "Email, displayName, or id list should be specified.")
		return
	}
	wanted := strings.Split(ids, ",")
	match := func(p *Person) bool {
		switch {
		case p.OrgID != org && !s.switches.IgnoreOrg:
			return false
		case ids != "":
			return slices.Contains(wanted, p.ID)
		case email != "":
			return p.Email == email || s.byEmail[email] == p
		case name != "":
			return strings.HasPrefix(strings.ToLower(p.Name), name)
		}
		return true
	}
	size := s.pageSize
	if n, err := strconv.Atoi(q.Get("max")); err == nil && n > 0 {
		size = min(n, s.largestPage)
	}
	start := 0
	if c, err := base64.RawURLEncoding.DecodeString(q.Get("cursor")); err == nil {
		start, _ = strconv.Atoi(string(c))
	}
	if s.switches.Pages == "overlap" {
		start = max(start-1, 0)
	}
	page, next := []wirePerson{}, -1
	for i := max(start, 0); i < len(s.people); i++ {
		if !match(s.people[i]) {
			continue
		}
		if len(page) == size {
			next = i
			break
		}
		page = append(page, s.wirePerson(s.people[i], s.isAdmin(b)))
	}
	if s.switches.Pages == "loop" && len(page) > 0 {
		next = 0
	}
	if next >= 0 {
		nq := url.Values{}
		for k, v := range q {
			if s.switches.Pages != "lossy" {
				nq[k] = v
			}
		}
		nq.Set("cursor", base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(next))))
		scheme := "http"
		if r.TLS != nil || r.URL.Scheme == "https" {
			scheme = "https"
		}
		form := `<%s://%s%s?%s>; rel="next"`
		switch s.switches.Pages {
		case "quoted":
			form = `<%s://%s%s?%s>; rel='next'`
		case "bare":
			form = `%s://%s%s?%s; rel="next"`
		}
		w.Header().Set("Link", fmt.Sprintf(form, scheme, r.Host, r.URL.Path, nq.Encode()))
	}
	s.send(w, map[string]any{"items": page, "notFoundIds": []string{}})
}

func (s *Simulator) readPerson(w http.ResponseWriter, id string, b *bearer) {
	p := s.byID[id]
	if id == "me" {
		p = s.byID[b.personID]
	}
	switch {
	case id != "me" && !b.has("spark:people_read", "spark-admin:people_read"):
		s.fail(w, http.StatusForbidden, needsScope)
	case p == nil:
		s.fail(w, http.StatusNotFound, "The requested person could not be found.")
	default:
		s.send(w, s.wirePerson(p, s.isAdmin(b)))
	}
}

func (s *Simulator) readOrg(w http.ResponseWriter, id string, b *bearer) {
	_, ok := s.orgs[id]
	switch {
	case !b.has("spark-admin:organizations_read", "spark:organizations_read"):
		s.fail(w, http.StatusForbidden, needsScope)
	case !ok:
		s.fail(w, http.StatusNotFound, "The requested organization could not be found.")
	default:
		s.send(w, s.wireOrg(id))
	}
}

type wireOrg struct {
	ID          string `json:"id"`
	DisplayName string `json:"displayName"`
	Created     string `json:"created"`
}

func (s *Simulator) wireOrg(id string) wireOrg {
	return wireOrg{ID: id, DisplayName: s.orgs[id], Created: "2019-03-04T08:15:00.000Z"}
}

// listOrgs answers GET /organizations with the caller's own organization, as for an admin who
// is not a partner.
func (s *Simulator) listOrgs(w http.ResponseWriter, b *bearer) {
	if !b.has("spark-admin:organizations_read", "spark:organizations_read") {
		s.fail(w, http.StatusForbidden, needsScope)
		return
	}
	s.send(w, map[string][]wireOrg{"items": {s.wireOrg(s.byID[b.personID].OrgID)}})
}
