// Package store keeps tokens at rest: sealed, in one bbolt file that any number of
// processes may use at the same time.
//
//	s, err := store.Open(path, store.Keyring())
//	app := webex.NewIntegration(credentials, s.Profile("work"))
//
// # The file
//
//	store.db
//	├─ meta                          in the clear
//	│  ├─ header                     checksum ‖ JSON: format, schema, uuid, key source, argon2id parameters
//	│  ├─ check                      sealed: proves that a key is the right one, and the header unchanged
//	│  └─ manifest                   sealed: generation, number and fingerprint of all record names
//	└─ profiles
//	   └─ {profile}
//	      ├─ settings
//	      │  └─ {name}               sealed: what wxauth remembers, such as which login is in force
//	      ├─ integration
//	      │  └─ {client id}          sealed tokens; "-" for a token of no client of ours
//	      ├─ serviceapp
//	      │  └─ {client id}
//	      │     └─ {org UUID}        sealed tokens
//	      └─ intents
//	         └─ {client id}/{org}    sealed: a refresh is about to be sent, as large as its result
//
// Names of profiles, client ids and organization ids are in the clear; every value
// below profiles is sealed. Sweeps are large, and have files of their own beside it, sealed
// with a key that lies in this one: [Inventory].
//
// # Sealing
//
// A sealed value is version(1) ‖ key id(4) ‖ nonce(24) ‖ XChaCha20-Poly1305, under a
// key derived (HKDF-SHA256) from the store's 32-byte master key. Bound to it are the
// store's uuid, the schema and the whole path, so that a value that is moved, cut or
// changed by one bit is an error and never data. The manifest tells a record that is
// gone from one that never was.
//
// # The key
//
// The master key never lies in the file. It is in the keyring of the operating
// system ([Keyring]), wrapped by a passphrase ([Passphrase]), or in a file of its own
// ([Keyfile], the weaker choice: whoever copies the folder has both). There is no
// silent step from one to another: the header names the source, and a key that is
// lost is an error, never a new key.
//
// # Opening
//
// The file is open only inside an operation, under a lock with a time limit: whoever
// leaves a dashboard open blocks nobody. Before bbolt maps it, every page that can be
// reached is checked under that lock, because a damaged file makes bbolt panic, crash
// or loop. A damaged file is never written to; see [Bolt.NewestBackup] and [Bolt.Restore].
//
// # Where to begin
//
// tokens.go and bolt.go have what a profile's store does, write.go how a change is made,
// file.go how the file is opened and check.go what is looked at before, seal.go the
// sealing, keys.go and keyring.go where keys come from. [Memory] is a store for those who
// keep nothing.
package store
