package store

import "github.com/wxauth/wxauth/internal/seal"

// sealer encrypts and decrypts the values of one store.
type sealer struct{ *seal.Sealer }

func newSealer(k seal.Key, uuid string, schema int) *sealer {
	return &sealer{seal.New(k, uuid, schema)}
}
