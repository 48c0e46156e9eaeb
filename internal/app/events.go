package app

import (
	"context"
	"iter"
	"strings"
	"time"

	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/webex"
)

// EventQuery selects admin audit events. With no category, only events about tokens and apps
// are selected.
type EventQuery struct {
	From, To   time.Time
	Categories []string
	All        bool // every category, and every event in it
}

// aboutTokens are the categories of the events about tokens and apps.
var aboutTokens = []string{webex.CategoryUsers, webex.CategoryIntegration}

// Events yields what Webex recorded in the organization, newest first. An error ends the
// sequence.
func (s *Service) Events(ctx context.Context, q EventQuery) iter.Seq2[webex.AdminAuditEvent, error] {
	return func(yield func(webex.AdminAuditEvent, error) bool) {
		org, err := s.eventOrg(ctx)
		if err != nil {
			yield(webex.AdminAuditEvent{}, err)
			return
		}
		ask := webex.AdminAuditQuery{Org: org, From: q.From, To: q.To, Categories: q.Categories}
		some := !q.All && len(q.Categories) == 0
		if some {
			ask.Categories = aboutTokens
		}
		for e, err := range s.api.AdminAuditEvents(ctx, ask) {
			if err == nil && some && !e.IsRevoke() && e.Category != webex.CategoryIntegration {
				continue
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// eventOrg returns the organization whose events are read.
func (s *Service) eventOrg(ctx context.Context) (webex.OrgID, error) {
	if s.opts.Org != "" {
		return s.opts.Org, nil
	}
	me, err := s.signedIn(ctx)
	return me.OrgID, err
}

// EventWords describes an event in one line, without its actor and time.
func EventWords(e webex.AdminAuditEvent) string {
	switch {
	case e.IsRevoke() && e.TokenID != "":
		return "token revoked by id"
	case e.IsRevoke() && e.ClientID != "":
		return "organization-wide revoke: client " + ShortClient(e.ClientID)
	case e.IsRevoke():
		return "token revoked"
	case e.IsServiceApp():
		name := OrDash(Clean(e.TargetName))
		switch strings.ToUpper(string(e.AuthorizedStatus)) {
		case "AUTHORIZED":
			return "Service App authorized: " + name + scopeWords(e)
		case "":
			return "Service App changed: " + name + scopeWords(e)
		}
		return "Service App " + strings.ToLower(Clean(e.AuthorizedStatus)) + ": " + name
	case e.Text != "":
		return Clean(e.Text)
	}
	return OrDash(Clean(e.Description))
}

func scopeWords(e webex.AdminAuditEvent) string {
	words := ""
	if n := len(e.ServiceAppSites); n > 0 {
		words = ", " + english.Count(n, "site")
	}
	if n := len(e.ServiceAppScopes); n > 0 { // last, so that the names of the scopes can follow
		words += ", " + english.Count(n, "scope")
	}
	return words
}

// EventActor returns who acted: the email address, otherwise the name, otherwise the id.
func EventActor(e webex.AdminAuditEvent) webex.Untrusted {
	switch {
	case e.ActorEmail != "":
		return e.ActorEmail
	case e.ActorName != "":
		return e.ActorName
	}
	return webex.Untrusted(e.ActorID)
}

// EventJSON is an event as "events" prints it. A field that the event lacks is null.
type EventJSON struct {
	Time          *string   `json:"time"`
	Category      *string   `json:"category"`
	Description   *string   `json:"description"`
	Text          *string   `json:"text"`
	Actor         *string   `json:"actor"`
	ActorID       *string   `json:"actorId"`
	IP            *string   `json:"ip"`
	UserAgent     *string   `json:"userAgent"`
	TrackingID    *string   `json:"trackingId"`
	Target        *string   `json:"target"`
	TargetID      *string   `json:"targetId"`
	TokenID       *string   `json:"tokenId"`
	ClientID      *string   `json:"clientId"`
	ApplicationID *string   `json:"applicationId"`
	Status        *string   `json:"status"`
	Scopes        *[]string `json:"scopes"`
	ID            *string   `json:"id"`
}

// EventToJSON returns an event for output. Text is as received.
func EventToJSON(e webex.AdminAuditEvent) EventJSON {
	out := EventJSON{
		Time: TimeJSON(e.Created), Category: orNull(e.Category), Description: orNull(e.Description), Text: orNull(e.Text),
		Actor: orNull(EventActor(e)), ActorID: orNull(e.ActorID), IP: orNull(e.IP), UserAgent: orNull(e.UserAgent), TrackingID: orNull(e.TrackingID),
		Target: orNull(e.TargetName), TargetID: orNull(e.TargetID), TokenID: orNull(e.TokenID), ClientID: orNull(e.ClientID),
		Status: orNull(e.AuthorizedStatus), ID: orNull(e.ID),
	}
	if e.IsServiceApp() {
		out.ApplicationID = orNull(e.TargetID)
	}
	out.Scopes = textsOrNull(e.ServiceAppScopes)
	return out
}

func textsOrNull(list []webex.Untrusted) *[]string {
	if len(list) == 0 {
		return nil
	}
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = string(s)
	}
	return &out
}

func orNull[T ~string](text T) *string {
	if text == "" {
		return nil
	}
	s := string(text)
	return &s
}
