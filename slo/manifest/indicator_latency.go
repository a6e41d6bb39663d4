package manifest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"headroom/internal/strictyaml"
	"headroom/slo"
)

type latencyForm struct {
	Histogram text                   `yaml:"histogram,required" example:"histogram: http_request_duration_seconds" doc:"Name of the histogram without _bucket."`
	Where     text                   `yaml:"where" example:"where: '{job=\"checkout\"}'" pattern:"^\\s*\\{" doc:"Label matchers in braces."`
	Under     text                   `yaml:"under,required" example:"under: 300ms" doc:"The threshold; it should be one of the histogram's buckets, unless it is native."`
	Good      text                   `yaml:"good" example:"good: '{code!~\"5..\"}'" pattern:"^\\s*\\{" doc:"Label matchers in braces that a good request must have, too, so that a fast error is not good."`
	Unit      text                   `yaml:"unit" example:"unit: seconds" enum:"seconds,milliseconds" doc:"Unit of the histogram's buckets. Default: milliseconds when its name ends with _milliseconds or _ms, otherwise seconds."`
	Native    strictyaml.Value[bool] `yaml:"native" example:"native: true" doc:"Whether it is a native histogram. Default false."`
	Buckets   names                  `yaml:"buckets" example:"buckets: [100ms, 300ms, 1s]" doc:"The buckets that the histogram has: lint warns when under is none of them, and the next lower one counts."`
}

func (r *reader) latency(form *latencyForm) slo.Indicator {
	in := slo.Latency{
		Histogram: r.histogram(form.Histogram), Where: r.where(form.Where), GoodWhere: r.where(form.Good),
		Unit: time.Second, Native: form.Native.V,
	}
	if strings.HasSuffix(in.Histogram, "_milliseconds") || strings.HasSuffix(in.Histogram, "_ms") {
		in.Unit = time.Millisecond
	}
	switch form.Unit.V {
	case "seconds":
		in.Unit = time.Second
	case "milliseconds":
		in.Unit = time.Millisecond
	default:
		if !form.Unit.Node.IsScalar() {
			break
		}
		r.Report(form.Unit.Node, "latency-unit", fmt.Sprintf("%q is not a unit of a histogram", form.Unit.V), "write seconds or milliseconds")
	}
	under, ok := r.duration(form.Under, time.Second)
	if ok && under <= 0 {
		r.Report(form.Under.Node, "latency-under", "a threshold of 0 is never met", "write one of the histogram's buckets, such as 300ms")
	}
	in.Under = under
	in.Buckets = r.buckets(form.Buckets)
	if ok && under > 0 && form.Under.Node.IsScalar() {
		r.checkBucket(form, in)
	}
	return in
}

// buckets reads the bounds that a histogram has, rising.
func (r *reader) buckets(given names) []time.Duration {
	var bounds []time.Duration
	for _, text := range given.V {
		bound, ok := r.duration(text, 0)
		switch {
		case !ok || !text.Node.IsScalar():
		case bound <= 0:
			r.Report(text.Node, "latency-under", "a bucket of 0 is never met", "write one of the histogram's buckets, such as 300ms")
		default:
			bounds = append(bounds, bound)
		}
	}
	slices.Sort(bounds)
	return slices.Compact(bounds)
}

// checkBucket looks whether the threshold is a bucket, where they are known.
func (r *reader) checkBucket(form *latencyForm, in slo.Latency) {
	const check = "latency-bucket"
	under := slo.FormatDuration(in.Under)
	client, view := in.BucketLines()
	hint := "give the histogram the bucket: " + client + " in Go, or in a view of OpenTelemetry " + view
	switch threshold := in.Threshold(); {
	case in.Native && len(in.Buckets) > 0:
		r.Report(form.Buckets.Key, check, "a native histogram has no buckets to choose from", "remove buckets: or native:")
	case threshold == in.Under:
	case threshold == 0:
		r.Report(form.Under.Node, check, fmt.Sprintf("every bucket of the histogram is above %s, so no request counts as good", under), hint)
	default:
		r.Warn(form.Under.Node, check, fmt.Sprintf("%s is no bucket of the histogram: what took longer than %s, the next lower one, counts as bad", under, slo.FormatDuration(threshold)), hint)
	}
}

func (r *reader) histogram(text text) string {
	name := text.V
	const example = "http_request_duration_seconds"
	for _, suffix := range []string{"_bucket", "_count", "_sum"} {
		if base, found := strings.CutSuffix(name, suffix); found && base != "" {
			r.Report(text.Node, "histogram-name", fmt.Sprintf("%s is one series of a histogram, not its name", name), "write histogram: "+base)
			return base
		}
	}
	// Names of UTF-8 may hold anything, but what looks like PromQL was meant as
	// such.
	if text.Node.IsScalar() && (!model.UTF8Validation.IsValidMetricName(name) || strings.ContainsAny(name, "{}()[]\"'`\\, \t\n")) {
		hint := "write the name alone, such as " + example
		if strings.Contains(name, "{") {
			hint = "write the name alone, and the matchers under where:"
		}
		r.Report(text.Node, "histogram-name", fmt.Sprintf("%q cannot name a metric", name), hint)
	}
	return name
}

func (r *reader) where(text text) []*labels.Matcher {
	if !text.Node.IsScalar() {
		return nil
	}
	matchers, err := slo.ParseMatchers(text.V)
	r.reportExpr(text, err)
	return matchers
}
