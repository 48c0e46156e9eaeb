package app

import (
	"io"
	"iter"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// WriteRows writes rows like [WriteJSON] writes their [RowJSON], with the time left
// at now, but three times as fast: a person can have thousands of tokens.
func WriteRows(w io.Writer, rows iter.Seq[*Row], now time.Time) error {
	to := &visibleWriter{to: w}
	b, before := append(make([]byte, 0, 40<<10), '['), "\n  "
	for r := range rows {
		b = append(b, before...)
		b, before = r.appendJSON(b, now), ",\n  "
		if len(b) > 32<<10 {
			if _, err := to.Write(b); err != nil {
				return err
			}
			b = b[:0]
		}
	}
	if before != "\n  " {
		b = append(b, '\n')
	}
	if _, err := to.Write(append(b, ']')); err != nil {
		return err
	}
	return to.flush()
}

// appendJSON appends the row as an element of an indented array.
func (r *Row) appendJSON(b []byte, now time.Time) []byte {
	text := func(before, s string) {
		b = append(b, before...)
		// Replaces invalid UTF-8, like the encoder does.
		b, _ = jsontext.AppendQuote(b, s)
	}
	text("{\n    \"id\": ", string(r.ID))
	text(",\n    \"applicationId\": ", string(r.ApplicationID))
	text(",\n    \"applicationName\": ", string(r.ApplicationName))
	text(",\n    \"clientId\": ", string(r.ClientID))
	text(",\n    \"personId\": ", string(r.PersonID))
	text(",\n    \"personEmail\": ", string(r.Email))
	b = appendTime(append(b, ",\n    \"created\": "...), r.Created)
	text(",\n    \"type\": ", string(r.Type))
	b = append(b, ",\n    \"expires\": "...)
	if r.Left.Known() {
		b = appendTime(b, r.Left.Until)
		b = strconv.AppendInt(append(b, ",\n    \"secondsLeft\": "...), int64(r.Left.In(now)/time.Second), 10)
	} else {
		b = append(b, "null,\n    \"secondsLeft\": null"...)
	}
	text(",\n    \"basis\": ", string(r.Left.Basis))
	b = strconv.AppendBool(append(b, ",\n    \"own\": "...), r.Own)
	return append(b, "\n  }"...)
}

func appendTime(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(b, "null"...)
	}
	return append(t.UTC().AppendFormat(append(b, '"'), time.RFC3339), '"')
}
