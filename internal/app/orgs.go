package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/wxauth/wxauth/webex"
)

// OrgsOptions configure [Orgs].
type OrgsOptions struct {
	Profile     string
	Credentials webex.ServiceAppCredentials
	ClientFrom  string // where the client id comes from, for messages
	// Manager is the login used to fetch tokens: an [Account], or the token from the
	// environment.
	Manager webex.TokenSource
	Client  []webex.Option
	Now     func() time.Time // time.Now if nil
}

// Orgs manages the tokens of a profile's Service App, one pair per organization.
type Orgs struct {
	opts  OrgsOptions
	vault Vault
	app   *webex.ServiceApp
}

// NewOrgs returns the organizations of a profile.
func NewOrgs(vault Vault, opts OrgsOptions) *Orgs {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	return &Orgs{
		opts: opts, vault: vault,
		app: webex.NewServiceApp(opts.Credentials, opts.Manager, vault, append(slices.Clone(opts.Client), webex.WithClock(opts.Now))...),
	}
}

// Org is one organization's tokens.
type Org struct {
	Login
	ID    webex.OrgID
	Alias string // the user's name for it
}

// UUID returns the organization's UUID.
func (o Org) UUID() string { return o.ID.UUID() }

// Name returns the organization's alias, or Webex's name for it, or "" if neither is
// known.
func (o Org) Name() string {
	return cmp.Or(o.Alias, o.Tokens.Owner.OrgName.String())
}

// OrgJSON is one organization as printed by "orgs list".
type OrgJSON struct {
	OrgID   string    `json:"orgId"`
	OrgName string    `json:"orgName"` // Webex's name, or the alias if that is not known
	Alias   string    `json:"alias"`
	Scopes  []string  `json:"scopes"`
	Access  LeftJSON  `json:"access"`
	Refresh *LeftJSON `json:"refresh"`
	LifeJSON
}

// JSON returns the organization for output, with the times left at now.
func (o Org) JSON(now time.Time) OrgJSON {
	s := o.Login.JSON(now)
	return OrgJSON{OrgID: o.UUID(), OrgName: cmp.Or(string(o.Tokens.Owner.OrgName), o.Alias), Alias: o.Alias, Scopes: s.Scopes, Access: s.Access, Refresh: s.Refresh, LifeJSON: s.LifeJSON}
}

// ErrOrgAmbiguous means that more than one organization matches a prefix.
var ErrOrgAmbiguous = errors.New("more than one organization has this prefix")

// Profile returns the profile's name.
func (o *Orgs) Profile() string { return o.opts.Profile }

// ClientID returns the Service App's client id, "" if none is set, and where it
// comes from.
func (o *Orgs) ClientID() (id webex.ClientID, from string) {
	return o.opts.Credentials.ClientID, o.opts.ClientFrom
}

// Configured returns an error that lists all missing credentials of the Service App.
// The error matches webex.ErrInvalidInput.
func (o *Orgs) Configured() error { return o.opts.Credentials.Check() }

// Others lists the other Service Apps that the profile holds tokens for, besides the
// configured one. It does not need the key.
func (o *Orgs) Others(ctx context.Context) ([]webex.ClientID, error) {
	all, err := o.vault.ServiceAppClients(ctx)
	return slices.DeleteFunc(all, func(c webex.ClientID) bool { return c == o.opts.Credentials.ClientID }), err
}

// KeepsNothing reports whether tokens are only held in memory.
func (o *Orgs) KeepsNothing() bool { return o.vault.KeySource() == "memory" }

// List returns the organizations without calling Webex, sorted by name; those
// without a name come last.
func (o *Orgs) List(ctx context.Context) ([]Org, error) {
	held, err := o.app.List(ctx)
	if err != nil {
		return nil, err
	}
	names, err := o.aliases(ctx)
	if err != nil {
		return nil, err
	}
	type sorted struct {
		key string // computed once per organization, for sorting
		org Org
	}
	all := make([]sorted, len(held))
	for i, h := range held {
		org := o.org(h.OrgID, h.Tokens, names)
		name := "0" + strings.ToLower(org.Name())
		if name == "0" {
			name = "1" // sort last
		}
		all[i] = sorted{name + "\x00" + org.UUID(), org}
	}
	slices.SortFunc(all, func(a, b sorted) int { return strings.Compare(a.key, b.key) })
	out := make([]Org, len(all))
	for i, s := range all {
		out[i] = s.org
	}
	return out, nil
}

func (o *Orgs) org(id webex.OrgID, t webex.Tokens, names map[string]string) Org {
	return Org{
		ID: id, Alias: names[id.UUID()],
		Login: Login{
			Profile: o.opts.Profile, Client: o.opts.Credentials.ClientID, ClientFrom: o.opts.ClientFrom, Tokens: t,
			KeySource: o.vault.KeySource(), Renews: o.Configured() == nil,
		},
	}
}

// named returns an organization with its alias.
func (o *Orgs) named(ctx context.Context, id webex.OrgID, t webex.Tokens) Org {
	names, err := o.aliases(ctx)
	if err != nil {
		names = nil // show it without its alias
	}
	return o.org(id, t, names)
}

// Held returns the stored tokens of an organization without calling Webex. If there
// are none, the error matches webex.ErrOrgNotRegistered.
func (o *Orgs) Held(ctx context.Context, id webex.OrgID) (Org, error) {
	t, err := o.app.Stored(ctx, id)
	return o.named(ctx, id, t), err
}

// leastBeginning is the minimum length of a UUID prefix that identifies an
// organization.
const leastBeginning = 8

// Find resolves text to an organization: a UUID, an encoded id, an alias, or a UUID
// prefix of an organization with stored tokens. The error matches [ErrOrgAmbiguous],
// webex.ErrOrgNotRegistered or webex.ErrInvalidInput.
func (o *Orgs) Find(ctx context.Context, text string) (webex.OrgID, error) {
	text = strings.TrimSpace(text)
	id, perr := webex.ParseOrgID(text)
	if perr == nil {
		return id, nil
	}
	names, err := o.aliases(ctx)
	if err != nil {
		return "", err
	}
	for uuid, name := range names {
		if strings.EqualFold(name, text) {
			return webex.ParseOrgID(uuid)
		}
	}
	shown := o.quote(text)
	switch {
	case CheckAlias(text) == nil && !isBeginning(text):
		return "", fmt.Errorf("%w: %s is neither an id nor an alias (%s)", webex.ErrOrgNotRegistered, shown, aliasWords(names))
	case !isBeginning(text):
		return "", perr
	}
	if len(text) < leastBeginning {
		return "", fmt.Errorf("%w: %s is too short for a prefix of an organization's id: give at least %d characters", webex.ErrInvalidInput, shown, leastBeginning)
	}
	held, err := o.app.List(ctx)
	if err != nil {
		return "", err
	}
	var fits []string
	for _, h := range held {
		if uuid := h.OrgID.UUID(); strings.HasPrefix(uuid, strings.ToLower(text)) {
			fits = append(fits, uuid)
			id = h.OrgID
		}
	}
	switch len(fits) {
	case 0:
		return "", fmt.Errorf("%w: no saved organization has the prefix %s; for a new one, give its full id", webex.ErrOrgNotRegistered, shown)
	case 1:
		return id, nil
	}
	return "", fmt.Errorf("%w: %s", ErrOrgAmbiguous, strings.Join(fits, ", "))
}

// quote quotes the user's input, unless it is the Service App's secret.
func (o *Orgs) quote(text string) string {
	if secret := o.opts.Credentials.ClientSecret; !secret.IsZero() && secret.Equal(webex.NewSecret(text)) {
		return "this text, which is the client secret,"
	}
	return webex.Quote(text)
}

// aliasWords lists the aliases, up to a limit.
func aliasWords(names map[string]string) string {
	all := slices.Sorted(maps.Values(names))
	switch {
	case len(all) == 0:
		return "no aliases are set"
	case len(all) > 8:
		return "aliases: " + strings.Join(all[:8], ", ") + " and others"
	}
	return "aliases: " + strings.Join(all, ", ")
}

// isBeginning reports whether text could be a UUID prefix.
func isBeginning(text string) bool {
	return text != "" && len(text) < 36 && !strings.ContainsFunc(text, func(r rune) bool {
		return !('0' <= r && r <= '9' || 'a' <= r && r <= 'f' || 'A' <= r && r <= 'F' || r == '-')
	})
}

// Fetch gets an organization's tokens from Webex and saves them.
func (o *Orgs) Fetch(ctx context.Context, id webex.OrgID) (Org, error) {
	if err := o.prepare(ctx); err != nil {
		return Org{}, err
	}
	t, err := o.app.FetchForOrg(ctx, id)
	return o.named(ctx, id, t), err
}

// Add adds an organization with a refresh token that was issued elsewhere.
func (o *Orgs) Add(ctx context.Context, id webex.OrgID, refresh webex.Secret) (Org, error) {
	if err := o.prepare(ctx); err != nil {
		return Org{}, err
	}
	t, err := o.app.SaveRegistration(ctx, id, refresh)
	return o.named(ctx, id, t), err
}

// prepare verifies that new tokens can be saved.
func (o *Orgs) prepare(ctx context.Context) error {
	if err := o.Configured(); err != nil {
		return err
	}
	return o.vault.Prepare(ctx)
}

// Refresh gets new tokens even if the stored ones may still work. It returns the
// organization before and after.
func (o *Orgs) Refresh(ctx context.Context, id webex.OrgID) (before, after Org, err error) {
	if before, err = o.Held(ctx, id); err != nil {
		return before, before, err
	}
	after = before
	after.Tokens, err = o.app.RefreshForOrg(ctx, id)
	return before, after, err
}

// RefreshFrom refreshes an organization's tokens, unless another process has refreshed them since they
// were read.
func (o *Orgs) RefreshFrom(ctx context.Context, was Org) (after Org, err error) {
	after = was
	after.Tokens, err = o.app.RefreshForOrgFrom(ctx, was.ID, was.Tokens)
	return after, err
}

// Valid returns an organization with a valid access token.
func (o *Orgs) Valid(ctx context.Context, id webex.OrgID) (Org, error) {
	t, err := o.app.Valid(ctx, id)
	return o.named(ctx, id, t), err
}

// Test asks Webex whether an organization's token works, and for the machine account
// it belongs to. Some Service Apps may not ask for that; such a rejection also
// proves that the token works.
func (o *Orgs) Test(ctx context.Context, id webex.OrgID) (TestResult, error) {
	c := o.app.Client(id)
	me, err := c.Me(ctx)
	if err != nil && !errors.Is(err, webex.ErrForbidden) {
		return TestResult{}, err
	}
	r := TestResult{Person: me}
	r.Expires, _ = c.TokenExpiry(ctx) // not every token is allowed to ask
	return r, nil
}

// Remove deletes an organization's stored tokens and its alias, and returns what was
// stored. It does not call Webex.
func (o *Orgs) Remove(ctx context.Context, id webex.OrgID) (Org, error) {
	held, err := o.Held(ctx, id)
	if rerr := o.app.Remove(ctx, id); rerr != nil { // also remove unusable or incomplete entries
		if held.Alias != "" && !errors.Is(rerr, webex.ErrOrgNotRegistered) {
			if _, left := o.Held(ctx, id); errors.Is(left, webex.ErrOrgNotRegistered) {
				_ = o.SetAlias(ctx, id, "") // the tokens remain only in backups
			}
		}
		return held, rerr
	}
	if errors.Is(err, webex.ErrOrgNotRegistered) {
		return held, err
	}
	if held.Alias != "" {
		return held, o.SetAlias(ctx, id, "")
	}
	return held, nil
}

// Event parses a webhook payload.
func (o *Orgs) Event(ctx context.Context, payload []byte) (webex.ServiceAppEvent, error) {
	return o.app.ParseEvent(ctx, payload)
}

// Wait waits at most d for a running refresh to finish.
func (o *Orgs) Wait(d time.Duration) bool { return o.app.Wait(d) }
