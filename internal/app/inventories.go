package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/webex"
)

var (
	// ErrNoInventory means that no sweep of the organization has finished yet.
	ErrNoInventory = errors.New("no inventory yet")
	// ErrNoSuchSweep means that there is no sweep to compare with.
	ErrNoSuchSweep = errors.New("no such sweep")
)

// SweepStore stores finished sweeps and the one in progress.
type SweepStore interface {
	// Begin opens the journal of an unfinished sweep with that name, for one caller
	// at a time.
	Begin(ctx context.Context, scope, name string) (SweepJournal, error)
	// Sweeps returns the finished sweeps of a scope, the newest first.
	Sweeps(ctx context.Context, scope string) ([]StoredSweep, error)
	// Read calls each with the parts of a finished sweep. Unfinished does so with
	// those of a sweep that is in progress or was interrupted.
	Read(ctx context.Context, scope string, id []byte, each func(part []byte) error) error
	Unfinished(ctx context.Context, scope, name string, each func(part []byte) error) error
}

// StoredSweep is a finished sweep as stored: its id and its description.
type StoredSweep struct{ ID, Meta []byte }

// SweepJournal is a sweep in progress.
type SweepJournal interface {
	Name() []byte // suffix of the finished sweep's id
	Replay(each func(part []byte) error) error
	Append(part []byte) error
	Reset() error
	Finish(ctx context.Context, meta []byte, drop [][]byte) error
	Close() error
}

// Scope identifies an organization together with the profile and server through
// which it was read. Inventories of different scopes are never mixed.
type Scope struct {
	Profile string
	Host    string
	Org     webex.OrgID
	// Last makes readers use the newest sweep even if it covers only a selection of
	// people.
	Last bool
}

func (s Scope) key() string {
	return strings.Join([]string{s.Profile, strings.ToLower(s.Host), s.Org.UUID()}, "\x00")
}

// SweepInfo describes a finished sweep.
type SweepInfo struct {
	ID             []byte    `json:"-"`
	Started        time.Time `json:"started"`
	Finished       time.Time `json:"finished"`
	Of             string    `json:"of"`        // the people covered: only sweeps of the same people can be compared
	Selection      string    `json:"selection"` // empty for everyone, otherwise a description of the selection
	People         int       `json:"people"`
	Failed         int       `json:"failed"`
	Authorizations int       `json:"authorizations"`
	// ServiceApps are known from the events of the year before the sweep. NoServiceApps is
	// why they are not known.
	ServiceApps   []inventory.ServiceApp `json:"serviceApps,omitempty"`
	NoServiceApps string                 `json:"noServiceApps,omitempty"`
}

// Inventories gives access to the sweeps of organizations, as seen by one profile.
type Inventories struct {
	svc   *Service
	paced SweepAPI
	store SweepStore
}

// NewInventories returns the inventories in a store. svc may be nil for reading
// only; to sweep, it must call Webex with a *webex.Client.
func NewInventories(svc *Service, store SweepStore) *Inventories {
	i := &Inventories{svc: svc, store: store}
	if svc != nil {
		if client, ok := svc.api.(*webex.Client); ok {
			i.paced = client.Paced()
		}
	}
	return i
}

// List returns the finished sweeps of a scope, the newest first.
func (i *Inventories) List(ctx context.Context, scope Scope) ([]SweepInfo, error) {
	stored, err := i.store.Sweeps(ctx, scope.key())
	if err != nil {
		return nil, err
	}
	var out []SweepInfo
	for _, s := range stored {
		var info SweepInfo
		if err := json.Unmarshal(s.Meta, &info); err != nil {
			return nil, fmt.Errorf("read inventory: %w", err)
		}
		info.ID = s.ID
		out = append(out, info)
	}
	return out, nil
}

// Open reads a finished sweep.
func (i *Inventories) Open(ctx context.Context, scope Scope, s SweepInfo) (*inventory.Inventory, error) {
	v := inventory.New()
	if err := i.store.Read(ctx, scope.key(), s.ID, v.Take); err != nil {
		return nil, err
	}
	if v.Finished.IsZero() {
		return nil, fmt.Errorf("read inventory: %w: the file is truncated", inventory.ErrFormat)
	}
	v.ServiceApps = s.ServiceApps
	v.Prepare()
	return v, nil
}

// Unfinished reads the partial results of a sweep of everyone that is in progress or
// was interrupted; nil if there is none.
func (i *Inventories) Unfinished(ctx context.Context, scope Scope) (*inventory.Inventory, error) {
	v := inventory.New()
	if err := i.store.Unfinished(ctx, scope.key(), "", v.Take); err != nil {
		return nil, err
	}
	if v.Started.IsZero() || !v.Finished.IsZero() {
		return nil, nil
	}
	v.Prepare()
	return v, nil
}

// Latest reads the newest finished sweep of everyone, or if there is none, the
// newest of a selection. If there is neither, the error matches [ErrNoInventory];
// see [Inventories.Explain].
func (i *Inventories) Latest(ctx context.Context, scope Scope) (*inventory.Inventory, error) {
	v, _, err := i.two(ctx, scope, time.Time{}, false)
	return v, err
}

// LatestTwo reads the two newest finished sweeps; before is nil if there is only
// one.
func (i *Inventories) LatestTwo(ctx context.Context, scope Scope) (newest, before *inventory.Inventory, err error) {
	return i.two(ctx, scope, time.Time{}, true)
}

// Since reads the newest finished sweep and the newest one that started at or before
// since. If all started later, the error matches [ErrNoSuchSweep].
func (i *Inventories) Since(ctx context.Context, scope Scope, since time.Time) (newest, before *inventory.Inventory, err error) {
	return i.two(ctx, scope, since, true)
}

func (i *Inventories) two(ctx context.Context, scope Scope, since time.Time, both bool) (newest, before *inventory.Inventory, err error) {
	all, err := i.List(ctx, scope)
	if err != nil {
		return nil, nil, err
	}
	if all = comparable(all, scope.Last); len(all) == 0 {
		return nil, nil, ErrNoInventory
	}
	if newest, err = i.Open(ctx, scope, all[0]); err != nil || !both {
		return newest, nil, err
	}
	at := 1
	if since.After(all[0].Started) && since.After(time.Now().Add(24*time.Hour)) {
		return nil, nil, fmt.Errorf("%w: %s is in the future", ErrNoSuchSweep, stampWords(since))
	}
	if !since.IsZero() {
		at = slices.IndexFunc(all, func(s SweepInfo) bool { return !s.Started.After(since) })
		if at < 0 {
			return nil, nil, fmt.Errorf("%w: the oldest one started on %s", ErrNoSuchSweep, stampWords(all[len(all)-1].Started))
		}
		at = max(at, 1)
	}
	if at < len(all) {
		before, err = i.Open(ctx, scope, all[at])
	}
	return newest, before, err
}

// comparable returns the sweeps of everyone. If there is none, or last is set, it
// returns those that cover the same people as the newest sweep.
func comparable(all []SweepInfo, last bool) []SweepInfo {
	of := func(whom string) (out []SweepInfo) {
		for _, s := range all {
			if s.Of == whom {
				out = append(out, s)
			}
		}
		return out
	}
	if whole := of(""); len(whole) > 0 && !last || len(all) == 0 {
		return whole
	}
	return of(all[0].Of)
}

func stampWords(t time.Time) string { return t.UTC().Format("Mon 2 Jan 2006, 15:04 UTC") }

// Explain adds the progress of an unfinished sweep to an error that matches
// [ErrNoInventory]. This costs as much as reading that sweep. It returns other
// errors unchanged.
func (i *Inventories) Explain(ctx context.Context, scope Scope, err error) error {
	if !errors.Is(err, ErrNoInventory) {
		return err
	}
	if v, uerr := i.Unfinished(ctx, scope); uerr == nil && v != nil {
		return fmt.Errorf("%w: a sweep started on %s and has read %d of %d people; to continue it: wxauth sweep", ErrNoInventory, stampWords(v.Started), v.People()-v.Left(), v.People())
	}
	return fmt.Errorf("%w for this organization in this profile: create one with wxauth sweep", ErrNoInventory)
}

// OwnOrg returns the organization of the person signed in.
func (s *Service) OwnOrg(ctx context.Context) (webex.OrgID, error) {
	me, err := s.signedIn(ctx)
	return me.OrgID, err
}

// InventoryRows converts tokens of an inventory to rows, with the time left by
// policy at now. own is the client of the current login, self the person signed in.
func InventoryRows(refs []inventory.Ref, policy webex.Policy, own webex.ClientID, self webex.PersonID, now time.Time) []Row {
	o := rowOptions{policy: policy, own: own, self: self, now: now}
	out := make([]Row, 0, 2*len(refs))
	for _, r := range refs {
		out = append(out, o.rows(r.Authorizations(), r.Person().Email)...)
	}
	return out
}

// GrantRow returns the row that represents a whole grant: its newest refresh token,
// or if it has none, the first of its other tokens.
func GrantRow(r inventory.Ref, policy webex.Policy, own webex.ClientID, self webex.PersonID, now time.Time) Row {
	return InventoryRows([]inventory.Ref{r}, policy, own, self, now)[0]
}

// TokenRows converts single tokens of an inventory to rows. It computes the time
// left as if the token had no siblings.
func TokenRows(tokens []inventory.Token, policy webex.Policy, own webex.ClientID, self webex.PersonID, now time.Time) []Row {
	o := rowOptions{policy: policy, own: own, self: self, now: now}
	out := make([]Row, len(tokens))
	for n, t := range tokens {
		out[n] = o.rows([]webex.Authorization{t.Authorization}, t.Person.Email)[0]
	}
	return out
}

// PutSweep stores a finished sweep of everyone: the people and authorizations that
// write produces.
func PutSweep(ctx context.Context, store SweepStore, scope Scope, at time.Time, write func(w *inventory.Writer, put func([]byte) error) error) error {
	j, err := store.Begin(ctx, scope.key(), "")
	if err != nil {
		return err
	}
	defer j.Close()
	if err := j.Reset(); err != nil {
		return err
	}
	v := inventory.New()
	w, head := inventory.NewWriter(v, at, "")
	if err := j.Append(head); err != nil {
		return err
	}
	if err := write(w, j.Append); err != nil {
		return err
	}
	if err := j.Append(w.Finish(at)); err != nil {
		return err
	}
	meta, err := json.Marshal(SweepInfo{Started: v.Started, Finished: v.Finished, People: v.People(), Authorizations: v.Authorizations()})
	if err != nil {
		return err
	}
	return j.Finish(ctx, meta, nil)
}
