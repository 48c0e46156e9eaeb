// Package inventory holds the results of a sweep of an organization: every person, and
// every token that an app holds on behalf of that person. It is designed for a million
// tokens: compact in memory and on disk, with fast queries for who uses an app, which
// grants look unused, and what changed between two sweeps.
//
// A [Writer] writes a sweep as a stream of entries, one per person, which can be
// interrupted anywhere and resumed. An [Inventory] is loaded from such a stream. The
// package accesses neither the network nor files; its caller encrypts and saves the stream.
//
//	v := inventory.New()
//	for _, part := range parts { // as a Writer made them
//		if err := v.Take(part); err != nil {
//			return err
//		}
//	}
//	v.Prepare()
//	for _, a := range v.Apps(policy.WebexSignIn, nil) {
//		fmt.Println(a.Name, a.People, len(v.Holders(a)))
//	}
//
// To change the package, start with inventory.go, the data structure, and writer.go, the
// stream; apps.go and diff.go implement the queries. Package store saves the stream,
// encrypted; internal/app writes it (sweep.go) and reads it (inventories.go).
package inventory
