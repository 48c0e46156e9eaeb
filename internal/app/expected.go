package app

import (
	"strings"

	"github.com/wxauth/wxauth/webex"
)

// expected is a record of an outcome about as long as it will be: the error stands for what is
// not known yet, such as who is signed in and the tracking id.
func expected(person webex.Untrusted, row Row) Record {
	return Record{Person: person, Row: row.Authorization, SignIn: row.SignIn, Outcome: StillListed, Error: strings.Repeat("x", 1024)}
}

// Expected returns a record for each outcome that carrying out the batch may write down, for
// whoever keeps room for them before anything is sent.
func (b Batch) Expected() []Record {
	out := []Record{expected("", Row{})} // the end of the run
	for _, p := range b.Plans {
		out = append(out, expected(p.person(), Row{})) // of a person who holds nothing
		counted := map[webex.AuthorizationID]bool{}
		for _, i := range p.Items {
			out = append(out, expected(p.person(), i.Row))
			for _, row := range i.Ends { // the tokens of an app end together
				if !counted[row.ID] {
					out = append(out, expected(p.person(), row))
				}
				counted[row.ID] = true
			}
		}
		for _, rows := range [][]Row{p.Kept, p.Stuck} {
			for _, row := range rows {
				out = append(out, expected(p.person(), row))
			}
		}
	}
	for _, f := range b.Failures {
		out = append(out, expected(webex.Untrusted(f.Name()), Row{}))
	}
	return out
}

// Expected is [Batch.Expected] of one app in a whole organization.
func (p AppPlan) Expected() []Record {
	out := []Record{expected(webex.Untrusted(p.Org.ID), p.row())}
	for _, l := range p.Holders {
		for _, row := range p.held(l) {
			out = append(out, expected(Plan{Who: l.Who, Person: l.Person}.person(), row))
		}
	}
	return out
}
