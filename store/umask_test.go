//go:build unix

package store_test

import "syscall"

func umask(mask int) int { return syscall.Umask(mask) }
