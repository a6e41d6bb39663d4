package manifest

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/invopop/jsonschema"

	"headroom/internal/strictyaml"
	"headroom/slo"
	"headroom/slo/catalog"
	"headroom/slo/diag"
)

// Builtin returns the catalog of headroom's own templates, which is read once.
func Builtin() *catalog.Catalog { return builtin() }

var builtin = sync.OnceValue(func() *catalog.Catalog { return catalog.Builtin(DecodeIndicator) })

// LoadCatalog returns headroom's own templates and those of the given files
// and directories, as catalog.Load does.
func LoadCatalog(paths ...string) (*catalog.Catalog, []diag.Problem) {
	if len(paths) == 0 {
		return Builtin(), nil
	}
	return catalog.Load(DecodeIndicator, paths...)
}

var _ catalog.Decoder = DecodeIndicator

// DecodeIndicator reads an indicator from a document that has the keys of an
// objective which say what is counted, and no others. The indicator is nil when
// there is none.
func DecodeIndicator(name string, data []byte) (slo.Indicator, []diag.Problem) {
	source, problems := strictyaml.NewSource(name, data)
	if source == nil {
		return nil, problems
	}
	var in slo.Indicator
	for d := range source.Documents() {
		r := reader{Document: d, out: &Document{File: name}}
		entry := strictyaml.Entry[objectiveForm]{Name: "of the template"}
		d.Decode(&entry.Value.indicatorForm)
		if d.Parsed() {
			in = r.indicator(&entry)
		}
		problems = append(problems, d.Problems()...)
	}
	return in, problems
}

type templateForm struct {
	Name text                                              `yaml:"name,required" example:"name: otel-http-availability" pattern:"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$" doc:"Name of the template."`
	With strictyaml.Value[strictyaml.Map[strictyaml.Node]] `yaml:"with" example:"with: {job: checkout}" doc:"Values of the template's parameters; headroom templates show NAME prints them."`
}

// ScalarHint says how the name of a template is written.
func (*templateForm) ScalarHint(text string) string {
	if !slo.ValidName(text) {
		return "write template: {name: NAME, with: {…}}"
	}
	return fmt.Sprintf("write template: {name: %s}, and with: {…} beside the name for its parameters", text)
}

// ExtendSchema says what values are; which a template takes is not in the schema.
func (*templateForm) ExtendSchema(s *jsonschema.Schema) {
	single := map[string]any{"type": []string{"string", "number", "boolean"}}
	s.Properties.Value("with").AdditionalProperties = &jsonschema.Schema{AnyOf: []*jsonschema.Schema{
		{Extras: single},
		{Type: "array", Items: &jsonschema.Schema{Extras: single}},
	}}
}

// template resolves an indicator that a template gives.
func (r *reader) template(objective *objectiveForm) (slo.Indicator, slo.Template) {
	form := &objective.Template.V
	if !form.Name.Node.IsScalar() {
		return nil, slo.Template{} // decoding has reported it
	}
	values, sound := r.values(form.With.V)
	known := r.options.Catalog
	if known == nil {
		known = Builtin()
	}
	resolved, err := known.Resolve(form.Name.V, values)
	var faults catalog.Faults
	if errors.As(err, &faults) {
		for _, f := range faults {
			r.templateFault(form, f)
		}
	}
	if err != nil || !sound {
		return nil, slo.Template{}
	}
	for _, f := range resolved.Warnings {
		r.Warn(r.given(form, f.Parameter), f.Check, f.Message, f.Hint)
	}
	if resolved.Indicator.Kind() == "events" && len(objective.Group.V) > 0 {
		r.groupedEvents(objective)
	}
	return resolved.Indicator, resolved.Template
}

// values reads what a template is given, and reports whether all of it are
// values.
func (r *reader) values(given strictyaml.Map[strictyaml.Node]) (catalog.Values, bool) {
	values, sound := catalog.Values{}, true
	for _, entry := range given {
		value, ok := catalog.ValueOf(entry.Node)
		if !ok {
			r.Report(entry.Key, catalog.CheckValue, "the parameter "+entry.Name+" is neither a single value nor a list of them", "write a value, or remove the line")
			sound = false
		}
		values[entry.Name] = value
	}
	return values, sound
}

// given returns the value that a parameter is given, or the template's name.
func (r *reader) given(form *templateForm, parameter string) strictyaml.Node {
	for _, entry := range form.With.V {
		if entry.Name == parameter {
			return entry.Node
		}
	}
	return form.Name.Node
}

// templateFault reports a fault at the parameter that it is about.
func (r *reader) templateFault(form *templateForm, f catalog.Fault) {
	at := slices.IndexFunc(form.With.V, func(e strictyaml.Entry[strictyaml.Node]) bool { return e.Name == f.Parameter })
	switch {
	case at >= 0 && !form.With.V[at].Node.IsScalar() && !form.With.V[at].Node.IsList():
		// values has reported it
	case at >= 0 && f.Check == catalog.CheckParameter:
		r.Report(form.With.V[at].Key, f.Check, f.Message, f.Hint)
	case at >= 0 && f.End > f.Start:
		r.ReportRange(form.With.V[at].Node, f.Start, f.End, f.Check, f.Message, f.Hint)
	case at >= 0:
		r.Report(form.With.V[at].Node, f.Check, f.Error(), f.Hint)
	default:
		r.Report(form.Name.Node, f.Check, f.Error(), f.Hint)
	}
}
