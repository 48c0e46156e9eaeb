package webextest

import (
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"
)

// Person is a person in an organization. [Simulator.AddPerson] fills empty fields.
type Person struct {
	ID, Email, Name, Department, Title, OrgID string
	Roles                                     []string // role names, such as id_full_admin
	Aliases                                   []string // more addresses that find the person, and that are not shown
	Type                                      string   // person, bot
	SignInOff, InvitePending                  bool
	LastActivity, Created                     time.Time
}

// App is an OAuth client.
type App struct {
	Name, ClientID, ApplicationID string
}

// Authorization is one token in the simulator, including its refresh token, which the API
// does not publish.
type Authorization struct {
	ID, PersonID string
	App          App
	Created      time.Time
	Type         string
	Parent       string // the refresh token's id, for an access token made from one
	Raw          string // when set, the row is listed as exactly this JSON
}

type bearer struct {
	personID, clientID string
	scopes             []string // nil is all
	expires            time.Time
	authID             string // the row that is this token, if listed
}

// Simulator is a simulated Webex API: its state and HTTP handler. It is safe for concurrent
// use.
type Simulator struct {
	mu        sync.Mutex
	now       func() time.Time
	rng       *rand.Rand
	latency   time.Duration
	limit     *bucket
	switches  Switches
	rewriting sync.Mutex        // for Fault.Rewrite
	orgs      map[string]string // id → name
	homeOrg   string
	people    []*Person
	byID      map[string]*Person
	byEmail   map[string]*Person
	auths     map[string][]*Authorization // person id → rows, oldest first
	owner     map[string]string           // authorization id → person id
	tokens    map[string]*bearer
	admin     string
	clients   map[string]*Integration // by client id
	codes     map[string]*code
	refresh   map[string]*grant
	devices   map[string]*device     // by device code
	services  map[string]*serviceApp // by application id
	browser   string                 // the person who is signed in to Webex in the browser
	faults    []*Fault
	log       []Request
	dropped   int // requests that are no longer in the log
	keep      int // how long the log may get; 0 is without end
	stale     staleness
	pageSize  int
	// largestPage caps what a request may ask for.
	largestPage int
	asking      string // the request that is answered
	events      []Event
	// eventsSorted is how many events were sorted by time, and eventUUIDs numbers their ids.
	eventsSorted, eventUUIDs int
	asked                    map[string]int // how often each request was answered
}

type staleness struct {
	lists int // how many lists still show what was revoked; -1 for ever
	ghost map[string][]ghost
}

type ghost struct {
	row  *Authorization
	left int
}

// New returns a simulator with one organization and one full admin in it, whose
// token is [Simulator.AdminToken].
func New(opts ...Option) *Simulator {
	s := &Simulator{
		now: time.Now, pageSize: 100, largestPage: 1000,
		orgs: map[string]string{}, byID: map[string]*Person{}, byEmail: map[string]*Person{},
		auths: map[string][]*Authorization{}, owner: map[string]string{}, tokens: map[string]*bearer{},
		clients: map[string]*Integration{}, codes: map[string]*code{}, refresh: map[string]*grant{},
		devices: map[string]*device{}, services: map[string]*serviceApp{},
		stale: staleness{ghost: map[string][]ghost{}}, asked: map[string]int{},
	}
	WithSeed(1)(s)
	for _, o := range opts {
		o(s)
	}
	s.homeOrg = s.AddOrg("Acme GmbH")
	ada := s.AddPerson(Person{
		Name: "Ada Admin", Email: "ada.admin@acme.example", Department: "IT", Title: "Collaboration lead",
		Roles: []string{"id_full_admin"},
	})
	s.admin = s.IssueToken(ada, App{}, nil)
	s.browser = ada.ID
	return s
}

// AdminToken returns the access token of the full admin. It has all scopes and is not in
// any list.
func (s *Simulator) AdminToken() string { return s.admin }

// SetSwitches changes the behavior set by [WithSwitches].
func (s *Simulator) SetSwitches(w Switches) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.switches = w
}

// SetLatency delays every response by d from now on.
func (s *Simulator) SetLatency(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.latency = d
}

// SetRateLimit changes the limit of [WithRateLimit].
func (s *Simulator) SetRateLimit(perSecond float64, burst int, retryAfter time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	WithRateLimit(perSecond, burst, retryAfter)(s)
}

// SetStale makes the next n lists of a person still contain tokens that were revoked
// before; -1 means all lists, 0 stops it.
func (s *Simulator) SetStale(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stale.lists = n
	if n == 0 {
		clear(s.stale.ghost)
	}
}

// AddOrg adds an organization and returns its id.
func (s *Simulator) AddOrg(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := s.newID("ORGANIZATION")
	s.orgs[id] = name
	return id
}

// AddPerson adds a person and returns it with all fields filled.
func (s *Simulator) AddPerson(p Person) Person {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.ID == "" {
		p.ID = s.newID("PEOPLE")
	}
	if p.OrgID == "" {
		p.OrgID = s.homeOrg
	}
	if p.Type == "" {
		p.Type = "person"
	}
	if p.Created.IsZero() {
		p.Created = s.now().AddDate(-2, 0, 0)
	}
	added := p
	s.people = append(s.people, &added)
	s.byID[p.ID] = &added
	for _, address := range append([]string{p.Email}, p.Aliases...) {
		s.byEmail[strings.ToLower(address)] = &added
	}
	return p
}

// AddApp adds an OAuth client with this name.
func (s *Simulator) AddApp(name string) App {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.app(name, s.newClientID(4))
}

// AddAppWithClientID adds an OAuth client with this name and client id.
func (s *Simulator) AddAppWithClientID(name, clientID string) App {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.app(name, clientID)
}

// app gives the app an id of its own: in Cisco's example the application id is not
// derived from the client id.
func (s *Simulator) app(name, clientID string) App {
	return App{Name: name, ClientID: clientID, ApplicationID: encodeID("APPLICATION", s.newClientID(2))}
}

// Grant adds a refresh token of an app for a person, created at created, and an access
// token issued from it for each of the times in access. It returns their ids in that order.
func (s *Simulator) Grant(p Person, app App, created time.Time, access ...time.Time) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	refresh := s.add(&Authorization{PersonID: p.ID, App: app, Created: created, Type: "refresh"})
	ids := append(make([]string, 0, 1+len(access)), refresh)
	for _, at := range access {
		ids = append(ids, s.add(&Authorization{PersonID: p.ID, App: app, Created: at, Type: "access", Parent: refresh}))
	}
	return ids
}

// GrantAccess adds an access token without a refresh token, such as a personal access
// token, and returns its id.
func (s *Simulator) GrantAccess(p Person, app App, created time.Time) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.add(&Authorization{PersonID: p.ID, App: app, Created: created, Type: "access"})
}

// Renew issues an access token from a refresh token and returns its id.
func (s *Simulator) Renew(refreshID string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.auths[s.owner[refreshID]] {
		if a.ID == refreshID {
			if s.switches.RenewMovesCreated {
				a.Created = s.now()
			}
			return s.add(&Authorization{PersonID: a.PersonID, App: a.App, Created: s.now(), Type: "access", Parent: a.ID})
		}
	}
	return ""
}

// AddRaw adds a row to a person's list that consists of exactly this JSON.
func (s *Simulator) AddRaw(p Person, id, raw string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.add(&Authorization{ID: id, PersonID: p.ID, Raw: raw})
}

// AddRow adds a without changing it. An empty id is the only field that is filled in.
func (s *Simulator) AddRow(a Authorization) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.add(&a)
}

func (s *Simulator) add(a *Authorization) string {
	if a.ID == "" && a.Raw == "" {
		a.ID = s.newID("AUTHORIZATION")
	}
	s.auths[a.PersonID] = append(s.auths[a.PersonID], a)
	if a.ID != "" {
		s.owner[a.ID] = a.PersonID
	}
	return a.ID
}

// IssueToken returns a bearer token of a person, issued to an app (which may be zero), with
// these scopes (nil means all), valid for 12 hours.
func (s *Simulator) IssueToken(p Person, app App, scopes []string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	token := s.opaque(&p)
	_ = s.uuid() // keeps what is made up after it as it was
	b := &bearer{personID: p.ID, clientID: app.ClientID, scopes: scopes, expires: s.now().Add(12 * time.Hour)}
	if app.ClientID != "" {
		b.authID = s.add(&Authorization{PersonID: p.ID, App: app, Created: s.now(), Type: "access"})
	}
	s.tokens[token] = b
	return token
}

// Authorizations returns the tokens that exist for a person, even if lists show something
// else.
func (s *Simulator) Authorizations(email string) []Authorization {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.byEmail[strings.ToLower(email)]
	if p == nil {
		return nil
	}
	var out []Authorization
	for _, a := range s.auths[p.ID] {
		out = append(out, *a)
	}
	return out
}

// Exists reports whether an authorization still exists.
func (s *Simulator) Exists(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.owner[id]
	return ok
}

// Remove deletes an authorization without a request, as if it were revoked elsewhere.
func (s *Simulator) Remove(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remove(id)
}

func (s *Simulator) remove(id string) {
	pid, ok := s.owner[id]
	if !ok {
		return
	}
	var gone []*Authorization
	s.auths[pid] = slices.DeleteFunc(s.auths[pid], func(a *Authorization) bool {
		hit := a.ID == id || (!s.switches.NoCascade && a.Parent == id)
		if hit {
			gone = append(gone, a)
		}
		return hit
	})
	for _, a := range gone {
		delete(s.owner, a.ID)
		if s.stale.lists != 0 {
			s.stale.ghost[pid] = append(s.stale.ghost[pid], ghost{a, s.stale.lists})
		}
		for t, b := range s.tokens {
			if b.authID == a.ID {
				delete(s.tokens, t)
			}
		}
	}
}

// People returns all people in the order in which they were added.
func (s *Simulator) People() []Person {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Person, len(s.people))
	for i, p := range s.people {
		out[i] = *p
	}
	return out
}

// Person returns the person with this email address.
func (s *Simulator) Person(email string) (Person, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.byEmail[strings.ToLower(email)]; p != nil {
		return *p, true
	}
	return Person{}, false
}

// bucket is a token bucket.
type bucket struct {
	rate, burst, level float64
	last               time.Time
	retryAfter         time.Duration
}

func (b *bucket) take(now time.Time) bool {
	if !b.last.IsZero() {
		b.level = min(b.burst, b.level+b.rate*now.Sub(b.last).Seconds())
	}
	b.last = now
	if b.level < 1 {
		return false
	}
	b.level--
	return true
}
