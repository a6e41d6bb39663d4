package catalog

import (
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"headroom/internal/strictyaml"
	"headroom/slo"
)

// promQL fills in the matchers of an expression and adds those of where to
// every selector.
func (e environment) promQL(text string) (string, error) {
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(text)
	if err != nil {
		return "", syntaxFault(text, err)
	}
	if err := e.selectors(expr); err != nil {
		return "", err
	}
	return expr.String(), nil
}

// rangedQL is promQL for an expression with [$range].
func (e environment) rangedQL(text string) (string, error) {
	expr, err := slo.ParseRanged(text)
	if err != nil {
		return "", err
	}
	if err := e.selectors(expr); err != nil {
		return "", err
	}
	return slo.ShowRange(expr.String()), nil
}

// selectors fills in every selector of an expression.
func (e environment) selectors(expr parser.Expr) error {
	var err error
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		if s, ok := node.(*parser.VectorSelector); ok && err == nil {
			err = e.selector(s)
		}
		return nil
	})
	return err
}

// syntaxFault is what is wrong with an expression before anything is filled in.
func syntaxFault(text string, err error) error {
	fault := &slo.ExprError{Check: slo.CheckSyntax, End: len(text), Message: err.Error(), Hint: "mend the PromQL at this place"}
	if list, ok := err.(parser.ParseErrors); ok && len(list) > 0 { //nolint:errorlint // the parser returns it as it is
		at := list[0].PositionRange
		fault.Start, fault.End, fault.Message = int(at.Start), int(at.End), list[0].Err.Error()
	}
	if i := strings.Index(text, "${"); i >= 0 && strings.Contains(fault.Message, "unexpected character: '$'") {
		fault.Hint = `a placeholder stands inside quotes: {"${metric}_total", job="${job}"}`
	}
	return fault
}

func (e environment) selector(s *parser.VectorSelector) error {
	matchers, err := e.fillMatchers(s.LabelMatchers)
	if err != nil {
		return err
	}
	if f, given := e[Where]; given {
		more, err := slo.ParseMatchers(f.texts[0])
		if err != nil {
			return err
		}
		matchers = append(matchers, more...)
	}
	s.LabelMatchers, s.Name = matchers, ""
	for _, m := range matchers {
		if m.Name == model.MetricNameLabel && m.Type == labels.MatchEqual && model.LegacyValidation.IsValidMetricName(m.Value) {
			s.Name = m.Value
		}
	}
	return nil
}

// matchers fills in label matchers in braces, and with narrow joins those of
// where.
func (e environment) matchers(text string, narrow bool) (string, error) {
	list, err := slo.ParseMatchers(text)
	if err != nil {
		return "", err
	}
	if list, err = e.fillMatchers(list); err != nil {
		return "", err
	}
	if f, given := e[Where]; given && narrow {
		more, err := slo.ParseMatchers(f.texts[0])
		if err != nil {
			return "", err
		}
		list = append(list, more...)
	}
	texts := make([]string, len(list))
	for i, m := range list {
		texts[i] = m.String()
	}
	return "{" + strings.Join(texts, ",") + "}", nil
}

func (e environment) fillMatchers(list []*labels.Matcher) ([]*labels.Matcher, error) {
	var out []*labels.Matcher
	for _, m := range list {
		filled, err := e.matcher(m)
		if err != nil {
			return nil, unplaced(err)
		}
		out = append(out, filled...)
	}
	return out, nil
}

// matcher fills in one matcher. One whose name is a placeholder of the type
// matchers and whose value is empty, "${more}"="", stands for all of them.
func (e environment) matcher(m *labels.Matcher) ([]*labels.Matcher, error) {
	name, err := split(m.Name)
	if err != nil {
		return nil, err
	}
	if len(name) == 1 && name[0].name != "" && m.Value == "" && m.Type == labels.MatchEqual {
		if f, found := e[name[0].name]; found && f.kind == Matchers {
			return slo.ParseMatchers(f.texts[0])
		}
	}
	label, err := e.labelName(name)
	if err != nil {
		return nil, err
	}
	parts, err := split(m.Value)
	if err != nil {
		return nil, err
	}
	var value string
	switch {
	case m.Type == labels.MatchRegexp || m.Type == labels.MatchNotRegexp:
		value, err = e.pattern(parts)
	case m.Name == model.MetricNameLabel:
		value, err = e.metricName(parts)
	default:
		value, err = e.plain(parts)
	}
	if err != nil {
		return nil, err
	}
	// It is only printed: who reads it compiles its pattern.
	return []*labels.Matcher{{Type: m.Type, Name: label, Value: value}}, nil
}

// labelName fills in the name of a label, which only names may do.
func (e environment) labelName(parts []part) (string, error) {
	for _, p := range parts {
		if f, found := e[p.name]; p.name != "" && found && f.kind != Label && f.kind != setting {
			return "", misuse(p, "%s is of the type %s, which cannot name a label", p.name, f.kind)
		}
	}
	return e.plain(parts)
}

// metricName fills in the name of a metric, which only names may do.
func (e environment) metricName(parts []part) (string, error) {
	for _, p := range parts {
		if f, found := e[p.name]; p.name != "" && found && f.kind != Metric && f.kind != setting {
			return "", misuse(p, "%s is of the type %s, which cannot name a metric", p.name, f.kind)
		}
	}
	return e.plain(parts)
}

func nearest(name string, names []string) (string, bool) { return strictyaml.Nearest(name, names) }
