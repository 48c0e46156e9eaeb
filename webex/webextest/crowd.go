package webextest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

// crowdApps is how many apps a crowd uses between them.
const crowdApps = 240

// Crowd returns a simulator with one organization of n people and an admin. A few apps have
// tokens for nearly everyone and many apps for a few people, about 3.5 tokens per person.
// It takes seconds for several hundred thousand people.
func Crowd(n int, opts ...Option) *Simulator {
	s := New(opts...)
	s.AddCrowd(n, "")
	return s
}

// AddCrowd adds n people with authorizations to an organization; "" is the admin's own.
func (s *Simulator) AddCrowd(n int, orgID string) {
	now := s.now()
	s.mu.Lock()
	rng := rand.New(rand.NewPCG(s.rng.Uint64(), 1)) //nolint:gosec // sample data
	if orgID == "" {
		orgID = s.homeOrg
	}
	tag := ""
	if orgID != s.homeOrg { // two organizations have no address in common
		tag = fmt.Sprintf(".%d", len(s.people))
	}
	s.mu.Unlock()
	web := s.AddAppWithClientID("Webex Web Client", webexClients[0])
	apps := make([]App, crowdApps)
	for i := range apps {
		apps[i] = s.AddApp(fmt.Sprintf("%s %s", crowdFirst[i%len(crowdFirst)], crowdSecond[i/len(crowdFirst)%len(crowdSecond)]))
	}
	ago := func(days float64) time.Time {
		return now.Add(-time.Duration(days * 24 * float64(time.Hour))).Truncate(time.Second)
	}
	for i := range n {
		first, last := firstNames[rng.IntN(len(firstNames))], lastNames[rng.IntN(len(lastNames))]
		p := s.AddPerson(Person{
			Name: first + " " + last, Email: fmt.Sprintf("%s.%s%d%s@acme.example", ascii(first), ascii(last), i, tag),
			Department: places[rng.IntN(len(places))], OrgID: orgID, Created: ago(400),
		})
		if rng.IntN(10) < 8 {
			s.Grant(p, web, ago(rng.Float64()*60), ago(rng.Float64()*3))
		}
		for range rng.IntN(3) {
			app := apps[min(int(math.Abs(rng.NormFloat64())*crowdApps/4), crowdApps-1)]
			age := 1 + rng.Float64()*120
			if rng.IntN(2) == 0 {
				s.Grant(p, app, ago(age))
			} else {
				s.Grant(p, app, ago(age), ago(rng.Float64()*min(age, 13)))
			}
		}
	}
}

var (
	crowdFirst  = []string{"Meeting", "Ticket", "Room", "Sales", "Expense", "Poll", "Minutes", "Badge", "Travel", "Lunch", "Desk", "Parking", "Survey", "Payroll", "Asset", "Legal", "Deal", "Event", "Shift", "Audit"}
	crowdSecond = []string{"Sync", "Bridge", "Finder", "Board", "Snap", "Relay", "Notes", "Bot", "Planner", "Export", "Watch", "Connector"}
)
