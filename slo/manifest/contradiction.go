package manifest

import (
	"fmt"
	"slices"

	"headroom/internal/strictyaml"
	"headroom/slo"
)

// contradictions warns of selectors that no series can match, such as those
// that where: and the selector itself exclude together.
func (r *reader) contradictions(key strictyaml.Node, in slo.Indicator) {
	var said []string
	for _, e := range in.Exprs() {
		for _, c := range slo.Contradictions(e) {
			message := fmt.Sprintf("no series matches both %s and %s", c.First, c.Then)
			if slices.Contains(said, message) {
				continue
			}
			said = append(said, message)
			r.Warn(key, "never-matches", fmt.Sprintf("%s, as %s asks for", message, c.Selector), "keep one of the two matchers, or none")
		}
	}
}

// indicatorKey is the key of the indicator that is given first, the zero Node
// without any.
func (f *indicatorForm) indicatorKey() strictyaml.Node {
	for _, key := range f.indicatorKeys() {
		if !key.IsZero() {
			return key
		}
	}
	return strictyaml.Node{}
}

// indicatorKeys are the keys of all indicators, most of them the zero Node.
func (f *indicatorForm) indicatorKeys() []strictyaml.Node {
	return []strictyaml.Node{f.Ratio.Key, f.Latency.Key, f.Gauge.Key, f.Raw.Key, f.Query.Key, f.Events.Key, f.Template.Key}
}
