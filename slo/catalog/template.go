package catalog

import (
	"headroom/slo"
)

// Template is one sound template.
type Template struct {
	Name        string      `json:"name"`
	Title       string      `json:"title"`
	Description string      `json:"description"`
	Categories  []string    `json:"categories"`
	Parameters  []Parameter `json:"parameters"`
	Notes       []string    `json:"notes"`
	Suggest     Suggest     `json:"suggest"`
	// Kind is the key of the indicator, such as "ratio".
	Kind string `json:"kind"`
	// Builtin is whether the template is headroom's own.
	Builtin bool      `json:"builtin"`
	Place   slo.Place `json:"place"`
	// Text is the document that the template was read from; not to be changed.
	Text []byte `json:"-"`

	metrics   []string // with placeholders
	indicator *tree
}

// Suggest is what a first objective of a template looks like.
type Suggest struct {
	Objective string `json:"objective"` // a name
	Target    string `json:"target"`    // such as "99.9%"
	Window    string `json:"window,omitempty"`
}

// Type says what the values of a parameter are.
type Type string

// The types of parameters.
const (
	String   Type = "string"   // any text, such as the value of a label
	Regexp   Type = "regexp"   // a regular expression in RE2's notation
	Duration Type = "duration" // such as 300ms
	Number   Type = "number"   // such as 0.5
	Label    Type = "label"    // the name of a label
	Metric   Type = "metric"   // the name of a metric
	Matchers Type = "matchers" // label matchers in braces
	Choice   Type = "choice"   // one of several words
	Boolean  Type = "boolean"  // true or false
	List     Type = "list"     // a list of texts

	// condition is the type of where for platform events: a condition in CEL.
	condition Type = "condition"
	// setting is the type of what a choice sets: the author's own text, which
	// is a pattern where patterns stand.
	setting Type = "setting"
)

// Types returns the types that a parameter may be declared with.
func Types() []Type {
	return []Type{String, Regexp, Duration, Number, Label, Metric, Matchers, Choice, Boolean, List}
}

// Where is the name of the parameter that every template has: more matchers
// for all of its selectors, or for platform events one more condition in CEL.
const Where = "where"

// Parameter is what a user of a template says.
type Parameter struct {
	Name     string   `json:"name"`
	Type     Type     `json:"type"`
	Doc      string   `json:"doc"`
	Required bool     `json:"required"`
	Default  *Value   `json:"default,omitempty"`
	Example  *Value   `json:"example,omitempty"`
	Choices  []Option `json:"choices,omitempty"`
}

// Option is one of the values that a parameter may have.
type Option struct {
	Name string `json:"name"`
	// Sets are further placeholders with their text.
	Sets map[string]string `json:"sets,omitempty"`
}

// Parameter returns the parameter of a name; every template has Where, too,
// which is not among its Parameters.
func (t *Template) Parameter(name string) (*Parameter, bool) {
	for i := range t.Parameters {
		if t.Parameters[i].Name == name {
			return &t.Parameters[i], true
		}
	}
	if name == Where {
		return t.where(), true
	}
	return nil, false
}

// where is the parameter that every template has.
func (t *Template) where() *Parameter {
	if t.Kind == "events" {
		return &Parameter{Name: Where, Type: condition, Doc: "One more condition in CEL for the events that count."}
	}
	return &Parameter{Name: Where, Type: Matchers, Doc: "More label matchers for every selector, in braces."}
}

// names are those of all parameters.
func (t *Template) names() []string {
	names := make([]string, 0, len(t.Parameters)+1)
	for i := range t.Parameters {
		names = append(names, t.Parameters[i].Name)
	}
	return append(names, Where)
}

// Metrics returns the names of the metric families that show that the template
// applies. Parameters without a value take their default; a family whose name
// needs a value that is missing is left out.
func (t *Template) Metrics(values Values) []string {
	env, _ := t.environment(values)
	var list []string
	for _, m := range t.metrics {
		parts, err := split(m)
		if err != nil {
			continue
		}
		if name, err := env.plain(parts); err == nil {
			list = append(list, name)
		}
	}
	return list
}

// Examples returns a value for every parameter that needs one: its example.
func (t *Template) Examples() Values {
	values := Values{}
	for i := range t.Parameters {
		if p := &t.Parameters[i]; p.Required && p.Example != nil {
			values[p.Name] = *p.Example
		}
	}
	return values
}
