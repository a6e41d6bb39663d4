package live

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"

	"headroom/slo"
)

// latency checks a histogram: its series, its form, its unit, its buckets.
func (i *inspection) latency(ctx context.Context, p part, l slo.Latency) error {
	whole := selecting(l.Histogram, l.Where...)
	count, buckets := selecting(l.Histogram+"_count", l.Where...), selecting(l.Histogram+"_bucket", l.Where...)
	classic, err := i.ask.count(ctx, buckets)
	if err != nil {
		return err
	}
	native, err := i.ask.count(ctx, whole)
	if err != nil {
		return err
	}
	i.series = max(i.series, classic, native)
	switch {
	case l.Native && native > 0:
		return i.goodWhere(ctx, p, l)
	case l.Native && classic > 0:
		i.missing = true
		i.fail(place{path: []string{"latency", "native"}}, checkNative, fmt.Sprintf("%s is a classic histogram: it has only the series %s_bucket", l.Histogram, l.Histogram),
			"leave native out, or let the service expose and the server scrape native histograms")
		return nil
	case l.Native:
		return i.absent(ctx, selector{VectorSelector: whole, part: p, at: i.histogramPlace(ctx, p, whole)})
	case classic == 0 && native > 0:
		i.missing = true
		i.fail(place{path: p.path}, checkNative, fmt.Sprintf("%s is a native histogram: it has no series %s_bucket", l.Histogram, l.Histogram),
			"write native: true, or let the server scrape classic buckets too")
		return nil
	case classic == 0:
		return i.noHistogram(ctx, p, count)
	}
	if err := i.buckets(ctx, p, l, buckets); err != nil || i.missing {
		return err
	}
	return i.goodWhere(ctx, p, l)
}

// goodWhere checks the matchers that good requests must have, too.
func (i *inspection) goodWhere(ctx context.Context, p part, l slo.Latency) error {
	vs, ok := l.Good().Expr().(*parser.VectorSelector)
	if !ok || len(l.GoodWhere) == 0 {
		return nil
	}
	s := selector{VectorSelector: plain(vs), part: part{role: slo.RoleGood, path: []string{"latency", "good"}, expr: vs}}
	if s.at = (place{path: s.path}); i.site.Text(s.path...) == "" {
		s.at.path = p.path
	}
	n, err := i.ask.count(ctx, s.VectorSelector)
	switch {
	case err != nil:
		return err
	case n == 0:
		return i.absent(ctx, s)
	}
	return i.needless(ctx, s)
}

// histogramPlace is that of the matchers where the histogram as such exists.
func (i *inspection) histogramPlace(ctx context.Context, p part, vs *parser.VectorSelector) place {
	n, err := i.ask.count(ctx, selecting(slo.MetricName(vs)))
	if err == nil && n > 0 && i.site.Text("latency", "where") != "" {
		return place{path: []string{"latency", "where"}}
	}
	return place{path: p.path}
}

// noHistogram says why a histogram matches nothing.
func (i *inspection) noHistogram(ctx context.Context, p part, count *parser.VectorSelector) error {
	s := selector{VectorSelector: count, part: p, at: i.histogramPlace(ctx, p, count)}
	n, err := i.ask.count(ctx, count)
	if err != nil {
		return err
	}
	if n == 0 {
		return i.absent(ctx, s)
	}
	i.missing = true
	i.fail(s.at, checkNative, fmt.Sprintf("%s has observations but no buckets: it is a summary, or its buckets are dropped at the scrape", strings.TrimSuffix(slo.MetricName(count), "_count")),
		"export a histogram: quantiles of a summary cannot be added up")
	return nil
}

// bucket is one upper bound of a histogram.
type bucket struct {
	le    string
	bound float64
}

// bounds lists the finite buckets of a selector, rising.
func (i *inspection) bounds(ctx context.Context, buckets *parser.VectorSelector) ([]bucket, error) {
	found, err := i.ask.vector(ctx, aggregate(parser.COUNT, buckets, model.BucketLabel))
	if err != nil {
		return nil, err
	}
	var list []bucket
	for _, s := range found {
		bound, err := strconv.ParseFloat(s.Labels[model.BucketLabel], 64)
		if err == nil && !math.IsInf(bound, 0) && !math.IsNaN(bound) {
			list = append(list, bucket{s.Labels[model.BucketLabel], bound})
		}
	}
	slices.SortFunc(list, func(a, b bucket) int { return int(math.Copysign(1, a.bound-b.bound)) })
	return list, nil
}

func (i *inspection) buckets(ctx context.Context, p part, l slo.Latency, buckets *parser.VectorSelector) error {
	list, err := i.bounds(ctx, buckets)
	if err != nil {
		return err
	}
	at := place{path: []string{"latency", "under"}}
	if len(list) == 0 {
		i.missing = true
		i.fail(place{path: p.path}, checkNative, fmt.Sprintf("the buckets of %s have no label le", l.Histogram),
			"VictoriaMetrics' own histograms (vmrange) are no objective yet: export classic buckets")
		return nil
	}
	if i.wrongUnit(l, list) {
		i.missing = true
		return nil
	}
	n, err := i.count(ctx, l.Fast())
	if err != nil || n > 0 && has(list, l) {
		return err
	}
	severe := i.warn
	if n == 0 { // nothing can be counted
		i.missing, severe = true, i.fail
	}
	lower, upper := neighbours(list, float64(l.Under)/float64(l.Unit))
	share, err := i.between(ctx, buckets, lower, upper)
	if err != nil {
		return err
	}
	message := fmt.Sprintf("%s has no bucket at %s: %s", l.Histogram, slo.FormatDuration(l.Under), nextTo(lower, upper, l.Unit))
	severe(at, checkBucket, message+share, hintOf(list, lower, l))
	return nil
}

func (i *inspection) count(ctx context.Context, c slo.Counter) (int, error) {
	vs, ok := c.Expr().(*parser.VectorSelector)
	if !ok {
		return 0, nil
	}
	return i.ask.count(ctx, plain(vs))
}

// has reports whether the threshold is a bucket.
func has(list []bucket, l slo.Latency) bool {
	threshold := float64(l.Under) / float64(l.Unit)
	return slices.ContainsFunc(list, func(b bucket) bool { return near(b.bound, threshold) })
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-9*math.Max(math.Abs(a), math.Abs(b)) }

// wrongUnit reports a histogram whose buckets only make sense in the other
// unit.
func (i *inspection) wrongUnit(l slo.Latency, list []bucket) bool {
	least, most := list[0].bound, list[len(list)-1].bound
	inside := func(unit time.Duration) bool {
		threshold := float64(l.Under) / float64(unit)
		return threshold >= least && threshold <= most
	}
	other, name := time.Millisecond, "milliseconds"
	if l.Unit == time.Millisecond {
		other, name = time.Second, "seconds"
	}
	if inside(l.Unit) || !inside(other) {
		return false
	}
	at := place{path: []string{"latency", "under"}}
	if i.site.Text("latency", "unit") != "" {
		at.path = []string{"latency", "unit"}
	}
	i.fail(at, checkUnit, fmt.Sprintf("the buckets of %s go from %s to %s, which for a threshold of %s look like %s", l.Histogram, list[0].le, list[len(list)-1].le, slo.FormatDuration(l.Under), name),
		"write unit: "+name)
	return true
}

// neighbours returns the nearest buckets below and above a threshold, nil
// where there is none.
func neighbours(list []bucket, threshold float64) (lower, upper *bucket) {
	for at := range list {
		switch b := &list[at]; {
		case near(b.bound, threshold): // in a notation that is not selected
			return b, b
		case b.bound < threshold:
			lower = b
		case upper == nil:
			upper = b
		}
	}
	return lower, upper
}

func nextTo(lower, upper *bucket, unit time.Duration) string {
	length := func(b *bucket) string {
		return slo.FormatDuration(time.Duration(math.Round(b.bound * float64(unit))).Round(time.Millisecond))
	}
	switch {
	case lower == nil && upper == nil:
		return "it has none but +Inf"
	case lower == nil:
		return "its lowest is " + length(upper)
	case upper == nil:
		return "its highest is " + length(lower)
	case lower == upper:
		return fmt.Sprintf("it writes le=%q", lower.le)
	}
	return fmt.Sprintf("its neighbours are %s and %s", length(lower), length(upper))
}

// between says which share of the requests lies between two buckets, and so is
// neither surely good nor surely bad.
func (i *inspection) between(ctx context.Context, buckets *parser.VectorSelector, lower, upper *bucket) (string, error) {
	if lower == upper {
		return "", nil
	}
	back, err := i.history(ctx)
	if err != nil {
		return "", err
	}
	found, err := i.ask.vector(ctx, aggregate(parser.SUM, over("increase", buckets, back), model.BucketLabel))
	if err != nil {
		return "", err
	}
	counts := map[string]float64{}
	all := 0.0
	for _, s := range found {
		counts[s.Labels[model.BucketLabel]] = s.Points[0].V
		all = max(all, s.Points[0].V)
	}
	if all <= 0 {
		return "", nil
	}
	below, above := 0.0, all
	if lower != nil {
		below = counts[lower.le]
	}
	if upper != nil {
		above = counts[upper.le]
	}
	return fmt.Sprintf("; %.2g%% of the requests within %s took a time between the two", 100*max(above-below, 0)/all, slo.FormatDuration(back)), nil
}

// hintOf says what to change: the service, the threshold, or what the spec says
// of the buckets.
func hintOf(list []bucket, lower *bucket, l slo.Latency) string {
	length := func(b bucket) time.Duration {
		return time.Duration(math.Round(b.bound * float64(l.Unit))).Round(time.Millisecond)
	}
	l.Buckets = nil
	var texts []string
	for _, b := range list {
		l.Buckets = append(l.Buckets, length(b))
		texts = append(texts, slo.FormatDuration(length(b)))
	}
	line, _ := l.BucketLines()
	hint := "let the service have that bucket: " + line
	if lower != nil && length(*lower) > 0 {
		hint += fmt.Sprintf("; or write under: %s; or say what there is with buckets: [%s], so that the next lower one counts",
			slo.FormatDuration(length(*lower)), strings.Join(texts, ", "))
	}
	return hint
}
