package output

import (
	"encoding/csv"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/wxauth/wxauth/webex"
)

// WriteCSV writes rows, a slice of structs, as CSV (RFC 4180). Columns have the JSON names and
// the order of the fields, nested ones as "access.expires". Lists are joined with spaces, and
// null is an empty cell. Cells that a spreadsheet would evaluate are escaped. If columns are named,
// only these are written; an unknown one is an error that matches [ErrNoColumn].
func WriteCSV(out io.Writer, rows any, columns ...string) error {
	v := reflect.ValueOf(rows)
	return writeCSVRows(out, columns, v.Type().Elem(), func(write func(reflect.Value) error) error {
		for i := range v.Len() {
			if err := write(v.Index(i)); err != nil {
				return err
			}
		}
		return nil
	})
}

// StreamCSV is like [WriteCSV], but writes the rows one at a time.
func StreamCSV[T any](out io.Writer, rows func(write func(T) error) error, columns ...string) error {
	return writeCSVRows(out, columns, reflect.TypeFor[T](), func(write func(reflect.Value) error) error {
		return rows(func(row T) error { return write(reflect.ValueOf(row)) })
	})
}

func writeCSVRows(out io.Writer, columns []string, of reflect.Type, rows func(write func(reflect.Value) error) error) error {
	w := csv.NewWriter(out)
	header := csvHeader(of, "")
	var at []int // nil for all columns
	if len(columns) > 0 {
		var err error
		if at, err = pick(header, columns); err != nil {
			return err
		}
	}
	picked := make([]string, len(at))
	write := func(cells []string) error {
		if at == nil {
			return w.Write(cells)
		}
		for n, i := range at {
			picked[n] = cells[i]
		}
		return w.Write(picked)
	}
	if err := write(header); err != nil {
		return err
	}
	var cells []string
	if err := rows(func(row reflect.Value) error {
		cells = csvCells(cells[:0], row, of)
		return write(cells)
	}); err != nil {
		return err
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
		if t.Field(i).Anonymous { // embedded: its fields are columns of their own
			out = append(out, csvHeader(t.Field(i).Type, prefix)...)
			continue
		}
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		out = append(out, csvHeader(t.Field(i).Type, prefix+name+".")...)
	}
	return out
}

// csvCells appends the cells of a value; empty cells if v is invalid.
func csvCells(out []string, v reflect.Value, t reflect.Type) []string {
	if t.Kind() == reflect.Pointer {
		if v.IsValid() && v.IsNil() {
			v = reflect.Value{}
		} else if v.IsValid() {
			v = v.Elem()
		}
	}
	if s, nested := structOf(t); nested {
		for i := range s.NumField() {
			if v.IsValid() {
				field := v.Field(i)
				out = csvCells(out, field, field.Type())
				continue
			}
			out = csvCells(out, reflect.Value{}, s.Field(i).Type)
		}
		return out
	}
	switch {
	case !v.IsValid():
		return append(out, "")
	case v.Kind() == reflect.Slice:
		parts := make([]string, v.Len())
		for i := range parts {
			parts[i] = fmt.Sprint(v.Index(i))
		}
		return append(out, defuse(strings.Join(parts, " ")))
	case v.Kind() == reflect.String:
		return append(out, defuse(v.String()))
	case v.CanInt():
		return append(out, strconv.FormatInt(v.Int(), 10))
	}
	return append(out, fmt.Sprint(v))
}

// defuse sanitizes a text for a cell, so that spreadsheets don't evaluate it as a formula
// (CWE-1236).
func defuse(text string) string {
	cell := string(webex.Clean(webex.Untrusted(text)))
	// Full-width characters and leading spaces of any kind count too.
	start := strings.TrimLeft(cell, " \u00a0\u3000\ufeff\u200b")
	if first, _ := utf8.DecodeRuneInString(start); start != "" && strings.ContainsRune("=+-@＝＋－＠", first) {
		return "'" + cell
	}
	return cell
}
