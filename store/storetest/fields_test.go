package storetest

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/wxauth/wxauth/webex"
)

// A store that drops a field, whichever it is, does not pass.
func TestNoFieldIsForgotten(t *testing.T) {
	whole := Sample(2)
	if got := differing(Sample(2), whole); got != nil {
		t.Errorf("equal tokens differ in %v", got)
	}
	v := reflect.ValueOf(&whole).Elem()
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		if v.Field(i).IsZero() {
			t.Errorf("Sample does not set %s", name)
		}
		dropped := Sample(2)
		reflect.ValueOf(&dropped).Elem().Field(i).SetZero()
		if got := differing(dropped, whole); !slices.Equal(got, []string{name}) {
			t.Errorf("without %s: %v", name, got)
		}
	}
	elsewhere := Sample(2)
	elsewhere.Issued = elsewhere.Issued.In(time.FixedZone("", 3600))
	if got := differing(elsewhere, whole); got != nil {
		t.Errorf("the same time in another zone: %v", got)
	}
}

// What webex writes for a store holds every field.
func TestTheJSONOfTokensHoldsEveryField(t *testing.T) {
	for n, want := range []webex.Tokens{Sample(1), Sample(2), {}} {
		b, err := want.RevealJSON()
		if err != nil {
			t.Fatal(err)
		}
		got, err := webex.ParseTokens(b)
		if err != nil {
			t.Fatal(err)
		}
		if fields := differing(got, want); fields != nil {
			t.Errorf("%d: %v", n, fields)
		}
	}
}
