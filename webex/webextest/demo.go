package webextest

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// DemoPerson is whom the demo opens on: somebody whose rows show every state.
const DemoPerson = "jane.doe@acme.example"

// The integration that the demo's organization knows.
const (
	DemoClientID     = "C0de0000000000000000000000000000000000000000000000000000000000de30"
	DemoClientSecret = "demo-secret-of-the-made-up-organization" //nolint:gosec // of a sample organization
)

// The demo's Service App, and the customers' organizations that authorized it; those of
// which DemoCustomers says no have not.
const (
	DemoServiceAppID     = "C5a0000000000000000000000000000000000000000000000000000000000b41d"
	DemoServiceAppSecret = "demo-secret-of-the-made-up-service-app" //nolint:gosec // of a sample Service App
)

// DemoCustomers are the demo's other organizations, with how long ago somebody would have
// fetched their tokens who holds them in every state.
var DemoCustomers = []struct {
	UUID, Name string
	Authorized bool
	Fetched    time.Duration
}{
	{"96abc2aa-3dcc-11e5-a152-fe34819cdc9a", "Nordwind Logistik", true, 22 * time.Hour},
	{"41c0d7e3-7a4f-4d6c-9c55-1b2b8b0a6f10", "Blue Harbor Health", true, 172 * time.Hour},
	{"b7f2830d-55c8-4f7e-8a0e-30c5d2f1b9aa", "Kestrel Bank", true, 16 * 24 * time.Hour},
	{"0c9e41b7-2d65-4c1e-8f0a-7713be52c9d4", "Helvetia Foods", true, 1941 * time.Hour},
	{"d33a90f2-9b1c-4e57-b0aa-6f4c2e8d7105", "株式会社さくら商事", false, 40 * 24 * time.Hour},
}

// Demo returns a simulator with a fictional organization of several hundred people, with
// realistic apps and ages and with difficult cases for a user interface.
func Demo(opts ...Option) *Simulator {
	s := New(opts...)
	s.owner = make(map[string]string, 4096) // about as many authorizations as are made
	d := &demo{s: s, now: s.now()}
	d.apps()
	d.jane()
	d.awkward()
	d.crowd()
	s.AddIntegration(Integration{
		App: App{Name: "wxauth", ClientID: DemoClientID}, Secret: DemoClientSecret,
		RedirectURIs: append(HelperRedirectURIs(), "http://127.0.0.1:8765/callback", "http://localhost:8765/callback", "https://wxauth.example/callback"),
	})
	d.customers()
	d.history()
	d.agents()
	return s
}

type demo struct {
	s                             *Simulator
	now                           time.Time
	meeting, ticket, room, sales  App
	expense, poll, portal, notes  App
	web, mac, bot, legacy, calls  App
	whiteboard, badge, memo, imit App
}

func (d *demo) ago(days float64) time.Time {
	return d.now.Add(-time.Duration(days * 24 * float64(time.Hour))).Truncate(time.Second)
}

func (d *demo) apps() {
	s := d.s
	d.meeting, d.ticket, d.room = s.AddApp("Meeting Sync"), s.AddApp("Ticket Bridge"), s.AddApp("Room Finder")
	d.sales, d.expense, d.poll = s.AddApp("Salesboard Live"), s.AddApp("Expense Snap"), s.AddApp("Poll Cat")
	d.portal, d.notes = s.AddApp("Developer Portal"), s.AddApp("Minutes & Notes")
	d.bot, d.legacy, d.calls = s.AddApp("Old Bot Bridge"), s.AddApp("Legacy Exporter"), s.AddApp("CallNotes AI")
	d.whiteboard, d.badge, d.memo = s.AddApp("Whiteboard Relay"), s.AddApp("Badge Printer"), s.AddApp("会議メモ")
	d.web = s.AddAppWithClientID("Webex Web Client", webexClients[0])
	d.mac = s.AddAppWithClientID("Webex Teams Desktop Client for Mac", webexClients[1])
	d.imit = s.AddApp("Webex Web CIient") // a capital I for the l
}

// jane holds one of everything: new, renewed, several refresh tokens, stale,
// overdue, a personal token, Webex sign-ins, and a row that lacks all that it may.
func (d *demo) jane() {
	s := d.s
	jane := s.AddPerson(Person{
		Name: "Jane Doe", Email: DemoPerson, Department: "Sales, Berlin", Title: "Account manager",
		LastActivity: d.ago(0.2),
	})
	s.Grant(jane, d.calls, d.ago(2.0/24), d.ago(2.0/24))
	s.GrantAccess(jane, d.portal, d.ago(2.1/24))
	s.Grant(jane, d.web, d.ago(5.0/24), d.ago(5.0/24))
	s.Grant(jane, d.meeting, d.ago(30), d.ago(1), d.ago(3))
	s.Grant(jane, d.ticket, d.ago(9), d.ago(1))
	s.Grant(jane, d.ticket, d.ago(61), d.ago(9.1))
	s.Grant(jane, d.mac, d.ago(6), d.ago(4))
	s.Grant(jane, d.room, d.ago(45), d.ago(11))
	s.Grant(jane, d.bot, d.ago(88))
	s.Grant(jane, d.legacy, d.ago(131))
	s.AddRaw(jane, "", fmt.Sprintf(`{"applicationName":"Kiosk Pilot","clientId":%q,"personId":%q}`,
		"C0ffee00000000000000000000000000000000000000000000000000000000c0de", jane.ID))
}

// awkward people: hostile and long names, wide characters, too many tokens, none.
func (d *demo) awkward() {
	s := d.s
	mallory := s.AddPerson(Person{Name: "Mallory \x1b[31mRed\x1b[0m", Email: "mallory@acme.example", Department: "\u202eecnaniF"})
	for _, name := range []string{
		"Invoice\u202etxt.exe", "\x1b]0;pwned\x07Calendar\x1b[2J", "Zero\u200bWidth", "Zalgo\u0301\u0302\u0303\u0304\u0305\u0306",
		"Line\nBreak refresh 89d", "Tab\tbed\rname", "=HYPERLINK(\"http://evil.example\")", "", strings.Repeat("Long name ", 500),
	} {
		s.Grant(mallory, s.AddApp(name), d.ago(12), d.ago(3))
	}
	s.Grant(mallory, d.imit, d.ago(2), d.ago(2))
	sakura := s.AddPerson(Person{Name: "佐藤 さくら", Email: "sakura.sato@acme.example", Department: "東京支社 営業部"})
	s.Grant(sakura, d.memo, d.ago(61), d.ago(0.3))
	s.Grant(sakura, s.AddApp("株式会社さくら商事 連携アプリケーション"), d.ago(20), d.ago(6))
	s.Grant(sakura, s.AddApp("👩‍💻 Pair 한국어 مرحبا ภาษาไทย हिन्दी"), d.ago(17), d.ago(2))
	s.Grant(sakura, d.mac, d.ago(4), d.ago(1))
	max := s.AddPerson(Person{Name: "Max Power", Email: "max.power@acme.example", Department: "Engineering"})
	refresh := s.Grant(max, s.AddApp("CSV Puller"), d.ago(80))[0]
	for i := range 612 {
		s.mu.Lock()
		s.add(&Authorization{PersonID: max.ID, App: s.auths[max.ID][0].App, Created: d.ago(float64(i) * 13 / 612), Type: "access", Parent: refresh})
		s.mu.Unlock()
	}
	s.AddPerson(Person{Name: "Nora Nothing", Email: "nora.nothing@acme.example", Department: "Legal, Wien"})
	one := s.AddPerson(Person{Name: "Omar Haddad", Email: "omar.haddad@acme.example", Department: "Field, Utrecht", SignInOff: true})
	s.Grant(one, d.legacy, d.ago(70))
	many := s.AddPerson(Person{Name: "Tess Thousand", Email: "tess.thousand@acme.example", Department: "QA"})
	for i := range 500 {
		s.Grant(many, s.AddApp(fmt.Sprintf("Test Harness %03d", i+1)), d.ago(60-float64(i)/10), d.ago(13-float64(i)/40))
	}
	s.AddPerson(Person{Name: "Janina Roth", Email: "janina.roth@acme.example", InvitePending: true})
}

// customers are other organizations, most of which let a Service App in.
func (d *demo) customers() {
	s := d.s
	app := s.AddServiceApp(ServiceApp{
		App: App{Name: "BYOVA Bridge", ClientID: DemoServiceAppID}, Secret: DemoServiceAppSecret,
		Scopes: []string{"spark:people_read", "spark-admin:organizations_read", "spark-admin:telephony_config_read"},
	})
	for _, c := range DemoCustomers {
		id := encodeID("ORGANIZATION", c.UUID)
		s.mu.Lock()
		s.orgs[id] = c.Name
		s.mu.Unlock()
		if c.Authorized {
			s.AuthorizeServiceApp(app, id)
		}
	}
}

// history is what Webex recorded before: logins, another admin's revokes, and two Service
// Apps that were authorized for the organization, one of which no longer is.
func (d *demo) history() {
	s := d.s
	s.mu.Lock()
	ada := s.adminOf(s.homeOrg)
	s.mu.Unlock()
	otto := Person{ID: encodeID("PEOPLE", "5c1d2f60-77aa-4e0e-9a3b-0d6f2a1b9e77"), Name: "Otto Brandt", Email: "otto.brandt@acme.example", OrgID: s.homeOrg}
	s.AddLogins(*ada, 12, d.ago(29), d.now.Add(-time.Hour))
	s.AddLogins(otto, 4, d.ago(27), d.ago(2))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revokeEvent(&otto, d.ago(2), "", encodeID("AUTHORIZATION", "b1946ac9-2b77-4fd0-8c1e-6d1f3a2e9c01"), "")
	s.revokeEvent(&otto, d.ago(1.9), "", "", d.poll.ClientID)
	archiver := ServiceApp{App: App{Name: "Compliance Archiver", ApplicationID: encodeID("APPLICATION", "C0a7c")}, Scopes: []string{"spark-compliance:messages_read", "spark-compliance:rooms_read"}}
	insights := ServiceApp{App: App{Name: "Room Insights", ApplicationID: encodeID("APPLICATION", "C0b15")}, Scopes: []string{"spark-admin:workspaces_read"}}
	s.serviceAppEvent(ada, d.ago(140), archiver, "AUTHORIZED")
	s.serviceAppEvent(&otto, d.ago(90), insights, "AUTHORIZED")
	s.serviceAppEvent(&otto, d.ago(3), insights, "UNAUTHORIZED")
}

// agents are tokens that users created for AI agents, one for each MCP server.
func (d *demo) agents() {
	messaging, meetings := d.s.AddApp("Webex Messaging MCP Server"), d.s.AddApp("Webex Meetings MCP Server")
	for i, p := range d.s.People() {
		switch {
		case i < 20 || p.OrgID != d.s.homeOrg:
		case i%40 == 0:
			d.s.GrantAccess(p, messaging, d.ago(0.2))
		case i%60 == 1:
			d.s.GrantAccess(p, meetings, d.ago(1.5)) // expired, but still listed
		}
	}
}

// WellFormed removes the rows that violate the API's description, which a client other than
// wxauth may not be able to read.
func (s *Simulator) WellFormed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for person, rows := range s.auths {
		s.auths[person] = slices.DeleteFunc(rows, func(a *Authorization) bool { return a.Raw != "" })
	}
}

var (
	firstNames = strings.Fields("Mia Tom Priya Jan Lena Omar Chen Sofia Luca Emma Noah Anna Ivan Yuki Marta Paul Aisha Björn Zoë José Nina Karl Ines Ruth Tariq Olga Hugo Vera Felix Greta")
	lastNames  = strings.Fields("Berg Chen Nair Novak Schmidt Haddad Rossi Müller García Ivanov Tanaka Kowalski Dubois Øster Silva Weber Khan Larsen Popescu Yılmaz Fischer Costa Meyer Horvat")
	places     = []string{"Sales, Berlin", "Legal, Wien", "Support, Brno", "Field, Utrecht", "Engineering, Lyon", "Finance, Zürich", "People, Oslo", ""}
)

// crowd is everybody else.
func (d *demo) crowd() {
	s := d.s
	apps := []App{d.meeting, d.ticket, d.room, d.sales, d.expense, d.poll, d.notes, d.whiteboard, d.badge, d.memo}
	s.mu.Lock()
	rng := s.rng
	s.mu.Unlock()
	for i := range 320 {
		first, last := firstNames[i%len(firstNames)], lastNames[(i*7+i/len(firstNames))%len(lastNames)]
		p := Person{
			Name: first + " " + last, Department: places[rng.IntN(len(places))],
			Email:        fmt.Sprintf("%s.%s%d@acme.example", ascii(first), ascii(last), i),
			SignInOff:    rng.IntN(40) == 0,
			LastActivity: d.ago(rng.Float64() * 20),
		}
		p = s.AddPerson(p)
		s.Grant(p, d.web, d.ago(rng.Float64()*40), d.ago(rng.Float64()))
		for _, a := range apps {
			if rng.IntN(4) != 0 {
				continue
			}
			age := 1 + rng.Float64()*100
			var access []time.Time
			for range rng.IntN(3) {
				access = append(access, d.ago(rng.Float64()*min(age, 13)))
			}
			s.Grant(p, a, d.ago(age), access...)
		}
	}
}

// ascii makes an address of a name.
func ascii(name string) string { return plainLetters().Replace(strings.ToLower(name)) }

// plainLetters is made when it is needed: programs pay for it that never are a demo.
var plainLetters = sync.OnceValue(func() *strings.Replacer {
	return strings.NewReplacer("ö", "oe", "ü", "ue", "ø", "o", "ë", "e", "é", "e", "í", "i", "ı", "i")
})
