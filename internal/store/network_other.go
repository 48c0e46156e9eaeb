//go:build !linux

package store

func networkFileSystem(string) string { return "" }
