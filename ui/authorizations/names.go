package authorizations

import (
	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/webex"
)

// lookAlikes says of each app whose name an eye takes for that of another one of the list
// which one that is. Of such names Webex's own is the original, else the one that is known
// to have been there longest.
func lookAlikes(groups []*group, l app.Listing) map[*group]string {
	older := func(a, b *group) bool { // a time that is not known proves nothing
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

// rawName is the name that is shown, as it came.
func (g *group) rawName(l app.Listing) webex.Untrusted {
	if g.raw == "" {
		return l.Rows[g.rows[0]].ApplicationName
	}
	return g.raw
}
