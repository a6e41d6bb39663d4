package rules_test

import (
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/prometheus/model/histogram"

	"headroom/internal/engine"
	"headroom/internal/truth"
	"headroom/rules"
)

const requestDuration = "http_request_duration_seconds"

// bucket adds a series of a classic histogram.
func (w *world) bucket(le, code string) *truth.Counter {
	return w.counter("__name__", requestDuration+"_bucket", "job", "checkout", "le", le, "code", code)
}

func fastErrors(w *world) []judge {
	o := spec(w.t, `    latency: {histogram: http_request_duration_seconds, where: '{job="checkout"}', under: 1s, good: '{code!~"5.."}'}`+"\n")
	bad := &truth.Counter{}
	fast, all := w.bucket("1.0", "200"), w.counter("__name__", requestDuration+"_count", "job", "checkout", "code", "200")
	fastFailed, failed := w.bucket("1.0", "500"), w.counter("__name__", requestDuration+"_count", "job", "checkout", "code", "500")
	// Nothing good has a series in an outage, and everything is fast.
	fast.Dies, all.Dies = after(6*time.Hour+30*time.Second), after(6*time.Hour+30*time.Second)
	for d := time.Duration(0); d < 8*time.Hour; d += w.scrape {
		at := after(d + w.scrape/2)
		errors, slow := 2.0, 1.0
		if d >= 6*time.Hour {
			slow = 0
		} else {
			fast.Add(at, 100)
			all.Add(at, 100+slow)
		}
		fastFailed.Add(at, errors)
		failed.Add(at, errors+1)
		bad.Add(at, errors+1+slow)
	}
	return []judge{{o: o, in: truth.Indicator{Bad: []*truth.Counter{bad}, Total: []*truth.Counter{all, failed}}}}
}

func betweenBuckets(w *world) []judge {
	text := `    latency: {histogram: http_request_duration_seconds, where: '{job="checkout"}', under: 300ms, buckets: [250ms, 1s]}` + "\n"
	o := warned(w.t, text)
	lower, higher := w.bucket("0.25", "200"), w.bucket("1.0", "200")
	all := w.counter("__name__", requestDuration+"_count", "job", "checkout", "code", "200")
	bad := &truth.Counter{}
	w.flow(lower, 0, 8*time.Hour, 90)
	w.flow(higher, 0, 8*time.Hour, 98)
	w.flow(all, 0, 8*time.Hour, 100)
	w.flow(bad, 0, 8*time.Hour, 10)
	return []judge{{o: o, in: truth.Indicator{Bad: []*truth.Counter{bad}, Total: []*truth.Counter{all}}}}
}

func openTelemetryNames(w *world) []judge {
	o := spec(w.t, `    group: [server.address]
    latency:
      histogram: http.server.request.duration
      where: '{"http.route"="/pay", "k8s.cluster"=~"a|\"}"}'
      under: 300ms
      good: '{"http.response.status_code"!~"5.."}'
`)
	series := func(suffix, code string, more ...string) *truth.Counter {
		return w.counter(append([]string{
			"__name__", "http.server.request.duration" + suffix, "http.route", "/pay", "k8s.cluster", `"}`,
			"server.address", "shop.example", "http.response.status_code", code,
		}, more...)...)
	}
	fast, all := series("_bucket", "200", "le", "0.3"), series("_count", "200")
	failedFast, failed := series("_bucket", "500", "le", "0.3"), series("_count", "500")
	slow := &truth.Counter{}
	w.flow(fast, 0, 8*time.Hour, 95)
	w.flow(all, 0, 8*time.Hour, 100)
	w.flow(failedFast, 0, 8*time.Hour, 3)
	w.flow(failed, 0, 8*time.Hour, 3)
	w.flow(slow, 0, 8*time.Hour, 5)
	return []judge{{
		o: o, in: truth.Indicator{Bad: []*truth.Counter{slow, failed}, Total: []*truth.Counter{all, failed}},
		group: `"server.address"="shop.example"`,
	}}
}

// process is one that observes durations in a native histogram of Prometheus's
// client library.
type process struct {
	histogram prometheus.Histogram
	labels    map[string]string
}

func newProcess(labels map[string]string) *process {
	p := &process{labels: labels}
	p.restart()
	return p
}

func (p *process) restart() {
	p.histogram = prometheus.NewHistogram(prometheus.HistogramOpts{Name: requestDuration, NativeHistogramBucketFactor: 1.1})
}

func (p *process) observe(n int, d time.Duration) {
	for range n {
		p.histogram.Observe(d.Seconds())
	}
}

// scrape appends what the process exposes.
func (p *process) scrape(w *world, at time.Time) {
	var m dto.Metric
	if err := p.histogram.Write(&m); err != nil {
		w.t.Fatal(err)
	}
	h := m.GetHistogram()
	native := &histogram.Histogram{
		Schema: h.GetSchema(), Count: h.GetSampleCount(), Sum: h.GetSampleSum(),
		ZeroThreshold: h.GetZeroThreshold(), ZeroCount: h.GetZeroCount(), PositiveBuckets: h.GetPositiveDelta(),
	}
	for _, s := range h.GetPositiveSpan() {
		native.PositiveSpans = append(native.PositiveSpans, histogram.Span{Offset: s.GetOffset(), Length: s.GetLength()})
	}
	if err := w.lab.AppendAt(at, engine.LabSample{Series: w.lab.Series(p.labels), H: native.ToFloat(nil)}); err != nil {
		w.t.Fatal(err)
	}
}

// TestNativeHistograms lives with a client library's native histograms, through
// restarts, an outage without traffic and one in which nothing good has a
// series. increase of them extrapolates, hence the tolerance.
func TestNativeHistograms(t *testing.T) {
	w := newWorld(t, 30*time.Second)
	o := spec(t, `    group: [region]
    latency: {histogram: http_request_duration_seconds, where: '{job="checkout"}', under: 300ms, native: true, good: '{code!~"5.."}'}`+"\n")
	var judges []judge
	for _, region := range []string{"eu", "us"} {
		judges = append(judges, judge{o: o, in: w.nativeRegion(region), group: `region="` + region + `"`})
	}
	w.load(rules.Embedded, o)
	for _, at := range []time.Duration{time.Hour, 4*time.Hour + 25*time.Minute, 8 * time.Hour} {
		w.run(at+time.Minute, nil)
		for _, j := range judges {
			j.check(w, 0.03)
			j.checkRaw(w, rules.Embedded, 0.03)
		}
	}
	w.finite()
}

// nativeRegion adds two processes of a region: one answers well and the other
// with errors.
func (w *world) nativeRegion(region string) truth.Indicator {
	in := truth.Indicator{Bad: []*truth.Counter{{}}, Total: []*truth.Counter{{}}}
	ok := newProcess(map[string]string{"__name__": requestDuration, "job": "checkout", "region": region, "code": "200"})
	failed := newProcess(map[string]string{"__name__": requestDuration, "job": "checkout", "region": region, "code": "500"})
	w.counter("__name__", "scraped", "region", region)
	w.targets[len(w.targets)-1].read = func(at time.Time) (float64, bool) {
		d := at.Sub(epoch)
		if d == 100*time.Minute {
			ok.restart()
			failed.restart()
		}
		if traffic := d <= 5*time.Hour || d > 6*time.Hour; traffic && d > 0 {
			happened := at.Add(-w.scrape / 2)
			slow := 5
			if region == "us" && d > 3*time.Hour {
				slow = 40
			}
			ok.observe(100-slow, 80*time.Millisecond)
			ok.observe(slow, 900*time.Millisecond)
			failed.observe(3, 10*time.Millisecond)
			in.Total[0].Add(happened, 103)
			in.Bad[0].Add(happened, float64(slow+3))
		}
		ok.scrape(w, at)
		failed.scrape(w, at)
		return 1, true
	}
	return in
}

// TestNativeThresholdInsideOfABucket states how far off the interpolation may
// be: the buckets of factor 1.1 around 300 ms are 27 ms wide.
func TestNativeThresholdInsideOfABucket(t *testing.T) {
	w := newWorld(t, 30*time.Second)
	o := spec(t, "    latency: {histogram: http_request_duration_seconds, under: 300ms, native: true}\n")
	p := newProcess(map[string]string{"__name__": requestDuration})
	for d := time.Duration(0); d <= 10*time.Minute; d += w.scrape {
		for ms := 1; ms <= 1000; ms++ {
			p.observe(1, time.Duration(ms)*time.Millisecond)
		}
		p.scrape(w, after(d))
	}
	w.now = after(10 * time.Minute)
	bad, total := rules.Raw(o, rules.Embedded, 5*time.Minute)
	approx(t, "total", w.query(total), 10_000, 0.001)
	approx(t, "bad", w.query(bad), 7_000, 0.005)
}
