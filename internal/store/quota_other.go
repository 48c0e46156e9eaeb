//go:build !unix

package store

import "errors"

var errQuota = errors.New("quota exceeded")
