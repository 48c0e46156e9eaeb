package inventory

import (
	"strings"
	"time"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/list"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

func (v *View) drawTable(env view.Env, w, h int) []string {
	if h <= 0 {
		return nil
	}
	if v.list() == listApps {
		return v.appsTable(env, w, h)
	}
	return v.grantsTable(env, w, h)
}

// flagWords returns flags as the screen shows them.
func flagWords(flags string) string {
	return strings.NewReplacer(inventory.FlagOddName, "odd name", inventory.FlagOnePerson, "one user").Replace(flags)
}

// appColumns contains the width of the name column, and which number columns there are. A
// readable name takes precedence over numbers that the detail pane also shows.
type appColumns struct {
	name                    int
	age                     int // width of the age bar
	refresh, access, oldest bool
}

const (
	numberCells  = 8
	ageCells     = 8
	flagCells    = 24
	flagCellsFor = 100 // width from which the FLAGS column is half as wide again
	enoughOfName = 24
)

func appColumnsFor(w int, plain bool) appColumns {
	flags := flagCells
	switch {
	case w >= flagCellsFor:
		flags += flagCells / 2
	case w < draw.BelowFrom:
		flags -= 4
	}
	c := appColumns{name: w - 3 - 1 - numberCells - (numberCells + 3) - flags}
	if c.name-ageCells+2 >= enoughOfName && !plain {
		c.age = ageCells - 2
		c.name -= c.age + 1
	}
	for _, on := range []*bool{&c.refresh, &c.oldest, &c.access} {
		if c.name-numberCells >= enoughOfName {
			*on = true
			c.name -= numberCells
		}
	}
	c.name = max(c.name, 10)
	return c
}

func (v *View) appsTable(env view.Env, w, h int) []string {
	c := appColumnsFor(w, env.Plain)
	cells := func(name, users, refresh, access, oldest string, age []draw.Segment, newest string, flag draw.Segment) []draw.Segment {
		segs := []draw.Segment{draw.Strong.Text(draw.Pad(name, c.name) + " "), draw.Plain.Text(draw.PadLeft(users, numberCells))}
		for _, column := range []struct {
			on   bool
			text string
		}{{c.refresh, refresh}, {c.access, access}, {c.oldest, oldest}} {
			if column.on {
				segs = append(segs, draw.Dim.Text(draw.PadLeft(column.text, numberCells)))
			}
		}
		segs = append(segs, age...)
		return append(segs, draw.Plain.Text(draw.PadLeft(newest, numberCells)+"  "), flag)
	}
	heading := func(label string, by inventory.AppSort) string { return v.appSort.Heading(env.Screen, label, by) }
	head := cells(heading("APP", inventory.AppsByName), heading("USERS", inventory.AppsByPeople), "REFRESH", "ACCESS", "OLDEST", []draw.Segment{draw.Dim.Text("  " + draw.Pad("AGE", c.age))},
		heading("NEWEST", inventory.AppsByNewest), draw.Dim.Text(heading("FLAGS", inventory.AppsFlagged)))
	return v.table().Lines(env.Screen, w, h, head, func(n int32) []draw.Segment {
		a := v.found.Apps.App(n)
		return cells(appName(a), english.Thousands(a.People), english.Thousands(a.Refresh), english.Thousands(a.Access),
			shortAge(app.AgeWords(a.Oldest, env.Now)), ageBar(env, a, c.age), shortAge(app.AgeWords(a.Newest, env.Now)), v.flagWords(a))
	})
}

// ageBar draws when an app's tokens were created in the last half year, the present on the right:
// from its oldest to its newest token.
func ageBar(env view.Env, a inventory.App, w int) []draw.Segment {
	const span = 26 * 7 * 24 * time.Hour
	if a.Oldest.IsZero() || w == 0 {
		return []draw.Segment{draw.Plain.Text(draw.Spaces(2 + w))}
	}
	cell := func(at time.Time) int {
		age := max(0, min(env.Now.Sub(at), span-1))
		return w - 1 - int(int64(w)*int64(age)/int64(span))
	}
	from, to := cell(a.Oldest), cell(a.Newest)
	tone := draw.Link
	if env.Now.Sub(a.Newest) > app.StaleAfter {
		tone = draw.Warn
	}
	return []draw.Segment{
		draw.Dim.Text("  " + draw.Repeat(env.Glyphs.Used, from)), tone.Text(draw.Repeat(env.Glyphs.Left, to-from+1)),
		draw.Dim.Text(draw.Repeat(env.Glyphs.Used, w-1-to)),
	}
}

// shortAge removes the word that the heading already contains.
func shortAge(words string) string {
	return strings.TrimPrefix(strings.TrimSuffix(words, " ago"), "just ")
}

// flagWords returns an app's flags for the table; the detail pane shows the evidence. If tokens
// were revoked since the sweep, it says that instead.
func (v *View) flagWords(a inventory.App) draw.Segment {
	switch n := v.revokedOf[a.ClientID]; {
	case n == 0:
	case n >= a.People:
		return draw.Good.Text("gone")
	default:
		return draw.Good.Text("gone for " + english.Thousands(n))
	}
	words := strings.Join(a.Words(), ", ")
	words = flagWords(words)
	if a.Stale > 0 {
		stale := english.Thousands(a.Stale) + " stale"
		if a.People == 1 {
			stale = "stale"
		}
		words = strings.TrimPrefix(words+", "+stale, ", ")
	}
	if webex.IsAgentApp(a.Name) {
		words = strings.TrimSuffix("AI agent, "+words, ", ")
	}
	switch {
	case a.Service != nil:
		return draw.Plain.Text(strings.TrimSuffix("Service App, "+words, ", "))
	case a.SignIn:
		return draw.Link.Text(strings.TrimSuffix("Webex, "+words, ", "))
	case a.Flagged(inventory.FlagLookAlike), a.Flagged(inventory.FlagNew), a.Flagged(inventory.FlagOddName):
		return draw.Warn.Text(words)
	}
	return draw.Dim.Text(words)
}

const signCells = 15 // of the last-issued column

func (v *View) grantsTable(env view.Env, w, h int) []string {
	kind, l, by := v.list(), v.grants(), v.sort[v.list()]
	mark := 0
	if kind == listChanges || len(v.revoked) > 0 {
		mark = 8
	}
	rest := w - 3 - mark - signCells - numberCells - 2
	user, name := max(rest-1, 10), 0
	if kind != listHolders { // there, all rows have the same app
		shares := list.Share(rest-1, v.wantUser, v.wantApp)
		user, name = shares[0], shares[1]
	}
	cells := func(change draw.Segment, who, title, sign, tokens string) []draw.Segment {
		var segs []draw.Segment
		if mark > 0 {
			segs = append(segs, change.Tone.Text(draw.Pad(change.Text, mark)))
		}
		segs = append(segs, env.Address(draw.Strong, draw.Pad(who, user)+" ")...)
		if name > 0 {
			segs = append(segs, draw.Plain.Text(draw.Pad(title, name)+" "))
		}
		return append(segs, draw.Plain.Text(draw.PadLeft(sign, signCells)), draw.Dim.Text(draw.PadLeft(tokens, numberCells)))
	}
	sign := "LAST TOKEN"
	if kind == listChanges {
		sign = "NEWEST"
	}
	head := cells(draw.Dim.Text(""), by.Heading(env.Screen, "USER", inventory.ByPerson), by.Heading(env.Screen, "APP", inventory.ByApp),
		by.Heading(env.Screen, sign, inventory.ByNewest), "TOKENS")
	return v.table().Lines(env.Screen, w, h, head, func(n int32) []draw.Segment {
		r := l.Ref(n)
		change := draw.Plain.Text("new")
		if l.Class(n) == inventory.Novel {
			change = draw.Warn.Text("new app")
		}
		switch {
		case kind != listChanges:
			change = draw.Plain.Text("")
		case l.Ended(n):
			change = draw.Dim.Text("removed")
		}
		if v.revoked[grantKey{r.Person().ID, r.ClientID()}] {
			change = draw.Good.Text("revoked")
		}
		return cells(change, refUser(r, user), refName(r), shortAge(app.AgeWords(r.Grant().Newest(), env.Now)), english.Thousands(r.Grant().Tokens()))
	})
}

// measure stores the widths of the texts of user and app.
func (v *View) measure() {
	v.wantUser, v.wantApp = len("USER")+2, len("APP")+2
	rows := v.table().Rows
	for _, n := range rows[:min(len(rows), list.Measured)] {
		r := v.grants().Ref(n)
		v.wantUser, v.wantApp = max(v.wantUser, draw.Cells(refUser(r, 80))), max(v.wantApp, draw.Cells(refName(r)))
	}
}

// refUser describes the user of a grant in w cells: by name and address, or by the address only,
// because it is unique.
func refUser(r inventory.Ref, w int) string {
	p := r.Person()
	email, name := app.Clean(p.Email), app.Clean(p.Name)
	switch {
	case email == "":
		return app.Clean(p.ID)
	case name != "" && draw.Cells(name)+2+draw.Cells(email) <= w:
		return name + "  " + email
	}
	return email
}

func refName(r inventory.Ref) string {
	return app.AppName(webex.Authorization{ApplicationName: r.Name(), ClientID: r.ClientID()})
}
