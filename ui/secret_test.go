package ui

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

const typedToken = "ZDI3MGEyYzQtNmFlNS00NDNhLWFlNzAt_PF84_1eb65fdf-9643-417f-9974-ad72cae0e10f"

// A token that is typed or pasted instead of a name is neither shown nor sent.
func TestATokenWhereANameBelongsIsNotShown(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := start(t, webextest.Demo(), "", 120, 40, func(o *Options, _ *[]webex.Option) { o.Audit = manyAttempts{4, false} }) // a filter needs rows
		d.wait(100 * time.Millisecond)
		before := len(d.sim.Requests())
		d.paste(typedToken)
		d.wait(time.Second)
		d.see("Find a person:  "+strings.Repeat("•", 20), "This looks like a token, not a user")
		d.press("enter")
		d.see("it was not searched")
		if n := len(d.sim.Requests()) - before; n > 0 {
			t.Errorf("%d requests", n)
		}
		hidden := func(where string) {
			t.Helper()
			if strings.Contains(d.m.View().Content, typedToken[24:]) || strings.Contains(d.m.View().Content, typedToken[:24]) {
				t.Errorf("%s shows the token", where)
			}
		}
		hidden("the picker")
		d.press("esc", "text:"+typedToken)
		d.wait(time.Second)
		hidden("the picker, typed")
		d.press("esc", "text:"+webextest.DemoPerson, "enter")
		d.wait(time.Second)
		for view, keys := range map[string][]string{"the list": {"1"}, "the audit": {"4"}} {
			d.press(keys...)
			d.press("/")
			d.paste(typedToken)
			hidden(view + "'s filter")
			d.press("enter")
			d.wait(time.Second)
			hidden(view + " behind its filter")
			d.press("esc")
		}
		d.press(":", "text:"+typedToken)
		hidden("the palette")
	})
}

// All lines of the login's URL form one link. An answer that is pasted in two lines is joined.
func TestTheLoginsAddressIsOneLink(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d, _ := withLogin(t, webextest.Demo(), 60, 40)
		d.press("l", "enter")
		for _, alone := range []bool{false, true} {
			if alone {
				d.press("z")
			}
			content, want := d.m.View().Content, d.address()
			link := ansi.SetHyperlink(want, "id=wxauth-login")
			joined, lines := "", 0
			for l := range strings.SplitSeq(content, "\n") {
				if rest, ok := strings.CutPrefix(l, link); ok {
					joined += strings.TrimRight(ansi.Strip(rest), " ")
					lines++
				}
			}
			if joined != want || lines < 3 || strings.Count(content, ansi.ResetHyperlink()) != lines {
				t.Errorf("URL only %v: %d lines: %q, want %q", alone, lines, joined, want)
			}
		}
		d.press("z")
		answer := consent(d, "accept")
		d.press("p")
		d.paste(answer[:len(answer)-20] + "\r\n" + answer[len(answer)-20:])
		d.press("enter")
		d.wait(time.Second)
		d.see("Signed in as")
	})
}
