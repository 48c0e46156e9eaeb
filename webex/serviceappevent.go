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

// ServiceAppEvent is the event in a serviceApp webhook
// (https://developer.webex.com/docs/api/guides/webhooks): an organization authorized a
// Service App or withdrew its authorization.
type ServiceAppEvent struct {
	Event string // EventAuthorized or EventDeauthorized
	Org   OrgID  // the customer organization
	// OrgFrom is the JSON path of Org in the payload, such as "data.orgId": a payload may
	// name several organizations, and its format varies.
	OrgFrom string
	App     Untrusted // the id of the Service App; empty if the payload has none
}

// The events of a serviceApp webhook.
const (
	EventAuthorized   = "authorized"
	EventDeauthorized = "deauthorized"
)

// fromEnvelope is the path of an organization that may be the owner of the webhook.
const fromEnvelope = "orgId"

// ErrWebhook means that a payload is not a Service App event or names no customer. It wraps
// [ErrInvalidInput].
var ErrWebhook = fmt.Errorf("%w: webhook payload", ErrInvalidInput)

// MaxPayload is the maximum size of a webhook payload in bytes.
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

// ParseServiceAppEvent parses the payload of a serviceApp webhook. The organization is the
// first of data.authorizerOrgId, data.orgId and orgId. The last one usually names the owner
// of the webhook, so it is an error if it equals own, the organization of the login (empty
// if unknown). Errors match [ErrWebhook].
func ParseServiceAppEvent(payload []byte, own OrgID) (ServiceAppEvent, error) {
	bad := func(format string, args ...any) (ServiceAppEvent, error) {
		return ServiceAppEvent{}, fmt.Errorf("%w: %s", ErrWebhook, fmt.Sprintf(format, args...))
	}
	var w wireServiceAppEvent
	payload = bytes.TrimSpace(payload) // a final line break would hide that the JSON is truncated
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
		event = string(w.Name) // as in Cisco's playbook for Service Apps
	}
	event = strings.ToLower(strings.TrimSpace(event))
	switch {
	case event == "" && w.Resource == "":
		return bad("it has neither a resource nor an event")
	case w.Resource != "" && !strings.EqualFold(w.Resource, "serviceApp"), event != EventAuthorized && event != EventDeauthorized:
		return bad("it is about %s %s, not about a Service App being authorized or deauthorized",
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
		return bad("it names only your own organization (%s), which owns the webhook, and not the customer's: provide the full payload, including data", id.UUID())
	}
	out.Org = id
	return out, nil
}

// payloadProblem describes what is wrong with a payload, without quoting it.
func payloadProblem(payload []byte, err error) string {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Sprintf("it is truncated after %d bytes", len(payload))
	}
	return "it is not a Webex payload (" + decodeProblem(err) + ")"
}

func orNone(s Safe) string {
	if s == "" {
		return "(none)"
	}
	return string(s)
}

// Check returns nil if the event is about the Service App with this client id, or if the
// payload does not name the app in a known form. Errors match [ErrWebhook].
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

// ParseEvent parses the payload of a webhook of this Service App. Unlike
// [ParseServiceAppEvent], it looks up the organization of the login if needed, and checks
// that the event is about this Service App. Errors match [ErrWebhook].
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

// ownOrg returns the organization of the login, from the stored tokens, the text of the
// token, or Webex; empty if unknown.
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
	me, err := a.client.withToken(a.manager).Me(ctx)
	if err != nil {
		return ""
	}
	return me.OrgID
}

// FetchFromWebhook fetches the tokens of the organization that authorized the Service App
// according to a webhook payload, and returns the organization's id too. payload may also
// be just the organization's id, in any form that [ParseOrgID] accepts. If the payload says
// that the organization withdrew its authorization, the error matches [ErrWebhook]; use
// [ServiceApp.Remove] to delete its tokens.
func (a *ServiceApp) FetchFromWebhook(ctx context.Context, payload []byte) (OrgID, Tokens, error) {
	org, err := ParseOrgID(strings.Trim(string(payload), " \t\r\n\"")) // JSON of an id as well
	if err != nil {
		e, err := a.ParseEvent(ctx, payload)
		if err == nil && e.Event != EventAuthorized {
			err = fmt.Errorf("%w: the organization withdrew its authorization, so there is nothing to fetch", ErrWebhook)
		}
		if err != nil {
			return e.Org, Tokens{}, err
		}
		org = e.Org
	}
	t, err := a.FetchForOrg(ctx, org)
	return org, t, err
}
