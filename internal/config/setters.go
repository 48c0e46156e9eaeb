package config

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/wxauth/wxauth/webex"
)

// setters contains a function for each key. The file is read key by key, and not decoded into a
// struct, because the decoder stops at the first value of the wrong type, and all errors should
// be reported.
var setters = map[string]func(*Config, value) error{
	"base_url": func(c *Config, v value) error {
		s, err := v.text()
		if err != nil {
			return err
		}
		c.BaseURL = s
		return webex.CheckBaseURL(s)
	},
	"ca_file":   func(c *Config, v value) (err error) { c.CAFile, err = v.text(); return },
	"read_only": func(c *Config, v value) error { return v.boolean(&c.ReadOnly) },
	"profile":   func(c *Config, v value) error { return v.profileName(&c.Profile) },
	"key":       func(c *Config, v value) error { return v.oneOf(&c.Key, KeySources...) },
	"store": func(c *Config, v value) (err error) {
		if c.Store, err = v.text(); err != nil || c.Store == "" {
			return err
		}
		return CheckStore(c.Store, false)
	},
	"theme":                           func(c *Config, v value) error { return v.oneOf(&c.Theme, Themes...) },
	"complete_names":                  func(c *Config, v value) error { return v.boolean(&c.CompleteNames) },
	"mouse":                           func(c *Config, v value) error { return v.boolean(&c.Mouse) },
	"plain":                           func(c *Config, v value) error { return v.boolean(&c.Plain) },
	"color":                           func(c *Config, v value) error { return v.oneOf(&c.Color, "auto", "never") },
	"time_zone":                       setTimeZone,
	"webex_clients":                   setWebexClients,
	"endpoints.authorize":             endpointSetter(func(e *webex.Endpoints) *string { return &e.Authorize }),
	"endpoints.token":                 endpointSetter(func(e *webex.Endpoints) *string { return &e.Token }),
	"endpoints.device_authorize":      endpointSetter(func(e *webex.Endpoints) *string { return &e.DeviceAuthorize }),
	"endpoints.device_token":          endpointSetter(func(e *webex.Endpoints) *string { return &e.DeviceToken }),
	"policy.access":                   func(c *Config, v value) (err error) { c.Policy.Access, err = v.duration(); return },
	"policy.refresh":                  func(c *Config, v value) (err error) { c.Policy.Refresh, err = v.duration(); return },
	"control_hub.person":              hubSetter("person"),
	"control_hub.integrations":        hubSetter("integrations"),
	"control_hub.service_apps":        hubSetter("service_apps"),
	"control_hub.agentic_apps":        hubSetter("agentic_apps"),
	"observed.rotates_refresh":        observedSetter(func(o *webex.Observed) *webex.Tristate { return &o.Rotates }),
	"observed.extends_refresh":        observedSetter(func(o *webex.Observed) *webex.Tristate { return &o.Extends }),
	"observed.lists_refreshed_access": observedSetter(func(o *webex.Observed) *webex.Tristate { return &o.ListsRefreshed }),
	"observed.moves_created":          observedSetter(func(o *webex.Observed) *webex.Tristate { return &o.MovesCreated }),
	"policy.rules.name":               func(c *Config, v value) error { s, err := v.text(); lastRule(c).Name = webex.Untrusted(s); return err },
	"policy.rules.type":               setRuleType,
	"policy.rules.lifetime": func(c *Config, v value) error {
		if s, err := v.text(); err == nil && s == "unknown" {
			lastRule(c).Unknown = true
			return nil
		}
		d, err := v.duration()
		lastRule(c).Lifetime = d
		return err
	},
	"policy.rules.client_id": func(c *Config, v value) error {
		s, err := v.text()
		if err != nil {
			return err
		}
		lastRule(c).ClientID = webex.ClientID(s)
		return webex.CheckID("client id", s)
	},
}

// clientSetters contains a function for each key of [service_app], and for the same keys in
// other tables.
var clientSetters = map[string]func(*Client, value) error{
	"client_id": func(c *Client, v value) error {
		s, err := v.text()
		if err != nil || s == "" {
			return err
		}
		c.ClientID = webex.ClientID(s)
		return webex.CheckID("client id", s)
	},
	"client_secret": func(c *Client, v value) error {
		s, err := v.text()
		c.ClientSecret = webex.NewSecret(s)
		return err
	},
	"client_secret_command": func(c *Client, v value) (err error) {
		c.ClientSecretCommand, err = v.texts(`a list of the program and its arguments, such as ["pass", "show", "webex"]`)
		return err
	},
}

// ofClient returns the setter of a profile for a key of its client.
func ofClient(key string) func(*Profile, value) error {
	return func(p *Profile, v value) error { return clientSetters[key](&p.Client, v) }
}

// profileSetters contains a function for each key of [integration] and of [profiles.NAME].
var profileSetters = map[string]func(*Profile, value) error{
	"client_id":             ofClient("client_id"),
	"client_secret":         ofClient("client_secret"),
	"client_secret_command": ofClient("client_secret_command"),
	"client_secret_saved":   func(p *Profile, v value) error { return v.boolean(&p.ClientSecretSaved) },
	"redirect_uri": func(p *Profile, v value) error {
		s, err := v.text()
		p.RedirectURI = s
		if u, perr := url.Parse(s); err == nil && s != "" && (perr != nil || u.Scheme == "") {
			err = errors.New("must be the full URI, as registered on the integration")
		}
		return err
	},
	"scopes": func(p *Profile, v value) error {
		list, err := v.texts(`a list of scopes or presets, such as ["spark:people_read"] or ["byova"]`)
		if err != nil || len(list) == 0 {
			return err
		}
		p.Scopes, err = webex.ParseScopes(strings.Join(list, " "))
		return err
	},
	"issuer":     func(p *Profile, v value) (err error) { p.Issuer, err = v.text(); return },
	"login_hint": func(p *Profile, v value) (err error) { p.LoginHint, err = v.text(); return },
	"base_url": func(p *Profile, v value) error {
		s, err := v.text()
		if err != nil || s == "" {
			return err
		}
		p.BaseURL = s
		return webex.CheckBaseURL(s)
	},
	"read_only": func(p *Profile, v value) error { return v.boolean(&p.ReadOnly) },
}

// onlyProfiles contains the keys that are also at the top level of the file, not in
// [integration].
var onlyProfiles = []string{"base_url", "read_only"}

// tables contains the keys of tables, and arrays those of arrays of tables.
var (
	tables = []string{"policy", "keys", "integration", "service_app", "endpoints", "profiles", "observed", "control_hub"}
	arrays = []string{"policy.rules"}
)

// Themes contains the names of the color themes.
var Themes = []string{"auto", "dark", "light", "high-contrast"}

// keySetter returns a setter for the keys of an action: a key or a list of keys.
func keySetter(action string, line int) func(*Config, value) error {
	return func(c *Config, v value) error {
		if c.Keys == nil {
			c.Keys, c.KeyLines = map[string][]string{}, map[string]int{}
		}
		c.KeyLines[action] = line
		one, err := v.text()
		if err == nil {
			c.Keys[action] = []string{one}
			return nil
		}
		c.Keys[action], err = v.texts(`a key, such as "R", or a list of keys, such as ["R", "f5"]`)
		return err
	}
}

// endpointSetter returns a setter for an OAuth endpoint.
func endpointSetter(field func(*webex.Endpoints) *string) func(*Config, value) error {
	return func(c *Config, v value) error {
		s, err := v.text()
		if err != nil || s == "" {
			return err
		}
		*field(&c.Endpoints) = s
		return webex.CheckBaseURL(s)
	}
}

// hubSetter returns a setter for the address of a page in Control Hub.
func hubSetter(page string) func(*Config, value) error {
	return func(c *Config, v value) error {
		s, err := v.text()
		if err != nil {
			return err
		}
		if u, perr := url.Parse(s); s != "" && (perr != nil || u.Scheme != "https" || u.Host == "" || u.User != nil) {
			return errors.New("must be an https address, such as \"https://admin.webex.com/manage-users/users/{person}\", or empty")
		}
		if c.ControlHub == nil {
			c.ControlHub = map[string]string{}
		}
		c.ControlHub[page] = s
		return nil
	}
}

// observedSetter returns a setter for what was observed of the API.
func observedSetter(field func(*webex.Observed) *webex.Tristate) func(*Config, value) error {
	return func(c *Config, v value) error {
		var seen bool
		if err := v.boolean(&seen); err != nil {
			return err
		}
		*field(&c.Policy.Observed) = webex.No
		if seen {
			*field(&c.Policy.Observed) = webex.Yes
		}
		return nil
	}
}

func lastRule(c *Config) *webex.Rule { return &c.Policy.Rules[len(c.Policy.Rules)-1] }

// setTimeZone accepts utc, local, or the name of a time zone that the system or Go knows.
func setTimeZone(c *Config, v value) error {
	s, err := v.text()
	if err != nil {
		return err
	}
	c.TimeZone = s
	if _, err := zone(s); err != nil {
		return fmt.Errorf("must be utc, local, or a time zone of this system, such as Europe/Berlin, is %q", s)
	}
	return nil
}

func setRuleType(c *Config, v value) error {
	var s string
	err := v.oneOf(&s, string(webex.TypeAccess), string(webex.TypeRefresh))
	lastRule(c).Type = webex.Type(s)
	return err
}

func setWebexClients(c *Config, v value) error {
	list, err := v.texts(`a list of client ids, such as ["C1…", "C2…"]`)
	if err != nil {
		return err
	}
	c.Policy.WebexClients = nil
	for _, s := range list {
		if err := webex.CheckID("client id", s); err != nil {
			return err
		}
		c.Policy.WebexClients = append(c.Policy.WebexClients, webex.ClientID(s))
	}
	return nil
}

// value is a value in the file, with methods that validate and convert it.
type value struct{ node *unstable.Node }

func (v value) wrong(want string) error {
	return fmt.Errorf("must be %s, is %s", want, kindWord(v.node.Kind))
}

func kindWord(k unstable.Kind) string {
	switch k {
	case unstable.String:
		return "a string"
	case unstable.Bool:
		return "true or false"
	case unstable.Integer, unstable.Float:
		return "a number"
	case unstable.Array:
		return "a list"
	case unstable.InlineTable:
		return "a table"
	}
	return "a time"
}

func (v value) text() (string, error) {
	if v.node.Kind != unstable.String {
		return "", v.wrong("a quoted string")
	}
	return string(v.node.Data), nil
}

func (v value) boolean(dst *bool) error {
	if v.node.Kind != unstable.Bool {
		return v.wrong("true or false")
	}
	*dst = string(v.node.Data) == "true"
	return nil
}

func (v value) oneOf(dst *string, allowed ...string) error {
	s, err := v.text()
	if err != nil {
		return err
	}
	if !slices.Contains(allowed, s) {
		return fmt.Errorf("must be one of %s, is %q", strings.Join(allowed, ", "), s)
	}
	*dst = s
	return nil
}

// texts reads a list of texts. want describes the expected form.
func (v value) texts(want string) ([]string, error) {
	if v.node.Kind != unstable.Array {
		return nil, v.wrong(want)
	}
	var out []string
	for it := v.node.Children(); it.Next(); {
		if it.Node().Kind == unstable.Comment {
			continue
		}
		s, err := value{it.Node()}.text()
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

func (v value) profileName(dst *string) error {
	s, err := v.text()
	if err != nil {
		return err
	}
	*dst = s
	return CheckProfileName(s)
}

func (v value) duration() (d time.Duration, err error) {
	s, err := v.text()
	if err != nil {
		return 0, v.wrong(`a quoted duration, such as "30d"`)
	}
	d, err = ParseDuration(s)
	if err == nil && d == 0 {
		err = errors.New("must be greater than zero")
	}
	return d, err
}
