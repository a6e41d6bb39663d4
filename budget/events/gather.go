package events

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

var _ prometheus.Gatherer = (*Recorder)(nil)

const metadata = "# HELP " + MetricEvents + " Platform events that settled, by objective and result.\n# TYPE " + MetricEvents + " counter\n" +
	"# HELP " + MetricUnjudged + " Platform events that settled and could not be judged, mostly for want of a time or an attribute that the objective needs, by objective.\n# TYPE " + MetricUnjudged + " counter\n"

// Gather returns the counters, for a page of metrics with those of others.
func (r *Recorder) Gather() ([]*dto.MetricFamily, error) {
	var text bytes.Buffer
	text.WriteString(metadata)
	r.o.Set.WritePrometheus(&text)
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(&text)
	if err != nil {
		return nil, fmt.Errorf("gather the counters of events: %w", err)
	}
	maps.DeleteFunc(families, func(_ string, f *dto.MetricFamily) bool { return len(f.GetMetric()) == 0 })
	return slices.SortedFunc(maps.Values(families), func(a, b *dto.MetricFamily) int {
		return cmp.Compare(a.GetName(), b.GetName())
	}), nil
}
