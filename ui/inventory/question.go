package inventory

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/ui/dialog"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

const (
	longestTyped = 40 // maximum width of a name that the user must type, in cells
	typedOfID    = 12 // characters of the client id to type instead
)

// newQuestion returns the confirmation dialog for revoking an app for everybody who has it, or the
// marked grants.
func (v *View) newQuestion(env view.Env, msg preparedMsg) *dialog.Confirm {
	b := msg.batch
	c := b.Confirmation()
	d := &dialog.Confirm{Want: app.Clean(c.Text), Or: app.Clean(c.Or)}
	switch {
	case b.App == nil:
		d.Prompt = d.Want + "  (the number of users)"
	case d.Or != "" && draw.Cells(d.Or) <= longestTyped:
		d.Prompt = d.Or + "  or its client id"
	default: // don't make the user type 65 characters
		d.Or, d.Want = "", draw.Head(d.Want, typedOfID)
		d.Prompt = d.Want + "  (a prefix of its client id)"
	}
	org := ""
	if env.Session != nil {
		org = app.Clean(env.Session.Org.DisplayName)
	}
	if v.Org != "" { // a customer's organization, not our own
		org = "customer " + app.ShortClient(webex.OrgID(v.Org))
	}
	if org != "" {
		org = draw.Cut(" ("+org+")", 30)
	}
	what, command := "the marked grants", ""
	if b.App != nil {
		what = app.Shorten(app.AppName(webex.Authorization{ApplicationName: b.App.Name, ClientID: b.App.Client}), 40)
		command = v.Commands.Everywhere(b.App.Client)
	} else {
		var lines []string
		for _, p := range b.Plans {
			lines = append(lines, v.Commands.OfPlan(p))
		}
		command = strings.Join(lines, "\n")
	}
	d.Revocation = dialog.Revocation{
		Title: "Revoke " + what + " for " + english.Count(b.Concerned(), "user") + org + "?", Head: app.EndWords(b.Ends()),
		Severe: true, Lines: holderLines(b), Least: 3, Facts: v.questionFacts(env, msg), Button: "Revoke " + english.Count(b.Items(), "token"),
		Command: command, Do: func() tea.Cmd { return v.revoke(b) },
	}
	return d
}

// holderLines lists everybody who loses access, one per line.
func holderLines(b app.Batch) [][]draw.Segment {
	var out [][]draw.Segment
	for _, p := range b.Plans {
		if len(p.Items) == 0 {
			continue
		}
		who := app.Clean(p.Person.Email())
		if who == "" {
			who = app.Clean(p.Person.ID)
		}
		sure, more := p.Ends()
		what := english.Count(sure, "token")
		if more > 0 {
			what += ", up to " + english.Thousands(more) + " more"
		}
		if b.App == nil { // otherwise the title names it
			what = english.Thousands(len(p.Items)) + " of " + app.FewNames(appNames(p))
		}
		l := []draw.Segment{draw.Strong.Text("  " + draw.Pad(who, 34)), draw.Plain.Text("  " + what)}
		if p.HasSelf() {
			l = append(l, draw.Bad.Text("  your own session"))
		}
		out = append(out, l)
	}
	return out
}

// appNames returns the names of a plan's apps, each once.
func appNames(p app.Plan) (names []string) {
	for _, i := range p.Items {
		if n := app.ShortName(i.Authorization); !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return names
}

func (v *View) questionFacts(env view.Env, msg preparedMsg) []dialog.Fact {
	b, of := msg.batch, msg.of
	var out []dialog.Fact
	add := func(f dialog.Fact) { out = append(out, f) }
	signIn, self, stuck := false, false, 0
	for _, p := range b.Plans {
		self = self || p.HasSelf()
		stuck += len(p.Stuck)
		for _, i := range p.Items {
			signIn = signIn || i.SignIn
		}
	}
	if signIn {
		add(dialog.Fact{Text: "This signs users out: it revokes tokens of Webex's own apps.", Tone: draw.Bad})
	}
	if self {
		add(dialog.Fact{Label: "Warning", Text: "Includes your session: wxauth may lose the token it is using.", Tone: draw.Bad})
	}
	if n := len(b.Failures); n > 0 {
		add(dialog.Fact{Label: "Failed", Text: english.Count(n, "user") + " could not be read: their tokens stay valid.", Tone: draw.Warn})
	}
	if msg.inUse > 0 {
		add(dialog.Fact{Label: "In use", Text: inUseWords(msg.inUse) + " and will not be revoked.", Tone: draw.Warn})
	}
	if stuck > 0 {
		add(dialog.Fact{Label: "Stays", Text: english.Count(stuck, "token") + " cannot be revoked here.", Tone: draw.Warn})
	}
	if v.sweep.running {
		add(dialog.Fact{Label: "Sweep", Text: "a sweep is running: users it has not read yet are not included. Wait until it finishes.", Tone: draw.Warn})
	}
	knew, t := "", draw.Plain
	if apps := v.found.Apps; apps != nil && of == v.found.Newest && b.App != nil {
		if n := apps.Find(inventory.App{ClientID: b.App.Client}); n >= 0 {
			a := apps.App(n)
			knew = " The sweep found " + english.Count(a.Refresh, "refresh token") + " and " + english.Count(a.Access, "access token") + "; lists reloaded just now."
		}
	}
	missing := " Users who authorized the app since then are not included."
	if b.App == nil {
		missing = ""
	}
	age := app.AgeWords(of.Started, env.Now)
	if env.Now.Sub(of.Started) > app.OldSweep {
		t = draw.Warn
	}
	add(dialog.Fact{Label: "Sweep", Text: "of " + env.Stamp(of.Started) + ", " + age + "." + missing + knew, Tone: t})
	add(dialog.Fact{Label: "How", Text: "one user at a time; each result is verified.", Tone: draw.Plain, Optional: true})
	add(dialog.Fact{Label: "Undo", Text: "not possible. Each user would have to authorize the app again.", Tone: draw.Plain})
	if env.RecordNote != "" {
		add(dialog.Fact{Label: "Log", Text: env.RecordNote, Tone: draw.Plain, Optional: true})
	}
	if b.App == nil {
		return out
	}
	if page := app.BlockPage(webex.Authorization{ApplicationName: b.App.Name, ClientID: b.App.Client}, signIn); page != "" {
		add(dialog.Fact{Label: "Block", Text: "to block the app: " + page + ", by its client id.", Tone: draw.Plain, Optional: true})
	}
	add(dialog.Fact{Label: "Client", Text: app.Clean(b.App.Client), Tone: draw.Dim})
	return out
}
