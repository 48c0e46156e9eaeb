package config

import _ "embed"

// example is a copy of config.example.toml in the root of the repository, which go:embed
// can't read from here. A test verifies that they are equal.
//
//go:embed example.toml
var example string

// Example returns a configuration file that contains every key with its default and unit.
func Example() string { return example }
