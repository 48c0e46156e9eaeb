package app

import (
	"time"

	"github.com/wxauth/wxauth/webex"
)

// RowJSON is a row as printed by "list": the API's fields under the API's names,
// plus wxauth's own. Unknown values are null.
type RowJSON struct {
	ID              string  `json:"id"`
	ApplicationID   string  `json:"applicationId"`
	ApplicationName string  `json:"applicationName"`
	ClientID        string  `json:"clientId"`
	PersonID        string  `json:"personId"`
	PersonEmail     string  `json:"personEmail"`
	Created         *string `json:"created"`
	Type            string  `json:"type"`
	Expires         *string `json:"expires"`
	SecondsLeft     *int64  `json:"secondsLeft"`
	Basis           string  `json:"basis"`
	Own             bool    `json:"own"`
}

// JSON returns the row for output, with the time left at now. Text is unmodified:
// the caller escapes it for its output.
func (r Row) JSON(now time.Time) RowJSON {
	out := RowJSON{
		ID: string(r.ID), ApplicationID: string(r.ApplicationID), ApplicationName: string(r.ApplicationName),
		ClientID: string(r.ClientID), PersonID: string(r.PersonID), PersonEmail: string(r.Email),
		Created: TimeJSON(r.Created), Type: string(r.Type), Basis: string(r.Left.Basis), Own: r.Own,
	}
	if r.Left.Known() {
		out.Expires = TimeJSON(r.Left.Until)
		seconds := int64(r.Left.In(now) / time.Second)
		out.SecondsLeft = &seconds
	}
	return out
}

// TimeJSON formats a time for JSON (RFC 3339, UTC); nil for the zero time.
func TimeJSON(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := t.UTC().Format(time.RFC3339)
	return &s
}

// ResultJSON is the output of "revoke".
type ResultJSON struct {
	Person    *string       `json:"person"`
	Outcomes  []OutcomeJSON `json:"outcomes"`
	Counts    CountsJSON    `json:"counts"`
	AuditHead string        `json:"auditHead"`
}

// OutcomeJSON is the outcome of one token.
type OutcomeJSON struct {
	Person          string   `json:"person"`
	ID              string   `json:"id"`
	ApplicationName string   `json:"applicationName"`
	ClientID        string   `json:"clientId"`
	Type            string   `json:"type"`
	Outcome         Outcome  `json:"outcome"`
	Cascade         []string `json:"cascade"`
	Status          int      `json:"status"`
	TrackingID      string   `json:"trackingId"`
	Error           string   `json:"error"`
}

// CountsJSON has a count for every outcome, in the order of [Outcomes].
type CountsJSON struct {
	Revoked     int `json:"revoked"`
	Cascaded    int `json:"cascaded"`
	AlreadyGone int `json:"already-gone"`
	StillListed int `json:"still-listed"`
	Failed      int `json:"failed"`
	Unknown     int `json:"unknown"`
	NotSent     int `json:"not-sent"`
	Planned     int `json:"planned"`
}

// JSON returns the result for output.
func (r BatchResult) JSON() ResultJSON {
	c := r.Counts()
	out := ResultJSON{
		Outcomes: []OutcomeJSON{}, AuditHead: r.Head,
		Counts: CountsJSON{
			c[Revoked], c[Cascaded], c[AlreadyGone], c[StillListed], c[Failed], c[Unknown], c[NotSent], c[Planned],
		},
	}
	for _, one := range r.Results {
		person := string(Plan{Who: one.Who, Person: one.Person}.person())
		if !r.Several && person != "" {
			out.Person = &person
		}
		for _, i := range one.Items {
			out.Outcomes = append(out.Outcomes, i.json(person))
		}
	}
	for _, f := range r.Failures {
		one := ItemResult{Outcome: Failed, Err: f.Err}
		out.Outcomes = append(out.Outcomes, one.json(f.Name()))
		out.Counts.Failed++
	}
	return out
}

func (i ItemResult) json(person string) OutcomeJSON {
	o := OutcomeJSON{
		Person: person, ID: string(i.ID), ApplicationName: string(i.ApplicationName),
		ClientID: string(i.ClientID), Type: string(i.Type), Outcome: i.Outcome, Cascade: []string{},
	}
	var tracking webex.Untrusted
	o.Error, o.Status, tracking = told(i.Err, i.Answer)
	o.TrackingID = string(tracking)
	for _, id := range i.Cascade {
		o.Cascade = append(o.Cascade, string(id))
	}
	return o
}
