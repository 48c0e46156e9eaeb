package cli

import (
	"encoding/csv"
	"fmt"
	"io"
	"reflect"
	"strings"

	"github.com/wxauth/wxauth/webex"
)

// writeCSV writes rows, a slice of structs, as CSV (RFC 4180): the fields by their JSON
// names and in their order, header first, nested ones as "access.expires", lists joined
// by blanks, what is null empty. Cells that a spreadsheet would run are defused.
func writeCSV(out io.Writer, rows any) error {
	w := csv.NewWriter(out)
	v := reflect.ValueOf(rows)
	if err := w.Write(csvHeader(v.Type().Elem(), "")); err != nil {
		return err
	}
	for i := range v.Len() {
		if err := w.Write(csvCells(v.Index(i), v.Type().Elem())); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

func structOf(t reflect.Type) (reflect.Type, bool) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t, t.Kind() == reflect.Struct
}

func csvHeader(t reflect.Type, prefix string) []string {
	t, nested := structOf(t)
	if !nested {
		return []string{strings.TrimSuffix(prefix, ".")}
	}
	var out []string
	for i := range t.NumField() {
		if t.Field(i).Anonymous { // its fields stand among ours
			out = append(out, csvHeader(t.Field(i).Type, prefix)...)
			continue
		}
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		out = append(out, csvHeader(t.Field(i).Type, prefix+name+".")...)
	}
	return out
}

func csvCells(v reflect.Value, t reflect.Type) []string {
	if t.Kind() == reflect.Pointer {
		if v.IsValid() && v.IsNil() {
			v = reflect.Value{}
		} else if v.IsValid() {
			v = v.Elem()
		}
	}
	if s, nested := structOf(t); nested {
		var out []string
		for i := range s.NumField() {
			field := reflect.Value{}
			if v.IsValid() {
				field = v.Field(i)
			}
			out = append(out, csvCells(field, s.Field(i).Type)...)
		}
		return out
	}
	switch {
	case !v.IsValid():
		return []string{""}
	case v.Kind() == reflect.Slice:
		parts := make([]string, v.Len())
		for i := range parts {
			parts[i] = fmt.Sprint(v.Index(i))
		}
		return []string{defuse(strings.Join(parts, " "))}
	case v.Kind() == reflect.String:
		return []string{defuse(v.String())}
	}
	return []string{fmt.Sprint(v)}
}

// defuse cleans a text for a cell, and keeps a spreadsheet from taking it for a formula
// (CWE-1236).
func defuse(text string) string {
	cell := string(webex.Clean(webex.Untrusted(text)))
	// Also the full-width forms, and behind blanks of any kind.
	start := strings.TrimLeft(cell, " \u00a0\u3000\ufeff\u200b")
	if start != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(start)[0]) {
		return "'" + cell
	}
	return cell
}
