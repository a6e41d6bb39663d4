package catalog

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"headroom/internal/strictyaml"
	"headroom/slo"
	"headroom/slo/event"
)

// Value is what a parameter is given: one text, or a list of texts.
type Value struct {
	Texts  []string
	IsList bool
}

// Text makes a value of one text.
func Text(s string) Value { return Value{Texts: []string{s}} }

// ListOf makes a value that is a list.
func ListOf(texts ...string) Value { return Value{Texts: texts, IsList: true} }

// Parse makes a value for the parameter of a text as it is given on a command
// line: of a list, its items are divided by commas.
func (p *Parameter) Parse(text string) Value {
	if p.Type != List {
		return Text(text)
	}
	var items []string
	for item := range strings.SplitSeq(text, ",") {
		items = append(items, strings.TrimSpace(item))
	}
	return ListOf(items...)
}

// String returns the value as it is written in a spec on one line.
func (v Value) String() string {
	if !v.IsList {
		return v.text()
	}
	quoted := make([]string, len(v.Texts))
	for i, t := range v.Texts {
		quoted[i] = scalar(t)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// MarshalJSON writes a string, or an array of strings.
func (v Value) MarshalJSON() ([]byte, error) {
	if v.IsList {
		return json.Marshal(v.Texts)
	}
	return json.Marshal(v.text())
}

func (v Value) text() string {
	if len(v.Texts) == 0 {
		return ""
	}
	return v.Texts[0]
}

// Values are given to a template, by the names of its parameters.
type Values map[string]Value

// The checks that a Fault can come from.
const (
	CheckUnknown   = "unknown-template"   // no template has this name
	CheckParameter = "template-parameter" // a parameter is missing or does not exist
	CheckValue     = "template-value"     // the value is none that the parameter takes
)

// Fault is what is wrong with the values given to a template.
type Fault struct { //nolint:errname // it is a finding with a hint, kept in lists, and an error only where one is returned
	Check     string
	Parameter string // "" when it is no single one
	Message   string // what is wrong
	Hint      string // how to mend it
	// Start and End are the part of the value that is wrong, as byte offsets;
	// both 0 mean all of it.
	Start, End int
}

func (f Fault) Error() string {
	if f.Parameter == "" {
		return f.Message
	}
	return "parameter " + f.Parameter + ": " + f.Message
}

// Faults are all that is wrong, at least one.
type Faults []Fault //nolint:errname // as Fault

func (f Faults) Error() string {
	list := make([]string, len(f))
	for i := range f {
		list[i] = f[i].Error()
	}
	return strings.Join(list, "; ")
}

// maxValue is the length of the longest value, in bytes.
const maxValue = 4 << 10

// Check reports what is wrong with a value for the parameter, nil when it can
// be used.
func (p *Parameter) Check(v Value) *Fault {
	if p.Type == List {
		return p.checkList(v)
	}
	if v.IsList {
		return p.fault("this is a list, want "+p.want(), "write a single value")
	}
	s := v.text()
	if f := p.checkText(s); f != nil {
		return f
	}
	if len(p.Choices) > 0 && !slices.ContainsFunc(p.Choices, func(o Option) bool { return o.Name == s }) {
		return p.noChoice(s)
	}
	return p.checkType(s)
}

func (p *Parameter) checkText(s string) *Fault {
	switch {
	case len(s) > maxValue:
		return p.fault(fmt.Sprintf("the value is longer than %d KiB", maxValue>>10), "write a shorter one")
	case !utf8.ValidString(s):
		return p.fault("the value is not UTF-8 text", "write it in UTF-8")
	default:
		return nil
	}
}

func (p *Parameter) checkList(v Value) *Fault {
	if len(v.Texts) == 0 {
		return p.fault("the list is empty", "write at least one value, or leave the parameter out")
	}
	total := 0
	for _, s := range v.Texts {
		if f := p.checkText(s); f != nil {
			return f
		}
		if s == "" {
			return p.fault("the list has an empty text in it", "remove it")
		}
		if total += len(s); total > maxValue {
			return p.fault(fmt.Sprintf("the list is longer than %d KiB", maxValue>>10), "write a shorter one")
		}
		if len(p.Choices) > 0 && !slices.ContainsFunc(p.Choices, func(o Option) bool { return o.Name == s }) {
			return p.noChoice(s)
		}
	}
	return nil
}

func (p *Parameter) noChoice(s string) *Fault {
	names := make([]string, len(p.Choices))
	for i, o := range p.Choices {
		names[i] = o.Name
	}
	hint := "write one of " + strings.Join(names, ", ")
	isWord := p.Type != Duration && p.Type != Number && len(s) > 2
	if near, ok := strictyaml.Nearest(s, names); ok && isWord {
		hint = "did you mean " + near + "?"
	}
	return p.fault(quote(s)+" is none of its choices", hint)
}

func (p *Parameter) checkType(s string) *Fault {
	switch p.Type {
	case String:
		if s == "" && (p.Default == nil || p.Default.text() != "") {
			return p.fault("the value is empty", "write "+p.want()+p.example())
		}
	case Regexp:
		return p.checkRegexp(s)
	case Duration:
		if d, err := slo.ParseDuration(s); err != nil || d <= 0 {
			return p.fault(quote(s)+" is not a duration above 0", "write a number with a unit, such as 300ms, 10s or 5m")
		}
	case Number:
		if !decimal().MatchString(s) {
			return p.fault(quote(s)+" is not a number", "write a decimal number, such as 0.5 or 100")
		}
	case Label:
		if !model.UTF8Validation.IsValidLabelName(s) || strings.HasPrefix(s, model.ReservedLabelPrefix) || s == model.BucketLabel {
			return p.fault(quote(s)+" cannot name a label here", "write a label's name, such as code")
		}
	case Metric:
		if !model.UTF8Validation.IsValidMetricName(s) {
			return p.fault(quote(s)+" cannot name a metric", "write a metric's name, such as http_requests_total")
		}
	case Boolean:
		if s != "true" && s != "false" {
			return p.fault(quote(s)+" is not true or false", "write true or false")
		}
	case Matchers:
		_, err := slo.ParseMatchers(s)
		return p.expression(s, err)
	case condition:
		return p.expression(s, event.CheckCondition(s))
	case Choice, List, setting: // the choices and items are checked before, and what a choice sets is the author's own
	}
	return nil
}

// decimal is the notation of numbers, which YAML, PromQL and Go agree on.
func decimal() *regexp.Regexp { return regexp.MustCompile(`^-?[0-9]{1,15}(\.[0-9]{1,15})?$`) }

func (p *Parameter) checkRegexp(s string) *Fault {
	if s == "" {
		return p.fault("the value is empty", "write "+p.want()+p.example())
	}
	if _, err := labels.NewFastRegexMatcher(s); err != nil {
		message, _ := strings.CutPrefix(err.Error(), "error parsing regexp: ")
		return p.fault(quote(s)+" is not a regular expression: "+message, "write one in RE2's notation; put a backslash before characters that are meant as they are")
	}
	return nil
}

// expression makes a fault of one in PromQL or CEL.
func (p *Parameter) expression(s string, err error) *Fault {
	if err == nil {
		return nil
	}
	f := p.fault(err.Error(), "mend the value")
	if e, ok := err.(*slo.ExprError); ok { //nolint:errorlint // both parsers return it as it is
		f.Hint, f.Start, f.End = e.Hint, min(e.Start, len(s)), min(e.End, len(s))
	}
	return f
}

func (p *Parameter) fault(message, hint string) *Fault {
	if p.Doc != "" {
		hint += " (" + p.Name + ": " + strings.TrimSuffix(p.Doc, ".") + ")"
	}
	return &Fault{Check: CheckValue, Parameter: p.Name, Message: message, Hint: hint}
}

// want says in words what a value is.
func (p *Parameter) want() string {
	words := map[Type]string{
		String: "a text", Regexp: "a regular expression", Duration: "a duration", Number: "a number",
		Label: "the name of a label", Metric: "the name of a metric", Matchers: "label matchers in braces",
		Choice: "one of its choices", Boolean: "true or false", List: "a list of texts", condition: "a condition in CEL",
	}
	return words[p.Type]
}

func (p *Parameter) example() string {
	if p.Example == nil {
		return ""
	}
	return ", such as " + p.Example.String()
}

// quote shows a text of unknown length.
func quote(s string) string {
	const most = 64
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return strconv.Quote(strings.ToValidUTF8(s, "\uFFFD"))
}
