package catalog_test

import (
	"testing"

	"headroom/slo/catalog"
	"headroom/slo/diag"
	"headroom/slo/manifest"
)

// TestLibrary tries every template of the library as those of others are tried.
func TestLibrary(t *testing.T) {
	for _, p := range catalog.CheckLibrary(manifest.DecodeIndicator) {
		t.Errorf("%s:%d:%d: %s: %s [%s]\n%s\nhelp: %s", p.File, p.Line, p.Column, p.Severity, p.Message, p.Check, p.Excerpt, p.Hint)
	}
	c := manifest.Builtin()
	if len(c.All()) == 0 {
		t.Fatal("the library is empty")
	}
	for _, each := range c.All() {
		if _, err := c.Resolve(each.Name, each.Examples()); err != nil {
			t.Errorf("template %s with its examples: %v", each.Name, err)
		}
	}
	if _, problems := manifest.LoadCatalog("library"); !diag.HasErrors(problems) {
		t.Error("a directory without template files loads without a problem")
	}
}
