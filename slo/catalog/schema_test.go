package catalog_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/go-openapi/spec"
	"github.com/go-openapi/strfmt"
	"github.com/go-openapi/validate"
	"go.yaml.in/yaml/v4"

	"headroom/slo/catalog"
)

// TestSchema asks that the schema takes every template of the library, and
// refuses what the loader refuses for its form.
func TestSchema(t *testing.T) {
	data, err := json.Marshal(catalog.Schema())
	if err != nil {
		t.Fatal(err)
	}
	var schema spec.Schema
	if err := json.Unmarshal(data, &schema); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("library/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, document := range documents(t, text) {
			if err := validate.AgainstSchema(&schema, document, strfmt.Default); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
	const head = "headroom: v1\ntemplate: a\ntitle: A\ndescription: A.\n"
	for _, text := range []string{
		head,
		head + "indicator: {}",
		head + "indicator: {gauge: a, ratio: {}}",
		head + "indicator: {gauge: a}\nparameters: {A: {type: string, doc: A.}}",
		head + "indicator: {gauge: a}\nparameters: {a: {type: text, doc: A.}}",
		head + "indicator: {gauge: a}\nparameters: {a: {type: string, doc: A., default: {a: b}}}",
		head + "indicator: {gauge: a}\ntitel: A",
	} {
		if validate.AgainstSchema(&schema, documents(t, []byte(text))[0], strfmt.Default) == nil {
			t.Errorf("the schema takes\n%s", text)
		}
	}
}

// documents decodes a text as a validator of JSON Schema sees it.
func documents(t *testing.T, text []byte) []any {
	t.Helper()
	loader, err := yaml.NewLoader(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	var list []any
	for {
		var value any
		if err := loader.Load(&value); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		var plain any
		if err := json.Unmarshal(data, &plain); err != nil {
			t.Fatal(err)
		}
		list = append(list, plain)
	}
}
