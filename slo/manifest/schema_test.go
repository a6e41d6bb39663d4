package manifest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"testing"

	"github.com/go-openapi/spec"
	"github.com/go-openapi/strfmt"
	"github.com/go-openapi/validate"
	"github.com/rogpeppe/go-internal/txtar"
	"go.yaml.in/yaml/v4"

	"headroom/slo/manifest"
)

func parseSchema(t *testing.T) *spec.Schema {
	t.Helper()
	data, err := manifest.Schema()
	if err != nil {
		t.Fatal(err)
	}
	var schema spec.Schema
	if err := json.Unmarshal(data, &schema); err != nil {
		t.Fatalf("%v in\n%s", err, data)
	}
	schema.Schema = "" // the validator knows draft 4, which the schema keeps to
	return &schema
}

// values decodes the documents of a text as a JSON Schema validator sees them.
func values(t *testing.T, text []byte) []any {
	t.Helper()
	loader, err := yaml.NewLoader(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	var documents []any
	for {
		var value any
		if err := loader.Load(&value); errors.Is(err, io.EOF) {
			return documents
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
		documents = append(documents, plain)
	}
}

func TestSchemaAcceptsValidSpecs(t *testing.T) {
	schema := parseSchema(t)
	for _, name := range []string{"valid", "formerly-in-use", "named-file", "events", "gauges", "raws", "queries", "buckets"} {
		archive, err := txtar.ParseFile("testdata/golden/" + name + ".txtar")
		if err != nil {
			t.Fatal(err)
		}
		checked := 0
		for _, file := range archive.Files {
			if file.Name != "slo.yaml" && file.Name != "any.txt" {
				continue
			}
			for _, document := range values(t, file.Data) {
				checked++
				if err := validate.AgainstSchema(schema, document, strfmt.Default); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
		if checked == 0 {
			t.Errorf("%s: no documents", name)
		}
	}
}

func TestSchemaRefuses(t *testing.T) {
	schema := parseSchema(t)
	const head = "headroom: v1\nservice: a\n"
	for name, text := range map[string]string{
		"other version":             "headroom: v2\nservice: a\nobjectives: {o: {target: 99%, gauge: up}}",
		"no version":                "service: a\nobjectives: {o: {target: 99%, gauge: up}}",
		"no service":                "headroom: v1\nobjectives: {o: {target: 99%, gauge: up}}",
		"bad service":               "headroom: v1\nservice: A\nobjectives: {o: {target: 99%, gauge: up}}",
		"no objectives":             head,
		"empty objectives":          head + "objectives: {}",
		"bad objective name":        head + "objectives: {O_: {target: 99%, gauge: up}}",
		"unknown key of a service":  head + "ownr: x\nobjectives: {o: {target: 99%, gauge: up}}",
		"unknown key":               head + "objectives: {o: {tagret: 99%, target: 99%, gauge: up}}",
		"unknown key of a ratio":    head + "objectives: {o: {target: 99%, ratio: {bad: x, total: y, z: 1}}}",
		"unknown key of a latency":  head + "objectives: {o: {target: 99%, latency: {histogram: x, under: 1s, z: 1}}}",
		"target without %":          head + "objectives: {o: {target: 99.9, gauge: up}}",
		"quoted target without %":   head + "objectives: {o: {target: '0.999', gauge: up}}",
		"target of 100%":            head + "objectives: {o: {target: 100%, gauge: up}}",
		"no target":                 head + "objectives: {o: {gauge: up}}",
		"no indicator":              head + "objectives: {o: {target: 99%}}",
		"two indicators":            head + "objectives: {o: {target: 99%, gauge: up, ratio: {bad: x, total: y}}}",
		"bad and good":              head + "objectives: {o: {target: 99%, ratio: {bad: x, good: x, total: y}}}",
		"neither bad nor good":      head + "objectives: {o: {target: 99%, ratio: {total: y}}}",
		"no total":                  head + "objectives: {o: {target: 99%, ratio: {bad: y}}}",
		"kind of events":            head + "objectives: {o: {target: 99%, events: {kind: build}}}",
		"events without a kind":     head + "objectives: {o: {target: 99%, events: {source: github}}}",
		"source of events":          head + "objectives: {o: {target: 99%, events: {kind: pipeline, source: Git_Hub}}}",
		"ignored fault":             head + "objectives: {o: {target: 99%, events: {kind: pipeline, ignore: [users]}}}",
		"good that is a list":       head + "objectives: {o: {target: 99%, events: {kind: pipeline, good: [a]}}}",
		"good without under":        head + "objectives: {o: {target: 99%, events: {kind: pipeline, good: {from: started, to: finished}}}}",
		"good from the end":         head + "objectives: {o: {target: 99%, events: {kind: pipeline, good: {from: finished, to: finished, under: 1m}}}}",
		"unit":                      head + "objectives: {o: {target: 99%, latency: {histogram: x, under: 1s, unit: minutes}}}",
		"where without braces":      head + "objectives: {o: {target: 99%, latency: {histogram: x, under: 1s, where: a}}}",
		"gauge without good":        head + "objectives: {o: {target: 99%, gauge: {selector: a}}}",
		"good of a gauge":           head + "objectives: {o: {target: 99%, gauge: {selector: a, good: 5}}}",
		"gauge that is a list":      head + "objectives: {o: {target: 99%, gauge: [a]}}",
		"raw without its ratio":     head + "objectives: {o: {target: 99%, raw: {}}}",
		"query without a total":     head + "objectives: {o: {target: 99%, query: {bad: 'increase(a[$range])'}}}",
		"query without bad or good": head + "objectives: {o: {target: 99%, query: {total: 'increase(a[$range])'}}}",
		"native that is a text":     head + "objectives: {o: {target: 99%, latency: {histogram: x, under: 1s, native: maybe}}}",
		"buckets that are no list":  head + "objectives: {o: {target: 99%, latency: {histogram: x, under: 1s, buckets: 1s}}}",
		"group that is no list":     head + "objectives: {o: {target: 99%, gauge: up, group: region}}",
		"labels that are a list":    head + "labels: [a]\nobjectives: {o: {target: 99%, gauge: up}}",
		"runbook without a scheme":  head + "runbook: wiki\nobjectives: {o: {target: 99%, gauge: up}}",
		"description that is a map": head + "description: {a: b}\nobjectives: {o: {target: 99%, gauge: up}}",
	} {
		t.Run(name, func(t *testing.T) {
			for _, document := range values(t, []byte(text)) {
				if err := validate.AgainstSchema(schema, document, strfmt.Default); err == nil {
					t.Errorf("accepted:\n%s", text)
				}
			}
			if _, problems := manifest.Parse("slo.yaml", []byte(text)); len(problems) == 0 {
				t.Error("Parse accepts what the schema should refuse")
			}
		})
	}
}

// TestSchemaIsDocumented asks for a description of every key, at every depth.
func TestSchemaIsDocumented(t *testing.T) {
	keys := 0
	var walk func(path string, s *spec.Schema)
	walk = func(path string, s *spec.Schema) {
		for name, property := range s.Properties {
			keys++
			if property.Description == "" {
				t.Errorf("%s.%s has no description", path, name)
			}
			walk(path+"."+name, &property)
		}
		for pattern, property := range s.PatternProperties {
			walk(path+"/"+pattern, &property)
		}
	}
	walk("", parseSchema(t))
	if keys < 25 {
		t.Errorf("only %d keys", keys)
	}
}
