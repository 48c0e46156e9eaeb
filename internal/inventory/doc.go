// Package inventory is what a sweep found out about an organization: every person, and
// every token that an app holds in that person's name. It is made for a million tokens:
// compact in memory and at rest, and quick to ask who uses what, what shows no sign of
// life, and what came or went between two sweeps.
//
// A sweep is written as a stream of entries, one a person, that can be cut off anywhere
// and gone on with ([Writer]). A finished stream is read back as an [Inventory]. Nothing
// here knows the network, a file or a screen: whoever keeps the stream seals it.
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
// Begin with inventory.go, which is the memory, and writer.go, which is the stream;
// apps.go and diff.go answer the questions. Package store keeps the stream, sealed;
// internal/app fills it (sweep.go) and reads it (inventories.go).
package inventory
