package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/webex"
)

// manyTokens is the plan size from which a plan is summarized by app.
const manyTokens = 10

// manyUsers is the number of users above which each has one line.
const manyUsers = 10

// showUser prints a user's plan on one line.
func (c *command) showUser(p app.Plan) {
	if len(p.Items) == 0 && len(p.Stuck) == 0 {
		return
	}
	var names []string
	signIn, self, keeps, odd := false, false, false, false
	for _, i := range p.Items {
		if n := strconv.Quote(app.ShortName(i.Authorization)); !slices.Contains(names, n) {
			names = append(names, n)
		}
		signIn, self, keeps, odd = signIn || i.SignIn, self || i.Self, keeps || i.Renewable, odd || i.NameNote() != ""
	}
	sure, more := p.Ends()
	line := fmt.Sprintf("  %s  %s", personWords(p.Who, p.Person), english.Count(sure, "token"))
	if more > 0 {
		line += fmt.Sprintf(", up to %d more", more)
	}
	if len(names) > 0 {
		line += " of " + app.FewNames(names)
	}
	for _, note := range []struct {
		holds bool
		words string
	}{
		{p.Refused() > 0, "Webex will reject " + english.Count(p.Refused(), "token")},
		{len(p.Stuck) > 0, english.Count(len(p.Stuck), "token") + " cannot be revoked"},
		{keeps, "an app KEEPS its access: a refresh token remains"},
		{signIn, "Webex sign-in: signs the person out"},
		{self, "wxauth's own session"},
		{odd, "an app has an odd name"},
	} {
		if note.holds {
			line += "  " + note.words
		}
	}
	fmt.Fprintln(c.env.Stderr, line)
}

// showBatch prints everything that will be revoked, on stderr.
func (c *command) showBatch(b app.Batch) {
	if b.Action == app.ActionOffboard {
		fmt.Fprintf(c.env.Stderr, "Before you revoke: %s.\n", app.First)
	}
	for _, p := range b.Plans {
		if len(b.Plans) > manyUsers {
			c.showUser(p)
		} else {
			c.showPlan(p)
		}
	}
	if b.Concerned() == 0 {
		return
	}
	if sure, more := b.Ends(); b.Several && (len(b.Plans) > 1 || b.Named() > 1) {
		whom := fmt.Sprintf("for %d of the %d users named", b.Concerned(), b.Named())
		if b.App != nil {
			whom = fmt.Sprintf("for %d users; the inventory lists %d who authorized it", b.Concerned(), b.Named())
		}
		fmt.Fprintf(c.env.Stderr, "%s, %s.\n", countTokens(sure, more, b.Refused()), whom)
	}
	if b.App != nil {
		c.showReach(b)
	}
	fmt.Fprintln(c.env.Stderr, "This can't be undone. Anyone who can sign in can authorize the app again.")
}

// repeatCount repeats the totals of a long plan before the question, since its first line may
// have scrolled away.
func (c *command) repeatCount(b app.Batch) {
	if sure, more := b.Ends(); sure > manyTokens && !b.Several && len(b.Plans) == 1 {
		fmt.Fprintf(c.env.Stderr, "%s: %s.\n", nameWords(b.Plans[0].Who, b.Plans[0].Person), countTokens(sure, more, b.Refused()))
	}
}

// showReach prints other consequences of revoking an app for everybody.
func (c *command) showReach(b app.Batch) {
	signedOut := 0
	for _, p := range b.Plans {
		signedOut += btoi(slices.ContainsFunc(p.Items, func(i app.Item) bool { return i.SignIn }))
	}
	if signedOut > 0 {
		fmt.Fprintf(c.env.Stderr, "This is one of Webex's own apps: %s will be signed out.\n", english.Count(signedOut, "user"))
		return
	}
	if page := app.BlockPage(webex.Authorization{ApplicationName: b.App.Name, ClientID: b.App.Client}, false); page != "" {
		fmt.Fprintf(c.env.Stderr, "Revoking does not block the app. To block it: %s, client %s (%s).\n", page, b.App.Client, webex.NeedsProPack)
	}
}

func (c *command) showPlan(p app.Plan) {
	w, now := c.env.Stderr, time.Now()
	if len(p.Items)+len(p.Kept)+len(p.Stuck) == 0 {
		if p.Offboard {
			fmt.Fprintf(w, "No app holds a token for %s.\n", personWords(p.Who, p.Person))
		} else {
			fmt.Fprintf(w, "Nothing to revoke for %s: none of the selected tokens is listed.\n", personWords(p.Who, p.Person))
		}
		return
	}
	sure, more := p.Ends()
	named := map[webex.AuthorizationID]bool{}
	for _, i := range p.Items {
		named[i.ID] = true
	}
	fmt.Fprintf(w, "%s: %s:\n", nameWords(p.Who, p.Person), countTokens(sure, more, p.Refused()))
	items := p.Items
	if len(items) > manyTokens {
		c.showApps(p)
		items = nil
	}
	for _, i := range items {
		note := ""
		if i.SignIn {
			note = "  Webex sign-in: signs the person out"
		}
		if i.Self {
			note += "  wxauth's own session"
		}
		fmt.Fprintf(w, "  %-8s %q  client %s  %s  %s%s\n", app.Kind(i.Type), app.ShortName(i.Authorization), app.OrDash(i.ClientID.String()), app.LeftWords(i.Left, now), i.ID, note)
		if odd := i.NameNote(); odd != "" {
			fmt.Fprintln(w, "           app name: "+odd)
		}
		if i.OwnersApp {
			fmt.Fprintln(w, "           Webex will reject it: "+app.OwnersAppWords)
		}
		switch {
		case i.Renewable && i.Type == webex.TypeRefresh:
			fmt.Fprintln(w, "           the app KEEPS its access: its other refresh tokens will not be revoked")
		case i.Renewable:
			fmt.Fprintln(w, "           the app KEEPS its access: it can get a new access token with its refresh token; revoke that one too")
		}
		for _, e := range i.Ends {
			if named[e.ID] {
				continue
			}
			named[e.ID] = true
			how := "revoked with it (inferred: same person, same app)"
			if i.UpTo {
				how = "may be revoked with it (the app has more refresh tokens)"
			}
			fmt.Fprintf(w, "    %-8s %s  %s  %s\n", e.Type, app.LeftWords(e.Left, now), e.ID, how)
		}
	}
	for _, r := range p.Kept {
		fmt.Fprintf(w, "  kept     %q  client %s  Webex sign-in: the person stays signed in\n", app.ShortName(r.Authorization), app.OrDash(r.ClientID.String()))
	}
	for _, r := range p.Stuck {
		fmt.Fprintf(w, "  cannot be revoked  %q  %s\n", app.ShortName(r.Authorization), r.CannotRevoke())
	}
}

// showApps prints every app of a plan, one per line.
func (c *command) showApps(p app.Plan) {
	type group struct {
		first  app.Item
		kinds  map[webex.Type]int
		ends   map[webex.AuthorizationID]bool
		oldest time.Time
		newest time.Time
	}
	groups := map[webex.ClientID]*group{}
	var order []webex.ClientID
	for _, i := range p.Items {
		g := groups[i.ClientID]
		if g == nil {
			g = &group{first: i, kinds: map[webex.Type]int{}, ends: map[webex.AuthorizationID]bool{}, oldest: i.Created, newest: i.Created}
			groups[i.ClientID] = g
			order = append(order, i.ClientID)
		}
		g.kinds[i.Type]++
		if i.Created.Before(g.oldest) {
			g.oldest = i.Created
		}
		if i.Created.After(g.newest) {
			g.newest = i.Created
		}
	}
	slices.SortFunc(order, func(a, b webex.ClientID) int {
		return strings.Compare(app.ShortName(groups[a].first.Authorization), app.ShortName(groups[b].first.Authorization))
	})
	for _, id := range order {
		g := groups[id]
		var kinds []string
		for _, t := range slices.Sorted(maps.Keys(g.kinds)) {
			kinds = append(kinds, fmt.Sprintf("%d %s", g.kinds[t], t))
		}
		created := c.day(g.oldest)
		if newest := c.day(g.newest); newest != created {
			created += " to " + newest
		}
		line := fmt.Sprintf("  %q  %s  created %s  client %s", app.ShortName(g.first.Authorization), strings.Join(kinds, ", "), created, app.ShortID(id))
		switch {
		case g.first.SignIn:
			line += "  Webex sign-in: signs the person out"
		case g.first.NameNote() != "":
			line += "  app name: " + g.first.NameNote()
		}
		if g.first.Renewable {
			line += "  KEEPS its access: a refresh token remains"
		}
		if g.first.Self {
			line += "  wxauth's own session"
		}
		fmt.Fprintln(c.env.Stderr, line)
	}
}

// day formats a date, or a dash if there is none.
func (c *command) day(t time.Time) string {
	if t.IsZero() {
		return "—"
	}
	return t.In(c.inZone()).Format("2006-01-02")
}

func countTokens(sure, more, refused int) string {
	s := fmt.Sprintf("%d tokens will be revoked", sure)
	if sure == 1 {
		s = "1 token will be revoked"
	}
	if more > 0 {
		s += fmt.Sprintf(", and up to %d more", more)
	}
	if refused > 0 {
		s += fmt.Sprintf("; Webex will reject %d more", refused)
	}
	return s
}

// describe adds a person's name, for somebody who looks at the screen, if Webex tells it.
func describe(ctx context.Context, svc *app.Service, who webex.Person, p webex.PersonDetails) webex.PersonDetails {
	if p.DisplayName != "" {
		return p
	}
	if d, err := svc.Describe(ctx, who); err == nil && (p.ID == "" || d.ID.Same(p.ID)) {
		return d
	}
	return p
}

// nameWords returns a person's name and address, to recognize them by.
func nameWords(who webex.Person, p webex.PersonDetails) string {
	if name := strings.TrimSpace(app.Clean(p.DisplayName)); name != "" {
		return app.Shorten(name, 60) + " (" + personWords(who, p) + ")"
	}
	return personWords(who, p)
}

func personWords(who webex.Person, p webex.PersonDetails) string {
	if e := p.Email(); e != "" {
		return e.String()
	}
	return who.String()
}
