package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"image/color"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/config"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/internal/output"
	"github.com/wxauth/wxauth/internal/postgres"
	"github.com/wxauth/wxauth/internal/session"
	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/webex"
)

// States of a check.
const (
	stateOK      = "ok"
	stateWarning = "warning"
	stateFailure = "failure"
)

// checkJSON is one check of the doctor's JSON output.
type checkJSON struct {
	Check  string `json:"check"`
	State  string `json:"state"` // ok, warning, failure
	Detail string `json:"detail"`
	Hint   string `json:"hint"` // how to fix it
}

// checkup runs the checks and collects their results.
type checkup struct {
	c    *command
	s    session.Settings
	list []checkJSON
}

func (k *checkup) add(check, state, detail, hint string) {
	one := checkJSON{check, state, string(webex.Clean(webex.Untrusted(detail))), string(webex.Clean(webex.Untrusted(hint)))}
	k.list = append(k.list, one)
	k.tellCheck(one)
}

func (c *command) doctorCommand() *cobra.Command {
	return makesCSV(&cobra.Command{
		Use:   "doctor",
		Short: "Check wxauth's setup and suggest fixes",
		Long: `Check the configuration, the directories, the token store and its encryption key, the
audit log, the login, and Webex: whether it answers, its clock, and your role and
scopes. wxauth changes and revokes nothing. It exits with 1 if a check fails; warnings
do not count.`,
		Example: "  wxauth doctor\n  wxauth doctor --json | jq '.[] | select(.state != \"ok\")'",
		Args:    exactly(0, "wxauth doctor"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			k := &checkup{c: c, list: []checkJSON{}}
			if !c.g.json && !c.g.csv && !isTerminal(c.env.Stdout) {
				fmt.Fprintln(c.out, "STATE\tCHECK\tDETAIL\tHINT")
			}
			k.run(cmd.Context())
			if cmd.Context().Err() != nil {
				return context.Cause(cmd.Context())
			}
			k.verdict()
			if _, err := c.printData(k.list, k.list); err != nil {
				return err
			}
			if c.out.err != nil { // stdout failed, so nobody has seen the result
				return c.out.err
			}
			if slices.ContainsFunc(k.list, func(c checkJSON) bool { return c.State == stateFailure }) {
				return resultError{exitFailed}
			}
			return nil
		},
	})
}

// tellCheck prints a check immediately. JSON and CSV are printed at the end.
func (k *checkup) tellCheck(one checkJSON) {
	c := k.c
	if c.g.json || c.g.csv {
		return
	}
	if !isTerminal(c.env.Stdout) {
		fmt.Fprintf(c.out, "%s\t%s\t%s\t%s\n", one.State, one.Check, one.Detail, one.Hint)
		return
	}
	k.hang(k.paint(one.State, fmt.Sprintf("%s %-8s", stateSigns[one.State], one.State))+fmt.Sprintf("  %-14s ", one.Check), one.Detail)
	if one.Hint != "" && one.State != stateOK {
		k.hang(strings.Repeat(" ", 27), k.paint(stateWarning, "→")+" "+one.Hint)
	}
}

var stateSigns = map[string]string{stateOK: "✓", stateWarning: "!", stateFailure: "✗"}

// paint colors text by a state, unless color is off.
func (k *checkup) paint(state, text string) string {
	if k.c.noColor() {
		return text
	}
	colors := map[string]color.Color{stateOK: lipgloss.Green, stateWarning: lipgloss.Yellow, stateFailure: lipgloss.Red}
	return lipgloss.NewStyle().Foreground(colors[state]).Render(text)
}

// hang prints text after a heading, wrapped at spaces and indented as far as the heading. Nothing
// is wrapped at a hyphen: flags stay whole.
func (k *checkup) hang(heading, text string) {
	indent := ansi.StringWidth(heading)
	width, known := output.TerminalWidth(k.c.env.Stdout)
	if !known || width < indent+20 { // too narrow to wrap
		fmt.Fprintln(k.c.out, heading+text)
		return
	}
	line, used := heading, indent
	for i, word := range strings.Fields(text) {
		switch w := ansi.StringWidth(word); {
		case i == 0:
			line, used = line+word, used+w
		case used+1+w > width:
			fmt.Fprintln(k.c.out, line)
			line, used = strings.Repeat(" ", indent)+word, indent+w
		default:
			line, used = line+" "+word, used+1+w
		}
	}
	fmt.Fprintln(k.c.out, line)
}

// verdict prints on a terminal whether wxauth is ready, or what to do first.
func (k *checkup) verdict() {
	if k.c.g.json || k.c.g.csv || !isTerminal(k.c.env.Stdout) {
		return
	}
	counts, first := map[string]int{}, map[string]checkJSON{}
	for _, one := range k.list {
		if counts[one.State]++; counts[one.State] == 1 {
			first[one.State] = one
		}
	}
	state, text := stateOK, "Ready."
	switch {
	case counts[stateFailure] > 0:
		state, text = stateFailure, "Not ready."
	case counts[stateWarning] > 0:
		state, text = stateWarning, "Ready, with "+english.Count(counts[stateWarning], "warning")+"."
	}
	if begin := first[state]; state != stateOK {
		text += " Start with " + strconv.Quote(begin.Check) + ": " + cmp.Or(begin.Hint, begin.Detail)
	}
	fmt.Fprintln(k.c.out)
	k.hang(k.paint(state, stateSigns[state])+" ", text)
}

func (k *checkup) run(ctx context.Context) {
	k.add("version", stateOK, version().Version+" "+runtime.GOOS+"/"+runtime.GOARCH, "")
	if !k.configuration() {
		return
	}
	k.environment()
	k.folders()
	kept := k.store(ctx)
	k.auditLog(ctx, kept)
	svc, own := k.login(ctx)
	reached := k.webex(ctx)
	if svc != nil && reached {
		k.session(ctx, svc, own)
	}
}

// environment lists wxauth's secrets in the environment, which every program started by the
// same shell can read.
func (k *checkup) environment() {
	var set []string
	for _, name := range secretVariables {
		if name != session.TokenVariable && k.c.env.Getenv(name) != "" {
			set = append(set, name)
		}
	}
	if len(set) > 0 {
		k.add("environment", stateWarning, "every program started from this shell can read "+strings.Join(set, ", "), "use client_secret_command in the configuration, or unset them and let wxauth prompt")
	}
}

// configuration checks the configuration and reports whether the remaining checks can run.
func (k *checkup) configuration() bool {
	path := k.c.ConfigPath()
	s, err := k.c.Load()
	switch {
	case err != nil:
		hint := ""
		var problems config.Problems
		if errors.As(err, &problems) {
			hint = "run wxauth config check to list every error with its line"
		}
		k.add("configuration", stateFailure, strings.ReplaceAll(err.Error(), "\n", "; "), hint)
		return false
	case path == "":
		k.add("configuration", stateWarning, "no home directory", "set XDG_CONFIG_HOME, XDG_DATA_HOME and XDG_STATE_HOME")
	default:
		detail := path
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			detail = "no file; would be " + path
		}
		k.add("configuration", stateOK, fmt.Sprintf("%s; profile %s%s", detail, s.Profile.Name, observedWords(s.Policy.Observed)), "")
	}
	k.s = s
	if err := redirectProblem(s.Profile.RedirectURI); err != nil {
		k.add("redirect URI", stateWarning, err.Error(), "set redirect_uri, or paste the browser's final address: wxauth login --paste")
	}
	if hosts := foreignHosts(s.Profile); len(hosts) > 0 && (s.Profile.Endpoints != webex.Endpoints{}) {
		k.add("endpoints", stateWarning, "tokens or the client secret go to "+strings.Join(hosts, ", ")+", which is not a Webex host", "check [endpoints] in the configuration")
	}
	return true
}

// folders checks that wxauth can save data and state, without creating a directory.
func (k *checkup) folders() {
	files := config.FilesOf(k.c.env.Getenv, k.s.Store)
	if config.IsDatabase(k.s.Store) {
		files = config.FilesOf(k.c.env.Getenv, "") // for the keys, and the newest head of the audit log
	}
	for _, f := range []struct{ name, path string }{
		{"data folder", files.Store}, {"state folder", files.Audit},
	} {
		if f.path == "" {
			k.add(f.name, stateWarning, "none: nothing is saved", "set HOME, or XDG_DATA_HOME and XDG_STATE_HOME")
			continue
		}
		dir := filepath.Dir(f.path)
		info, err := os.Stat(dir)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			k.add(f.name, stateOK, dir+" (created when needed)", "")
		case err != nil:
			k.add(f.name, stateFailure, err.Error(), "make it readable for you")
		case !info.IsDir():
			k.add(f.name, stateFailure, dir+" is not a directory", "move it away")
		case runtime.GOOS != "windows" && info.Mode().Perm()&0o022 != 0:
			k.add(f.name, stateFailure, fmt.Sprintf("other users can write to %s (mode %04o)", dir, info.Mode().Perm()), "chmod 700 "+dir)
		default:
			if !writable(dir) {
				k.add(f.name, stateFailure, dir+" is not writable", "make it writable for you: otherwise no login can be saved and no token can be revoked")
				continue
			}
			if system := store.NetworkFileSystem(dir); system != "" {
				k.add(f.name, stateWarning, dir+" is on "+system+", where file locks do not work between computers", "set XDG_DATA_HOME and XDG_STATE_HOME to local directories")
				continue
			}
			k.add(f.name, stateOK, dir, "")
		}
	}
}

// writable creates and removes a file, since permissions alone do not reveal a full disk or a
// read-only file system.
func writable(dir string) bool {
	f, err := os.CreateTemp(dir, ".wxauth-doctor-*")
	if err != nil {
		return false
	}
	_, err = f.WriteString("x")
	return errors.Join(err, f.Close(), os.Remove(f.Name())) == nil
}

// store decrypts every record of the store.
func (k *checkup) store(ctx context.Context) *session.OpenStore {
	kept, err := k.c.Store(ctx, k.s)
	if err != nil {
		k.failure("token store", err)
		return nil
	}
	if kept.Team != nil {
		k.teamStore(ctx, kept.Team)
		return &kept
	}
	if kept.File == nil {
		k.add("token store", stateWarning, "in memory: nothing is saved when wxauth exits", "choose another source for the encryption key: --key, WXAUTH_KEY, or key in the configuration")
		return &kept
	}
	b := kept.File
	source := b.KeySource()
	if source == store.SourceKeyfile {
		source += " (weaker: stored next to the token store)"
	}
	if _, err := os.Lstat(b.Path()); errors.Is(err, fs.ErrNotExist) {
		if source == store.SourceKeyring {
			if err := store.KeyringAnswers(ctx); err != nil {
				k.add("token store", stateFailure, "none yet, and "+err.Error(), "choose passphrase, keyfile or memory: --key, WXAUTH_KEY, or key in the configuration")
				return &kept
			}
		}
		k.add("token store", stateOK, "none yet; would be "+b.Path()+", encryption key from: "+source, "")
		return &kept
	}
	n, err := b.Verify(ctx)
	if err != nil {
		k.failure("token store", err)
		return &kept
	}
	k.add("token store", stateOK, fmt.Sprintf("%s: %s can be decrypted; encryption key from: %s", b.Path(), english.Count(n, "record"), source), "")
	return &kept
}

// failure adds an error with the same hint as the command line.
func (k *checkup) failure(check string, err error) {
	f := classify(context.Background(), err)
	k.c.addHint(context.Background(), &f)
	hint := strings.ReplaceAll(f.hint, "\n", "; ")
	if hint == "" {
		hint = f.json().Error.Hint
	}
	detail := strings.TrimSuffix(err.Error(), " ("+hint+")") // Webex errors may already contain it
	k.add(check, stateFailure, strings.ReplaceAll(detail, "\n", "; "), hint)
}

func (k *checkup) auditLog(ctx context.Context, kept *session.OpenStore) {
	if kept != nil && kept.Team != nil {
		k.teamRecord(ctx)
		return
	}
	path := config.FilesOf(k.c.env.Getenv, k.s.Store).Audit
	_, missing := os.Lstat(path)
	none := errors.Is(missing, fs.ErrNotExist)
	if kept == nil || kept.File == nil {
		if none {
			k.add("audit log", stateOK, "none yet", "")
			return
		}
		k.add("audit log", stateWarning, path+" was not verified: its key is in the token store", "")
		return
	}
	words, ok, err := k.c.Record(k.s).Check(ctx)
	moved, _ := session.LogFiles(kept.Trail).MovedFiles()
	switch {
	case err == nil && ok && len(moved) > 0:
		k.add("audit log", stateWarning, path+": "+words, "wxauth audit rotate")
	case err == nil && ok && none:
		k.add("audit log", stateOK, "none yet", "")
	case err != nil:
		k.failure("audit log", err)
	case !ok:
		k.add("audit log", stateFailure, words, "wxauth audit verify; keep a copy of "+path)
	default:
		k.add("audit log", stateOK, path+": "+words, "")
	}
}

// teamStore checks the connection to the team's database, and decrypts every record that it holds for
// this person.
func (k *checkup) teamStore(ctx context.Context, team *postgres.Store) {
	info, err := team.Info(ctx)
	if err != nil {
		k.failure("token store", err)
		return
	}
	detail := fmt.Sprintf("%s: %s can be decrypted; keys from: %s", team.Where(), english.Count(info.Logins+info.Orgs+info.Settings, "record"), team.KeyPlace())
	switch {
	case !team.Verified():
		k.add("token store", stateWarning, detail+"; the server's certificate is not verified", "set sslmode=verify-full, and sslrootcert to the file of the certificate authority")
	case !info.Tokens:
		k.add("token store", stateOK, detail+"; this role reads the inventory and the audit log, but no tokens", "")
	case !info.Person:
		k.add("token store", stateOK, detail+"; no key for logins: this machine only has what the team shares", "")
	default:
		k.add("token store", stateOK, detail, "")
	}
}

// teamRecord verifies the team's audit log.
func (k *checkup) teamRecord(ctx context.Context) {
	words, ok, err := k.c.Record(k.s).Check(ctx)
	switch {
	case err != nil:
		k.failure("audit log", err)
	case !ok:
		k.add("audit log", stateFailure, words, "wxauth audit verify; docs/team.md says what to do")
	default:
		k.add("audit log", stateOK, "in the database: "+words, "")
	}
}

// login checks the login offline.
func (k *checkup) login(ctx context.Context) (*app.Service, *app.Login) {
	c, s := k.c, k.s
	if !s.Token.IsZero() && !s.Named {
		k.add("login", stateOK, "the token in "+session.TokenVariable+" (takes precedence over a saved login, unless --profile is given)", "")
		return c.environmentService(ctx, s), nil
	}
	account, err := c.Account(ctx, s, s.Profile)
	if err != nil {
		k.failure("login", err)
		return nil, nil
	}
	login, err := account.Login(ctx)
	switch {
	case errors.Is(err, webex.ErrNotLoggedIn):
		k.add("login", stateWarning, "profile "+s.Profile.Name+" has no login", "wxauth login, or set "+session.TokenVariable+"; to try wxauth without either: wxauth demo")
		return nil, nil
	case err != nil:
		k.failure("login", err)
		return nil, nil
	}
	now := time.Now()
	detail := fmt.Sprintf("%s, profile %s: access %s, refresh %s", ownerWords(login), login.Profile,
		app.HeldWords(login, login.AccessLeft(), now), app.HeldWords(login, login.Tokens.RefreshLeft(), now))
	ends := login.EndsAt()
	switch {
	case ends.Known() && login.In(ends, now) <= 0:
		k.add("login", stateFailure, detail, "it has expired: "+c.loginLine())
	case ends.Known() && login.In(ends, now) < 7*24*time.Hour && !login.Renewable():
		k.add("login", stateWarning, detail, "it expires soon and cannot be renewed: "+c.loginLine())
	case ends.Known() && login.In(ends, now) < app.EndsSoon && login.RunsDown(now):
		k.add("login", stateWarning, detail, "the last refresh did not extend it: "+c.needs(logInAgain, login)+": "+c.loginLine())
	case ends.Known() && login.In(ends, now) < 7*24*time.Hour:
		k.add("login", stateWarning, detail, "it expires soon: wxauth token refresh, or "+c.loginLine())
	default:
		k.add("login", stateOK, detail, "")
	}
	return c.Service(s, account.For(login.Tokens.Owner), login), &login
}

// maxClockSkew is the largest clock error that does not make the remaining times wrong.
const maxClockSkew = time.Minute

// webex calls the API without a token.
func (k *checkup) webex(ctx context.Context) bool {
	p, err := k.c.probe(ctx, k.s)
	switch {
	case err != nil:
		k.failure("webex", err)
		return false
	case p.Status != 401 && p.Status != 200:
		k.add("webex", stateFailure, fmt.Sprintf("%s answers %d to a request without a token; Webex answers 401", p.Host, p.Status), "check the base URL and any proxy: --base-url, WEBEX_BASE_URL")
		return false
	case !p.Webex:
		k.add("webex", stateWarning, fmt.Sprintf("%s answers %d without a tracking id: is it Webex?", p.Host, p.Status), "check the base URL and any proxy")
	default:
		k.add("webex", stateOK, fmt.Sprintf("%s answers in %d ms", p.Host, p.Took.Milliseconds()), "")
	}
	switch {
	case !p.Dated:
		k.add("clock", stateWarning, "the server sent no time to compare with", "")
	case p.Skew.Abs() > maxClockSkew:
		k.add("clock", stateWarning, fmt.Sprintf("this computer is %s %s", p.Skew.Abs(), map[bool]string{true: "behind", false: "ahead"}[p.Skew > 0]), "set the clock: wxauth uses it to calculate how long tokens have left")
	default:
		k.add("clock", stateOK, "in sync with the server", "")
	}
	return true
}

// session calls the API with the token: identity, roles, and whether a list can be read.
func (k *checkup) session(ctx context.Context, svc *app.Service, login *app.Login) {
	s, err := svc.Session(ctx)
	if err != nil {
		k.failure("token", err)
		return
	}
	detail := s.Person.Email().String()
	if org := s.Org.DisplayName.String(); org != "" {
		detail += ", " + org
	}
	k.add("token", stateOK, detail, "")
	switch role := s.Role; {
	case s.MayRevoke == webex.No:
		k.add("role", stateWarning, role+": Webex does not let it list or revoke other people's tokens", "log in as a Full, User or Device Admin")
	case s.MayRevoke == webex.Unknown:
		k.add("role", stateWarning, "unknown"+map[bool]string{true: ": " + role}[role != ""], "listing other people's tokens requires the Full, User or Device Admin role")
	default:
		k.add("role", stateOK, role, "")
	}
	if login != nil {
		k.scopes(*login)
	}
	if _, err := svc.List(ctx, webex.Me); err != nil {
		k.failure("list", err)
	} else {
		k.add("list", stateOK, "your own authorizations can be listed", "")
	}
}

// observedWords lists what a probe saw and the configuration has.
func observedWords(o webex.Observed) string {
	words := ""
	keys := app.ObservedKeys(o)
	for _, name := range slices.Sorted(maps.Keys(keys)) {
		if keys[name] != webex.Unknown {
			words += fmt.Sprintf(", %s = %t", name, keys[name] == webex.Yes)
		}
	}
	if words != "" {
		words = "; observed:" + words[1:]
	}
	return words
}

func (k *checkup) scopes(login app.Login) {
	var missing []string
	for _, need := range []string{webex.ScopeTokensRead, webex.ScopeTokensWrite} {
		if !slices.Contains(login.Tokens.Scopes, need) {
			missing = append(missing, need)
		}
	}
	switch {
	case len(login.Tokens.Scopes) == 0:
		k.add("scopes", stateWarning, "unknown for this token", "")
	case len(missing) > 0:
		k.add("scopes", stateFailure, "missing: "+strings.Join(missing, " "), "enable them on the integration at developer.webex.com, then: "+k.c.loginLine())
	default:
		detail := fmt.Sprintf("%d granted, including those for listing and revoking", len(login.Tokens.Scopes))
		if !slices.Contains(login.Tokens.Scopes, webex.ScopeAuditEvents) {
			detail += "; without " + webex.ScopeAuditEvents + " (optional), wxauth cannot show what Webex recorded"
		}
		k.add("scopes", stateOK, detail, "")
	}
}
