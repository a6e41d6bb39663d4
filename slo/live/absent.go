package live

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"headroom/internal/strictyaml"
	"headroom/slo"
	"headroom/slo/diag"
)

// absent says why a selector matches nothing.
func (i *inspection) absent(ctx context.Context, s selector) error {
	i.missing = i.missing || !s.optional
	was, err := i.ask.seen(ctx, s.VectorSelector, i.objective.Window.Rolling)
	if err != nil {
		return err
	}
	if was {
		if !s.optional {
			i.warn(s.at, checkStale, fmt.Sprintf("no series match now, though some did within the last %s", i.objective.Window),
				"see whether what exports them is up and still scraped")
		}
		return nil
	}
	metric := slo.MetricName(s.VectorSelector)
	if metric == "" {
		i.fail(s.at, checkSeries, "no series match", "name a metric that exists")
		return nil
	}
	n, err := i.ask.count(ctx, selecting(metric))
	if err != nil {
		return err
	}
	if n == 0 {
		i.noMetric(ctx, s, metric)
		return nil
	}
	return i.excluded(ctx, s, metric)
}

// noMetric reports a metric without any series. Errors that never happened may
// not have been counted yet.
func (i *inspection) noMetric(ctx context.Context, s selector, metric string) {
	hint := "see whether it is exported and scraped, and how its exporter spells it"
	if s.role == slo.RoleBad {
		hint = "when it only appears with the first error, let the service export it as 0 from the start: an increase from nothing to 1 is not seen"
	}
	if near, ok := nearestMetric(metric, i.ask.metrics(ctx)); ok {
		if i.objective.Indicator.Kind() == "latency" {
			near = strings.TrimSuffix(strings.TrimSuffix(near, "_count"), "_bucket") // the spec names the histogram
		}
		hint = "did you mean " + near + "?"
	}
	i.report(s.severity(), s.at, checkSeries, fmt.Sprintf("the metrics store has no series named %s, now or within the last %s", metric, i.objective.Window), hint)
}

// nearestMetric finds a metric that was probably meant: the same with or
// without a unit or one of the usual endings, or a similar one.
func nearestMetric(metric string, known []string) (string, bool) {
	stem, ending := metric, ""
	for _, e := range []string{"_total", "_count", "_bucket", "_sum"} {
		if base, cut := strings.CutSuffix(metric, e); cut {
			stem, ending = base, e
		}
	}
	bare := strings.TrimSuffix(strings.TrimSuffix(stem, "_seconds"), "_milliseconds")
	for _, base := range []string{stem, bare, bare + "_seconds", bare + "_milliseconds", bare + "_ms"} {
		for _, e := range []string{ending, "", "_total", "_count"} {
			if name := base + e; name != metric && slices.Contains(known, name) {
				return name, true
			}
		}
	}
	return strictyaml.Nearest(metric, known)
}

// excluded says which matchers leave nothing of a metric that has series.
func (i *inspection) excluded(ctx context.Context, s selector, metric string) error {
	guilty := 0
	for _, m := range conditions(s.VectorSelector) {
		n, err := i.ask.count(ctx, selecting(metric, m))
		if err != nil {
			return err
		}
		if n > 0 {
			continue
		}
		guilty++
		if err := i.culprit(ctx, s, metric, m); err != nil {
			return err
		}
	}
	if guilty > 0 {
		return nil
	}
	return i.together(ctx, s, metric)
}

// culprit reports a matcher that no series of a metric fulfils.
func (i *inspection) culprit(ctx context.Context, s selector, metric string, m *labels.Matcher) error {
	at := i.matcherPlace(s.at, m)
	values, err := i.values(ctx, selecting(metric), m.Name)
	if err != nil {
		return err
	}
	if len(values.top) == 0 {
		i.report(s.labelSeverity(), at, checkLabel, fmt.Sprintf("no series of %s has a label %s, so %s excludes all of them", metric, m.Name, m), i.labelHint(ctx, metric, m.Name))
		return nil
	}
	hint := "its values are " + values.String()
	if near, ok := strictyaml.Nearest(m.Value, values.names()); ok && (m.Type == labels.MatchEqual || m.Type == labels.MatchRegexp) {
		hint = fmt.Sprintf("did you mean %s? Its values are %s", near, values)
	}
	message := fmt.Sprintf("no series of %s has %s", metric, m)
	if s.role == slo.RoleBad {
		message += fmt.Sprintf(", now or within the last %s: no event would be bad", i.objective.Window)
		hint += "; when it is right and nothing went wrong yet, all is well"
	}
	i.report(s.severity(), at, checkValue, message, hint)
	return nil
}

// labelSeverity is an error for bad events, too: a label that no series has is
// not waiting for the first error.
func (s selector) labelSeverity() diag.Severity {
	if s.role == slo.RoleBad {
		return diag.Error
	}
	return s.severity()
}

func (i *inspection) labelHint(ctx context.Context, metric, label string) string {
	names := slices.DeleteFunc(slices.Clone(i.ask.labelsOf(ctx, selecting(metric))), func(name string) bool { return strings.HasPrefix(name, "__") })
	if near, ok := strictyaml.Nearest(label, names); ok {
		return "did you mean " + near + "?"
	}
	if len(names) == 0 {
		return "leave it out, or name a label that the series have"
	}
	return "its labels are " + strings.Join(names[:min(len(names), 20)], ", ")
}

// together reports matchers that are each fulfilled, but by no series at once.
func (i *inspection) together(ctx context.Context, s selector, metric string) error {
	matchers := conditions(s.VectorSelector)
	var helps []string
	for at, m := range matchers {
		rest := slices.Delete(slices.Clone(matchers), at, at+1)
		n, err := i.ask.count(ctx, selecting(metric, rest...))
		if err != nil {
			return err
		}
		if n > 0 {
			helps = append(helps, fmt.Sprintf("%s without %s", plural(n, "series"), m))
		}
	}
	hint := "no single matcher is to blame: look at the series themselves"
	if len(helps) > 0 {
		hint = "there would be " + strings.Join(helps, ", and ")
	}
	if s.role == slo.RoleBad {
		hint += "; when nothing went wrong yet, all is well"
	}
	i.report(s.severity(), s.at, checkTogether, fmt.Sprintf("each label matcher fits some series of %s, but no series fits all of them", metric), hint)
	return nil
}

// needless reports negative matchers of labels that no series has: they
// exclude nothing, so that a mistyped one makes every event good.
func (i *inspection) needless(ctx context.Context, s selector) error {
	metric := slo.MetricName(s.VectorSelector)
	for _, m := range conditions(s.VectorSelector) {
		if metric == "" || m.Value == "" || m.Type != labels.MatchNotEqual && m.Type != labels.MatchNotRegexp {
			continue
		}
		n, err := i.ask.count(ctx, selecting(metric, present(m.Name)))
		if err != nil {
			return err
		}
		if n == 0 {
			i.warn(i.matcherPlace(s.at, m), checkLabel, fmt.Sprintf("no series of %s has a label %s, so %s excludes nothing", metric, m.Name, m), i.labelHint(ctx, metric, m.Name))
		}
	}
	return nil
}

// valueList is what is known of the values of a label.
type valueList struct {
	top  []labelValue
	more int
}

type labelValue struct {
	text   string
	series int
}

// values finds the commonest values of a label of a selector's series.
func (i *inspection) values(ctx context.Context, vs *parser.VectorSelector, label string) (valueList, error) {
	const shown = 6
	each := aggregate(parser.COUNT, selecting(slo.MetricName(vs), append(conditions(vs), present(label))...), label)
	found, err := i.ask.vector(ctx, largest(shown, each))
	if err != nil {
		return valueList{}, err
	}
	var list valueList
	for _, series := range found {
		if len(series.Points) > 0 {
			list.top = append(list.top, labelValue{series.Labels[label], int(series.Points[0].V)})
		}
	}
	slices.SortFunc(list.top, func(a, b labelValue) int {
		if a.series != b.series {
			return b.series - a.series
		}
		return strings.Compare(a.text, b.text)
	})
	if len(list.top) == shown {
		n, err := i.ask.number(ctx, aggregate(parser.COUNT, each))
		if err != nil {
			return valueList{}, err
		}
		list.more = max(int(n)-shown, 0)
	}
	return list, nil
}

func (v valueList) names() []string {
	names := make([]string, len(v.top))
	for i, value := range v.top {
		names[i] = value.text
	}
	return names
}

func (v valueList) String() string {
	texts := make([]string, 0, len(v.top)+1)
	for _, value := range v.top {
		texts = append(texts, fmt.Sprintf("%q (%s)", value.text, plural(value.series, "series")))
	}
	if v.more > 0 {
		texts = append(texts, fmt.Sprintf("and %d more", v.more))
	}
	return strings.Join(texts, ", ")
}
