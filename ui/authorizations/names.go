package authorizations

import (
	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/webex"
)

// lookAlikes returns, for each app whose name looks like that of another app in the list, a text
// that names the other app. Webex's own app counts as the original; without one, the oldest
// does.
func lookAlikes(groups []*group, l app.Listing) map[*group]string {
	older := func(a, b *group) bool { // an unknown time is never older
		return !a.oldest.IsZero() && (b.oldest.IsZero() || a.oldest.Before(b.oldest))
	}
	first := map[string]*group{}
	keys := make([]string, len(groups))
	for i, g := range groups {
		keys[i] = inventory.Skeleton(g.rawName(l))
		o := first[keys[i]]
		if o == nil || g.signIn && !o.signIn || g.signIn == o.signIn && older(g, o) {
			first[keys[i]] = g
		}
	}
	out := map[*group]string{}
	for i, g := range groups {
		o := first[keys[i]]
		switch {
		case o == g || keys[i] == "" || g.signIn:
		case o.rawName(l) == g.rawName(l):
			out[g] = "another app has the same name"
		default:
			out[g] = "looks like " + app.Shorten(app.Clean(o.rawName(l)), 40)
		}
	}
	return out
}

// rawName returns the displayed name before sanitizing.
func (g *group) rawName(l app.Listing) webex.Untrusted {
	if g.raw == "" {
		return l.Rows[g.rows[0]].ApplicationName
	}
	return g.raw
}
