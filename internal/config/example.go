package config

import _ "embed"

// example is a copy of config.example.toml at the top of the repository, which an
// embed cannot reach from here; a test keeps them equal.
//
//go:embed example.toml
var example string

// Example returns a configuration file with every key in it, its default and unit.
func Example() string { return example }
