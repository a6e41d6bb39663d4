package catalog

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"headroom/internal/strictyaml"
	"headroom/slo"
	"headroom/slo/diag"
)

// indicator reads the indicator and tries it with the parameters' defaults and
// examples, and with every choice.
func (r *reader) indicator(f *templateForm) {
	if !f.Indicator.Node.IsMap() {
		if f.Indicator.IsSet() {
			r.Report(f.Indicator.Key, "wrong-type", "the indicator is not a map", "write one of ratio, latency, gauge, raw, query and events under it")
		}
		return
	}
	t := r.out
	t.indicator = grow(f.Indicator.Key, f.Indicator.V)
	if len(t.indicator.below) == 0 {
		r.Report(f.Indicator.Key, "one-indicator", "the template has no indicator", "write one of ratio, latency, gauge, raw, query and events under it")
		return
	}
	t.Kind = t.indicator.below[0].name
	if t.indicator.child("template") != nil {
		r.Report(f.Indicator.Key, checkDeclaration, "a template cannot use a template", "write the indicator itself")
		return
	}
	if r.trusted {
		return
	}
	r.used = map[string]bool{}
	t.indicator.walk("", func(_ string, s *tree) { r.placeholders(s.at, s.text) })
	for _, m := range f.Metrics.V {
		r.placeholders(m.Node, m.V)
	}
	r.unused(f)
	if diag.HasErrors(r.Problems()) {
		return
	}
	for _, values := range r.trials() {
		if !r.try(values) {
			return
		}
	}
}

// placeholders reports those of a text that no parameter stands for.
func (r *reader) placeholders(at strictyaml.Node, text string) {
	parts, err := split(text)
	var wrong *placeholderError
	if errors.As(err, &wrong) {
		r.ReportRange(at, wrong.start, wrong.end, checkPlaceholder, wrong.message, wrong.hint)
		return
	}
	known := r.known()
	for _, p := range parts {
		if p.name == "" {
			continue
		}
		r.used[p.name] = true
		if p.name == Where {
			r.ReportRange(at, p.start, p.end, checkPlaceholder, "where needs no placeholder: its matchers are added to every selector", "remove it")
			continue
		}
		if slices.Contains(known, p.name) {
			continue
		}
		hint := "the template has no parameters: declare it under parameters:"
		if near, ok := nearest(p.name, known); ok {
			hint = "did you mean ${" + near + "}?"
		} else if len(known) > 0 {
			hint = "the placeholders here are " + strings.Join(known, ", ")
		}
		r.ReportRange(at, p.start, p.end, checkPlaceholder, "no parameter stands for ${"+p.name+"}", hint)
	}
}

// known are the names of all placeholders: parameters and what choices set.
func (r *reader) known() []string {
	var names []string
	for i := range r.out.Parameters {
		p := &r.out.Parameters[i]
		names = append(names, p.Name)
		if len(p.Choices) > 0 {
			names = append(names, slices.Sorted(maps.Keys(p.Choices[0].Sets))...)
		}
	}
	return names
}

// unused warns of parameters and placeholders that change nothing.
func (r *reader) unused(f *templateForm) {
	for i := range f.Parameters.V {
		entry := &f.Parameters.V[i]
		at := slices.IndexFunc(r.out.Parameters, func(p Parameter) bool { return p.Name == entry.Name })
		if at < 0 {
			continue
		}
		p, used := &r.out.Parameters[at], r.used[entry.Name]
		if len(p.Choices) > 0 {
			for _, name := range slices.Sorted(maps.Keys(p.Choices[0].Sets)) {
				used = used || r.used[name]
				if !r.used[name] {
					r.Warn(entry.Value.Choices.Key, checkUnused, "the placeholder ${"+name+"} stands nowhere in the template", "use it in the indicator, or remove it")
				}
			}
		}
		if !used {
			r.Warn(entry.Key, checkUnused, "the parameter "+p.Name+" changes nothing", "write ${"+p.Name+"} in the indicator, or remove the parameter")
		}
	}
}

// trials are values to try the template with: the examples, and for every
// choice its other values.
func (r *reader) trials() []Values {
	base := r.out.Examples()
	list := []Values{base}
	for i := range r.out.Parameters {
		p := &r.out.Parameters[i]
		for _, o := range p.Choices {
			other := maps.Clone(base)
			other[p.Name] = Value{Texts: []string{o.Name}, IsList: p.Type == List}
			list = append(list, other)
		}
	}
	return list
}

// try reports what is wrong with the indicator for some values, and whether
// nothing is.
func (r *reader) try(values Values) bool {
	env, _ := r.out.environment(values)
	expanded, err := r.out.expand(env)
	if err != nil {
		r.expansion(err)
		return false
	}
	var w writer
	w.write(expanded, 0)
	in, problems := r.decode(r.out.Place.File, []byte(w.b.String()))
	sound := true
	for _, p := range problems {
		at := r.out.indicator
		if p.Line > 0 && p.Line <= len(w.lines) {
			at = w.lines[p.Line-1]
		}
		where := at.at
		if at.kind != scalarTree || p.Check == "unknown-key" || p.Check == "missing-key" {
			where = at.key
		}
		if p.Severity == diag.Error {
			r.Report(where, p.Check, p.Message, p.Hint)
			sound = false
		} else {
			r.Warn(where, p.Check, p.Message, p.Hint)
		}
	}
	return sound && in != nil && !diag.HasErrors(r.Problems())
}

// expansion reports the errors of expand at their places.
func (r *reader) expansion(err error) {
	list := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok { // errors.Join of expand itself
		list = joined.Unwrap()
	}
	for _, err := range list {
		var at *scalarError
		if !errors.As(err, &at) {
			continue
		}
		var expr *slo.ExprError
		var place *placeholderError
		switch {
		case errors.As(err, &expr):
			r.ReportRange(at.at.at, expr.Start, expr.End, expr.Check, expr.Message, expr.Hint)
		case errors.As(err, &place) && place.end > 0:
			r.ReportRange(at.at.at, place.start, place.end, checkPlaceholder, place.message, place.hint)
		case errors.As(err, &place):
			r.Report(at.at.at, checkPlaceholder, place.message, place.hint)
		default:
			r.Report(at.at.at, checkPlaceholder, at.err.Error(), "mend the text at this place")
		}
	}
}
