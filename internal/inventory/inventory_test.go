package inventory_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/webex"
)

var begun = time.Date(2026, 11, 16, 12, 31, 0, 0, time.UTC)

func encoded(kind string, n int) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "ciscospark://us/%s/%08x-0000-4000-8000-%012x", kind, n, n))
}

// org is a generated organization: people and their tokens.
type org struct {
	people []inventory.Person
	rows   map[int][]webex.Authorization // by person
	failed map[int]bool
	gone   map[int]bool
}

func newOrg(n int) *org {
	o := &org{rows: map[int][]webex.Authorization{}, failed: map[int]bool{}, gone: map[int]bool{}}
	for i := range n {
		o.people = append(o.people, inventory.Person{
			ID: webex.PersonID(encoded("PEOPLE", i)), Email: webex.Untrusted(fmt.Sprintf("user%d@acme.example", i)), Name: webex.Untrusted(fmt.Sprint("User ", i)),
		})
	}
	return o
}

func (o *org) grant(person int, name, client string, created time.Time, kind webex.Type) webex.Authorization {
	a := webex.Authorization{
		ID: webex.AuthorizationID(encoded("AUTHORIZATION", 1000*person+len(o.rows[person])+int(created.Unix()%1e6)*7)), ApplicationID: webex.Untrusted(encoded("APPLICATION", len(client))),
		ApplicationName: webex.Untrusted(name), ClientID: webex.ClientID(client), PersonID: o.people[person].ID, Created: created, Type: kind,
	}
	o.rows[person] = append(o.rows[person], a)
	return a
}

// sweep writes the organization as a sweep does, and returns the parts of the stream.
func (o *org) sweep(t testing.TB, at time.Time) (parts [][]byte) {
	t.Helper()
	v := inventory.New()
	w, head := inventory.NewWriter(v, at, "")
	parts = append(parts, head)
	for n, p := range o.people {
		got, part := w.Person(p)
		if got != n {
			t.Fatalf("person %d has number %d", n, got)
		}
		parts = append(parts, part)
	}
	parts = append(parts, w.Listed())
	for n := range o.people {
		switch {
		case o.failed[n]:
			parts = append(parts, w.Failed(n, "500 Internal Server Error"))
		case o.gone[n]:
			parts = append(parts, w.Gone(n))
		default:
			parts = append(parts, w.Read(n, o.rows[n]))
		}
	}
	return append(parts, w.Finish(at.Add(time.Minute)))
}

func (o *org) inventory(t testing.TB, at time.Time) *inventory.Inventory {
	t.Helper()
	v := inventory.New()
	for _, p := range o.sweep(t, at) {
		if err := v.Take(p); err != nil {
			t.Fatal(err)
		}
	}
	v.Prepare()
	return v
}

func (o *org) outline(t testing.TB, at time.Time) *inventory.Inventory {
	t.Helper()
	v := inventory.NewOutline()
	for _, p := range o.sweep(t, at) {
		if err := v.Take(p); err != nil {
			t.Fatal(err)
		}
	}
	return v
}

// Everything written is read again unchanged, including unusual ids and names.
func TestWhatIsWrittenIsRead(t *testing.T) {
	o := newOrg(3)
	o.grant(0, "Meeting Sync", "C1", begun.Add(-time.Hour), webex.TypeRefresh)
	o.grant(0, "Meeting Sync", "C1", begun.Add(-time.Minute+123*time.Nanosecond), webex.TypeAccess)
	odd := []webex.Authorization{
		{},
		{ID: "plain-id_=", PersonID: "somebody else", Type: "strange", ApplicationName: "\x1b[31mred\nline"},
		{ID: webex.AuthorizationID(base64.RawURLEncoding.EncodeToString([]byte("ciscospark://us/AUTHORIZATION/" + strings.Repeat("ab", 18)))), Created: time.Date(1, 1, 1, 0, 0, 1, 0, time.UTC)},
		{ID: webex.AuthorizationID(encoded("AUTHORIZATION", 5) + "="), Created: begun.Add(48 * time.Hour), Type: webex.TypeRefresh, ClientID: "C1", ApplicationName: "Renamed"},
		{ID: webex.AuthorizationID(strings.ToUpper(encoded("AUTHORIZATION", 5)))},
		{ID: webex.AuthorizationID(base64.RawURLEncoding.EncodeToString([]byte("x/2C9E3A10-0000-4000-8000-000000000001")))},
	}
	o.rows[1] = odd
	v := o.inventory(t, begun)
	if v.People() != 3 || v.Count(inventory.Read) != 3 || v.Authorizations() != 8 || v.Left() != 0 || !v.Listed || v.Finished.IsZero() {
		t.Errorf("%d people, %d read, %d rows", v.People(), v.Count(inventory.Read), v.Authorizations())
	}
	var got []webex.Authorization
	for _, a := range v.Apps(func(webex.ClientID) bool { return false }, nil) {
		for _, h := range v.Holders(a) {
			got = append(got, h.Authorizations()...)
		}
	}
	want := slices.Concat(o.rows[0], odd)
	key := func(a webex.Authorization) string { return fmt.Sprintf("%q", a) }
	sort := func(list []webex.Authorization) []webex.Authorization {
		slices.SortFunc(list, func(a, b webex.Authorization) int { return strings.Compare(key(a), key(b)) })
		return list
	}
	if d := cmp.Diff(sort(want), sort(got)); d != "" {
		t.Error(d)
	}
}

// A truncated or random stream returns an error, and never causes a panic.
func FuzzTake(f *testing.F) {
	o := newOrg(2)
	o.grant(0, "Meeting Sync", "C1", begun, webex.TypeRefresh)
	o.failed[1] = true
	all := bytes.Join(o.sweep(f, begun), nil)
	f.Add(all)
	f.Add(all[:len(all)/2])
	f.Add([]byte("HXPARLE"))
	f.Fuzz(func(t *testing.T, b []byte) {
		v := inventory.New()
		_ = v.Take(b)
		v.Prepare()
		apps := v.Apps(func(webex.ClientID) bool { return false }, nil)
		for _, a := range apps {
			for _, h := range v.Holders(a) {
				h.Authorizations()
			}
		}
		inventory.Compare(v, v)
	})
}

// A writer that continues a truncated stream writes the same as one that wasn't interrupted.
func TestAWriterGoesOn(t *testing.T) {
	o := newOrg(40)
	for i := range 40 {
		o.grant(i, fmt.Sprint("App ", i%7), fmt.Sprint("C", i%7), begun.Add(-time.Duration(i)*time.Hour), webex.TypeRefresh)
	}
	for cut := 1; cut < 40; cut += 3 {
		var stream [][]byte
		v := inventory.New()
		w, head := inventory.NewWriter(v, begun, "")
		stream = append(stream, head)
		for _, p := range o.people {
			_, part := w.Person(p)
			stream = append(stream, part)
		}
		for n := range cut {
			stream = append(stream, w.Read(n, o.rows[n]))
		}
		again := inventory.New()
		for _, p := range stream {
			if err := again.Take(p); err != nil {
				t.Fatal(err)
			}
		}
		w, head = inventory.NewWriter(again, begun.Add(time.Hour), "other words")
		if head != nil || again.What != "" || !again.Started.Equal(begun) {
			t.Fatal("the writer started a new stream")
		}
		for n := cut; n < 40; n++ {
			stream = append(stream, w.Read(n, o.rows[n]))
		}
		whole := inventory.New()
		if err := whole.Take(bytes.Join(stream, nil)); err != nil {
			t.Fatalf("cut after %d: %v", cut, err)
		}
		if d := inventory.Compare(whole, o.inventory(t, begun)); len(d.Added)+len(d.Removed) != 0 || whole.Authorizations() != 40 {
			t.Errorf("cut after %d: %d added, %d removed", cut, len(d.Added), len(d.Removed))
		}
	}
}

// In random organizations, Compare returns exactly the changed grants, and skips people who were
// not read in one of the sweeps.
func TestADiffIsWhatChanged(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for round := range 300 {
		n := 1 + rng.IntN(30)
		before, after := newOrg(n), newOrg(n)
		added, removed := map[string]bool{}, map[string]bool{}
		for i := range n {
			for _, o := range []*org{before, after} {
				o.failed[i] = rng.IntN(12) == 0
				o.gone[i] = !o.failed[i] && rng.IntN(15) == 0
			}
			for c := range 6 {
				had, has := rng.IntN(3) == 0, rng.IntN(3) == 0
				name, client := fmt.Sprint("App ", c), fmt.Sprint("C", c)
				if had && !before.gone[i] {
					before.grant(i, name, client, begun.Add(-time.Hour*time.Duration(c)), webex.TypeRefresh)
				}
				if has && !after.gone[i] {
					after.grant(i, name, client, begun.Add(-time.Hour*time.Duration(c)), webex.TypeAccess)
					after.grant(i, name, client, begun.Add(time.Hour*time.Duration(c)), webex.TypeRefresh)
				}
				if before.failed[i] || after.failed[i] {
					continue
				}
				had, has = had && !before.gone[i], has && !after.gone[i]
				k := fmt.Sprint(i, client)
				added[k], removed[k] = has && !had, had && !has
			}
		}
		d := inventory.Compare(before.inventory(t, begun), after.inventory(t, begun.Add(24*time.Hour)))
		if in, out := inventory.CountChanges(before.outline(t, begun), after.outline(t, begun.Add(24*time.Hour))); in != len(d.Added) || out != len(d.Removed) {
			t.Errorf("round %d: counted %d and %d, listed %d and %d", round, in, out, len(d.Added), len(d.Removed))
		}
		check := func(what string, refs []inventory.Ref, want map[string]bool) {
			got := map[string]bool{}
			for _, r := range refs {
				i := slices.IndexFunc(before.people, func(p inventory.Person) bool { return p.ID == r.Person().ID })
				got[fmt.Sprint(i, r.ClientID())] = true
			}
			for k, w := range want {
				if w != got[k] {
					t.Errorf("round %d: %s %s: %v, want %v", round, what, k, got[k], w)
				}
			}
		}
		check("added", d.Added, added)
		check("removed", d.Removed, removed)
		skipped := 0
		for i := range n {
			if before.failed[i] || after.failed[i] {
				skipped++
			}
		}
		if d.Skipped != skipped {
			t.Errorf("round %d: %d skipped, want %d", round, d.Skipped, skipped)
		}
	}
}

func TestFlagsAreFactsWithEvidence(t *testing.T) {
	before := newOrg(5)
	for i := range 5 {
		before.grant(i, "Webex Web Client", "Cwebex", begun.Add(-time.Hour), webex.TypeRefresh)
		before.grant(i, "Sales Board", "Csales", begun.Add(-time.Hour), webex.TypeRefresh)
	}
	after := newOrg(5)
	for i := range 5 {
		after.rows[i] = slices.Clone(before.rows[i])
	}
	after.grant(0, "Webex Web CIient", "Cfake", begun, webex.TypeRefresh) // a capital I
	after.grant(1, "Sаles Bоard", "Ccyrillic", begun, webex.TypeRefresh)  // Cyrillic а and о
	after.grant(1, "...", "Cdots", begun, webex.TypeRefresh)
	after.grant(2, "my test app 3", "Ctest", begun, webex.TypeRefresh)
	after.grant(2, "Contest", "Ccontest", begun, webex.TypeRefresh)
	after.grant(3, "Contest", "Ccontest", begun, webex.TypeRefresh)
	old := before.inventory(t, begun)
	v := after.inventory(t, begun.Add(24*time.Hour))
	signIn := func(c webex.ClientID) bool { return c == "Cwebex" }
	want := map[webex.ClientID][]string{
		"Cwebex": {}, "Csales": {},
		"Cfake":     {inventory.FlagLookAlike, inventory.FlagNew, inventory.FlagOnePerson},
		"Ccyrillic": {inventory.FlagLookAlike, inventory.FlagNew, inventory.FlagOddName, inventory.FlagOnePerson},
		"Cdots":     {inventory.FlagNew, inventory.FlagOddName, inventory.FlagOnePerson},
		"Ctest":     {inventory.FlagNew, inventory.FlagOddName, inventory.FlagOnePerson},
		"Ccontest":  {inventory.FlagNew},
	}
	apps := v.Apps(signIn, old)
	for _, a := range apps {
		if d := cmp.Diff(want[a.ClientID], a.Words()); d != "" {
			t.Errorf("%s: %s", a.Name, d)
		}
		for _, f := range a.Flags {
			if f.Evidence == "" {
				t.Errorf("%s: %s has no evidence", a.Name, f.Word)
			}
		}
	}
	if len(apps) != len(want) {
		t.Errorf("%d apps", len(apps))
	}
	if first := apps[0]; !first.Flagged(inventory.FlagLookAlike) || !strings.Contains(first.Flags[0].Evidence, "Webex") && !strings.Contains(first.Flags[0].Evidence, "Sales") {
		t.Errorf("the first is %s, with %v", first.Name, first.Flags)
	}
	for _, a := range v.Apps(signIn, nil) { // nothing is new without an earlier sweep
		if a.Flagged(inventory.FlagNew) {
			t.Errorf("%s is new", a.Name)
		}
	}
}

func TestStaleIsTheNewestSignOfLife(t *testing.T) {
	now := begun
	o := newOrg(4)
	const day = 24 * time.Hour
	o.grant(0, "A", "C1", now.Add(-2*day), webex.TypeAccess) // the last issued token
	o.grant(0, "A", "C1", now.Add(-40*day), webex.TypeRefresh)
	o.grant(1, "A", "C1", now.Add(-40*day), webex.TypeRefresh)
	o.grant(1, "A", "C1", now.Add(-35*day), webex.TypeAccess)
	o.grant(2, "A", "C1", now.Add(-30*day), webex.TypeRefresh) // exactly at the limit, so not stale
	o.grant(3, "A", "C1", time.Time{}, webex.TypeRefresh)      // unknown age
	stale := o.inventory(t, begun).Stale(30*day, now)
	if len(stale) != 1 || stale[0].Person().Email != "user1@acme.example" || !stale[0].Grant().Newest().Equal(now.Add(-35*day)) {
		t.Errorf("%d stale", len(stale))
	}
}

func TestEveryPartOfANameIsFound(t *testing.T) {
	o := newOrg(0)
	o.people = []inventory.Person{{ID: "1", Name: "Jane Doe", Email: "jane@acme.example"}, {ID: "2", Name: "Priya Müller", Email: "pm@acme.example"}, {ID: "3", Name: "Gone Girl"}}
	o.gone[2] = true
	v := o.inventory(t, begun)
	for text, want := range map[string]int{"doe": 1, "DOE ja": 1, "müll": 1, "acme": 2, "girl": 0, "zzz": 0, "": 0, "jane priya": 0} {
		if got := len(v.Search(text, 10)); got != want {
			t.Errorf("%q finds %d, want %d", text, got, want)
		}
	}
}

func TestFindSaysWhoseAnIDIs(t *testing.T) {
	o := newOrg(3)
	a := o.grant(1, "A", "C1", begun, webex.TypeRefresh)
	o.rows[2] = []webex.Authorization{{ID: "odd", PersonID: o.people[2].ID}}
	found := o.inventory(t, begun).Find([]webex.AuthorizationID{a.ID, "odd", "unknown", webex.AuthorizationID(encoded("AUTHORIZATION", 77))})
	if len(found) != 2 || found[a.ID][0].Person.ID != o.people[1].ID || found["odd"][0].Person.ID != o.people[2].ID {
		t.Errorf("%v", found)
	}
	for _, text := range []string{a.ID.UUID(), a.ID.UUID()[:8], strings.ToUpper(a.ID.UUID()[:13])} {
		id := webex.AuthorizationID(text)
		if fit := o.inventory(t, begun).Find([]webex.AuthorizationID{id})[id]; len(fit) != 1 || fit[0].ID != a.ID {
			t.Errorf("%q: %v", text, fit)
		}
	}
	if fit := o.inventory(t, begun).Find([]webex.AuthorizationID{webex.AuthorizationID(a.ID.UUID()[:7])}); len(fit) > 0 {
		t.Errorf("seven characters name %v", fit)
	}
}

// A filter keeps rows that contain its text, in the requested order.
func TestAListIsFilteredAndSorted(t *testing.T) {
	o := newOrg(3)
	o.grant(0, "Beta", "Cb", begun.Add(-3*time.Hour), webex.TypeRefresh)
	o.grant(1, "Alpha", "Ca", begun.Add(-1*time.Hour), webex.TypeRefresh)
	o.grant(2, "Alpha", "Ca", begun.Add(-2*time.Hour), webex.TypeRefresh)
	v := o.inventory(t, begun)
	l := inventory.NewList(v.Stale(0, begun), nil)
	show := func(s inventory.Sort, text string) string {
		var out []string
		for _, n := range l.Arrange(s, text) {
			out = append(out, strings.TrimPrefix(string(l.Ref(n).Person().Name), "User ")+string(l.Ref(n).Name()[0]))
		}
		return strings.Join(out, " ")
	}
	for _, c := range []struct {
		by   inventory.Sort
		text string
		want string
	}{
		{inventory.ByNewest, "", "1A 2A 0B"},
		{inventory.ByPerson, "", "0B 1A 2A"},
		{inventory.ByApp, "", "2A 1A 0B"},
		{inventory.ByNewest, "ALPHA", "1A 2A"},
		{inventory.ByNewest, "!alpha", "0B"},
		{inventory.ByNewest, "user2@", "2A"},
		{inventory.ByNewest, "app:alpha user2", "2A"},
		{inventory.ByNewest, "app:user", ""},
		{inventory.ByNewest, "type:refresh !app:alpha", "0B"},
		{inventory.ByNewest, "type:access", ""},
		{inventory.ByNewest, "nothing", ""},
	} {
		if got := show(c.by, c.text); got != c.want {
			t.Errorf("%d %q: %s, want %s", c.by, c.text, got, c.want)
		}
	}
}

// The filter finds apps by name, by flags as shown, and by tags.
func TestAppsAreFilteredByWhatTheyShow(t *testing.T) {
	l := inventory.NewAppList([]inventory.App{
		{Name: "Meeting Sync", ClientID: "C0123456789abcdef", People: 1, Refresh: 1, Flags: []inventory.Flag{{Word: inventory.FlagOnePerson}}},
		{Name: "..", ClientID: "C1", People: 2, Access: 2, Stale: 1, Flags: []inventory.Flag{{Word: inventory.FlagOddName}, {Word: inventory.FlagNew}}},
		{Name: "Webex Web Client", ClientID: "C2", People: 3, Refresh: 3, SignIn: true},
	})
	for text, want := range map[string]string{
		"one user": "[0]", "is:stale": "[1]", "odd name": "[1]", "is:odd is:new": "[1]", "is:signin": "[2]", "!is:signin": "[0 1]",
		"app:web": "[2]", "type:access": "[1]", "type:refresh !app:sync": "[2]", "0123456789": "[0]", "c01": "[]",
	} {
		if got := fmt.Sprint(l.Arrange(inventory.AppsByPeople, text)); got != want && got != map[string]string{"[0 1]": "[1 0]"}[want] {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// A person with thousands of apps does not hold up the comparison.
func TestAPersonWithManyAppsIsCompared(t *testing.T) {
	const apps = 2000 // took half a minute when each grant was compared with each other one
	at := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	sweep := func(from int) *inventory.Inventory {
		o := newOrg(1)
		for n := range apps {
			o.grant(0, fmt.Sprint("App ", from+n), fmt.Sprint("C", from+n), at, webex.TypeRefresh)
		}
		v := inventory.New()
		w, _ := inventory.NewWriter(v, at, "")
		_, _ = w.Person(o.people[0])
		_ = w.Read(0, o.rows[0])
		return v
	}
	before, after := sweep(0), sweep(1)
	d := inventory.Compare(before, after)
	if len(d.Added) != 1 || len(d.Removed) != 1 || d.Added[0].Name() != webex.Untrusted(fmt.Sprint("App ", apps)) || d.Removed[0].Name() != "App 0" {
		t.Errorf("%d added, %d removed", len(d.Added), len(d.Removed))
	}
}

// Whoever has no ü on the keyboard finds Müller.
func TestASearchIgnoresAccents(t *testing.T) {
	o := newOrg(2)
	o.people[0].Name, o.people[1].Name = "Jörg Müller", "Zoë Tanaka"
	v := inventory.New()
	w, _ := inventory.NewWriter(v, time.Now(), "")
	for _, p := range o.people {
		_, _ = w.Person(p)
	}
	for text, want := range map[string]webex.Untrusted{"mull": "Jörg Müller", "Müll": "Jörg Müller", "jorg mü": "Jörg Müller", "zoe": "Zoë Tanaka"} {
		if got := v.Search(text, 5); len(got) != 1 || got[0].Name != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}
