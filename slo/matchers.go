package slo

import (
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// ParseMatchers reads label matchers in braces, such as {job="checkout"},
// that name no metric and no bucket. Its error is an *ExprError.
func ParseMatchers(s string) ([]*labels.Matcher, error) {
	if !strings.HasPrefix(strings.TrimSpace(s), "{") {
		return nil, matcherError(s, "label matchers without braces", `write label matchers in braces: '{job="checkout"}'`)
	}
	// The parser reads selectors, so one is made of a metric name and s.
	const name = "x"
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(name + s)
	if err != nil {
		fault := syntaxError(name+s, err)
		if strings.HasPrefix(fault.Message, "metric name must not be set twice") {
			return nil, matcherError(s, "the name of a metric among label matchers", "leave it out, and write matchers for labels only")
		}
		fault.Start, fault.End = max(fault.Start-len(name), 0), max(fault.End-len(name), 0)
		return nil, fault
	}
	selector, ok := expr.(*parser.VectorSelector)
	if !ok || checkSelector(selector) != nil {
		return nil, matcherError(s, "more than label matchers", `write label matchers only: '{job="checkout"}'`)
	}
	for _, m := range selector.LabelMatchers {
		if m.Name == model.BucketLabel {
			return nil, matcherError(s, "matcher for the label "+m.Name, "leave it out: under says which bucket is read")
		}
	}
	return slices.DeleteFunc(selector.LabelMatchers, func(m *labels.Matcher) bool { return m.Name == model.MetricNameLabel }), nil
}

func matcherError(s, message, hint string) *ExprError {
	return &ExprError{Check: CheckForm, End: len(s), Message: message, Hint: hint}
}

// MatchersString writes matchers as ParseMatchers reads them.
func MatchersString(list []*labels.Matcher) string {
	texts := make([]string, len(list))
	for i, m := range list {
		texts[i] = m.String()
	}
	return "{" + strings.Join(texts, ",") + "}"
}
