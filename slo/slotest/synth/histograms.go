package synth

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/promql/parser"

	"headroom/slo"
)

// latency makes a histogram whose good events are fast, and as good in every
// other way; bad events are slow.
func latency(in slo.Latency, fixed map[string]string) ([]Series, error) {
	selectors := slices.Concat(selectorsOf(in.Good().Expr()), selectorsOf(in.Total().Expr()))
	name, bound := in.Histogram, in.Bound()
	found, ok := selection{match: bare(selectors), fixed: withName(fixed, name)}.find()
	if !ok {
		return nil, fmt.Errorf("no labels were found that match %s", in.Good())
	}
	under := float64(in.Threshold()) / float64(in.Unit)
	if in.Native {
		return []Series{{Labels: found, Sample: func(c Counts) Sample { return Sample{H: native(c, under)} }}}, nil
	}
	series := func(suffix string, more ...string) map[string]string {
		labels := maps.Clone(found)
		labels[model.MetricNameLabel] = name + suffix
		if len(more) > 0 {
			labels[model.BucketLabel] = more[0]
		}
		return labels
	}
	return []Series{
		counter(series("_bucket", bound), 1, -1), counter(series("_bucket", "+Inf"), 1, 0), counter(series("_count"), 1, 0),
		{Labels: series("_sum"), Sample: func(c Counts) Sample { return Sample{V: under/2*(c.Total-c.Bad) + 2*under*c.Bad} }},
	}, nil
}

// bare returns selectors without their names and buckets.
func bare(list []*parser.VectorSelector) []*parser.VectorSelector {
	var all []*parser.VectorSelector
	for _, vs := range list {
		b := &parser.VectorSelector{}
		for _, m := range matchersOf(vs) {
			if m.Name != model.MetricNameLabel && m.Name != model.BucketLabel {
				b.LabelMatchers = append(b.LabelMatchers, m)
			}
		}
		all = append(all, b)
	}
	return all
}

func withName(fixed map[string]string, name string) map[string]string {
	labels := maps.Clone(fixed)
	labels[model.MetricNameLabel] = name
	return labels
}

// native is a native histogram of which good observations took a quarter of the
// threshold and bad ones four times as long, so that its bucket is empty.
func native(c Counts, under float64) *histogram.FloatHistogram {
	// Bucket i of schema 0 reaches from 2^(i-1) to 2^i.
	bucket := func(v float64) int32 { return int32(math.Ceil(math.Log2(v))) }
	fast, slow := bucket(under/4), bucket(under*4)
	return &histogram.FloatHistogram{
		Schema: 0, ZeroThreshold: 1e-128, Count: c.Total, Sum: under/4*(c.Total-c.Bad) + 4*under*c.Bad,
		PositiveSpans:   []histogram.Span{{Offset: fast, Length: 1}, {Offset: slow - fast - 1, Length: 1}},
		PositiveBuckets: []float64{c.Total - c.Bad, c.Bad},
	}
}
