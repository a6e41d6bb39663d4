// Package config reads the configuration of headroom serve: strict YAML, where
// everything that is wrong is a problem with its place and how to mend it.
// docs/configuration.md describes every key.
package config
