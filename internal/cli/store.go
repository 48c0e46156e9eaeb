package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/audit"
	"github.com/wxauth/wxauth/internal/config"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/internal/move"
	"github.com/wxauth/wxauth/internal/postgres"
	"github.com/wxauth/wxauth/internal/session"
	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/webex"
)

func (c *command) storeCommand() *cobra.Command {
	info := &cobra.Command{
		Use: "info", Short: "Show where the token store is and what it holds",
		Example: "  wxauth store info",
		Args:    exactly(0, "wxauth store info"),
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.storeInfo(cmd.Context()) },
	}
	init := &cobra.Command{
		Use: "init", Short: "Create a store for a team in a PostgreSQL database",
		Long: `Create wxauth's tables in the database that store = or --store names, and a key with which
the team encrypts what it saves there. The key is saved on this computer: in the keyring,
or with --key keyfile in a file. Give it to your colleagues with "wxauth store key export".`,
		Example: "  wxauth store init --store postgres://ada@db.example/wxauth",
		Args:    exactly(0, "wxauth store init"),
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.storeInit(cmd.Context()) },
	}
	rekey := &cobra.Command{
		Use: "rekey", Short: "Replace the team's key, for example after a colleague left",
		Long: `Replace the key with which the team encrypts its store. Tokens, settings and the list of
sweeps are encrypted again. Entries of the audit log and the contents of sweeps are not:
anyone with the old key and a copy of the database can still read what was written before.
Every colleague then needs the new key: "wxauth store key export". Nobody may be refreshing,
sweeping or revoking meanwhile. It needs the role wxauth_owner. docs/team.md says what else
to do when a colleague leaves.`,
		Example: "  wxauth store rekey && wxauth store key export > team.age",
		Args:    exactly(0, "wxauth store rekey"),
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.storeRekey(cmd.Context()) },
	}
	grants := &cobra.Command{
		Use: "grants", Short: "Print SQL that creates roles for the team's database",
		Long: `Print SQL for three roles: the owner updates the tables and replaces the key, a writer does
the daily work, a reader reads. Only the owner can change or delete entries of the audit
log.`,
		Example: "  wxauth store grants | sudo -u postgres psql wxauth",
		Args:    exactly(0, "wxauth store grants"),
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprint(c.env.Stdout, postgres.Grants())
			return err
		},
	}
	cmd := &cobra.Command{
		Use: "store", Short: "Manage the token store: where it is, its key, and moving it",
		Long: `The token store holds logins, tokens of Service Apps, sweeps and the audit log. It is a file on
this computer, or a PostgreSQL database that a team shares.`,
		Example: info.Example + "\n  wxauth store move --key passphrase",
		Args:    exactly(0, "wxauth store info"),
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(info, init, c.storeKeyCommand(), rekey, c.storeMoveCommand(), grants)
	return cmd
}

// storeJSON is the output of "store info".
type storeJSON struct {
	Store      string `json:"store"`
	Kind       string `json:"kind"` // file, database, memory
	KeySource  string `json:"keySource"`
	Logins     int    `json:"logins"`
	Orgs       int    `json:"orgs"`
	Others     *int   `json:"otherLogins"` // of colleagues, in a database
	Sweeps     *int   `json:"sweeps"`      // in a database
	Entries    *int64 `json:"auditEntries"`
	KeyVersion *int   `json:"keyVersion"` // how often the team's key was replaced, plus one
}

func (c *command) storeInfo(ctx context.Context) error {
	s, err := c.Load()
	if err != nil {
		return err
	}
	k, err := c.Store(ctx, s)
	if err != nil {
		return err
	}
	out := storeJSON{Store: "memory", Kind: "memory", KeySource: "memory"}
	switch {
	case k.Team != nil:
		i, err := k.Team.Info(ctx)
		if err != nil {
			return err
		}
		out = storeJSON{k.Team.Where(), "database", i.Source, i.Logins, i.Orgs, &i.Others, &i.Sweeps, &i.Entries, &i.KeyEpoch}
	case k.File != nil:
		logins, err := k.Logins(ctx)
		if err != nil {
			return err
		}
		records := 0
		apps, err := k.Apps(ctx)
		if err != nil {
			return err
		}
		for _, a := range apps {
			orgs, err := k.OrgIDs(ctx, a.Profile) // unlike their tokens, without the key
			if err != nil {
				return err
			}
			records += len(orgs)
		}
		out = storeJSON{Store: k.File.Path(), Kind: "file", KeySource: k.File.KeySource(), Logins: len(logins), Orgs: records}
	}
	if c.g.json {
		return c.printJSON(out)
	}
	facts := [][2]string{
		{"store", out.Store}, {"key", out.KeySource}, {"logins", fmt.Sprint(out.Logins)}, {"Service App organizations", fmt.Sprint(out.Orgs)},
	}
	if out.Kind == "database" {
		facts[2] = [2]string{"logins", fmt.Sprintf("%d of yours, %d of colleagues", out.Logins, *out.Others)}
		facts = append(facts, [2]string{"sweeps", fmt.Sprint(*out.Sweeps)}, [2]string{"audit entries", fmt.Sprint(*out.Entries)}, [2]string{"team key", fmt.Sprintf("version %d", *out.KeyVersion)})
	}
	return c.printFacts(facts)
}

// database returns the settings, whose store must be in a database.
func (c *command) database() (session.Settings, error) {
	s, err := c.Load()
	if err == nil && !config.IsDatabase(s.Store) {
		err = session.UsageError(errors.New("this needs a database: set store = in the configuration, WXAUTH_STORE, or --store postgres://user@host/database"))
	}
	return s, err
}

func (c *command) storeInit(ctx context.Context) error {
	s, err := c.database()
	if err != nil {
		return err
	}
	created, err := c.InitTeam(ctx, s)
	if err != nil {
		return err
	}
	k, err := c.Store(ctx, s)
	if err != nil {
		return err
	}
	if err := k.Team.Check(ctx); err != nil {
		return err
	}
	if !created {
		c.note("the database holds a store already, and this computer has its key: nothing was changed")
		return nil
	}
	_, err = fmt.Fprintf(c.env.Stdout, `Created a store in %s. The team's key is in %s.
Next:
  1. Add to the configuration (wxauth config path):  store = "%s"
  2. Keep a copy of the key, encrypted with a passphrase, where you keep backups. Without the key the
     database is worthless:  wxauth store key export > team.age
  3. Give your colleagues roles of their own (wxauth store grants), and send them that file, and the
     passphrase separately. They add store = to their configuration, with their role, and run:
     wxauth store key import team.age
`, k.Team.Where(), k.Team.KeyPlace(), config.WithoutPassword(s.Store))
	return err
}

func (c *command) storeRekey(ctx context.Context) error {
	s, err := c.database()
	if err != nil {
		return err
	}
	k, err := c.Store(ctx, s)
	if err != nil {
		return err
	}
	note := audit.Entry{Time: time.Now(), Actor: c.signedIn(ctx, s, k), Action: audit.ActionRekey, Phase: audit.PhaseOutcome, Outcome: string(app.Done)}
	if err := c.RekeyTeam(ctx, s, note); err != nil {
		return err
	}
	_, err = fmt.Fprintln(c.env.Stdout, `The team's key was replaced. The new one is on this computer only.
Your colleagues and your jobs need it: wxauth store key export > team.age`)
	return err
}

func (c *command) storeMoveCommand() *cobra.Command {
	var to string
	var remove bool
	cmd := &cobra.Command{
		Use: "move [--to URL or PATH] [--key SOURCE]", Short: "Copy the store to a database or a file, or change its key source",
		Long: `Copy everything in the store to a team's database or to another file: logins, tokens, settings,
sweeps and the audit log. wxauth checks the copy by reading it back. The old store stays as
it is, unless you add --delete-old. If the command is interrupted, run it again: it copies
what is missing. From then on, use only one of the two stores, because refreshing a token in
one may make the token in the other invalid.

Without --to, the store stays where it is and gets another key source; the old one is renamed.
--key is the key source of the new store.`,
		Example: `  wxauth store move --to postgres://ada@db.example/wxauth
  wxauth store move --to ~/.local/share/wxauth/store.db --key keyring --store postgres://ada@db.example/wxauth
  wxauth store move --key passphrase   # from the keyring to a passphrase, without a new login`,
		Args: exactly(0, "wxauth store move --to postgres://ada@db.example/wxauth"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if to == "" && c.Flags.Key == "" {
				return session.UsageError(errors.New("--to or --key is required; example: wxauth store move --to postgres://ada@db.example/wxauth"))
			}
			return c.storeMove(cmd.Context(), to, remove)
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "copy to this database `URL` or path")
	cmd.Flags().BoolVar(&remove, "delete-old", false, "delete the old store after the copy was checked; its audit log is renamed")
	return cmd
}

// movedJSON is the output of "store move".
type movedJSON struct {
	Store    string `json:"store"`
	Tokens   int    `json:"tokens"`
	Settings int    `json:"settings"`
	Sweeps   int    `json:"sweeps"`
	Entries  int    `json:"auditEntries"`
	Kept     int    `json:"kept"` // records that stayed in the new store
	Deleted  bool   `json:"deletedOld"`
}

func (c *command) storeMove(ctx context.Context, to string, remove bool) error {
	source, err := c.KeyOfTarget()
	if err != nil {
		return err
	}
	s, err := c.Load()
	if err != nil {
		return err
	}
	path := config.FilesOf(c.env.Getenv, s.Store).Store
	if to != "" {
		if to, err = session.StoreAddress(to); err != nil {
			return session.UsageError(fmt.Errorf("--to: %w", err))
		}
	}
	if to == "" || to == path {
		return c.changeKey(ctx, s, source, remove)
	}
	if remove && config.IsDatabase(s.Store) {
		return session.UsageError(errors.New("--delete-old only deletes files: colleagues may use the database. To delete it, drop wxauth's tables"))
	}
	k, err := c.Store(ctx, s)
	if err != nil {
		return err
	}
	switch {
	case !config.IsDatabase(to):
		source = cmp.Or(source, s.Key, store.SourceKeyring)
	case source == "" && (s.Key == store.SourceKeyring || s.Key == store.SourceKeyfile):
		source = s.Key
	}
	kept := ""
	moved, err := c.MoveStore(ctx, s, to, source, c.signedIn(ctx, s, k), func() (err error) {
		if remove {
			kept, err = move.Remove(config.FilesOf(c.env.Getenv, s.Store))
		}
		return err
	})
	if errors.Is(err, move.ErrExists) {
		return session.UsageError(err)
	}
	if errors.Is(err, postgres.ErrUnavailable) || errors.Is(err, store.ErrLocked) || errors.Is(err, store.ErrSweeping) || errors.Is(err, store.ErrWrite) {
		err = fmt.Errorf("%w; the store in use is unchanged: run the command again to continue", err)
	}
	if err != nil {
		return err
	}
	out := movedJSON{to, moved.Tokens, moved.Settings, moved.Sweeps, moved.Entries, moved.Kept, remove}
	if moved.Unnamed > 0 {
		c.note("the sweeps of %s were saved by an earlier version and were not copied: run wxauth sweep again", english.Count(moved.Unnamed, "organization"))
	}
	if c.g.json {
		return c.printJSON(out)
	}
	_, err = fmt.Fprint(c.env.Stdout, c.movedWords(s, to, moved, remove, kept))
	return err
}

// movedWords says what was copied, and what is left to do. kept is where the audit log of a deleted
// store is now.
func (c *command) movedWords(s session.Settings, to string, moved move.Moved, remove bool, kept string) string {
	words := fmt.Sprintf("Copied and checked: %s, %s, %s, %s.\n", english.Count(moved.Tokens, "token pair"), english.Count(moved.Settings, "setting"), english.Count(moved.Sweeps, "sweep"), english.Count(moved.Entries, "audit entry"))
	if moved.Kept > 0 {
		words += english.Count(moved.Kept, "record") + " in the new store stayed as they were: newer tokens, or the team's settings.\n"
	}
	if to != config.StorePath(c.env.Getenv) {
		words += fmt.Sprintf("To use the new store, set in the configuration (wxauth config path):  store = \"%s\"\n", webex.Clean(webex.Untrusted(to)))
	} else {
		words += "To use the new store, remove store = from the configuration (wxauth config path), and unset WXAUTH_STORE.\n"
	}
	switch {
	case kept != "":
		words += "The old store was deleted. Its audit log is now " + kept + ".\n"
	case remove:
		words += "The old store was deleted.\n"
	case !config.IsDatabase(s.Store):
		files := config.FilesOf(c.env.Getenv, s.Store)
		words += fmt.Sprintf("The old store is unchanged. Do not use both: when the new one works: rm %s %s %s\n", files.Store, strings.Join(store.Backups(files.Store), " "), files.Inventory)
	default:
		words += "The database is unchanged, and colleagues may go on using it: then a refresh there can make these tokens invalid.\n"
	}
	if config.IsDatabase(to) && s.Key != "" && s.Key != store.SourceKeyring && s.Key != store.SourceKeyfile {
		words += fmt.Sprintf("Also change key = or WXAUTH_KEY, which says %s: for a database, it must be keyring or keyfile.\n", s.Key)
	}
	return words
}

func (c *command) changeKey(ctx context.Context, s session.Settings, source string, remove bool) error {
	if source == "" {
		return session.UsageError(errors.New("this is the store in use: name the store to copy with --store, or add --key SOURCE to change its key source"))
	}
	path := config.FilesOf(c.env.Getenv, s.Store).Store
	n, err := c.ChangeKey(ctx, s, source)
	if err != nil {
		return err
	}
	if remove {
		if err := move.RemoveOld(path); err != nil {
			return err
		}
	}
	if c.g.json {
		return c.printJSON(movedJSON{Store: path, Tokens: n, Deleted: remove})
	}
	words := fmt.Sprintf("Encrypted %s again, with a key from: %s.\n", english.Count(n, "record"), source)
	if !remove {
		words += fmt.Sprintf("The old store is %s. When the new one works: rm %s %s\n", move.OldPath(path), move.OldPath(path), strings.Join(store.Backups(path), " "))
	}
	if s.Key != "" && s.Key != source {
		words += fmt.Sprintf("The configuration or WXAUTH_KEY still says %s: change it to %s.\n", s.Key, source)
	}
	_, err = fmt.Fprint(c.env.Stdout, words)
	return err
}
