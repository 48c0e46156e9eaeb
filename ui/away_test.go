package ui

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

// away is a store that cannot be reached until back is set. Reading takes a while.
type away struct {
	Inventory
	back  *atomic.Bool
	tries *atomic.Int32
}

type storeAway struct{}

func (storeAway) Error() string   { return "the database wx of ada at db.example is not available" }
func (storeAway) StoreAway() bool { return true }

func (a away) read() error {
	a.tries.Add(1)
	time.Sleep(2 * time.Second)
	if a.back.Load() {
		return nil
	}
	return storeAway{}
}

func (a away) Records(context.Context, int) ([]app.Record, int, error) {
	if err := a.read(); err != nil {
		return nil, 0, err
	}
	return []app.Record{{Seq: 1, Time: time.Now(), Actor: "ada@acme.example", Action: app.ActionRevoke, Person: "ben@acme.example", Outcome: app.Revoked, Row: webex.Authorization{ID: "x", ApplicationName: "Ticket Bridge", ClientID: "C1", Type: webex.TypeRefresh}}}, 1, nil
}

func (away) Check(context.Context) (string, bool, error) { return "", true, nil }

func (a away) View(context.Context) (app.InventoryView, error) {
	if err := a.read(); err != nil {
		return app.InventoryView{}, err
	}
	return app.InventoryView{}, nil
}

func (a away) Search(context.Context, string, int) ([]inventory.Person, error) {
	return nil, storeAway{}
}

func (a away) Nearest(context.Context, string, int) ([]inventory.Person, error) {
	return nil, storeAway{}
}

// While the store is away, keys work, the open view says what is missing, and it reads again by itself.
func TestTheStoreIsAwayAndComesBack(t *testing.T) {
	for key, want := range map[string]struct{ missing, back string }{
		"3": {"The inventory cannot be read.", "There is no inventory yet."},
		"4": {"The audit log cannot be read.", "Ticket Bridge"},
		"5": {"The audit log cannot be read.", "Ticket Bridge"},
	} {
		t.Run(key, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				a := away{back: &atomic.Bool{}, tries: &atomic.Int32{}}
				d := start(t, webextest.Demo(), jane, 120, 40, func(o *Options, _ *[]webex.Option) { o.Audit, o.Inventory = a, a })
				d.wait(100 * time.Millisecond)
				d.press(key)
				d.see("oading the ")
				d.press("1", "j", "j", key) // the keys are not blocked
				d.wait(3 * time.Second)
				d.see(want.missing, "is not available")
				before := a.tries.Load()
				d.wait(time.Minute)
				d.see(want.missing)
				if n := a.tries.Load() - before; n < 5 || n > 20 { // the audit log is read for two views
					t.Errorf("%d tries in a minute", n)
				}
				a.back.Store(true)
				d.wait(10 * time.Second)
				d.dontSee(want.missing)
				d.see(want.back)
				before = a.tries.Load()
				d.wait(time.Minute)
				if a.tries.Load() != before {
					t.Error("it still reads again and again")
				}
			})
		})
	}
}
