package rules

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"

	"headroom/slo"
)

// ErrDialect is wrapped where a dialect cannot express an objective.
var ErrDialect = errors.New("not possible in this dialect")

// ErrLabels is wrapped where label names of an objective clash.
var ErrLabels = errors.New("labels clash")

// Check reports whether Compile accepts an objective, with every reason
// against it.
func Check(o *slo.Objective, d Dialect) error {
	errs := checkLabels(o)
	if !d.features().utf8Names {
		if names := foreignNames(o); len(names) > 0 {
			errs = append(errs, fmt.Errorf("%w: %s knows no UTF-8 names, and %s; use --target %s", ErrDialect, d, areSuch(names), Prometheus3))
		}
	}
	if !d.features().nativeHistograms && readsNative(o.Indicator) {
		errs = append(errs, fmt.Errorf("%w: %s knows no native histograms; use a classic one, or another --target", ErrDialect, d))
	}
	if err := errors.Join(errs...); err != nil {
		if o.Place.File == "" {
			return fmt.Errorf("compile %s for %s: %w", o.ID, d, err)
		}
		return fmt.Errorf("compile %s (%s:%d) for %s: %w", o.ID, o.Place.File, o.Place.Line, d, err)
	}
	return nil
}

// areSuch says in a few words that names are what it is about.
func areSuch(names []string) string {
	const most = 5
	texts := make([]string, 0, len(names))
	for i, name := range names {
		if i == most {
			texts = append(texts, fmt.Sprintf("%d more", len(names)-most))
			break
		}
		texts = append(texts, strconv.Quote(name))
	}
	if len(texts) == 1 {
		return texts[0] + " is one"
	}
	last := len(texts) - 1
	return strings.Join(texts[:last], ", ") + " and " + texts[last] + " are such"
}

func checkLabels(o *slo.Objective) []error {
	var errs []error
	forbidden := func(name string) bool {
		return slo.Reserved(name) || name == model.MetricNameLabel || name == model.AlertNameLabel
	}
	for _, l := range sorted(o.Labels) {
		if forbidden(l.Name) {
			errs = append(errs, fmt.Errorf("%w: label %q is set by headroom or Prometheus", ErrLabels, l.Name))
		}
		if slices.Contains(o.GroupBy, l.Name) {
			errs = append(errs, fmt.Errorf("%w: label %q is also a group label", ErrLabels, l.Name))
		}
	}
	for _, name := range o.GroupBy {
		if where := o.Plan.Labelled(name); where != "" {
			errs = append(errs, fmt.Errorf("%w: label %q is given to alerts by the plan %s, under %s, and is also a group label", ErrLabels, name, o.Plan.Name, where))
		}
		if forbidden(name) {
			errs = append(errs, fmt.Errorf("%w: group label %q is set by headroom or Prometheus", ErrLabels, name))
		}
	}
	return errs
}

// foreignNames lists the metric and label names of an objective's rules that
// Prometheus before 3 refuses.
func foreignNames(o *slo.Objective) []string {
	var metrics []string
	labels := slices.Clone(o.GroupBy)
	for _, l := range sorted(o.Labels) {
		labels = append(labels, l.Name)
	}
	for _, e := range o.Indicator.Exprs() {
		parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
			switch n := n.(type) {
			case *parser.VectorSelector:
				metrics = append(metrics, slo.MetricName(n))
				for _, m := range n.LabelMatchers {
					labels = append(labels, m.Name)
				}
			case *parser.AggregateExpr:
				labels = append(labels, n.Grouping...)
			case *parser.BinaryExpr:
				if m := n.VectorMatching; m != nil {
					labels = append(append(labels, m.MatchingLabels...), m.Include...)
				}
			}
			return nil
		})
	}
	metrics = slices.DeleteFunc(metrics, model.LegacyValidation.IsValidMetricName)
	labels = slices.DeleteFunc(labels, model.LegacyValidation.IsValidLabelName)
	list := slices.Concat(metrics, labels)
	slices.Sort(list)
	return slices.Compact(list)
}

// readsNative reports whether an indicator is of native histograms.
func readsNative(in slo.Indicator) bool {
	if l, ok := in.(slo.Latency); ok && l.Native {
		return true
	}
	native := false
	for _, e := range in.Exprs() {
		parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
			call, ok := n.(*parser.Call)
			native = native || ok && strings.HasPrefix(call.Func.Name, "histogram_") && call.Func.Name != "histogram_quantile"
			return nil
		})
	}
	return native
}
