package webex

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// ServiceAppEvent is what a serviceApp webhook says
// (https://developer.webex.com/docs/api/guides/webhooks): an organization authorized a
// Service App, or took that back.
type ServiceAppEvent struct {
	Event string // EventAuthorized or EventDeauthorized
	Org   OrgID  // the organization that did it
	// OrgFrom is where in the payload the organization stood: the payload names more than
	// one, and is not the same everywhere.
	OrgFrom string
	App     Untrusted // the id of the Service App; empty when the payload does not say
}

// The events of a serviceApp webhook.
const (
	EventAuthorized   = "authorized"
	EventDeauthorized = "deauthorized"
)

// fromEnvelope is where an organization stands that may be the webhook's owner.
const fromEnvelope = "orgId"

// ErrWebhook: a payload that is not the event of a Service App, or names no customer.
var ErrWebhook = fmt.Errorf("%w: webhook payload", ErrInvalidInput)

// MaxPayload is how many bytes of a webhook's payload are read.
const MaxPayload = 1 << 20

type wireServiceAppEvent struct {
	Resource string    `json:"resource"`
	Event    string    `json:"event"`
	Name     Untrusted `json:"name"`
	OrgID    string    `json:"orgId"`
	Data     struct {
		ID              Untrusted `json:"id"`
		ApplicationID   Untrusted `json:"applicationId"`
		AuthorizerOrgID string    `json:"authorizerOrgId"`
		OrgID           string    `json:"orgId"`
	} `json:"data"`
}

// ParseServiceAppEvent reads the payload of a serviceApp webhook. The organization is
// data.authorizerOrgId, or data.orgId, or else the envelope's orgId: that one names who
// owns the webhook, and so it is refused when it is own, the organization of the login
// (empty when that is not known). The error matches [ErrWebhook].
func ParseServiceAppEvent(payload []byte, own OrgID) (ServiceAppEvent, error) {
	bad := func(format string, args ...any) (ServiceAppEvent, error) {
		return ServiceAppEvent{}, fmt.Errorf("%w: %s", ErrWebhook, fmt.Sprintf(format, args...))
	}
	var w wireServiceAppEvent
	payload = bytes.TrimSpace(payload) // a line break in a text that was cut off would hide that
	if len(payload) == 0 {
		return bad("it is empty")
	}
	if len(payload) > MaxPayload {
		return bad("it is larger than %d KiB", MaxPayload>>10)
	}
	if err := json.Unmarshal(payload, &w, json.MatchCaseInsensitiveNames(false), jsontext.AllowDuplicateNames(false)); err != nil {
		return bad("%s", payloadProblem(payload, err))
	}
	event := w.Event
	if event == "" && w.Resource == "" {
		event = string(w.Name) // as Cisco's playbook for Service Apps shows it
	}
	event = strings.ToLower(strings.TrimSpace(event))
	switch {
	case event == "" && w.Resource == "":
		return bad("it names neither a resource nor an event")
	case w.Resource != "" && !strings.EqualFold(w.Resource, "serviceApp"), event != EventAuthorized && event != EventDeauthorized:
		return bad("this is %s %s, not a Service App that was authorized or deauthorized",
			orNone(Clean(Untrusted(truncate(w.Resource, 40)))), orNone(Clean(Untrusted(truncate(event, 40)))))
	}
	out := ServiceAppEvent{Event: event, App: w.Data.ID}
	if w.Data.ApplicationID != "" {
		out.App = w.Data.ApplicationID
	}
	org := ""
	switch {
	case w.Data.AuthorizerOrgID != "":
		out.OrgFrom, org = "data.authorizerOrgId", w.Data.AuthorizerOrgID
	case w.Data.OrgID != "":
		out.OrgFrom, org = "data.orgId", w.Data.OrgID
	case w.OrgID != "":
		out.OrgFrom, org = fromEnvelope, w.OrgID
	default:
		return bad("it names no organization")
	}
	id, err := ParseOrgID(org)
	if err != nil {
		return bad("%s: %s", out.OrgFrom, strings.TrimPrefix(err.Error(), ErrInvalidInput.Error()+": "))
	}
	if out.OrgFrom == fromEnvelope && own != "" && id.UUID() == own.UUID() {
		return bad("it names only the organization that owns the webhook, our own (%s), not the customer's: ask for the whole payload, with its data", id.UUID())
	}
	out.Org = id
	return out, nil
}

// payloadProblem says what is wrong with a payload, without repeating it.
func payloadProblem(payload []byte, err error) string {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Sprintf("it ends in the middle, after %d bytes: it was cut off", len(payload))
	}
	return "it is not what Webex sends (" + decodeProblem(err) + ")"
}

func orNone(s Safe) string {
	if s == "" {
		return "(none)"
	}
	return string(s)
}

// Check reports whether an event is about a Service App: it is so when the payload does
// not say which one it is about, or says it in a way that cannot be read. The error
// matches [ErrWebhook].
func (e ServiceAppEvent) Check(client ClientID) error {
	about := string(e.App)
	if d, ok := DecodeID(e.App); ok && strings.EqualFold(string(d.Kind), "APPLICATION") {
		about = string(d.UUID)
	} else if about == "" || about[0] != 'C' || !isHex(about[1:], 64) {
		return nil
	}
	if !strings.EqualFold(about, string(client)) {
		return fmt.Errorf("%w: it is about another Service App, client %s", ErrWebhook, Clean(Untrusted(truncate(about, 100))))
	}
	return nil
}

// ParseEvent reads the payload of a webhook of this Service App; see
// [ParseServiceAppEvent].
func (a *ServiceApp) ParseEvent(ctx context.Context, payload []byte) (ServiceAppEvent, error) {
	e, err := ParseServiceAppEvent(payload, "")
	if err == nil && e.OrgFrom == fromEnvelope {
		e, err = ParseServiceAppEvent(payload, a.ownOrg(ctx))
	}
	if err == nil {
		err = e.Check(a.cred.ClientID)
	}
	return e, err
}

// ownOrg is the organization of the login: as it is stored, as its token says, or as
// Webex says; empty when none of them does.
func (a *ServiceApp) ownOrg(ctx context.Context) OrgID {
	if a.manager == nil {
		return ""
	}
	if held, ok := a.manager.(interface {
		Stored(context.Context) (Tokens, error)
	}); ok {
		if t, err := held.Stored(ctx); err == nil && t.Owner.OrgID != "" {
			return t.Owner.OrgID
		}
	}
	if token, err := a.manager.Token(ctx); err == nil {
		if org := InspectToken(token).OrgID; org != "" {
			return org
		}
	}
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	me, err := a.client.as(a.manager).Me(ctx)
	if err != nil {
		return ""
	}
	return me.OrgID
}

// FetchFromWebhook fetches the tokens of the organization that a webhook's payload says
// has authorized the Service App, and returns which one that is. In the place of the
// payload it takes the organization's id alone, in any form that [ParseOrgID] reads: some
// receivers are given no more. For a payload that says the opposite the error matches
// [ErrWebhook]: [ServiceApp.Remove] forgets its tokens.
func (a *ServiceApp) FetchFromWebhook(ctx context.Context, payload []byte) (OrgID, Tokens, error) {
	org, err := ParseOrgID(strings.Trim(string(payload), " \t\r\n\"")) // JSON of an id as well
	if err != nil {
		e, err := a.ParseEvent(ctx, payload)
		if err == nil && e.Event != EventAuthorized {
			err = fmt.Errorf("%w: the organization took its authorization back, so there is nothing to fetch", ErrWebhook)
		}
		if err != nil {
			return e.Org, Tokens{}, err
		}
		org = e.Org
	}
	t, err := a.FetchForOrg(ctx, org)
	return org, t, err
}
