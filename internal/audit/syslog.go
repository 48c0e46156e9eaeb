package audit

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// Priorities in syslog: facility 13 (log audit), severity 6 (informational), or 4 (warning) for
// failures (RFC 5424, section 6.2.1).
const (
	syslogInfo    = 13*8 + 6
	syslogWarning = 13*8 + 4
)

// sdID is the name of our structured data. 32473 is the enterprise number for examples (RFC
// 5612), because we have not registered one.
const sdID = "wxauth@32473"

// WriteSyslog writes the entries as syslog messages (RFC 5424), one per line, with line
// breaks and quotes escaped. It skips lines that are not entries; the error, an
// [ErrTampered], reports them after all others are written.
func (r reader) WriteSyslog(ctx context.Context, out io.Writer) error {
	w := bufio.NewWriterSize(out, 64<<10)
	var skipped Skipped
	var b []byte
	for e, err := range r.Entries(ctx) {
		switch {
		case errors.Is(err, ErrTampered):
			skipped.Add(err)
			continue
		case err != nil:
			return err
		}
		b = append(e.appendSyslog(b[:0]), '\n')
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return skipped.Err()
}

func (e Entry) appendSyslog(b []byte) []byte {
	priority := syslogInfo
	switch e.Outcome {
	case "failed", Unknown, "still-listed", "not-sent", "unreadable":
		priority = syslogWarning
	}
	b = fmt.Appendf(b, "<%d>1 %s - wxauth - %s [%s", priority, e.Time.UTC().Format(time.RFC3339), syslogID(e.Action), sdID)
	for _, f := range [][2]string{
		{"seq", fmt.Sprint(e.Seq)},
		{"actor", e.Actor},
		{"action", e.Action},
		{"person", e.Person},
		{"id", e.ID},
		{"applicationName", e.ApplicationName},
		{"clientId", e.ClientID},
		{"type", e.Type},
		{"phase", e.Phase},
		{"outcome", e.Outcome},
		{"org", e.Org},
		{"status", fmt.Sprint(e.Status)},
		{"trackingId", e.TrackingID},
		{"error", e.Error},
	} {
		b = append(append(append(b, ' '), f[0]...), `="`...)
		b = append(append(b, syslogValue(f[1])...), '"')
	}
	return append(b, ']')
}

// syslogID returns a valid MSGID: printable ASCII without spaces, at most 32 characters.
func syslogID(s string) string {
	s = strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return '-'
		}
		return r
	}, s)
	if s == "" {
		return "-"
	}
	return s[:min(len(s), 32)]
}

// syslogValue escapes characters that would end the value (RFC 5424, section 6.3.3), and
// replaces control and invisible characters with "?".
func syslogValue(s string) string {
	if !isPlain(s) {
		s = strings.Map(func(r rune) rune {
			if hidden(r) {
				return '?'
			}
			return r
		}, s)
	}
	return syslogEscapes.Replace(s)
}

var syslogEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, `]`, `\]`)
