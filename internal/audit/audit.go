// Package audit logs every attempt to revoke something, as JSON lines in a file: an intent
// before a request is sent, and an outcome after it.
//
// Each line has a code (HMAC-SHA256) over its content and the code of the previous line.
// The token store contains the key, and the number and code of the newest line as an
// anchor. [Log.Verify] therefore detects lines that were changed, removed, moved, inserted
// or truncated by anyone who can write the file but does not have the key.
//
//	Prepare → Begin → Append(intent, durable) → Append(outcome) → Flush → end
//
// The log consists of the current file and the files that [Log.Rotate] closed; the chain
// continues across them. Files that another program moved are found in the same directory.
//
// Processes share the file: each append takes a lock and reads the current end first.
//
//	log := audit.New(path, vault) // nothing is opened yet
//	report, err := log.Verify(ctx, audit.Head{})
//
// To change the package, start with Append in log.go. seal.go computes the codes and the
// anchor, verify.go verifies, files.go finds the files, and running.go settles the intents
// of processes that died. The package depends on neither Webex nor a store: its key is in a
// [Vault].
package audit

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// The phases of an entry.
const (
	PhaseIntent  = "intent"  // before the request
	PhaseOutcome = "outcome" // result of the request
)

// ActionRotate is the action of the entry that begins a file after [Log.Rotate].
const ActionRotate = "rotate"

// done is the outcome of a rotation.
const done = "done"

// Entry is one line of the log. Text is as Webex sent it, truncated if it is very long.
type Entry struct {
	Seq             int64     `json:"seq"` // from 1, without gaps
	Time            time.Time `json:"time"`
	Actor           string    `json:"actor"`  // the signed-in person
	Action          string    `json:"action"` // revoke, offboard, revoke-app
	Person          string    `json:"person"` // owner of the token
	ID              string    `json:"id"`
	ApplicationName string    `json:"applicationName"`
	ClientID        string    `json:"clientId"`
	Type            string    `json:"type"`
	Phase           string    `json:"phase"`
	Outcome         string    `json:"outcome"`
	Status          int       `json:"status"`
	TrackingID      string    `json:"trackingId"`
	Error           string    `json:"error"`

	Org     string `json:"org,omitempty"`
	Created string `json:"created,omitempty"` // of the token, RFC 3339
	SignIn  bool   `json:"signIn,omitzero"`   // one of Webex's own apps
	Run     string `json:"run,omitempty"`     // identifies the command or dialog
	Intent  int64  `json:"intent,omitzero"`   // of an outcome: the Seq of its intent
	Sealed  string `json:"sealed,omitempty"`  // of a rotation: the head of the previous file
}

var (
	// ErrBroken means that the log cannot be read or written.
	ErrBroken = errors.New("the audit log cannot be used")
	// ErrTampered means that the log was changed.
	ErrTampered = errors.New("the audit log was changed")
	// ErrMoved means that another program moved files of the log, but that no entries are
	// missing.
	ErrMoved = errors.New("the audit log is complete, but parts of it were moved")
	// ErrInUse means that a revoke is in progress.
	ErrInUse = errors.New("the audit log is in use")
)

// longest is the maximum number of bytes of a text in an entry.
const longest = 4096

func cut(s string) string {
	if len(s) <= longest {
		return s
	}
	s = s[:longest]
	for len(s) > 0 && !utf8.RuneStart(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s[:max(len(s)-1, 0)] + "…"
}

// sealed is the part of a line after its entry.
type sealed struct {
	Prev string `json:"prev"` // code of the previous line; empty for the first
	MAC  string `json:"mac"`
}

const macMember = `,"mac":"`

// encode returns an entry as a line with a line break, and its code.
func encode(key []byte, e Entry, prev string) (line []byte, mac string, err error) {
	for _, text := range []*string{
		&e.Actor, &e.Action, &e.Person, &e.ID, &e.ApplicationName, &e.ClientID, &e.Type, &e.Outcome, &e.TrackingID, &e.Error, &e.Org, &e.Run, &e.Sealed,
	} {
		*text = cut(*text)
	}
	e.Time = e.Time.UTC().Round(0)
	b, err := json.Marshal(e, jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return nil, "", fmt.Errorf("write audit entry: %w", err)
	}
	body := fmt.Appendf(escape(b[:len(b)-1]), `,"prev":"%s"`, prev)
	mac = code(key, body)
	return append(append(body, macMember...), mac+"\"}\n"...), mac, nil
}

// escape replaces characters that could control a terminal by JSON escapes, so that printing the
// file is safe. They occur only inside JSON strings.
func escape(b []byte) []byte {
	if isPlain(b) || !bytes.ContainsFunc(b, hidden) {
		return b
	}
	out := make([]byte, 0, len(b)+64)
	for _, r := range string(b) {
		if !hidden(r) {
			out = utf8.AppendRune(out, r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			out = fmt.Appendf(out, `\u%04x`, unit)
		}
	}
	return out
}

// isPlain reports whether text is printable ASCII only.
func isPlain[T string | []byte](text T) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}

func hidden(r rune) bool {
	if r <= '~' {
		return r < ' '
	}
	return !unicode.IsPrint(r) || r == '\u2800' || unicode.In(r, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

// decode parses a line without its line break. ok is false if the line is not an entry or was
// changed; without a key it is always false.
func decode(key, line []byte) (e Entry, s sealed, ok bool) {
	e, s, read := decodeQuickly(line)
	if !read {
		var whole struct {
			Entry  `json:",inline"`
			sealed `json:",inline"`
		}
		read = json.Unmarshal(line, &whole) == nil
		e, s = whole.Entry, whole.sealed
	}
	at := bytes.LastIndex(line, []byte(macMember))
	if key == nil || !read || at < 0 || !bytes.HasSuffix(line, []byte(`"}`)) {
		return e, s, false
	}
	mac := strings.TrimSuffix(string(line[at+len(macMember):]), `"}`)
	return e, s, mac == s.MAC && sameCode(mac, code(key, line[:at]))
}
