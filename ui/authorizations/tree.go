package authorizations

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/internal/filter"
	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/list"
	"github.com/wxauth/wxauth/webex"
)

const (
	// rowEndsSoon is the remaining time under which somebody else's refresh token is
	// highlighted. It is short because nobody here can renew that token. One's own are
	// highlighted earlier (app.EndsSoon).
	rowEndsSoon = 3 * 24 * time.Hour
	// From crowdedFrom access tokens on, the count is shown against tokenLimit, where Webex
	// stops issuing new ones (https://developer.webex.com/docs/frequently-asked-questions).
	crowdedFrom, tokenLimit = 500, 750
)

// group is an app with the tokens it holds for the person.
type group struct {
	key      string
	name     string // sanitized; never empty
	client   webex.ClientID
	rows     []int // indexes into the listing, in display order
	refresh  int
	access   int
	newest   time.Time
	oldest   time.Time
	stuck    int // tokens that can't be revoked
	signIn   bool
	imitates bool            // its name claims to be Webex's, but its client id is not
	odd      string          // what is unusual about its letters; may be empty
	raw      webex.Untrusted // the displayed name, before sanitizing
	like     string          // note that the name resembles another one in this list
	isNew    bool
	stale    bool
	overdue  int
}

// line is a visible row of the table: an app, or one of its tokens.
type line struct {
	group  *group
	row    int // index into the listing; -1 for the app itself
	branch string
	key    string
}

// tree is a listing in the form in which it is shown.
type tree struct {
	groups   []*group
	haystack []string // searchable text of each row
	keys     []string // key of each row: the id, or a substitute
	times
	tally
}

// tally contains the counts for the line above the table.
type tally struct {
	apps, refresh, access, other int
	new, stale, signIns, imitate int // apps
	overdue, gone                int // tokens
}

// countRow counts a token.
func (t *tally) countRow(r app.Row, now time.Time) {
	switch r.Type {
	case webex.TypeRefresh:
		t.refresh++
	case webex.TypeAccess:
		t.access++
	default:
		t.other++
	}
	t.overdue += btoi(r.Left.Overdue(now))
}

// countApp counts an app.
func (t *tally) countApp(g *group) {
	t.apps++
	t.new += btoi(g.isNew)
	t.stale += btoi(g.stale)
	t.signIns += btoi(g.signIn)
	t.imitate += btoi(g.imitates || g.odd != "")
}

// newTree groups a listing by app. now decides what is new, stale and overdue.
func newTree(l app.Listing, now time.Time) tree {
	t := tree{haystack: make([]string, len(l.Rows)), keys: make([]string, len(l.Rows))}
	byKey := map[string]*group{}
	seen := map[string]int{}
	for i, r := range l.Rows {
		// A row without an id, or with a duplicate id, still needs a unique key.
		k := "t:" + string(r.ID)
		if n := seen[k]; n > 0 || r.ID == "" {
			k += "#" + strconv.Itoa(n)
		}
		seen["t:"+string(r.ID)]++
		t.keys[i] = k
		// A group has one person and one client.
		gk := "a:" + app.Clean(r.PersonID) + "/" + app.Clean(r.ClientID)
		if r.ClientID == "" {
			gk = "n:" + app.Clean(r.PersonID) + "/" + app.Clean(r.ApplicationName)
		}
		g := byKey[gk]
		if g == nil {
			g = &group{key: gk, client: r.ClientID, signIn: r.SignIn}
			byKey[gk] = g
			t.groups = append(t.groups, g)
		}
		g.rows = append(g.rows, i)
		t.add(g, r, now)
	}
	likes := lookAlikes(t.groups, l)
	for _, g := range t.groups {
		g.like = likes[g]
		t.finish(g, l, now)
	}
	t.describe(l, now)
	return t
}

func (t *tree) add(g *group, r app.Row, now time.Time) {
	t.countRow(r, now)
	t.times.add(r, now)
	g.refresh += btoi(r.Type == webex.TypeRefresh)
	g.access += btoi(r.Type == webex.TypeAccess)
	g.overdue += btoi(r.Left.Overdue(now))
	g.stuck += btoi(r.CannotRevoke() != "")
	if r.Created.IsZero() {
		return
	}
	if g.newest.IsZero() || r.Created.After(g.newest) {
		g.newest = r.Created
		g.name, g.raw = app.Clean(r.ApplicationName), r.ApplicationName
	}
	if g.oldest.IsZero() || r.Created.Before(g.oldest) {
		g.oldest = r.Created
	}
}

func (t *tree) finish(g *group, l app.Listing, now time.Time) {
	if g.name == "" {
		g.name = app.Clean(l.Rows[g.rows[0]].ApplicationName)
	}
	if strings.TrimSpace(g.name) == "" {
		g.name = "(no name)"
	}
	g.name = app.Shorten(g.name, 400) // protects against names of several megabytes
	if g.odd = inventory.OddName(g.rawName(l)); g.odd == "" {
		g.odd = g.like
	}
	g.imitates = l.Rows[g.rows[0]].ImitatesWebex()
	g.isNew, g.stale = app.Ages(g.oldest, g.newest, g.signIn, now)
	t.countApp(g)
	slices.SortStableFunc(g.rows, func(a, b int) int {
		ra, rb := l.Rows[a], l.Rows[b]
		if c := cmp.Compare(typeRank(ra.Type), typeRank(rb.Type)); c != 0 {
			return c
		}
		return rb.Created.Compare(ra.Created)
	})
}

// describe builds the text that the filter searches: the columns as shown at now.
func (t *tree) describe(l app.Listing, now time.Time) {
	for _, g := range t.groups {
		for _, i := range g.rows {
			r := l.Rows[i]
			kind := app.Clean(r.Type)
			tags := []string{g.tags(), "type:" + kind}
			if r.Left.Overdue(now) {
				tags = append(tags, "is:overdue", "expired") // as users call it
			}
			if r.Own {
				tags = append(tags, "is:own")
			}
			t.haystack[i] = filter.Haystack(g.name, []string{kind, app.AgeWords(r.Created, now), app.LeftWords(r.Left, now), string(r.Left.Basis)},
				tags, []string{app.Clean(r.ClientID), app.Clean(r.ID)})
		}
	}
}

// tags returns words, beside the name, by which a filter finds an app.
func (g *group) tags() string {
	tags := " "
	for tag, holds := range map[string]bool{"is:new": g.isNew, "is:stale": g.stale, "is:signin": g.signIn, "is:odd": g.imitates || g.odd != "", "is:agent": webex.IsAgentApp(webex.Untrusted(g.name))} {
		if holds {
			tags += tag + " "
		}
	}
	if g.signIn {
		tags += "webex sign-in "
	}
	return tags
}

func typeRank(t webex.Type) int {
	switch t {
	case webex.TypeRefresh:
		return 0
	case webex.TypeAccess:
		return 1
	}
	return 2
}

// words returns notes about an app, the most important first.
func (g *group) words(now time.Time) []draw.Segment {
	var out []draw.Segment
	if g.signIn {
		out = append(out, draw.Link.Text("Webex sign-in"))
	}
	if g.isNew {
		out = append(out, draw.Warn.Text("new today"))
	}
	if g.stale {
		out = append(out, draw.Warn.Text("stale: last token "+app.AgeWords(g.newest, now)))
	}
	if g.imitates {
		out = append(out, draw.Warn.Text("calls itself Webex"))
	}
	if g.odd != "" {
		out = append(out, draw.Warn.Text(g.odd))
	}
	if g.name == "Developer Portal" {
		out = append(out, draw.Dim.Text("personal token, 12 h"))
	}
	if webex.IsAgentApp(webex.Untrusted(g.name)) && g.access > 0 {
		out = append(out, draw.Dim.Text("AI agent, 12 h"))
	}
	if g.refresh > 1 && g.access > 0 {
		out = append(out, draw.Dim.Text(strconv.Itoa(g.refresh)+" refresh tokens: access tokens may belong to any"))
	}
	if g.stuck > 0 {
		out = append(out, draw.Dim.Text(english.Count(g.stuck, "token")+" cannot be revoked"))
	}
	return out
}

// sortMode is the order of apps.
type sortMode int

const (
	byNewest sortMode = iota
	byTimeLeft
	byName
	sortModes
)

func (s sortMode) String() string { return [...]string{"newest", "time left", "name"}[s] }

// visible returns the lines to show, in order.
func (t *tree) visible(l app.Listing, order list.Order[sortMode], text string, folded map[string]bool) []line {
	groups := slices.Clone(t.groups)
	slices.SortStableFunc(groups, func(a, b *group) int {
		switch order.By {
		case byTimeLeft:
			return compareLeft(a, b, l)
		case byName:
			return cmp.Compare(strings.ToLower(a.name), strings.ToLower(b.name))
		}
		return b.newest.Compare(a.newest)
	})
	if order.Reversed {
		slices.Reverse(groups)
	}
	match := filter.Matcher(text)
	lines := make([]line, 0, len(l.Rows)+len(groups))
	for _, g := range groups {
		shown := make([]int, 0, len(g.rows))
		for _, i := range g.rows {
			if match(t.haystack[i]) {
				shown = append(shown, i)
			}
		}
		if len(shown) == 0 {
			continue
		}
		lines = append(lines, line{group: g, row: -1, key: g.key})
		if folded[g.key] {
			continue
		}
		for n, i := range shown {
			lines = append(lines, line{group: g, row: i, key: t.keys[i], branch: g.branch(l.Rows[i], n == len(shown)-1)})
		}
	}
	return lines
}

// branch returns the tree characters before a token. With several refresh tokens, it is unknown
// to which one an access token belongs, so access tokens are drawn as children of the app.
func (g *group) branch(r app.Row, last bool) string {
	switch {
	case r.Type != webex.TypeAccess || g.refresh == 0:
		return ""
	case g.refresh > 1:
		return draw.DrawnGlyphs.Loose
	case last:
		return draw.DrawnGlyphs.Last
	}
	return draw.DrawnGlyphs.Child
}

// compareLeft sorts by expiry, earliest first; groups with unknown expiry come last.
func compareLeft(a, b *group, l app.Listing) int {
	ea, eb := a.soonest(l), b.soonest(l)
	switch {
	case ea.IsZero() && eb.IsZero():
		return 0
	case ea.IsZero():
		return 1
	case eb.IsZero():
		return -1
	}
	return ea.Compare(eb)
}

func (g *group) soonest(l app.Listing) time.Time {
	var soonest time.Time
	for _, i := range g.rows {
		left := l.Rows[i].Left
		if left.Known() && (soonest.IsZero() || left.Until.Before(soonest)) {
			soonest = left.Until
		}
	}
	return soonest
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
