package synth

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// maxTries bounds the search for labels that some selectors match and others
// do not.
const maxTries = 2000

// selection is a set of labels to be found.
type selection struct {
	match []*parser.VectorSelector // all of them match
	avoid []*parser.VectorSelector // none of them does
	fixed map[string]string        // labels that are given
}

// find returns labels that fit, __name__ included.
func (s selection) find() (map[string]string, bool) {
	conditions := map[string][]condition{}
	for name, value := range s.fixed {
		conditions[name] = []condition{{matcher: labels.MustNewMatcher(labels.MatchEqual, name, value)}}
	}
	for _, vs := range s.match {
		for _, m := range matchersOf(vs) {
			conditions[m.Name] = append(conditions[m.Name], condition{matcher: m})
		}
	}
	tries := maxTries
	return s.search(conditions, s.avoid, &tries)
}

// search breaks one matcher of every selector to avoid, the last ones first,
// since a metric's name is the last thing to give up.
func (s selection) search(conditions map[string][]condition, avoid []*parser.VectorSelector, tries *int) (map[string]string, bool) {
	if *tries--; *tries < 0 {
		return nil, false
	}
	found, ok := solve(conditions)
	if !ok || len(avoid) == 0 {
		return found, ok
	}
	matchers := matchersOf(avoid[0])
	for _, m := range slices.Backward(matchers) {
		tried := maps.Clone(conditions)
		tried[m.Name] = append(slices.Clone(conditions[m.Name]), condition{matcher: m, violate: true})
		if found, ok := s.search(tried, avoid[1:], tries); ok {
			return found, true
		}
	}
	return nil, false
}

func solve(conditions map[string][]condition) (map[string]string, bool) {
	found := make(map[string]string, len(conditions))
	for name, list := range conditions {
		text, ok := value(list)
		if !ok {
			return nil, false
		}
		if text != "" {
			found[name] = text
		}
	}
	return found, found[model.MetricNameLabel] != ""
}

// matchersOf returns a selector's matchers, the one for its name first.
func matchersOf(vs *parser.VectorSelector) []*labels.Matcher {
	list := slices.Clone(vs.LabelMatchers)
	isName := func(m *labels.Matcher) bool { return m.Name == model.MetricNameLabel }
	if vs.Name != "" && !slices.ContainsFunc(list, isName) {
		list = append(list, labels.MustNewMatcher(labels.MatchEqual, model.MetricNameLabel, vs.Name))
	}
	slices.SortStableFunc(list, func(a, b *labels.Matcher) int {
		switch {
		case isName(a) == isName(b):
			return 0
		case isName(a):
			return -1
		default:
			return 1
		}
	})
	return list
}

// matches reports whether a selector selects the series of the given labels.
func matches(vs *parser.VectorSelector, series map[string]string) bool {
	return !slices.ContainsFunc(matchersOf(vs), func(m *labels.Matcher) bool { return !m.Matches(series[m.Name]) })
}

// Name writes labels as PromQL does: up{job="x"}.
func Name(series map[string]string) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(series)) {
		if name != model.MetricNameLabel {
			parts = append(parts, fmt.Sprintf("%s=%q", name, series[name]))
		}
	}
	if len(parts) == 0 {
		return series[model.MetricNameLabel]
	}
	return series[model.MetricNameLabel] + "{" + strings.Join(parts, ", ") + "}"
}

// Example makes up a series that a selector matches, in PromQL's notation.
func Example(vs *parser.VectorSelector) (string, bool) {
	found, ok := selection{match: []*parser.VectorSelector{vs}}.find()
	return Name(found), ok
}
