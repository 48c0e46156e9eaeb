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

// decodeInto reads one JSON value and nothing after it. Duplicate names and
// invalid UTF-8 are errors: a list that says two things is not a list.
func decodeInto[T any](r io.Reader) (T, error) {
	var v *T // nil where the reply is null, which says nothing
	err := json.UnmarshalRead(r, &v, tolerant(func(jsontext.Pointer) {}))
	if v == nil {
		return *new(T), because(errNoObject, err)
	}
	return *v, err
}

// because joins what is wrong with why, in one line.
func because(what, why error) error {
	if why == nil {
		return what
	}
	return fmt.Errorf("%w: %w", what, why)
}

// tolerant reads a text, or a list of texts, that has another JSON type as nothing, and
// calls unreadable with its place: one wrong field must not hide what stands beside it.
func tolerant(unreadable func(jsontext.Pointer)) json.Options {
	skip := func(d *jsontext.Decoder, fits jsontext.Kind) error {
		if k := d.PeekKind(); k == fits || k == 'n' || k == 0 {
			return errors.ErrUnsupported // as usual
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

// partlyRead is a wire type that keeps which of its fields could not be read.
type partlyRead interface{ cannotRead(fields string) }

// maxItems is far above what one person or page can hold.
const maxItems = 100_000

var (
	errNoItems  = errors.New("it has no items")
	errTooMany  = fmt.Errorf("it has more than %d items", maxItems)
	errNoObject = errors.New("it is no object")
)

// decodeItems reads the envelope of every list, {"items": […]}, item by item. A
// reply without items is refused: an empty list must be said, not left out. (An
// item of null is one too: a row with nothing in it. So is one of another type.)
func decodeItems[T any](r io.Reader, each func(T)) error {
	// A name that is not UTF-8 must not hide the list that it is on.
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
		var v, none T // one for all: a list has thousands
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
		return errors.Join(errors.New("something follows it"), err)
	}
	if !found {
		return errNoItems
	}
	return nil
}

// timeLayouts are the forms in which created has been seen: with an offset, with
// Z, with a fraction (RFC 3339 covers them), and with an offset without a colon.
var timeLayouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04:05.999999999"}

// parseTime reads a time of the API, in UTC. What cannot be read, or could not be written
// again (RFC 3339 ends with the year 9999), is no time: the row is still worth showing.
func parseTime(s string) time.Time {
	s = strings.TrimSpace(s)
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, s); err == nil && t.UTC().Year() >= 0 && t.UTC().Year() <= 9999 {
			return t.UTC()
		}
	}
	return time.Time{}
}

// flag decodes a boolean that the API's description calls a string.
type flag struct {
	set, value bool
}

// UnmarshalJSON accepts true, "true", false, "false" and null; all else is unset.
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

// errorBody is the union of the two dialects: the API's own envelope and RFC 6749
// section 5.2, which the identity broker speaks.
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

// parseErrorJSON finds the message and the tracking id of an error's body in one of the
// two dialects; ok is false for everything else.
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

// parseErrorBody finds the message and the tracking id of an error's body. A body
// in no known dialect gives its beginning, but never a page of HTML.
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

// decodeOne makes a request's decode function that fills dst.
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

// decodeList makes a request's decode function that fills dst with a whole list.
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
