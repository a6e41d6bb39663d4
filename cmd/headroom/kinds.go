package main

import (
	"path/filepath"
	"strings"

	"github.com/invopop/jsonschema"

	"headroom/budget/correction"
	"headroom/budget/policy"
	"headroom/slo/catalog"
	"headroom/slo/defaults"
	"headroom/slo/manifest"
	"headroom/slo/plans"
	"headroom/slo/slotest"
)

// documentKind is a kind of document, which its second key says.
type documentKind struct {
	name   string
	schema func() *jsonschema.Schema
	stem   string // files STEM.yaml and *.STEM.yaml hold such documents
}

func documentKinds() []documentKind {
	return []documentKind{
		{"service", manifest.ServiceSchema, "slo"},
		{"correction", correction.Schema, "correction"},
		{"defaults", defaults.Schema, "defaults"},
		{"plan", plans.Schema, "plan"},
		{"policy", policy.Schema, "policy"},
		{"template", catalog.Schema, "template"},
		{"test", slotest.Schema, "slo.test"},
	}
}

// holdsDocuments reports whether a file of this name is one of headroom's.
func holdsDocuments(path string) bool {
	name := filepath.Base(path)
	for _, kind := range documentKinds() {
		if file := kind.stem + ".yaml"; name == file || strings.HasSuffix(name, "."+file) && !strings.HasPrefix(name, ".") {
			return true
		}
	}
	return false
}
