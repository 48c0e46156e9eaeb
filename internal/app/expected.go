package app

import (
	"strings"

	"github.com/wxauth/wxauth/webex"
)

// expected returns a record about as long as the real one will be. Its error stands
// in for values that are not known yet, such as the actor and the tracking id.
func expected(person webex.Untrusted, row Row) Record {
	return Record{Person: person, Row: row.Authorization, SignIn: row.SignIn, Outcome: StillListed, Error: strings.Repeat("x", 1024)}
}

// Expected returns a record for each outcome that executing the batch may record, so
// that the recorder can reserve space before anything is sent.
func (b Batch) Expected() []Record {
	out := []Record{expected("", Row{})} // the end of the run
	for _, p := range b.Plans {
		out = append(out, expected(p.person(), Row{})) // a person who holds no tokens
		counted := map[webex.AuthorizationID]bool{}
		for _, i := range p.Items {
			out = append(out, expected(p.person(), i.Row))
			for _, row := range i.Ends { // all tokens of an app are revoked together
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

// Expected is [Batch.Expected] for one app in a whole organization.
func (p AppPlan) Expected() []Record {
	out := []Record{expected(webex.Untrusted(p.Org.ID), p.row())}
	for _, l := range p.Holders {
		for _, row := range p.held(l) {
			out = append(out, expected(Plan{Who: l.Who, Person: l.Person}.person(), row))
		}
	}
	return out
}
