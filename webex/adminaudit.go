package webex

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// ScopeAuditEvents allows a Full Admin to read the organization's admin audit events.
const ScopeAuditEvents = "audit:events_read"

// The categories of events about tokens and apps.
const (
	CategoryUsers       = "USERS"       // includes tokens that an admin revoked
	CategoryIntegration = "INTEGRATION" // includes Service Apps that an admin authorized
)

// AdminAuditEvent is what Webex recorded about an act of an admin
// (https://developer.webex.com/docs/api/v1/admin-audit-events). Any field may be empty.
type AdminAuditEvent struct {
	ID       Untrusted
	Created  time.Time // UTC; zero if missing or invalid
	ActorID  PersonID
	ActorOrg OrgID

	Category    Untrusted // without the prefix "EventCategory." of older events
	Description Untrusted // the kind of event in words, such as "An Admin logged in"
	Text        Untrusted // what happened in words
	ActorName   Untrusted
	ActorEmail  Untrusted
	IP          Untrusted // of the actor
	UserAgent   Untrusted // of the actor
	TargetType  Untrusted // without the prefix "TargetResourceType." of older events
	TargetID    Untrusted // not always an id
	TargetName  Untrusted
	TargetOrg   OrgID
	TrackingID  Untrusted

	// TokenID is the authorization that an admin revoked by its id, ClientID the app that
	// an admin revoked for an organization. Webex does not name the owner of the token.
	TokenID  AuthorizationID
	ClientID ClientID
	// AuthorizedStatus, ServiceAppScopes and ServiceAppSites describe a Service App that an
	// admin authorized (status AUTHORIZED); TargetID is its application id.
	AuthorizedStatus Untrusted
	ServiceAppScopes []Untrusted
	ServiceAppSites  []Untrusted
	// ActionClientID and ActionClientName are the app that the actor used.
	ActionClientID   ClientID
	ActionClientName Untrusted

	// Other has the remaining members of the event's data by name, as JSON. Members that are
	// null are left out.
	Other map[string]Untrusted
	// Unreadable lists the JSON names, joined by ", ", of fields that were left empty because
	// their value had an unexpected type; "all fields" if the event was not an object.
	Unreadable string
}

// IsRevoke reports whether an admin revoked one token, or one app in an organization.
func (e AdminAuditEvent) IsRevoke() bool {
	return e.TokenID != "" || strings.Contains(strings.ToLower(string(e.Description)), "token was revoked")
}

// IsServiceApp reports whether an admin changed the authorization of a Service App.
func (e AdminAuditEvent) IsServiceApp() bool {
	return e.AuthorizedStatus != "" || e.Category == CategoryIntegration && len(e.ServiceAppScopes) > 0
}

type wireAuditEvent struct {
	ID         string         `json:"id"`
	Created    string         `json:"created"`
	ActorID    string         `json:"actorId"`
	ActorOrgID string         `json:"actorOrgId"`
	Data       jsontext.Value `json:"data"`

	unreadable string
}

type wireAuditData struct {
	Category         string   `json:"eventCategory"`
	Description      string   `json:"eventDescription"`
	Text             string   `json:"actionText"`
	ActorName        string   `json:"actorName"`
	ActorEmail       string   `json:"actorEmail"`
	IP               string   `json:"actorIp"`
	UserAgent        string   `json:"actorUserAgent"`
	TargetType       string   `json:"targetType"`
	TargetID         string   `json:"targetId"`
	TargetName       string   `json:"targetName"`
	TargetOrgID      string   `json:"targetOrgId"`
	TrackingID       string   `json:"trackingId"`
	TokenID          string   `json:"tokenId"`
	ClientID         string   `json:"clientId"`
	AuthorizedStatus string   `json:"authorizedStatus"`
	Scopes           []string `json:"serviceAppScopes"`
	Sites            []string `json:"serviceAppSites"`
	ActionClientID   string   `json:"actionClientId"`
	ActionClientName string   `json:"actionClientName"`

	Other map[string]jsontext.Value `json:",embed"` // members without a field
}

func (w *wireAuditEvent) cannotRead(fields string) { w.unreadable = fields }

func (w wireAuditEvent) event() AdminAuditEvent {
	var d wireAuditData
	if len(w.Data) > 0 {
		var bad []string
		err := json.Unmarshal(w.Data, &d, tolerant(func(at jsontext.Pointer) { bad = append(bad, at.LastToken()) }), jsontext.AllowInvalidUTF8(true))
		if err != nil { // one bad event must not hide the others
			d, bad = wireAuditData{}, []string{"data"}
		}
		w.unreadable = joinNonEmpty(append([]string{w.unreadable}, bad...), ", ")
	}
	e := AdminAuditEvent{
		ID: Untrusted(w.ID), Created: parseTime(w.Created), ActorID: PersonID(w.ActorID), ActorOrg: OrgID(w.ActorOrgID),
		Category:    Untrusted(strings.TrimPrefix(d.Category, "EventCategory.")),
		Description: Untrusted(d.Description), Text: Untrusted(d.Text),
		ActorName: Untrusted(d.ActorName), ActorEmail: Untrusted(d.ActorEmail), IP: Untrusted(d.IP), UserAgent: Untrusted(d.UserAgent),
		TargetType: Untrusted(strings.TrimPrefix(d.TargetType, "TargetResourceType.")), TargetID: Untrusted(d.TargetID), TargetName: Untrusted(d.TargetName),
		TargetOrg: OrgID(d.TargetOrgID), TrackingID: Untrusted(d.TrackingID), AuthorizedStatus: Untrusted(d.AuthorizedStatus),
		ServiceAppScopes: untrusted(d.Scopes), ServiceAppSites: untrusted(d.Sites),
		ActionClientName: Untrusted(d.ActionClientName), Unreadable: w.unreadable,
	}
	// Where there is no id, Webex writes words such as "No Client Id".
	if CheckID("token id", d.TokenID) == nil {
		e.TokenID = AuthorizationID(d.TokenID)
	}
	if CheckID("client id", d.ClientID) == nil {
		e.ClientID = ClientID(d.ClientID)
	}
	if CheckID("client id", d.ActionClientID) == nil {
		e.ActionClientID = ClientID(d.ActionClientID)
	}
	for name, value := range d.Other {
		if value.Kind() == 'n' {
			continue
		}
		if e.Other == nil {
			e.Other = map[string]Untrusted{}
		}
		e.Other[name] = Untrusted(value)
	}
	return e
}

// AdminAuditQuery selects events. Org, From and To are required.
type AdminAuditQuery struct {
	Org        OrgID
	From, To   time.Time // From is included, To is not
	Categories []string  // empty means all
	Actor      PersonID  // empty means everyone
}

const (
	eventsPerPage = 200 // the API's maximum
	// eventsSpan is the longest time that one request may cover.
	eventsSpan = 365 * 24 * time.Hour
	// maxEventPages stops an endless list: two million events.
	maxEventPages = 10_000
	eventTime     = "2006-01-02T15:04:05.000Z"
)

var opEvents = operation{
	name: "list admin audit events", scope: ScopeAuditEvents, role: "the Full Admin role", repeat: repeatGET,
	notFoundHint: "no such organization, or this token cannot access it",
}

// AdminAuditEvents yields the admin audit events that q selects, newest first (GET
// /adminAudit/events). It requires a Full Admin and [ScopeAuditEvents]. It requests pages as
// needed, and one year at a time, because the API allows no longer period. Webex does not say
// how long after an act its event appears. An error ends the sequence.
func (c *Client) AdminAuditEvents(ctx context.Context, q AdminAuditQuery) iter.Seq2[AdminAuditEvent, error] {
	return func(yield func(AdminAuditEvent, error) bool) {
		if err := q.check(); err != nil {
			yield(AdminAuditEvent{}, &Error{Op: opEvents.name, Err: err})
			return
		}
		for to := q.To; to.After(q.From); {
			from := q.From
			if start := to.Add(-eventsSpan); start.After(from) {
				from = start
			}
			if !c.auditEvents(ctx, q, from, to, yield) {
				return
			}
			to = from
		}
	}
}

func (q AdminAuditQuery) check() error {
	switch err := CheckID("organization id", q.Org); {
	case err != nil:
		return err
	case q.From.IsZero() || !q.From.Before(q.To):
		return fmt.Errorf("%w: the period of the events is empty: its start must be before its end", ErrInvalidInput)
	}
	if q.Actor != "" {
		if err := CheckID("person id", q.Actor); err != nil {
			return err
		}
	}
	for _, name := range q.Categories {
		if name == "" || strings.ContainsFunc(name, func(r rune) bool { return !('A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '_') }) {
			return fmt.Errorf("%w: %s is not an event category (capital letters and _ only, such as USERS)", ErrInvalidInput, Quote(name))
		}
	}
	return nil
}

// auditEvents yields the events of at most a year, and reports whether to go on. It counts the
// offset itself, because the links of Webex have been seen to lose parameters; a link only
// says that there is more.
func (c *Client) auditEvents(ctx context.Context, q AdminAuditQuery, from, to time.Time, yield func(AdminAuditEvent, error) bool) bool {
	fail := func(format string, args ...any) bool {
		yield(AdminAuditEvent{}, &Error{Op: opEvents.name, Status: http.StatusOK, Err: fmt.Errorf("%w: "+format, append([]any{ErrServer}, args...)...)})
		return false
	}
	values := url.Values{
		"orgId": {string(q.Org)}, "from": {from.UTC().Format(eventTime)}, "to": {to.UTC().Format(eventTime)}, "max": {strconv.Itoa(eventsPerPage)},
	}
	if q.Actor != "" {
		values.Set("actorId", string(q.Actor))
	}
	if len(q.Categories) > 0 {
		values.Set("eventCategories", strings.Join(q.Categories, ","))
	}
	var before []Untrusted // the ids of the last page
	offset := 0
	for range maxEventPages {
		if offset > 0 {
			values.Set("offset", strconv.Itoa(offset))
		}
		var page []AdminAuditEvent
		res, err := c.call(ctx, request{
			op: opEvents, method: http.MethodGet, path: []string{"adminAudit", "events"}, query: values,
			decode: decodeList(&page, wireAuditEvent.event),
		})
		if err != nil {
			yield(AdminAuditEvent{}, err)
			return false
		}
		_, more, err := parseNextLink(res.header.Values("Link"))
		if err != nil {
			return fail("%w", err)
		}
		ids := make([]Untrusted, len(page))
		for i, e := range page {
			ids[i] = e.ID
			// An event that appears late moves the others to the next page.
			if e.ID != "" && slices.Contains(before, e.ID) {
				continue
			}
			if !yield(e, nil) {
				return false
			}
		}
		if len(page) == 0 && more {
			return fail("an empty page of events with a link to more")
		}
		if slices.Equal(ids, before) && slices.ContainsFunc(ids, func(id Untrusted) bool { return id != "" }) {
			return fail("the same page of events twice")
		}
		if len(page) < eventsPerPage && !more {
			return true
		}
		before, offset = ids, offset+len(page)
	}
	return fail("more than %d pages of events", maxEventPages)
}

// LacksAuditScope reports whether err says that the token may not read admin audit events.
func LacksAuditScope(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Op == opEvents.name && errors.Is(err, ErrForbidden)
}
