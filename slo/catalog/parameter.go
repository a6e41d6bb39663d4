package catalog

import (
	"fmt"
	"slices"
	"strings"

	"headroom/internal/strictyaml"
)

func (r *reader) parameters(entries strictyaml.Map[parameterForm]) []Parameter {
	list := []Parameter{}
	for i := range entries {
		if entries[i].Node.IsMap() {
			list = append(list, r.parameter(&entries[i]))
		}
	}
	r.distinct(entries, list)
	return list
}

func (r *reader) parameter(entry *strictyaml.Entry[parameterForm]) Parameter {
	f := &entry.Value
	p := Parameter{Name: entry.Name, Doc: r.sentence(f.Doc), Type: Type(f.Type.V), Required: !f.Default.IsSet()}
	switch {
	case entry.Name == Where:
		r.Report(entry.Key, checkDeclaration, "every template has the parameter where, which adds matchers to all of its selectors", "choose another name")
	case !isName(entry.Name):
		r.Report(entry.Key, checkDeclaration, quote(entry.Name)+" cannot name a parameter", "use small letters, digits and underscores, beginning with a letter")
	}
	if f.Type.Node.IsScalar() && !slices.Contains(Types(), p.Type) {
		hint := "the types are " + typeList()
		if near, ok := nearest(f.Type.V, strings.Split(typeList(), ", ")); ok {
			hint = "did you mean " + near + "?"
		}
		r.Report(f.Type.Node, checkDeclaration, quote(f.Type.V)+" is no type of parameter", hint)
		return p
	}
	p.Choices = r.choices(&p, f.Choices)
	if p.Type == Choice && len(p.Choices) == 0 && !f.Choices.IsSet() {
		r.Report(entry.Key, checkDeclaration, "the parameter "+p.Name+" is a choice without choices", "write choices: with a line for each")
	}
	if f.Default.IsSet() {
		p.Default = r.value(&p, "default", f.Default)
	}
	if f.Example.IsSet() {
		p.Example = r.value(&p, "example", f.Example)
	}
	if p.Required && p.Example == nil && !f.Example.IsSet() {
		r.Report(entry.Key, checkDeclaration, "the parameter "+p.Name+" has neither a default nor an example", "write example: with a value as a team would write it, or default:")
	}
	return p
}

func typeList() string {
	list := make([]string, 0, len(Types()))
	for _, t := range Types() {
		list = append(list, string(t))
	}
	return strings.Join(list, ", ")
}

// value reads a default or an example and checks it.
func (r *reader) value(p *Parameter, key string, given node) *Value {
	v, ok := valueOf(given.Node)
	if !ok {
		r.Report(given.Key, checkDeclaration, "the "+key+" is neither a single value nor a list of them", "write a value")
		return nil
	}
	if key == "default" && p.Type == String && v.text() == "" {
		return &v // a text may be empty where the author allows it
	}
	if fault := p.Check(v); fault != nil {
		r.Report(given.Node, checkDeclaration, "the "+key+" is not sound: "+fault.Message, fault.Hint)
		return nil
	}
	return &v
}

// valueOf reads a value of a parameter.
func valueOf(n strictyaml.Node) (Value, bool) {
	if !n.IsList() {
		return Text(n.Text()), n.IsScalar()
	}
	v := Value{IsList: true}
	for item := range n.Items() {
		if !item.IsScalar() {
			return v, false
		}
		v.Texts = append(v.Texts, item.Text())
	}
	return v, true
}

// ValueOf reads the value of a parameter from a document: a scalar or a list
// of scalars. It reports whether it is one.
func ValueOf(n strictyaml.Node) (Value, bool) { return valueOf(n) }

// choices reads a list of allowed values, or a map from them to further
// placeholders.
func (r *reader) choices(p *Parameter, given node) []Option {
	if !given.IsSet() {
		return nil
	}
	var options []Option
	for item := range given.Node.Items() {
		options = append(options, r.option(p, item, Option{Name: item.Text()})...)
	}
	if given.Node.IsMap() {
		if p.Type != Choice {
			r.Report(given.Key, checkDeclaration, "only a parameter of the type choice may set further placeholders", "write choices: [a, b], or type: choice")
			return nil
		}
		for key, below := range given.Node.Pairs() {
			options = append(options, r.option(p, key, Option{Name: key.Text(), Sets: r.settings(below)})...)
		}
		r.sameSettings(given, options)
	}
	if len(options) == 0 {
		r.Report(given.Key, checkDeclaration, "there is no choice to make", "write choices: with a line for each")
	}
	return options
}

func (r *reader) option(p *Parameter, at strictyaml.Node, o Option) []Option {
	if !at.IsScalar() {
		r.Report(at, checkDeclaration, "a choice is a single value", "write choices: [a, b]")
		return nil
	}
	alone := *p
	alone.Choices = nil
	if p.Type == List {
		alone.Type = String
	}
	if fault := alone.Check(Text(o.Name)); fault != nil {
		r.Report(at, checkDeclaration, "the choice is not sound: "+fault.Message, fault.Hint)
		return nil
	}
	if p.Type == Choice && !isChoice(o.Name) {
		r.Report(at, checkDeclaration, quote(o.Name)+" cannot name a choice", "use letters, digits, dashes and underscores")
		return nil
	}
	return []Option{o}
}

func isChoice(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		digit := c >= '0' && c <= '9'
		return !letter && !digit && c != '-' && c != '_'
	})
}

func (r *reader) settings(below strictyaml.Node) map[string]string {
	sets := map[string]string{}
	for key, value := range below.Pairs() {
		switch {
		case !isName(key.Text()) || key.Text() == Where:
			r.Report(key, checkDeclaration, quote(key.Text())+" cannot name a placeholder", "use small letters, digits and underscores, beginning with a letter")
		case !value.IsScalar():
			r.Report(key, checkDeclaration, "the placeholder "+key.Text()+" has no text", "write a single value")
		case strings.Contains(value.Text(), "${"):
			r.Report(value, checkPlaceholder, "a placeholder stands inside the text of another", "write the text itself")
		default:
			sets[key.Text()] = value.Text()
		}
	}
	return sets
}

// sameSettings demands that every choice sets the same placeholders.
func (r *reader) sameSettings(given node, options []Option) {
	for _, o := range options {
		for name := range options[0].Sets {
			if _, found := o.Sets[name]; !found {
				r.Report(given.Key, checkDeclaration, fmt.Sprintf("the choice %s does not set %s, which %s sets", o.Name, name, options[0].Name), "let every choice set the same placeholders")
				return
			}
		}
		if len(o.Sets) != len(options[0].Sets) {
			r.Report(given.Key, checkDeclaration, fmt.Sprintf("the choices %s and %s do not set the same placeholders", options[0].Name, o.Name), "let every choice set the same placeholders")
			return
		}
	}
}

// distinct demands that no placeholder has two meanings.
func (r *reader) distinct(entries strictyaml.Map[parameterForm], list []Parameter) {
	owner := map[string]string{}
	for i := range list {
		owner[list[i].Name] = list[i].Name
	}
	for i := range list {
		if len(list[i].Choices) == 0 {
			continue
		}
		for name := range list[i].Choices[0].Sets {
			if other, taken := owner[name]; taken {
				at := slices.IndexFunc(entries, func(e strictyaml.Entry[parameterForm]) bool { return e.Name == list[i].Name })
				r.Report(entries[at].Value.Choices.Key, checkDeclaration, fmt.Sprintf("the placeholder %s has two meanings: %s sets it, too", name, other), "choose another name")
			}
			owner[name] = list[i].Name
		}
	}
}
