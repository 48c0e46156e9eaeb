package webex

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// decodeInto reads exactly one JSON value. Duplicate names and invalid UTF-8 are errors,
// because such a response is ambiguous.
func decodeInto[T any](r io.Reader) (T, error) {
	var v *T // nil if the response is null
	err := json.UnmarshalRead(r, &v, tolerant(func(jsontext.Pointer) {}))
	if v == nil {
		return *new(T), because(errNoObject, err)
	}
	return *v, err
}

// because wraps why, if there is one, in what.
func because(what, why error) error {
	if why == nil {
		return what
	}
	return fmt.Errorf("%w: %w", what, why)
}

// tolerant decodes a string, or a list of strings, of the wrong JSON type as empty and
// calls unreadable with its location, so that one bad field does not hide the others.
func tolerant(unreadable func(jsontext.Pointer)) json.Options {
	skip := func(d *jsontext.Decoder, fits jsontext.Kind) error {
		if k := d.PeekKind(); k == fits || k == 'n' || k == 0 {
			return errors.ErrUnsupported // use the default decoding
		}
		if err := d.SkipValue(); err != nil {
			return err
		}
		unreadable(d.StackPointer())
		return nil
	}
	return json.WithUnmarshalers(json.JoinUnmarshalers(
		json.UnmarshalFromFunc(func(d *jsontext.Decoder, _ *string) error { return skip(d, '"') }),
		json.UnmarshalFromFunc(func(d *jsontext.Decoder, _ *[]string) error { return skip(d, '[') }),
	))
}

// partlyRead is implemented by wire types that record which fields could not be read.
type partlyRead interface{ cannotRead(fields string) }

// maxItems is far more than one person or page can have.
const maxItems = 100_000

var (
	errNoItems  = errors.New("it has no items")
	errTooMany  = fmt.Errorf("it has more than %d items", maxItems)
	errNoObject = errors.New("it is not an object")
)

// decodeItems reads the envelope of every list, {"items": […]}, item by item. A response
// without items is an error: an empty list must be explicit. An item that is null or not
// an object becomes an empty row.
func decodeItems[T any](r io.Reader, each func(T)) error {
	// A name with invalid UTF-8 must not make the whole list unreadable.
	d := jsontext.NewDecoder(r, jsontext.AllowInvalidUTF8(true))
	if t, err := d.ReadToken(); err != nil || t.Kind() != '{' {
		return because(errNoObject, err)
	}
	var bad []string // the fields of an item that cannot be read
	options := tolerant(func(at jsontext.Pointer) {
		if parts := slices.Collect(at.Tokens()); len(parts) > 2 { // items, the number, the field
			bad = append(bad, parts[2])
		}
	})
	found := false
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return err
		}
		if name.String() != "items" {
			if err := d.SkipValue(); err != nil {
				return err
			}
			continue
		}
		if t, err := d.ReadToken(); err != nil || t.Kind() != '[' {
			return because(errNoItems, err)
		}
		found = true
		var v, none T // reused: a list has thousands of items
		for n := 0; d.PeekKind() != ']'; n++ {
			if n == maxItems {
				return errTooMany
			}
			v, bad = none, bad[:0]
			if k := d.PeekKind(); k != '{' && k != 'n' && k != 0 {
				if err := d.SkipValue(); err != nil {
					return err
				}
				bad = append(bad, "all fields")
			} else if err := json.UnmarshalDecode(d, &v, options); err != nil {
				return err
			}
			if p, ok := any(&v).(partlyRead); ok && len(bad) > 0 {
				p.cannotRead(strings.Join(slices.Compact(bad), ", "))
			}
			each(v)
		}
		if _, err := d.ReadToken(); err != nil {
			return err
		}
	}
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return errors.Join(errors.New("unexpected data after it"), err)
	}
	if !found {
		return errNoItems
	}
	return nil
}

// timeLayouts are the formats in which created has been seen: RFC 3339 with an offset, Z
// or a fraction, and an offset without a colon.
var timeLayouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04:05.999999999"}

// parseTime parses a timestamp of the API and returns it in UTC. An invalid timestamp, or
// one outside of the years that RFC 3339 can express, gives the zero time: the row is
// still worth showing.
func parseTime(s string) time.Time {
	s = strings.TrimSpace(s)
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, s); err == nil && t.UTC().Year() >= 0 && t.UTC().Year() <= 9999 {
			return t.UTC()
		}
	}
	return time.Time{}
}

// flag decodes a boolean that the API's description declares as a string.
type flag struct {
	set, value bool
}

// UnmarshalJSON accepts true, "true", false, "false" and null; anything else is unset.
func (f *flag) UnmarshalJSON(b []byte) error {
	switch strings.ToLower(strings.Trim(string(b), `"`)) {
	case "true":
		*f = flag{set: true, value: true}
	case "false":
		*f = flag{set: true}
	default:
		*f = flag{}
	}
	return nil
}

// errorBody is the union of both error formats: the API's own envelope, and RFC 6749
// section 5.2, which the identity broker uses.
type errorBody struct {
	Message string `json:"message"`
	Errors  []struct {
		Description string `json:"description"`
	} `json:"errors"`
	TrackingID string `json:"trackingId"`
	Code       any    `json:"code"`

	Error            any    `json:"error"`
	ErrorDescription string `json:"error_description"`
}

// parseErrorJSON extracts the message and tracking id from an error response in either
// format; ok is false for anything else.
func parseErrorJSON(body []byte) (message, trackingID Untrusted, ok bool) {
	var e errorBody
	if err := json.Unmarshal(body, &e); err != nil {
		return "", "", false
	}
	parts := []string{e.Message}
	for _, d := range e.Errors {
		if d.Description != "" && d.Description != e.Message {
			parts = append(parts, d.Description)
		}
	}
	if s, ok := e.Error.(string); ok {
		parts = append(parts, s)
	}
	parts = append(parts, e.ErrorDescription)
	return Untrusted(joinNonEmpty(parts, ": ")), Untrusted(e.TrackingID), true
}

// parseErrorBody extracts the message and tracking id from an error response. In an
// unknown format, the message is the start of the body, unless it is HTML.
func parseErrorBody(body []byte, contentType string) (message, trackingID Untrusted) {
	if message, trackingID, ok := parseErrorJSON(body); ok {
		return message, trackingID
	}
	text := strings.TrimSpace(string(body))
	if text == "" || isHTML(contentType) || strings.HasPrefix(text, "<") {
		return "", ""
	}
	return Untrusted(truncate(text, 200)), ""
}

func joinNonEmpty(parts []string, sep string) string {
	kept := parts[:0]
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, sep)
}

// decodeOne returns a decode function for a request that fills dst with one object.
func decodeOne[W, T any](dst *T, convert func(W) T) func(io.Reader) error {
	return func(r io.Reader) error {
		w, err := decodeInto[W](r)
		if err != nil {
			return fmt.Errorf("decode reply: %w", err)
		}
		*dst = convert(w)
		return nil
	}
}

// decodeList returns a decode function for a request that fills dst with a complete list.
func decodeList[W, T any](dst *[]T, convert func(W) T) func(io.Reader) error {
	return func(r io.Reader) error {
		out := []T{}
		if err := decodeItems(r, func(w W) { out = append(out, convert(w)) }); err != nil {
			return fmt.Errorf("decode list: %w", err)
		}
		*dst = out
		return nil
	}
}
