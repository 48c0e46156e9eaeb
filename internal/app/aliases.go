package app

import (
	"context"
	"fmt"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json"

	"github.com/wxauth/wxauth/webex"
)

// aliasSetting is the name of the setting that holds the aliases of organizations.
const aliasSetting = "org aliases"

// aliases returns the aliases by organization UUID.
func (o *Orgs) aliases(ctx context.Context) (map[string]string, error) {
	text, err := o.vault.Setting(ctx, aliasSetting)
	if err != nil || text == "" {
		return map[string]string{}, err
	}
	names := map[string]string{}
	if err := json.Unmarshal([]byte(text), &names); err != nil {
		return nil, fmt.Errorf("read aliases: %w", err)
	}
	return names, nil
}

const maxAlias = 64

// CheckAlias returns an error if name is not a valid alias. An alias consists of
// letters, digits, and - _ . and must not look like an id. The error matches
// webex.ErrInvalidInput.
func CheckAlias(name string) error {
	refuse := func(why string) error {
		return fmt.Errorf("%w: %s cannot be an alias: %s", webex.ErrInvalidInput, webex.Quote(name), why)
	}
	switch {
	case webex.LooksSecret(name):
		return refuse("an alias is not a secret and is shown as it is")
	case len([]rune(name)) > maxAlias:
		return refuse(fmt.Sprintf("it is longer than %d characters", maxAlias))
	case name == "" || strings.HasPrefix(name, "-"), strings.ContainsFunc(name, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_.", r)
	}), string(webex.Clean(webex.Untrusted(name))) != name:
		return refuse("use letters, digits, - _ and .")
	case len(name) >= leastBeginning && isBeginning(name):
		return refuse("it could be a prefix of an id")
	}
	if _, err := webex.ParseOrgID(name); err == nil {
		return refuse("it is an id")
	}
	return nil
}

// SetAlias gives an organization an alias; an empty name removes it. SetAlias
// rejects a name that another organization has.
func (o *Orgs) SetAlias(ctx context.Context, id webex.OrgID, name string) error {
	id, err := webex.ParseOrgID(string(id))
	if err != nil {
		return err
	}
	if name != "" {
		if err := CheckAlias(name); err != nil {
			return err
		}
		if secret := o.opts.Credentials.ClientSecret; !secret.IsZero() && secret.Equal(webex.NewSecret(name)) {
			return fmt.Errorf("%w: this is the client secret: an alias is not a secret and is shown as it is", webex.ErrInvalidInput)
		}
	}
	if g, ok := o.vault.(webex.RefreshGuard); ok {
		// Serialize the read-modify-write. The store has only the refresh lock, so
		// take it under a name that no client has.
		unlock, err := g.LockRefresh(ctx, webex.Principal{Client: aliasSetting})
		if err != nil {
			return err
		}
		defer unlock()
	}
	names, err := o.aliases(ctx)
	if err != nil {
		return err
	}
	uuid := id.UUID()
	for other, has := range names {
		if other != uuid && name != "" && strings.EqualFold(has, name) {
			return fmt.Errorf("%w: %q is the alias of %s", webex.ErrInvalidInput, has, other)
		}
	}
	if names[uuid] == name {
		return nil
	}
	names[uuid] = name
	if name == "" {
		delete(names, uuid)
	}
	text := ""
	if len(names) > 0 {
		b, err := json.Marshal(names, json.Deterministic(true))
		if err != nil {
			return fmt.Errorf("write aliases: %w", err)
		}
		text = string(b)
	}
	return o.vault.SetSetting(ctx, aliasSetting, text)
}
