package app

import (
	"bytes"
	"io"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/wxauth/wxauth/webex"
)

// The hand-written encoder produces the same output as encoding/json for RowJSON.
func TestRowsAreWrittenAsTheEncoderWritesThem(t *testing.T) {
	texts := []string{"", "Meeting Sync", `quo"te\`, "日本語", "a\u0301\u0301\u0301\u0301", "\u202edrow", "\x7f\x1b[31m", "\xff\xfe", "<b>&", "\u2028", "tab\tnew\nline", "😀"}
	rng := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a test
	text := func() string { return texts[rng.IntN(len(texts))] + texts[rng.IntN(len(texts))] }
	now := time.Date(2026, 11, 22, 1, 2, 3, 4, time.UTC)
	for n := range 200 {
		var rows []Row
		var want []RowJSON
		for range n % 5 {
			r := Row{Email: webex.Untrusted(text()), Own: rng.IntN(2) == 0}
			r.ID, r.ApplicationID, r.ApplicationName = webex.AuthorizationID(text()), webex.Untrusted(text()), webex.Untrusted(text())
			r.ClientID, r.PersonID, r.Type = webex.ClientID(text()), webex.PersonID(text()), webex.Type(text())
			r.Left.Basis = webex.BasisUnknown
			if rng.IntN(3) > 0 {
				r.Created = now.Add(-time.Duration(rng.Int64N(int64(1000 * time.Hour)))).In(time.FixedZone("", 3600))
				r.Left = webex.Remaining{Basis: webex.BasisAssumed, Until: r.Created.Add(400 * time.Hour)}
			}
			rows, want = append(rows, r), append(want, r.JSON(now))
		}
		if want == nil {
			want = []RowJSON{}
		}
		expected, err := MarshalJSON(want)
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		if err := WriteRows(&got, func(yield func(*Row) bool) {
			for i := range rows {
				if !yield(&rows[i]) {
					return
				}
			}
		}, now); err != nil {
			t.Fatal(err)
		}
		if got.String() != string(expected) {
			t.Fatalf("written\n%s\nthe encoder\n%s", got.String(), expected)
		}
	}
}

// Text written in pieces is escaped like text written at once.
func TestTextInPiecesIsEscapedAsInOne(t *testing.T) {
	const all = "a\u0301\u0301\u0301b日本\u202e語😀\U0001F1E6\x7f\u0300\u0300 end\u2028"
	var whole bytes.Buffer
	v := &visibleWriter{to: &whole}
	_, _ = v.Write([]byte(all))
	_ = v.flush()
	for size := 1; size < 7; size++ {
		var got bytes.Buffer
		v := &visibleWriter{to: &got}
		for rest := []byte(all); len(rest) > 0; {
			n := min(size, len(rest))
			if _, err := v.Write(rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if err := v.flush(); err != nil {
			t.Fatal(err)
		}
		if got.String() != whole.String() {
			t.Errorf("in pieces of %d: %q, in one: %q", size, got.String(), whole.String())
		}
	}
}

// A list of ten thousand tokens allocates only what it keeps, and almost nothing to
// print.
func TestARowAllocatesLittle(t *testing.T) {
	const n = 10_000
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	auths := make([]webex.Authorization, n)
	for i := range auths {
		auths[i] = webex.Authorization{
			ID: webex.AuthorizationID("id" + strconv.Itoa(i)), ClientID: webex.ClientID("C" + strconv.Itoa(i/2)), PersonID: "P1", ApplicationName: "Meeting Sync",
			Created: now.Add(-time.Duration(i) * time.Minute), Type: []webex.Type{webex.TypeRefresh, webex.TypeAccess}[i%2],
		}
	}
	o := rowOptions{policy: webex.Policy{}, now: now}
	if perRow := testing.AllocsPerRun(3, func() { o.rows(auths, "jane@example.com") }) / n; perRow > 0.1 {
		t.Errorf("%.2f allocations a row to tell the time left", perRow)
	}
	rows := o.rows(auths, "jane@example.com")
	perRow := testing.AllocsPerRun(3, func() {
		_ = WriteRows(io.Discard, func(yield func(*Row) bool) {
			for i := range rows {
				if !yield(&rows[i]) {
					return
				}
			}
		}, now)
	}) / n
	if perRow > 0.1 {
		t.Errorf("%.2f allocations a row to print", perRow)
	}
}
