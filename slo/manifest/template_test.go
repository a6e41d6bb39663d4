package manifest_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/go-openapi/strfmt"
	"github.com/go-openapi/validate"

	"headroom/slo/manifest"
)

const templated = `headroom: v1
service: checkout
objectives:
  availability:
    target: 99.9%
    template:
      name: http-availability
      with: {job: checkout, code: status}
`

const handWritten = `headroom: v1
service: checkout
objectives:
  availability:
    target: 99.9%
    ratio:
      bad: http_requests_total{job="checkout", status=~"5.."}
      total: http_requests_total{job="checkout"}
`

// TestTemplateTakesNoPartInHashes replaces an indicator by a template that
// gives the same one, which must start no new history and change no rules.
func TestTemplateTakesNoPartInHashes(t *testing.T) {
	a, problems := manifest.Parse("slo.yaml", []byte(templated))
	b, more := manifest.Parse("slo.yaml", []byte(handWritten))
	if len(problems)+len(more) > 0 {
		t.Fatal(problems, more)
	}
	with, without := a[0].Objectives[0], b[0].Objectives[0]
	if with.SLI() != without.SLI() || with.SpecHash() != without.SpecHash() {
		t.Errorf("the hashes are %s and %s, and by hand %s and %s", with.SLI(), with.SpecHash(), without.SLI(), without.SpecHash())
	}
	if with.Template.Name != "http-availability" || !without.Template.IsZero() {
		t.Errorf("the templates are %+v and %+v", with.Template, without.Template)
	}
	settings := map[string]bool{}
	for _, s := range with.Template.With {
		settings[s.Parameter+"="+s.Value] = s.Default
	}
	if given, known := settings["code=status"]; given || !known || !settings["metric=http_requests_total"] {
		t.Errorf("the settings are %v", settings)
	}
}

func TestSchemaOfTemplates(t *testing.T) {
	schema := parseSchema(t)
	for text, want := range map[string]bool{
		"{name: a}": true,
		"{name: a, with: {a: b, c: 1, d: true, e: [x, 1]}}": true,
		"{name: A b}":                        false,
		"{with: {a: b}}":                     false,
		"{name: a, with: {a: {b: c}}}":       false,
		"{name: a, with: {a: [{b: c}]}}":     false,
		"{name: a, where: '{a=\"b\"}'}":      false,
		"http-availability":                  false,
		"{name: a, with: {}}\n    gauge: up": false,
	} {
		document := values(t, []byte("headroom: v1\nservice: a\nobjectives:\n  a:\n    target: 99%\n    template: "+text+"\n"))[0]
		if err := validate.AgainstSchema(schema, document, strfmt.Default); (err == nil) != want {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestCacheFollowsTheCatalog changes a template behind an unchanged spec.
func TestCacheFollowsTheCatalog(t *testing.T) {
	dir := t.TempDir()
	spec := filepath.Join(dir, "slo.yaml")
	if err := os.WriteFile(spec, []byte("headroom: v1\nservice: a\nobjectives:\n  a: {target: 99%, template: {name: ours}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cache := manifest.NewCache(nil)
	load := func(metric string) string {
		t.Helper()
		path := filepath.Join(dir, "our.template.yaml")
		if err := os.WriteFile(path, []byte("headroom: v1\ntemplate: ours\ntitle: A\ndescription: A.\nindicator: {gauge: "+metric+"}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		known, problems := manifest.LoadCatalog(path)
		result := manifest.Load(t.Context(), []string{spec}, manifest.Options{Cache: cache, Catalog: known})
		if len(problems)+len(result.Problems) > 0 {
			t.Fatal(problems, result.Problems)
		}
		return result.Objectives()[0].Indicator.Canonical()
	}
	for _, metric := range []string{"up", "down", "up"} {
		if got := load(metric); got != "gauge "+metric {
			t.Errorf("the objective counts %s, want gauge %s", got, metric)
		}
	}
}
