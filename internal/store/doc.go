// Package store saves tokens, encrypted, in a single bbolt file that processes may use
// concurrently.
//
//	s, err := store.Open(path, store.Keyring())
//	app := webex.NewIntegration(credentials, s.Profile("work"))
//
// # The file
//
//	store.db
//	├─ meta                          not encrypted
//	│  ├─ header                     checksum ‖ JSON: format, schema, uuid, key source, argon2id parameters
//	│  ├─ check                      encrypted: proves that the key is right and the header unchanged
//	│  └─ manifest                   encrypted: generation, number and fingerprint of all record names
//	└─ profiles
//	   └─ {profile}
//	      ├─ settings
//	      │  └─ {name}               encrypted: a setting of wxauth, such as the active login
//	      ├─ integration
//	      │  └─ {client id}          encrypted tokens; "-" for a token without a client
//	      ├─ serviceapp
//	      │  └─ {client id}
//	      │     └─ {org UUID}        encrypted tokens
//	      └─ intents
//	         └─ {client id}/{org}    encrypted: a refresh is about to be sent, as large as its result
//
// Profile names, client ids and organization ids are not encrypted; every value below
// profiles is encrypted. Sweeps are large and have their own files next to the store, encrypted
// with a key that is stored in it: see [Inventory].
//
// # Encryption
//
// An encrypted value is version(1) ‖ key id(4) ‖ nonce(24) ‖ XChaCha20-Poly1305, with a key
// derived by HKDF-SHA256 from the store's 32-byte master key. The store's uuid, the schema
// and the full path are authenticated with it, so that reading a value that was moved,
// truncated or changed fails. The manifest detects removed records.
//
// # Master key
//
// The master key is never in the file. It is in the keyring of the operating system
// ([Keyring]), wrapped by a passphrase ([Passphrase]), or in a separate file ([Keyfile],
// the least secure choice, because whoever copies the directory can decrypt the store).
// The header names the source, and wxauth never switches to another one on its own. A
// missing key is an error; it is never replaced by a new one.
//
// # Opening the file
//
// The file is open and locked only during an operation, so an open dashboard does not block
// other processes. Before bbolt maps the file, all reachable pages are checked under that
// lock, because a damaged file makes bbolt panic, crash or loop. A damaged file is never
// written to; see [Bolt.NewestBackup] and [Bolt.Restore].
//
// # Source files
//
// tokens.go and bolt.go contain the operations of a profile, write.go transactions, file.go
// opening the file, check.go the checks before that, sealer.go the encryption (package seal), and
// keys.go and keyring.go the key sources. [Memory] is a store that is lost when the process exits.
package store
