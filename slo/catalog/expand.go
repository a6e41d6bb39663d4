package catalog

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"headroom/slo"
	"headroom/slo/diag"
	"headroom/slo/event"
)

// language says how a value of an indicator is read.
type language int

const (
	plainText    language = iota
	promQL                // an expression
	matchersOnly          // label matchers in braces
	celCondition          // a condition in CEL
	rangedQL              // an expression with [$range]
)

// languageOf returns the language of the scalar at a path of an indicator.
func languageOf(path string) language {
	switch path {
	case "ratio.bad", "ratio.good", "ratio.total", "gauge", "gauge.selector",
		"raw.error_ratio":
		return promQL
	case "query.bad", "query.good", "query.total":
		return rangedQL
	case "latency.where", "latency.good":
		return matchersOnly
	case "events.where", "events.good":
		return celCondition
	default:
		return plainText
	}
}

// scalarError is a fault in one scalar of a template's indicator.
type scalarError struct {
	at  *tree
	err error
}

func (e *scalarError) Error() string { return e.err.Error() }
func (e *scalarError) Unwrap() error { return e.err }

// expand returns the indicator with every placeholder filled in. Its errors are
// joined *scalarError.
func (t *Template) expand(env environment) (*tree, error) {
	var errs []error
	var copied func(path string, from *tree) []*tree
	copied = func(path string, from *tree) []*tree {
		to := *from
		to.below = nil
		if from.kind == scalarTree {
			texts, err := env.fill(path, from)
			if err != nil {
				errs = append(errs, &scalarError{at: from, err: err})
				return nil
			}
			list := make([]*tree, len(texts))
			for i, text := range texts {
				one := to
				one.text = text
				list[i] = &one
			}
			return list
		}
		for _, b := range from.below {
			below := path
			if b.name != "" {
				below = strings.TrimPrefix(path+"."+b.name, ".")
			}
			to.below = append(to.below, copied(below, b)...)
		}
		return []*tree{&to}
	}
	out := copied("", t.indicator)
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	addWhere(out[0], env)
	return out[0], nil
}

// addWhere gives indicators the condition that is a key of their own.
// Selectors have it already.
func addWhere(indicator *tree, env environment) {
	f, given := env[Where]
	if !given {
		return
	}
	for _, name := range []string{"latency", "events"} {
		if in := indicator.child(name); in != nil && in.kind == mapTree && in.child(Where) == nil {
			in.below = append(in.below, &tree{name: Where, text: f.texts[0], key: in.key, at: in.at})
		}
	}
}

// fill fills in one scalar; an item of a list may become several.
func (e environment) fill(path string, t *tree) ([]string, error) {
	parts, err := split(t.text)
	if err != nil {
		return nil, err
	}
	if t.name == "" {
		return e.items(parts)
	}
	var text string
	switch languageOf(path) {
	case promQL:
		text, err = e.promQL(t.text)
	case rangedQL:
		text, err = e.rangedQL(t.text)
	case matchersOnly:
		text, err = e.matchers(t.text, path == "latency.where")
	case celCondition:
		text, err = e.condition(t.text, path == "events.where")
	default:
		text, err = e.plain(parts)
	}
	return []string{text}, err
}

// condition fills in the texts of a condition, and joins the one that where
// gives to it.
func (e environment) condition(text string, narrow bool) (string, error) {
	filled, err := event.Rewrite(text, func(l event.Literal) ([]string, error) {
		parts, err := split(l.Text)
		if err != nil {
			return nil, unplaced(err)
		}
		var one string
		switch {
		case l.Item:
			list, err := e.items(parts)
			return list, unplaced(err)
		case l.Regexp:
			one, err = e.pattern(parts)
		default:
			one, err = e.plain(parts)
		}
		return []string{one}, unplaced(err)
	})
	if err != nil {
		return "", err
	}
	if f, given := e[Where]; given && narrow {
		filled = "(" + filled + ") && (" + strings.TrimSpace(f.texts[0]) + ")"
	}
	return filled, nil
}

// unplaced makes an error that holds for all of a scalar of one for a part of
// it whose place is not known.
func unplaced(err error) error {
	var p *placeholderError
	if errors.As(err, &p) {
		return &placeholderError{message: p.message, hint: p.hint}
	}
	return err
}

// environment fills the placeholders from values and defaults and reports
// every value that is missing, unknown or wrong.
func (t *Template) environment(values Values) (environment, Faults) {
	env, faults := environment{}, Faults(nil)
	for i := range t.Parameters {
		p := &t.Parameters[i]
		value, given := values[p.Name]
		switch {
		case given:
			if f := p.Check(value); f != nil {
				faults = append(faults, *f)
				continue
			}
		case p.Default != nil:
			value = *p.Default
		default:
			f := p.fault("the template needs it", "write "+p.Name+": "+p.sample())
			f.Check = CheckParameter
			faults = append(faults, *f)
			continue
		}
		env.set(p, value)
	}
	if value, given := values[Where]; given {
		p := t.where()
		if f := p.Check(value); f != nil {
			faults = append(faults, *f)
		} else {
			env.set(p, value)
		}
	}
	return env, append(faults, t.unknown(values)...)
}

// sample is what a hint writes for a value.
func (p *Parameter) sample() string {
	if p.Example != nil {
		v := *p.Example
		if !v.IsList {
			return scalar(v.text())
		}
		return v.String()
	}
	if len(p.Choices) > 0 {
		return p.Choices[0].Name
	}
	return p.want()
}

func (e environment) set(p *Parameter, v Value) {
	f := filler{kind: p.Type, texts: v.Texts, parameter: p.Name}
	if !v.IsList && len(f.texts) == 0 {
		f.texts = []string{""}
	}
	e[p.Name] = f
	for _, o := range p.Choices {
		if o.Name != v.text() {
			continue
		}
		for name, text := range o.Sets {
			e[name] = filler{kind: setting, texts: []string{text}, parameter: p.Name}
		}
	}
}

// unknown reports the values for parameters that the template does not have.
func (t *Template) unknown(values Values) Faults {
	var faults Faults
	for name := range values {
		if _, found := t.Parameter(name); found {
			continue
		}
		hint := "its parameters are " + strings.Join(t.names(), ", ")
		if near, ok := nearest(name, t.names()); ok {
			hint = "did you mean " + near + "?"
		}
		faults = append(faults, Fault{
			Check: CheckParameter, Parameter: name,
			Message: "the template " + t.Name + " has no parameter " + quote(name), Hint: hint,
		})
	}
	slices.SortFunc(faults, func(a, b Fault) int { return cmp.Compare(a.Parameter, b.Parameter) })
	return faults
}

// resolve expands the template and decodes what comes out.
func (t *Template) resolve(values Values, decode Decoder) (Resolved, error) {
	env, faults := t.environment(values)
	if len(faults) > 0 {
		return Resolved{}, faults
	}
	expanded, err := t.expand(env)
	if err != nil {
		return Resolved{}, Faults{t.valueFault(err, env)}
	}
	var w writer
	w.write(expanded, 0)
	in, problems := decode("template "+t.Name, []byte(w.b.String()))
	var warnings Faults
	for _, p := range problems {
		f := Fault{Check: CheckValue, Message: p.Message, Hint: p.Hint}
		if p.Line > 0 && p.Line <= len(w.lines) {
			f.Parameter = env.decider(w.lines[p.Line-1].at.Text(), values)
		}
		if p.Severity != diag.Error {
			f.Check = p.Check
			warnings = append(warnings, f)
			continue
		}
		faults = append(faults, f)
	}
	if len(faults) > 0 {
		return Resolved{}, faults
	}
	return Resolved{Indicator: in, Template: t.named(values), Spec: w.b.String(), Warnings: warnings}, nil
}

// valueFault is what a value makes wrong that was sound by itself, such as a
// pattern that is too long together with others.
func (t *Template) valueFault(err error, env environment) Fault {
	f := Fault{Check: CheckValue, Message: err.Error(), Hint: "write another value"}
	var at *scalarError
	if errors.As(err, &at) {
		f.Message = at.err.Error()
		f.Parameter = env.decider(at.at.text, nil)
	}
	return f
}

// decider returns the parameter that the placeholders of a text depend on, one
// that was given if there is one; "" without any.
func (e environment) decider(text string, given Values) string {
	parts, _ := split(text)
	name := ""
	for _, p := range parts {
		f, found := e[p.name]
		if _, ok := given[f.parameter]; found && (name == "" || ok) {
			name = f.parameter
		}
	}
	return name
}

// named says which template and values an indicator came from.
func (t *Template) named(values Values) slo.Template {
	out := slo.Template{Name: t.Name}
	for i := range t.Parameters {
		p := &t.Parameters[i]
		value, given := values[p.Name]
		if !given {
			value = *p.Default
		}
		out.With = append(out.With, slo.Setting{Parameter: p.Name, Value: value.String(), Default: !given})
	}
	if value, given := values[Where]; given {
		out.With = append(out.With, slo.Setting{Parameter: Where, Value: value.String()})
	}
	return out
}
