package app

import (
	"fmt"
	"strings"

	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/internal/nearest"
	"github.com/wxauth/wxauth/webex"
)

// FindApp finds an app by its client id or its name (case-insensitive). If a name
// matches more than one client id, the error matches [ErrAmbiguousApp]; if nothing
// matches, [ErrNoMatch].
func FindApp(apps []inventory.App, text string) (inventory.App, error) {
	named := webex.Clean(webex.Untrusted(strings.TrimSpace(text)))
	var found []inventory.App
	var near, names []string
	for _, a := range apps {
		name := AppName(webex.Authorization{ApplicationName: a.Name, ClientID: a.ClientID})
		switch {
		case a.ClientID != "" && string(a.ClientID) == text:
			return a, nil
		case strings.EqualFold(name, string(named)):
			found = append(found, a)
		case strings.Contains(strings.ToLower(name), strings.ToLower(string(named))):
			near = append(near, webex.Quote(name))
		}
		names = append(names, name)
	}
	if word := nearest.Word(string(named), names); word != "" && len(near) == 0 {
		near = []string{webex.Quote(word)}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return inventory.App{}, ambiguousApp(text, found)
	case len(near) > 0:
		return inventory.App{}, fmt.Errorf("%w: no app is named %s: did you mean %s?", ErrNoMatch, webex.Quote(text), strings.Join(near[:min(len(near), 5)], " or "))
	}
	return inventory.App{}, fmt.Errorf("%w: no app has %s as its name or client id", ErrNoMatch, webex.Quote(text))
}

// FindClient finds an app by its client id only. The error matches [ErrNoMatch].
func FindClient(apps []inventory.App, client webex.ClientID) (inventory.App, error) {
	for _, a := range apps {
		if a.ClientID == client && client != "" {
			return a, nil
		}
	}
	return inventory.App{}, fmt.Errorf("%w: no app has the client id %s", ErrNoMatch, client)
}

func ambiguousApp(text string, found []inventory.App) error {
	var ids []string
	for _, a := range found {
		ids = append(ids, fmt.Sprintf("%s (%s)", OrDash(a.ClientID.String()), english.Count(a.People, "user")))
	}
	return fmt.Errorf("%w: %s: use one of the client ids: %s", ErrAmbiguousApp, webex.Quote(text), strings.Join(ids, " and "))
}
