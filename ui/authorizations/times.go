package authorizations

import (
	"fmt"
	"time"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
)

const (
	day       = 24 * time.Hour
	timesFrom = 30 // screen height from which the times have a line
)

// times counts tokens by the day on which they expire, and by the week in which they were created.
type times struct {
	expire  [30]int // the next days
	created [13]int // the last weeks, the current one last
}

// add counts a token at now.
func (t *times) add(r app.Row, now time.Time) {
	if left := r.Left.In(now); r.Left.Known() && left >= 0 && left < time.Duration(len(t.expire))*day {
		t.expire[left/day]++
	}
	if age := now.Sub(r.Created); !r.Created.IsZero() && age >= 0 && age < time.Duration(len(t.created))*7*day {
		t.created[len(t.created)-1-int(age/(7*day))]++
	}
}

func sum(numbers []int) (n int) {
	for _, x := range numbers {
		n += x
	}
	return n
}

// timesLine draws when tokens expire and when they were created, in bars or in words.
func (v *View) timesLine(env view.Env) string {
	t := &v.tree.times
	expire, created := sum(t.expire[:]), sum(t.created[:])
	if env.Plain {
		return env.Paint(draw.Plain.Text(fmt.Sprintf(" %s within 30 days; %s were created within 13 weeks", english.Count(expire, "token")+" expire", english.Thousands(created))))
	}
	segs := []draw.Segment{
		draw.Dim.Text(" expire in the next 30 days "), draw.Link.Text(draw.Spark(t.expire[:])), draw.Plain.Text(" " + english.Thousands(expire)),
		draw.Dim.Text("    created in the last 13 weeks "), draw.Link.Text(draw.Spark(t.created[:])), draw.Plain.Text(" " + english.Thousands(created)),
	}
	if draw.Total(segs) > env.Width {
		segs = segs[:3]
	}
	return env.Paint(segs...)
}
