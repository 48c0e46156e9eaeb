// Package postgrestest starts PostgreSQL servers for tests, as an unprivileged user on loopback. It is
// empty without the build tag e2e.
//
//	func TestMain(m *testing.M) { os.Exit(postgrestest.Run(m)) }
//
//	address := postgrestest.Database(t) // an empty database
package postgrestest
