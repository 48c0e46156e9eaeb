package activity

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/ui/view"
)

// The words say why no event is expected.
func TestWhyNothingIsCompared(t *testing.T) {
	v := &View{}
	for want, r := range map[string]app.Record{
		"along with its refresh token":    {Outcome: app.Cascaded, Intent: 1},
		"wxauth sent no request":          {Outcome: app.Unknown},
		"Webex did not accept":            {Outcome: app.StillListed, Intent: 1, Status: 500},
		"the request got no response":     {Outcome: app.Unknown, Intent: 1},
		"not compared: the request got n": {},
	} {
		if got := v.recordedWords(app.ActivityRow{Record: &r, State: app.NotComparable}); !strings.Contains(got, want) {
			t.Errorf("%+v: %q", r, got)
		}
	}
}

type damagedLog struct{}

func (damagedLog) Records(context.Context, int) ([]app.Record, int, error) {
	return []app.Record{{Seq: 1, Time: time.Now(), Outcome: app.Revoked}}, 1, errors.New("line 2 was changed")
}

// A damaged audit log is shown, and what is wrong with it is said.
func TestADamagedLogIsToldOf(t *testing.T) {
	v := New(t.Context(), damagedLog{}, nil, nil)
	v.Update(view.Env{}, v.Show()())
	if v.err != nil || !v.have || !strings.Contains(v.damaged, "ine 2 was changed") {
		t.Errorf("%v, have %v, %q", v.err, v.have, v.damaged)
	}
}
