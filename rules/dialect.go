package rules

import (
	"fmt"
	"slices"
	"strings"
)

// Dialect names the metrics store that rules are compiled for.
type Dialect string

// The dialects.
const (
	// Prometheus242 is Prometheus 2.42 and later, with closed ranges and
	// ASCII names.
	Prometheus242 Dialect = "prometheus-2.42"
	// Prometheus3 is Prometheus 3, with left-open ranges and UTF-8 names.
	Prometheus3 Dialect = "prometheus-3"
	// Prometheus316 is Prometheus 3.16 and later, where increase is anchored
	// at the last sample before its range, which is nearer to the truth.
	Prometheus316 Dialect = "prometheus-3.16"
	// VictoriaMetrics is vmalert 1.79 and later on VictoriaMetrics. The store
	// hides what is younger than its -search.latencyOffset (30 s unless set),
	// which must be less than a fifth of the resolution, or tiles do not see the
	// one before and count again what it holds.
	VictoriaMetrics Dialect = "victoriametrics"
	// Embedded is headroom's own engine.
	Embedded Dialect = "embedded"
)

// Dialects returns all dialects.
func Dialects() []Dialect {
	return []Dialect{Prometheus242, Prometheus3, Prometheus316, VictoriaMetrics, Embedded}
}

// ParseDialect reads the name of a dialect.
func ParseDialect(s string) (Dialect, error) {
	if d := Dialect(s); slices.Contains(Dialects(), d) {
		return d, nil
	}
	var names []string
	for _, d := range Dialects() {
		names = append(names, string(d))
	}
	return "", fmt.Errorf("dialect %q: want one of %s", s, strings.Join(names, ", "))
}

// features is what a dialect can do.
type features struct {
	anchored bool // increase(x[5m] anchored)
	// differences says that increases over few steps are told by the last
	// samples before their ends; see counting.difference.
	differences bool
	// longDifferences says so of longer ranges, too.
	longDifferences bool
	closedRanges    bool // a range holds a sample at its very start
	utf8Names       bool // metric and label names beyond [a-zA-Z0-9_:]
	queryOffset     bool // query_offset on a group
	keepFiringFor   bool // keep_firing_for on an alert
	// nativeHistograms says that histogram_count and histogram_fraction read
	// native histograms; Prometheus 2 does when they are enabled.
	nativeHistograms bool
	// readsBack says that a rule sees at once what an earlier rule of its
	// group recorded. vmalert sends its results to a store that shows them
	// some seconds later.
	readsBack bool
	// parsesRecordingLabels says that labels of recording rules must be valid
	// templates.
	parsesRecordingLabels bool
}

func (d Dialect) features() features {
	switch d {
	case Prometheus242:
		return features{differences: true, closedRanges: true, nativeHistograms: true, keepFiringFor: true, readsBack: true}
	case Prometheus3:
		return features{differences: true, utf8Names: true, nativeHistograms: true, queryOffset: true, keepFiringFor: true, readsBack: true}
	case Prometheus316, Embedded:
		return features{anchored: true, utf8Names: true, nativeHistograms: true, queryOffset: true, keepFiringFor: true, readsBack: true}
	default:
		return features{parsesRecordingLabels: true}
	}
}

// HasQueryOffset reports whether groups of the dialect know query_offset.
func (d Dialect) HasQueryOffset() bool { return d.features().queryOffset }
