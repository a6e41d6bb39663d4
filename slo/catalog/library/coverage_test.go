package library_test

import (
	"slices"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"headroom/slo"
	"headroom/slo/manifest"
)

// TestEveryMatcherIsTried takes one matcher after another out of the selectors
// of a template. Each time some series of its cases must match in addition, or
// no case would notice that the matcher is missing.
func TestEveryMatcherIsTried(t *testing.T) {
	tried := map[string]bool{}
	seen := map[string]bool{}
	for _, c := range cases(t) {
		resolved, err := manifest.Builtin().Resolve(c.template, c.values)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range resolved.Indicator.Exprs() {
			parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
				s, ok := n.(*parser.VectorSelector)
				if !ok {
					return nil
				}
				for i, m := range s.LabelMatchers {
					if m.Name == model.MetricNameLabel {
						continue
					}
					key := c.template + ": " + m.Name + " in " + metricOf(s.LabelMatchers)
					seen[key] = true
					rest := slices.Delete(slices.Clone(s.LabelMatchers), i, i+1)
					everything := m.Type == labels.MatchRegexp && m.Matches("any") // the default of a parameter
					if everything || c.matched(rest) > c.matched(s.LabelMatchers) {
						tried[key] = true
					}
				}
				return nil
			})
		}
	}
	for key := range seen {
		if !tried[key] {
			t.Errorf("%s: no case has a series that this matcher alone keeps out", key)
		}
	}
}

// TestDefaultThresholdsAreBuckets asks that a template used as it comes counts
// up to its threshold and not to a lower bucket.
func TestDefaultThresholdsAreBuckets(t *testing.T) {
	for _, template := range manifest.Builtin().All() {
		resolved, err := manifest.Builtin().Resolve(template.Name, template.Examples())
		if err != nil {
			t.Fatal(err)
		}
		if in, ok := resolved.Indicator.(slo.Latency); ok && in.Threshold() != in.Under {
			t.Errorf("template %s: the default %s is no bucket", template.Name, in.Under)
		}
	}
}

func metricOf(matchers []*labels.Matcher) string {
	for _, m := range matchers {
		if m.Name == model.MetricNameLabel {
			return m.Value
		}
	}
	return ""
}

// matched counts the series of a case that have labels as asked for.
func (c *testCase) matched(matchers []*labels.Matcher) int {
	n := 0
	var sets []map[string]string
	for _, line := range c.counters {
		for _, part := range line.series(c.bounds) {
			sets = append(sets, part.labels)
		}
	}
	for _, g := range c.gauges {
		sets = append(sets, g.labels)
	}
	for _, set := range sets {
		if !slices.ContainsFunc(matchers, func(m *labels.Matcher) bool { return !m.Matches(set[m.Name]) }) {
			n++
		}
	}
	return n
}
