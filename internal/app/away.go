package app

import "errors"

// StoreAway reports whether an error means that the store, a team's database, cannot be reached now. It
// has a method StoreAway that returns true.
func StoreAway(err error) bool {
	var away interface{ StoreAway() bool }
	return errors.As(err, &away) && away.StoreAway()
}
