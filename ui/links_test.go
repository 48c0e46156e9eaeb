package ui

import (
	"strings"
	"testing"
	"time"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

// Only texts of wxauth and the address of the user become links, not a name that looks like a link.
func TestLinks(t *testing.T) {
	bubble(t, func(t *testing.T) {
		sim := webextest.New()
		lea := sim.AddPerson(webextest.Person{Name: "Lea", Email: "lea@acme.example"})
		sim.Grant(lea, sim.AddApp("https://admin.webex.com.evil.example/"), time.Now())
		d := start(t, sim, lea.Email, 120, 40, func(o *Options, _ *[]webex.Option) {
			o.Links, o.ControlHub = true, app.DefaultControlHub
		})
		d.wait(time.Second)
		content := d.m.View().Content
		if !strings.Contains(content, "\x1b]8;;https://admin.webex.com/manage-users/users/") || strings.Contains(content, "\x1b]8;;https://admin.webex.com.evil") {
			t.Errorf("%q", content)
		}
		if strings.Count(content, "\x1b]8;;https") != 1 { // in the header
			t.Errorf("%d links", strings.Count(content, "\x1b]8;;https"))
		}
	})
	bubble(t, func(t *testing.T) {
		d := start(t, webextest.Demo(), webextest.DemoPerson, 120, 40)
		d.wait(time.Second)
		if strings.Contains(d.m.View().Content, "\x1b]8") {
			t.Error("a link without Links")
		}
	})
}
