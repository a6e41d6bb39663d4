package manifest

import (
	"errors"

	"github.com/invopop/jsonschema"
	"github.com/prometheus/prometheus/promql/parser"

	"headroom/internal/strictyaml"
	"headroom/slo"
)

type gaugeForm struct {
	Selector text `yaml:"selector,required" example:"selector: queue_depth{job=\"checkout\"}" doc:"The gauge: one selector."`
	Good     text `yaml:"good,required" example:"good: \"<= 100\"" pattern:"^\\s*(<=|>=|==|!=|<|>)" doc:"What a sample must be to be good: <, <=, >, >=, == or != and a number, in quotes."`
}

type rawForm struct {
	ErrorRatio text `yaml:"error_ratio,required" example:"error_ratio: 1 - availability{job=\"checkout\"}" doc:"The share of errors at an instant, 0 to 1: any PromQL with one value for each group."`
}

type queryForm struct {
	Bad   text `yaml:"bad" example:"bad: sum(increase(errors_total[$range]))" doc:"Bad events over the range [$range], which headroom fills in."`
	Good  text `yaml:"good" example:"good: sum(increase(requests_total{code!~\"5..\"}[$range]))" doc:"Good events over the range [$range], instead of bad."`
	Total text `yaml:"total,required" example:"total: sum(increase(requests_total[$range]))" doc:"All events over the range [$range]."`
}

// ExtendSchema asks for either bad or good events.
func (*queryForm) ExtendSchema(s *jsonschema.Schema) { oneOf(s, "bad", "good") }

// extendGauge lets a gauge be a selector or a map.
func extendGauge(s *jsonschema.Schema) {
	gauge := s.Properties.Value("gauge")
	*gauge = jsonschema.Schema{
		Description: gauge.Description, Examples: gauge.Examples,
		AnyOf: []*jsonschema.Schema{{Type: "string"}, strictyaml.Schema(gaugeForm{})},
	}
}

// gauge reads a selector of a boolean gauge, or a selector with what is good.
func (r *reader) gauge(given strictyaml.Value[strictyaml.Node]) slo.Indicator {
	if !given.Node.IsMap() {
		var selector text
		r.DecodeNode(given.Key, given.Node, &selector)
		counter, err := slo.ParseSelector(selector.V)
		r.reportExpr(selector, comparisonHint(selector.V, err))
		return slo.Gauge{Selector: counter}
	}
	var form gaugeForm
	r.DecodeNode(given.Key, given.Node, &form)
	in := slo.Gauge{Selector: r.expression(form.Selector, slo.ParseSelector)}
	if form.Good.Node.IsScalar() {
		var err error
		in.Good, err = slo.ParseComparison(form.Good.V)
		r.reportExpr(form.Good, err)
	}
	return in
}

// comparisonHint tells who wrote a comparison where a selector belongs how the
// two are written.
func comparisonHint(text string, err error) error {
	var fault *slo.ExprError
	const longest = 1000
	if !errors.As(err, &fault) || fault.Check != slo.CheckForm || len(text) > longest {
		return err
	}
	expr, parseErr := parser.NewParser(parser.Options{}).ParseExpr(text)
	comparison, ok := expr.(*parser.BinaryExpr)
	if parseErr != nil || !ok || !comparison.Op.IsComparisonOperator() {
		return err
	}
	selector, isSelector := comparison.LHS.(*parser.VectorSelector)
	limit, isNumber := comparison.RHS.(*parser.NumberLiteral)
	if isSelector && isNumber {
		fault.Hint = "write gauge: {selector: '" + selector.String() + "', good: \"" + comparison.Op.String() + " " + limit.String() + "\"}"
	}
	return fault
}

func (r *reader) raw(form *rawForm) slo.Indicator {
	if !form.ErrorRatio.IsSet() {
		return slo.Raw{}
	}
	ratio, err := slo.ParseInstant(form.ErrorRatio.V)
	r.reportExpr(form.ErrorRatio, err)
	return slo.Raw{ErrorRatio: ratio}
}

func (r *reader) query(value *strictyaml.Value[queryForm]) slo.Indicator {
	form := &value.V
	r.badOrGood(value.Key, value.Node, form.Bad, form.Good)
	return slo.Query{Bad: r.counts(form.Bad), Good: r.counts(form.Good), Total: r.counts(form.Total)}
}

func (r *reader) counts(given text) slo.Counts {
	if !given.IsSet() {
		return slo.Counts{}
	}
	counts, err := slo.ParseCounts(given.V)
	r.reportExpr(given, err)
	return counts
}

// keepsLabels reports expressions that drop a label of the group.
func (r *reader) keepsLabels(form *indicatorForm, groupBy []string) {
	check := func(given text, parse func(string) (parser.Expr, error)) {
		if !given.Node.IsScalar() {
			return
		}
		if expr, err := parse(given.V); err == nil {
			r.reportExpr(given, slo.LostLabel(expr, groupBy))
		}
	}
	for _, given := range []text{form.Query.V.Bad, form.Query.V.Good, form.Query.V.Total} {
		check(given, slo.ParseRanged)
	}
	check(form.Raw.V.ErrorRatio, func(s string) (parser.Expr, error) {
		instant, err := slo.ParseInstant(s)
		return instant.Expr(), err
	})
}
