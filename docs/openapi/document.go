// Package openapi has the description of the API in OpenAPI 3.
//
// paths.yaml is written by hand. openapi.yaml is paths.yaml with the schemas of
// the Go types that the API reads and writes; the tests of package api make it,
// with -update.
package openapi

import (
	_ "embed" // the document
	"slices"
)

//go:embed openapi.yaml
var document []byte

// Document returns the description in YAML.
func Document() []byte { return slices.Clone(document) }
