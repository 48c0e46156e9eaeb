package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wxauth/wxauth/webex"
)

func parse(t *testing.T, text string) (Config, []string) {
	t.Helper()
	c := Default()
	err := c.parse("f", []byte(text))
	var problems Problems
	if err != nil && !errors.As(err, &problems) {
		t.Fatalf("%q: %v is not of type Problems", text, err)
	}
	var out []string
	for _, p := range problems {
		out = append(out, p.String())
	}
	return c, out
}

func TestTheExampleIsValidAndHoldsTheDefaults(t *testing.T) {
	data, err := os.ReadFile("../../config.example.toml")
	if err != nil {
		t.Fatal(err)
	}
	if string(data) != Example() {
		t.Error("internal/config/example.toml is not config.example.toml: copy it")
	}
	c, problems := parse(t, string(data))
	if len(problems) > 0 {
		t.Fatalf("%v", problems)
	}
	want := Default()
	want.Profile = "default"
	want.Integration = Profile{RedirectURI: webex.DefaultRedirectURI, Scopes: webex.DefaultScopes}
	want.Policy.Access, want.Policy.Refresh = webex.DefaultAccessLifetime, webex.DefaultRefreshLifetime
	if diff := cmp.Diff(want, c); diff != "" {
		t.Errorf("the example differs from the defaults:\n%s", diff)
	}
	for key := range profileSetters {
		if !strings.Contains(string(data), "\n"+key+" = ") {
			t.Errorf("%s is not in the example", key)
		}
	}
	for key := range setters {
		name := key[strings.LastIndexByte(key, '.')+1:]
		if !strings.Contains(string(data), name+" = ") {
			t.Errorf("%s is not in the example", key)
		}
	}
	// The commented-out rules are valid too.
	uncommented := strings.NewReplacer("# [[", "[[", "# client_id =", "client_id =", "# type =", "type =", "# lifetime =", "lifetime =", "# name =", "name =",
		"# [profiles", "[profiles", "# client_secret_command =", "client_secret_command =", "# read_only =", "read_only =", "# key =", "key =").Replace(string(data))
	c, problems = parse(t, uncommented)
	if len(problems) > 0 || len(c.Policy.Rules) != 2 || c.Policy.Rules[0].Lifetime != 60*24*time.Hour || !c.Policy.Rules[1].Unknown {
		t.Errorf("%v, %+v", problems, c.Policy.Rules)
	}
	if p := c.Profiles["customer"]; !p.ReadOnly || len(p.ClientSecretCommand) != 3 || c.Key != "keyring" {
		t.Errorf("%+v", c.Profiles)
	}
}

func TestEveryProblemIsToldWithItsLine(t *testing.T) {
	for text, want := range map[string][]string{
		"read_only = 1\nbaseurl=\"x\"\ntheme = \"blue\"": {
			"f:1: read_only: must be true or false, is a number", "f:2: unknown key baseurl (did you mean base_url?)", `f:3: theme: must be one of auto, dark, light, high-contrast, is "blue"`,
		},
		"\n\n[polcy]\naccess = \"1d\"\n[policy]\naccess = 14":                        {"f:3: unknown table [polcy] (did you mean policy?)", `f:6: policy.access: must be a quoted duration, such as "30d", is a number`},
		"policy = { access = \"0d\", more = 1 }":                                     {"f:1: policy.access: must be greater than zero", "f:1: unknown key policy.more"},
		"[[policy.rules]]\nclient_id = \"a/b\"\nlifetime = \"1d\"":                   {`f:2: policy.rules.client_id: invalid input: "a/b" is not a valid client id (letters, digits, - _ = only)`},
		"[[policy.rules]]\nclient_id = \"C\"\nname = \"n\"\nlifetime = \"1d\"":       {"f:1: policy.rules: give exactly one of client_id and name"},
		"[[policy.rules]]\nname = \"n\"":                                             {`f:1: policy.rules: lifetime is missing: a duration, or "unknown"`},
		"[[policy.rules]]\nname = \"n\"\ntype = \"bot\"\nlifetime = \"x\"":           {`f:3: policy.rules.type: must be one of access, refresh, is "bot"`, `f:4: policy.rules.lifetime: "x" is not a duration: write 30d, 12h or 5m`},
		"[policy.rules]\nname = \"n\"":                                               {"f:1: policy.rules is a list of tables: write [[policy.rules]]"},
		"policy.rules = [{name = \"n\", lifetime = \"1d\"}, 3]":                      {"f:1: policy.rules: each entry must be a table"},
		"[keys]\nrevoke = 1\nsort = [\"s\", 2]\n[keys]":                              {`f:2: keys.revoke: must be a key, such as "R", or a list of keys, such as ["R", "f5"], is a number`, "f:3: keys.sort: must be a quoted string, is a number", "f:4: keys is set twice"},
		"keys.revoke = \"R\"\nkeys.revoke = \"S\"\nplain = 1":                        {"f:2: keys.revoke is set twice", "f:3: plain: must be true or false, is a number"},
		"[policy]\ntheme = \"dark\"\n":                                               {"f:2: unknown key policy.theme: theme belongs at the top of the file, above the first [table]"},
		"client_secret_command = [\"pass\"]\nredirect_uri = \"x\"":                   {"f:1: unknown key client_secret_command (did you mean integration.client_secret_command or service_app.client_secret_command?)", "f:2: unknown key redirect_uri (did you mean integration.redirect_uri?)"},
		"time_zone = \"Mars/Olympus\"":                                               {`f:1: time_zone: must be utc, local, or a time zone of this system, such as Europe/Berlin, is "Mars/Olympus"`},
		"read_only = true\nread_only = false":                                        {"f:2: read_only is set twice"},
		"webex_clients = [\"a b\"]":                                                  {`f:1: webex_clients: invalid input: "a b" is not a valid client id (letters, digits, - _ = only)`},
		"webex_clients = \"C\"":                                                      {`f:1: webex_clients: must be a list of client ids, such as ["C1…", "C2…"], is a string`},
		"webex_clients = [1]":                                                        {"f:1: webex_clients: must be a quoted string, is a number"},
		"[profiles.dev]\nclientid = \"x\"\n[integration]\nread_only = true":          {"f:2: unknown key profiles.dev.clientid (did you mean profiles.dev.client_id?)", "f:4: unknown key integration.read_only: read_only belongs at the top of the file, above the first [table]"},
		"[profiles.\"a b\"]\nx = 1\n[profiles.-x]":                                   {`f:1: profiles."a b": "\"a b\"" is not a valid profile name (only letters, digits, _ and -)`, `f:3: profiles.-x: "-x" is not a valid profile name (only letters, digits, _ and -)`},
		"[integration]\nclient_id = 3\nscopes = \"x\"\nredirect_uri = \"callback\"":  {"f:2: integration.client_id: must be a quoted string, is a number", `f:3: integration.scopes: must be a list of scopes or presets, such as ["spark:people_read"] or ["byova"], is a string`, "f:4: integration.redirect_uri: must be the full URI, as registered on the integration"},
		"integration.scopes = [\"people_read\"]\nkey = \"vault\"\nprofile = \"a/b\"": {`f:1: integration.scopes: invalid input: "people_read" is neither a scope (such as spark:people_read) nor a preset (default, read-only, byova, service-app, all)`, `f:2: key: must be one of keyring, passphrase, keyfile, memory, is "vault"`, `f:3: profile: "a/b" is not a valid profile name (only letters, digits, _ and -)`},
		"endpoints.token = \"http://x\"":                                             {`f:1: endpoints.token: invalid input: base URL "http://x" would send the token unencrypted: http is allowed for loopback hosts only`},
		"profiles.dev.client_secret_command = \"pass show x\"":                       {`f:1: profiles.dev.client_secret_command: must be a list of the program and its arguments, such as ["pass", "show", "webex"], is a string`},
		"base_url = \"http://webexapis.com\"":                                        {`f:1: base_url: invalid input: base URL "http://webexapis.com" would send the token unencrypted: http is allowed for loopback hosts only`},
		"\"\\u001b]0;x\\u0007\" = 1":                                                 {`f:1: unknown key "\x1b]0;x\a"`},
		"\n[[policy.rules]]\nname=\"a\"\nlifetime=\"1d\"\n[[policy.rules]]\nname=1":  {"f:5: policy.rules: give exactly one of client_id and name", `f:5: policy.rules: lifetime is missing: a duration, or "unknown"`, "f:6: policy.rules.name: must be a quoted string, is a number"},
	} {
		_, got := parse(t, text)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
	for _, text := range []string{"read_only = ", "= 1", "[policy\n", "a = \"", "\x00", "read_only = true true"} {
		if _, got := parse(t, text); len(got) == 0 {
			t.Errorf("%q: no problem reported", text)
		}
	}
}

func TestWhatIsSetArrives(t *testing.T) {
	c, problems := parse(t, "\xef\xbb\xbf"+`base_url = "http://127.0.0.1:8787" # a comment
read_only = true
theme = 'light'
plain = true
mouse = false
complete_names = false
keys = { revoke = "R" }
keys.copy-id = ["i", "f2"]
color = "never"
time_zone = "local"
webex_clients = [
  "C1", # one
  "C2",
]
policy.access = "1d12h"
policy.refresh = "2w"
[[policy.rules]]
client_id = "C3"
type = "refresh"
lifetime = "60d"
[[policy.rules]]
name = "Kiosk"
lifetime = "unknown"
`)
	const day = 24 * time.Hour
	want := Config{
		BaseURL: "http://127.0.0.1:8787", ReadOnly: true, Theme: "light", Plain: true, Keys: map[string][]string{"revoke": {"R"}, "copy-id": {"i", "f2"}}, KeyLines: map[string]int{"revoke": 7, "copy-id": 8}, Color: "never", TimeZone: "local",
		Policy: webex.Policy{
			Access: 36 * time.Hour, Refresh: 14 * day, WebexClients: []webex.ClientID{"C1", "C2"},
			Rules: []webex.Rule{{ClientID: "C3", Type: webex.TypeRefresh, Lifetime: 60 * day}, {Name: "Kiosk", Unknown: true}},
		},
	}
	if diff := cmp.Diff(want, c); diff != "" || len(problems) > 0 {
		t.Errorf("%v\n%s", problems, diff)
	}
}

func TestDurations(t *testing.T) {
	for s, want := range map[string]time.Duration{"30d": 720 * time.Hour, "12h": 12 * time.Hour, "2w": 336 * time.Hour, "90s": 90 * time.Second, "5m": 5 * time.Minute, "1d12h": 36 * time.Hour, "0s": 0} {
		if got, err := ParseDuration(s); err != nil || got != want {
			t.Errorf("%s: %s, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "30", "d", "30 d", "-1d", "1.5d", "30D", "1y", "d30", "99999999999999999999d", "9999999999w", "106751d106751d"} {
		if got, err := ParseDuration(s); err == nil {
			t.Errorf("%q: %s", s, got)
		}
	}
}

func TestPathsFollowXDG(t *testing.T) {
	env := map[string]string{"HOME": "/home/j"}
	getenv := func(k string) string { return env[k] }
	if got := DefaultPath(getenv); got != filepath.FromSlash("/home/j/.config/wxauth/config.toml") {
		t.Error(got)
	}
	if got := DebugLogPath(getenv); got != filepath.FromSlash("/home/j/.local/state/wxauth/debug.log") {
		t.Error(got)
	}
	env["XDG_CONFIG_HOME"] = "/x"
	if got := DefaultPath(getenv); got != filepath.FromSlash("/x/wxauth/config.toml") {
		t.Error(got)
	}
	env["XDG_CONFIG_HOME"] = "relative"
	if got := DefaultPath(getenv); got != filepath.FromSlash("/home/j/.config/wxauth/config.toml") {
		t.Error(got)
	}
	if got := DefaultPath(func(string) string { return "" }); got != "" {
		t.Error(got)
	}
}

func TestTheEnvironmentGoesBeforeTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.toml")
	if err := os.WriteFile(path, []byte(`base_url = "http://127.0.0.1:1"`), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"WEBEX_BASE_URL": "http://127.0.0.1:2"}
	getenv := func(k string) string { return env[k] }
	if c, err := Load(path, getenv); err != nil || c.BaseURL != "http://127.0.0.1:2" || c.Path != path {
		t.Errorf("%+v, %v", c, err)
	}
	env["WEBEX_BASE_URL"] = "ftp://x"
	if _, err := Load(path, getenv); err == nil || !strings.Contains(err.Error(), "WEBEX_BASE_URL") {
		t.Error(err)
	}
	for _, bad := range []string{filepath.Join(t.TempDir(), "none"), t.TempDir()} {
		if _, err := Load(bad, func(string) string { return "" }); err == nil {
			t.Errorf("%s: no error", bad)
		}
	}
}

// S-96: OAuth endpoints are used only with the base URL in the same table.
func TestEndpointsAreForTheirOwnServer(t *testing.T) {
	c, problems := parse(t, `base_url = "http://127.0.0.1:1"
[endpoints]
token = "https://idbroker.example/token"
[profiles.same]
[profiles.other]
base_url = "http://127.0.0.1:2"
`)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for name, want := range map[string]string{"same": "https://idbroker.example/token", "other": ""} {
		p, err := c.Resolve(name, func(string) string { return "" })
		if err != nil || p.Endpoints.Token != want {
			t.Errorf("%s: %q, %v", name, p.Endpoints.Token, err)
		}
	}
	c.BaseURLFromEnv = true
	if p, err := c.Resolve("same", func(string) string { return "" }); err != nil || p.Endpoints.Token != "" {
		t.Errorf("with a base URL from the environment: %q, %v", p.Endpoints.Token, err)
	}
}

func TestProfilesAreResolved(t *testing.T) {
	c, problems := parse(t, `base_url = "http://127.0.0.1:1"
[integration]
client_id = "Cbase"
client_secret = "base-secret"
scopes = ["byova"]
[profiles]
inline = { client_id = "Cinline", redirect_uri = "http://localhost:1/x" }
[profiles.dev]
client_id = "Cdev"
client_secret_command = ["pass"]
base_url = "http://127.0.0.1:2"
[profiles.same]
read_only = true
`)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	env := map[string]string{}
	get := func(name string) Profile {
		t.Helper()
		p, err := c.Resolve(name, func(k string) string { return env[k] })
		if err != nil {
			t.Error(err)
		}
		return p
	}
	base := Profile{
		Name: "default", Client: Client{ClientID: "Cbase", ClientSecret: webex.NewSecret("base-secret"), ClientFrom: "the configuration"},
		RedirectURI: webex.DefaultRedirectURI, Scopes: webex.BYOVAScopes, BaseURL: "http://127.0.0.1:1",
	}
	dev := base
	dev.Name, dev.ClientID, dev.ClientSecret, dev.ClientSecretCommand, dev.BaseURL = "dev", "Cdev", webex.Secret{}, []string{"pass"}, "http://127.0.0.1:2"
	inline := base
	inline.Name, inline.ClientID, inline.ClientSecret, inline.RedirectURI = "inline", "Cinline", webex.Secret{}, "http://localhost:1/x"
	same := base
	same.Name, same.ReadOnly = "same", true
	for _, want := range []Profile{base, dev, inline, same} {
		if diff := cmp.Diff(want, get(want.Name)); diff != "" {
			t.Errorf("%s: %s", want.Name, diff)
		}
	}
	if _, err := c.Resolve("none", func(string) string { return "" }); err == nil || !strings.Contains(err.Error(), "default, dev, inline, same") {
		t.Error(err)
	}
	// A client id from the environment is never combined with the secret of another client.
	env[webex.EnvClientID] = "Cenv"
	if p := get("dev"); p.ClientID != "Cenv" || !p.ClientSecret.IsZero() || len(p.ClientSecretCommand) != 0 {
		t.Errorf("%+v", p)
	}
	env[webex.EnvClientID], env[webex.EnvRedirectURI] = "Cdev", "http://127.0.0.1:9/y"
	if p := get("dev"); len(p.ClientSecretCommand) != 1 || p.RedirectURI != "http://127.0.0.1:9/y" {
		t.Errorf("%+v", p)
	}
}

func TestServiceAppsAreResolved(t *testing.T) {
	c, problems := parse(t, `[service_app]
client_id = "Cbase"
client_secret = "base-secret"
[profiles.a]
client_id = "Clogin"
[profiles.a.service_app]
client_id = "Ca"
client_secret_command = ["pass", "a"]
[profiles]
b = { service_app = { client_id = "Cb" } }
[profiles.c.service_app]
client_secret = "another"
`)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	env := map[string]string{}
	get := func(name string) Client {
		p, err := c.Resolve(name, func(k string) string { return env[k] })
		if err != nil {
			t.Error(err)
		}
		return p.ServiceApp
	}
	from := "the configuration"
	for name, want := range map[string]Client{
		"default": {ClientID: "Cbase", ClientSecret: webex.NewSecret("base-secret"), ClientFrom: from},
		"a":       {ClientID: "Ca", ClientSecretCommand: []string{"pass", "a"}, ClientFrom: from},
		"b":       {ClientID: "Cb", ClientFrom: from},
		"c":       {ClientID: "Cbase", ClientSecret: webex.NewSecret("another"), ClientFrom: from},
	} {
		if diff := cmp.Diff(want, get(name)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	c, problems = parse(t, "[profiles.service_app]\nread_only = true\n[profiles.service_app.service_app]\nclient_id = \"Cx\"")
	if p := c.Profiles["service_app"]; len(problems) > 0 || !p.ReadOnly || p.ServiceApp.ClientID != "Cx" {
		t.Errorf("a profile with that name: %v, %+v", problems, p)
	}
	// A secret without a client id belongs to the client id from the environment.
	c, _ = parse(t, "[service_app]\nclient_secret = \"alone\"")
	env[webex.EnvSAClientID] = "Cenv"
	if diff := cmp.Diff(Client{ClientID: "Cenv", ClientSecret: webex.NewSecret("alone"), ClientFrom: "the environment"}, get("default")); diff != "" {
		t.Error(diff)
	}
	env[webex.EnvSAClientID], env[webex.EnvSASecret] = "Cenv", "env-secret"
	if diff := cmp.Diff(Client{ClientID: "Cenv", ClientSecret: webex.NewSecret("env-secret"), ClientFrom: "the environment"}, get("default")); diff != "" {
		t.Error(diff)
	}
	env[webex.EnvSAClientID] = "C\n"
	if _, err := c.Resolve("a", func(k string) string { return env[k] }); err != nil {
		t.Errorf("spaces around an id: %v", err)
	}
	env[webex.EnvSAClientID] = "a b"
	if _, err := c.Resolve("a", func(k string) string { return env[k] }); err == nil || !strings.Contains(err.Error(), webex.EnvSAClientID) {
		t.Error(err)
	}
	for text, want := range map[string]string{
		"[service_app]\nclient = \"x\"":                           "unknown key service_app.client",
		"[service_app]\nclient_id = 5":                            "service_app.client_id: must be",
		"[profiles.a.service_app]\nscopes = []":                   "unknown key profiles.a.service_app.scopes",
		"[profiles.a.service_ap]\nclient_id = \"x\"":              "unknown table",
		"[service_app]\n[service_app]":                            "set twice",
		"[profiles.a.service_app]\nclient_id = \"x y\"":           "is not a valid client id",
		"[profiles.\"a b\".service_app]\nclient_id = \"C\"":       "is not a valid profile name",
		"[profiles.a.service_app.service_app]\nclient_id = \"C\"": "unknown table",
		"profiles.a.service_app.service_app.client_id = \"C\"":    "unknown key",
	} {
		if _, problems := parse(t, text); len(problems) == 0 || !strings.Contains(fmt.Sprint(problems), want) {
			t.Errorf("%q: %v, want %q", text, problems, want)
		}
	}
}

func TestAFileWithASecretIsItsOwnersAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.toml")
	none := func(string) string { return "" }
	for text, secret := range map[string]bool{"[integration]\nclient_secret = \"s3cret\"": true, "[profiles.a]\nclient_secret = \"s3cret\"": true, "[service_app]\nclient_secret = \"s3cret\"": true, "[profiles.a.service_app]\nclient_secret = \"s3cret\"": true, "read_only = true": false} {
		for mode, others := range map[os.FileMode]bool{0o600: false, 0o400: false, 0o640: true, 0o604: true, 0o644: true} {
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, mode); err != nil {
				t.Fatal(err)
			}
			_, err := Load(path, none)
			if (err != nil) != (secret && others) || err != nil && (!strings.Contains(err.Error(), "chmod 600") || strings.Contains(err.Error(), "s3cret")) {
				t.Errorf("%q %04o: %v", text, mode, err)
			}
			if err := os.Chmod(path, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestAddressesOfStores(t *testing.T) {
	for address, want := range map[string]string{
		"postgres://ada@db.example/wxauth":                "",
		"postgresql:///wxauth?host=/run/postgresql":       "",
		"postgres://ada:pw@db.example/wxauth":             "contains a password",
		"postgres://ada@db.example/wxauth?password=pw":    "contains a password",
		"postgres://ada@db.example/wxauth?sslpassword=pw": "contains a password",
		"postgres://ada:%zz@db.example/wxauth":            "not a valid URL",
		"mysql://db.example/wxauth":                       "must be the URL of a PostgreSQL database",
		"host=db.example password=pw":                     "must be the URL of a PostgreSQL database",
		"store.db":                                        "absolute path",
	} {
		err := CheckStore(address, false)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "pw")) {
			t.Errorf("%s: %v", address, err)
		}
		if shown := WithoutPassword(address); strings.Contains(shown, "pw") && IsDatabase(address) && want != "not a valid URL" {
			t.Errorf("%s is shown as %s", address, shown)
		}
	}
	if err := CheckStore("postgres://ada:pw@db.example/wxauth", true); err != nil {
		t.Errorf("in the environment: %v", err)
	}
}
