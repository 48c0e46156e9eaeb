package ui

import (
	"fmt"
	"testing"
	"time"

	bubbles "charm.land/bubbles/v2/table"
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/webex"
)

// listing is a person's list of n tokens: apps with a refresh token and its access token.
func listing(n int, now time.Time) app.Listing {
	l := app.Listing{Who: webex.Me, ReadAt: now}
	var rows []webex.Authorization
	for i := range n {
		a := webex.Authorization{
			ID: webex.AuthorizationID(fmt.Sprintf("id%06d", i)), ClientID: webex.ClientID(fmt.Sprintf("C%06d", i/2)),
			ApplicationName: webex.Untrusted(fmt.Sprintf("App %06d", i/2)), Type: webex.TypeRefresh, Created: now.Add(-time.Duration(i) * time.Hour),
		}
		if i%2 == 1 {
			a.Type = webex.TypeAccess
		}
		rows = append(rows, a)
	}
	_ = rows
	return l
}

func bubblesTable(n int) bubbles.Model {
	var rows []bubbles.Row
	for i := range n {
		rows = append(rows, bubbles.Row{fmt.Sprintf("App %06d", i), "refresh", "3d ago", "61d 4h", "assumed"})
	}
	return bubbles.New(bubbles.WithColumns([]bubbles.Column{{Title: "APP", Width: 40}, {Title: "TYPE", Width: 10}, {Title: "CREATED", Width: 10}, {Title: "LEFT", Width: 10}, {Title: "BASIS", Width: 10}}),
		bubbles.WithRows(rows), bubbles.WithFocused(true), bubbles.WithHeight(36), bubbles.WithWidth(120))
}

func BenchmarkPeerTable(b *testing.B) {
	m := bubblesTable(1000)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		k := "j"
		if i%200 >= 100 {
			k = "k"
		}
		m, _ = m.Update(tea.KeyPressMsg{Code: rune(k[0]), Text: k})
		_ = m.View()
	}
}
