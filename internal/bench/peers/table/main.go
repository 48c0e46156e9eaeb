// Table is the smallest Bubble Tea program with a table: forty rows of five columns in
// bubbles/table, over the whole screen.
package main

import (
	"fmt"
	"os"

	"charm.land/bubbles/v2/table"
	tea "charm.land/bubbletea/v2"
)

type model struct{ table table.Model }

func (model) Init() tea.Cmd { return nil }

func (m model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.table.SetWidth(msg.Width)
		m.table.SetHeight(msg.Height)
	case tea.KeyPressMsg:
		if msg.String() == "q" {
			return m, tea.Quit
		}
	}
	var cmd tea.Cmd
	m.table, cmd = m.table.Update(msg)
	return m, cmd
}

func (m model) View() tea.View {
	v := tea.NewView(m.table.View())
	v.AltScreen = true
	return v
}

func main() {
	var rows []table.Row
	for i := range 40 {
		rows = append(rows, table.Row{fmt.Sprintf("Meeting Sync %d", i), "refresh", fmt.Sprintf("%dd ago", i), fmt.Sprintf("%dd 4h", 90-i), "assumed"})
	}
	m := model{table.New(table.WithFocused(true), table.WithRows(rows), table.WithColumns([]table.Column{
		{Title: "APP", Width: 40}, {Title: "TYPE", Width: 10}, {Title: "CREATED", Width: 10}, {Title: "LEFT", Width: 10}, {Title: "BASIS", Width: 10},
	}))}
	if _, err := tea.NewProgram(m).Run(); err != nil {
		os.Exit(1)
	}
}
