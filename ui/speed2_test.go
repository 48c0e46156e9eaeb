package ui

import (
	"fmt"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

func onList2(tb testing.TB, n int) *Model {
	sim := webextest.New()
	p := sim.AddPerson(webextest.Person{Name: "Jane", Email: "jane@example.com"})
	for i := range n / 2 {
		at := time.Now().Add(-time.Duration(i) * time.Hour)
		sim.Grant(p, sim.AddApp(fmt.Sprintf("App %06d", i)), at, at.Add(time.Minute))
	}
	client := webex.New(webex.StaticToken(webex.NewSecret(sim.AdminToken())), webex.WithTransport(sim.Transport()))
	svc := app.New(client, &app.MemoryRecorder{}, app.Options{})
	who := webex.ByEmail("jane@example.com")
	m := New(tb.Context(), Options{Theme: "dark", Service: svc, Person: &who})
	m.Update(tea.WindowSizeMsg{Width: 120, Height: 40})
	l, err := svc.List(tb.Context(), who)
	if err != nil {
		tb.Fatal(err)
	}
	m.list.gen = 7
	m.Update(listMsg{gen: 7, listing: l})
	return m
}

func BenchmarkOurTable(b *testing.B) {
	for _, n := range []int{40, 1000, 10000} {
		m := onList2(b, n)
		b.Run(fmt.Sprint("frame-", n), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				k := "j"
				if i%20 >= 10 {
					k = "k"
				}
				m.Update(tea.KeyPressMsg{Code: rune(k[0]), Text: k})
				_ = m.View()
			}
		})
		b.Run(fmt.Sprint("table-", n), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				k := "j"
				if i%20 >= 10 {
					k = "k"
				}
				m.Update(tea.KeyPressMsg{Code: rune(k[0]), Text: k})
				s := m.shape()
				_ = m.tableLines(s.table, s.body)
			}
		})
	}
}
