package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"
	"filippo.io/age/armor"
	"github.com/spf13/cobra"

	"github.com/wxauth/wxauth/internal/seal"
	"github.com/wxauth/wxauth/internal/session"
	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/webex"
)

func (c *command) storeKeyCommand() *cobra.Command {
	var file string
	var plain bool
	export := &cobra.Command{
		Use: "export", Short: "Print the team's key, encrypted with a passphrase",
		Long: `Print the key of the team's store to stdout, encrypted with a passphrase in the format of age
(age-encryption.org). Send the file to a colleague, and the passphrase separately.
Your own logins are encrypted with a key of yours, which is not printed.`,
		Example: "  wxauth store key export > team.age\n  wxauth store key export --unencrypted > team.key   # for a job's secret; delete it afterwards",
		Args:    exactly(0, "wxauth store key export"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if plain && isTerminal(c.env.Stdout) {
				return session.UsageError(errors.New("--unencrypted does not print the key to a terminal: redirect it to a file that only you can read"))
			}
			return c.exportKey(cmd.Context(), plain, file)
		},
	}
	export.Flags().BoolVar(&plain, "unencrypted", false, "print the key itself, for the secret of a job")
	imported := &cobra.Command{
		Use: "import [FILE]", Short: "Save the team's key on this computer",
		Long: `Read a team's key from FILE or stdin, as "wxauth store key export" printed it, check that it is the
key of the store, and save it in the keyring or, with --key keyfile, in a file. A key for
your own logins is created, unless there is one.`,
		Example: "  wxauth store key import team.age",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return session.UsageError(errors.New("one FILE expected; example: wxauth store key import team.age"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			path := "-"
			if len(args) == 1 {
				path = args[0]
			}
			return c.importKey(cmd.Context(), path, file)
		},
	}
	for _, cmd := range []*cobra.Command{export, imported} {
		cmd.Flags().StringVar(&file, "passphrase-file", "", "read the passphrase from the first line of this `file` instead of prompting")
	}
	cmd := &cobra.Command{
		Use: "key", Short: "Give the team's key to colleagues and jobs",
		Example: export.Example,
		Args:    exactly(0, "wxauth store key export"),
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(export, imported)
	return cmd
}

func (c *command) exportKey(ctx context.Context, plain bool, passphraseFile string) error {
	s, err := c.database()
	if err != nil {
		return err
	}
	key, err := c.TeamKey(ctx, s)
	if err != nil {
		return err
	}
	if plain {
		_, err := fmt.Fprintln(c.env.Stdout, key.Reveal())
		return err
	}
	passphrase, err := c.passphrase(ctx, passphraseFile, true)
	if err != nil {
		return err
	}
	to, err := age.NewScryptRecipient(passphrase.Reveal())
	if err != nil {
		return err
	}
	var out bytes.Buffer
	armored := armor.NewWriter(&out)
	w, err := age.Encrypt(armored, to)
	if err == nil {
		_, err = io.WriteString(w, key.Reveal()+"\n")
		err = errors.Join(err, w.Close(), armored.Close())
	}
	if err != nil {
		return err
	}
	_, err = c.env.Stdout.Write(out.Bytes())
	return err
}

func (c *command) importKey(ctx context.Context, path, passphraseFile string) error {
	s, err := c.database()
	if err != nil {
		return err
	}
	text, err := c.readInput(ctx, path, mostKeyFile)
	if err != nil {
		return err
	}
	key, err := c.openKey(ctx, text, passphraseFile)
	if err != nil {
		return err
	}
	place, err := c.ImportTeamKey(ctx, s, key)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.env.Stdout, "Saved the team's key in %s. To check it: wxauth store info\n", place)
	return err
}

// openKey returns the key in an exported file.
func (c *command) openKey(ctx context.Context, text []byte, passphraseFile string) (seal.Key, error) {
	if k, ok := session.ParseTeamKeys(string(text)); ok {
		return k.Team, nil
	}
	var in io.Reader = bytes.NewReader(text)
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte(armor.Header)) {
		in = armor.NewReader(bytes.NewReader(bytes.TrimSpace(text)))
	} else if !bytes.HasPrefix(text, []byte("age-encryption.org/")) {
		return seal.Key{}, session.UsageError(errors.New("this is not a team key: it should be a file that wxauth store key export wrote"))
	}
	passphrase, err := c.passphrase(ctx, passphraseFile, false)
	if err != nil {
		return seal.Key{}, err
	}
	identity, err := age.NewScryptIdentity(passphrase.Reveal())
	if err != nil {
		return seal.Key{}, err
	}
	identity.SetMaxWorkFactor(18) // that of age; each step more doubles memory and time
	r, err := age.Decrypt(in, identity)
	var wrong *age.NoIdentityMatchError
	if errors.As(err, &wrong) {
		return seal.Key{}, fmt.Errorf("%w: the passphrase does not decrypt the file", store.ErrWrongKey)
	}
	var plain []byte
	if err == nil {
		plain, err = io.ReadAll(io.LimitReader(r, 4096))
	}
	k, ok := session.ParseTeamKeys(string(plain))
	if err != nil || !ok {
		return seal.Key{}, session.UsageError(errors.New("the file is damaged, or not a team key: ask for it again"))
	}
	return k.Team, nil
}

// passphrase returns the passphrase of an exported key: from a file, or typed, twice for a new one.
func (c *command) passphrase(ctx context.Context, file string, isNew bool) (webex.Secret, error) {
	if file != "" {
		text, err := c.readInput(ctx, file, mostKeyFile)
		if err != nil {
			return webex.Secret{}, fmt.Errorf("--passphrase-file: %w", err)
		}
		line, _, _ := strings.Cut(string(text), "\n")
		if line = strings.TrimSuffix(line, "\r"); line == "" {
			return webex.Secret{}, session.UsageError(fmt.Errorf("--passphrase-file: the first line of %s is empty", file))
		}
		return webex.NewSecret(line), nil
	}
	if !c.interactive() {
		return webex.Secret{}, session.UsageError(errors.New("wxauth cannot prompt here: give the passphrase with --passphrase-file"))
	}
	question := "Passphrase of the team key: "
	if isNew {
		question = "New passphrase for the exported key: "
	}
	first, err := c.readSecret(ctx, question, "--passphrase-file")
	if err != nil {
		return first, err
	}
	if first.IsZero() {
		return first, session.UsageError(errors.New("the passphrase is empty"))
	}
	if isNew && len(first.Reveal()) < shortPassphrase {
		return first, session.UsageError(fmt.Errorf("a passphrase of fewer than %d characters is easily guessed: use four or more random words", shortPassphrase))
	}
	if isNew {
		again, err := c.readSecret(ctx, "Repeat the passphrase: ", "--passphrase-file")
		if err == nil && !again.Equal(first) {
			err = session.UsageError(errors.New("the passphrases do not match; nothing was printed"))
		}
		return first, err
	}
	return first, nil
}

// shortPassphrase is the length of passphrases that are long enough. Whoever has the file can guess as
// often as they like.
const shortPassphrase = 12

// mostKeyFile is larger than any exported key.
const mostKeyFile = 64 << 10
