package app_test

import (
	"os"
	"path/filepath"
	"testing"

	"headroom/internal/app"
)

// TestTemplates lets templates come, break and change, without a change of any
// spec.
func TestTemplates(t *testing.T) {
	const template = "headroom: v1\ntemplate: ours\ntitle: Ours\ndescription: Ours.\nparameters: {job: {type: string, doc: A job., example: a}}\nindicator: {gauge: 'up{job=\"${job}\"}'}\n"
	dir := t.TempDir()
	path := filepath.Join(dir, "our.template.yaml")
	write := func(content string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	withTemplates := func(o *app.Options) { o.Config.Templates = []string{path} }
	i := launch(t, dir, withTemplates)
	i.write("slo.yaml", "headroom: v1\nservice: shop\nobjectives:\n  availability:\n    target: 99%\n    template: {name: ours, with: {job: shop}}\n")
	i.complains("unreadable-file", "unknown-template")

	write(template)
	i.serves("default/shop/availability 99%")
	i.complains()

	write("headroom: v1\ntemplate: ours\n")
	i.complains("last-good-used", "missing-key", "missing-key", "missing-key")
	i.serves("default/shop/availability 99%")
	i.stop()
	i = launch(t, dir, withTemplates)
	i.complains("last-good-used", "missing-key", "missing-key", "missing-key")
	i.serves("default/shop/availability 99%")

	write(template + "notes: [Something else.]\n")
	i.complains()
	i.serves("default/shop/availability 99%")
	i.stop()
}
