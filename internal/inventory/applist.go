package inventory

import (
	"cmp"
	"slices"
	"strings"

	"github.com/wxauth/wxauth/internal/filter"
	"github.com/wxauth/wxauth/webex"
)

// AppSort is an order of a list of apps.
type AppSort int

// The orders of an [AppList].
const (
	AppsFlagged  AppSort = iota // flagged apps first, then by people
	AppsByPeople                // most people first
	AppsByNewest
	AppsByName
	appSorts
)

// AppList is a list of apps for display. Its sort orders and filter texts are computed
// once.
type AppList struct {
	apps   []App
	texts  []string
	orders [appSorts][]int32
	flags  map[string]int
}

// NewAppList returns a list of apps, which must be in the order of [Inventory.Apps].
func NewAppList(apps []App) *AppList {
	l := &AppList{apps: apps, texts: make([]string, len(apps)), flags: map[string]int{}}
	for i, a := range apps {
		for _, w := range a.Words() {
			l.flags[w]++
		}
		l.texts[i] = a.haystack()
	}
	for s := range appSorts {
		order := make([]int32, len(apps))
		for i := range order {
			order[i] = int32(i) //nolint:gosec // far below
		}
		slices.SortStableFunc(order, func(a, b int32) int {
			x, y := apps[a], apps[b]
			switch s {
			case AppsByPeople:
				return cmp.Compare(y.People, x.People)
			case AppsByNewest:
				return y.Newest.Compare(x.Newest)
			case AppsByName:
				return strings.Compare(l.texts[a], l.texts[b])
			}
			return 0
		})
		l.orders[s] = order
	}
	return l
}

// Len returns the number of apps.
func (l *AppList) Len() int { return len(l.apps) }

// Flagged returns how many apps have a flag.
func (l *AppList) Flagged(word string) int { return l.flags[word] }

// App returns an app by number.
func (l *AppList) App(n int32) App { return l.apps[n] }

// Find returns the number of the app with the client id of a, or -1.
func (l *AppList) Find(a App) int32 {
	return int32(slices.IndexFunc(l.apps, func(b App) bool { //nolint:gosec // far below
		return a.ClientID == b.ClientID && (a.ClientID != "" || strings.EqualFold(string(a.Name), string(b.Name)))
	}))
}

// Arrange returns the numbers of the apps that match a filter, sorted. The result must not
// be modified.
func (l *AppList) Arrange(s AppSort, text string) []int32 {
	if text == "" {
		return l.orders[s]
	}
	out, match := []int32{}, filter.Matcher(text)
	for _, n := range l.orders[s] {
		if match(l.texts[n]) {
			out = append(out, n)
		}
	}
	return out
}

// haystack returns the searchable text of an app: the name, the flags as shown, and tags.
func (a App) haystack() string {
	tags := map[string]bool{
		" new is:new ":             a.Flagged(FlagNew),
		" look-alike is:odd ":      a.Flagged(FlagLookAlike),
		" odd name is:odd ":        a.Flagged(FlagOddName),
		" one user ":               a.Flagged(FlagOnePerson),
		" stale is:stale ":         a.Stale > 0,
		" webex is:signin ":        a.SignIn,
		" ai agent is:agent ":      webex.IsAgentApp(a.Name),
		" service app is:service ": a.Service != nil,
		" refresh type:refresh ":   a.Refresh > 0,
		" access type:access ":     a.Access > 0,
	}
	text := strings.ToLower(string(a.Name)) + filter.AppMark
	for tag, has := range tags {
		if has {
			text += tag
		}
	}
	return text + filter.IDMark + strings.ToLower(string(a.ClientID))
}
