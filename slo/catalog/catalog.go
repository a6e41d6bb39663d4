// Package catalog holds templates of indicators: documents that say how the
// metrics of a well-known system are counted, with typed parameters. Templates
// are data. A parameter's value takes its place in the syntax tree of PromQL or
// CEL and never in its text, so that no value can change what is around it.
package catalog

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"headroom/internal/strictyaml"
	"headroom/slo"
	"headroom/slo/diag"
)

// Decoder reads an indicator in the form of a spec: a document with one key,
// such as ratio. The name stands in its problems.
type Decoder func(name string, text []byte) (slo.Indicator, []diag.Problem)

// Catalog is a set of templates with distinct names. It does not change.
type Catalog struct {
	decode    Decoder
	templates []*Template // sorted by name
	hash      string
}

// All returns the templates sorted by name, which the caller must not change.
func (c *Catalog) All() []*Template { return slices.Clone(c.templates) }

// Find returns the template of a name.
func (c *Catalog) Find(name string) (*Template, bool) {
	at, found := slices.BinarySearchFunc(c.templates, name, func(t *Template, name string) int { return strings.Compare(t.Name, name) })
	if !found {
		return nil, false
	}
	return c.templates[at], true
}

// Nearest returns the name of a template that was probably meant.
func (c *Catalog) Nearest(name string) (string, bool) {
	names := make([]string, len(c.templates))
	for i, t := range c.templates {
		names[i] = t.Name
	}
	if near, ok := strictyaml.Nearest(name, names); ok {
		return near, true
	}
	// Names are made of words: http-otel was perhaps meant for otel-http.
	words := strings.Split(name, "-")
	slices.Sort(words)
	for _, candidate := range names {
		have := strings.Split(candidate, "-")
		slices.Sort(have)
		if slices.Equal(words, have) {
			return candidate, true
		}
	}
	return "", false
}

// Hash tells catalogs apart: it is equal for two catalogs of the same texts.
func (c *Catalog) Hash() string { return c.hash }

// Resolved is what a template gives for some values.
type Resolved struct {
	Indicator slo.Indicator
	// Template names the template with every parameter that has a value.
	Template slo.Template
	// Spec is the indicator in the form of a spec, as YAML with final newline.
	Spec string
	// Warnings are what is doubtful about the values, such as a threshold that
	// is no bucket; each with the check that it comes from.
	Warnings Faults
}

// Resolve gives the indicator of a template for values of its parameters.
// Parameters without a value take their default. Its error is Faults.
func (c *Catalog) Resolve(name string, values Values) (Resolved, error) {
	t, found := c.Find(name)
	if !found {
		f := Fault{Check: CheckUnknown, Message: "no template has the name " + quote(name), Hint: "headroom templates list prints all of them"}
		if near, ok := c.Nearest(name); ok {
			f.Hint = "did you mean " + near + "?"
		}
		return Resolved{}, Faults{f}
	}
	return t.resolve(values, c.decode)
}

// New makes a catalog of templates with distinct names.
func New(decode Decoder, templates []*Template) *Catalog {
	c := &Catalog{decode: decode, templates: slices.Clone(templates)}
	slices.SortFunc(c.templates, func(a, b *Template) int { return strings.Compare(a.Name, b.Name) })
	sum := sha256.New()
	for _, t := range c.templates {
		sum.Write(t.Text) // a hash never fails to write
		sum.Write([]byte{0})
	}
	c.hash = hex.EncodeToString(sum.Sum(nil)[:8])
	return c
}
