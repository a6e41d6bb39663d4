package prove

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/prometheus/prometheus/model/histogram"

	"headroom/internal/truth"
	"headroom/rules"
	"headroom/slo"
)

// source is one series that is scraped.
type source struct {
	labels map[string]string
	read   func(at time.Time) (float64, bool)
	shape  func(at time.Time) *histogram.FloatHistogram // nil for plain numbers
	times  []int64                                      // at which it was read
	ends   []int64                                      // at which it was found gone
	alive  bool
}

// process is a pod with its series and the events that happened in it.
type process struct {
	Pod

	index   int
	sources []*source
	bad     *truth.Counter // of gauges nil
	all     *truth.Counter
	second  *truth.Counter // the other series: good events, or fast ones
	samples []truth.Increment
	looks   []seenShare // of a share of errors
}

// processes lets everything happen that happens in a scenario.
func (s *Scenario) processes(o *slo.Objective) []*process {
	list := make([]*process, len(s.Pods))
	for i, pod := range s.Pods {
		p := &process{Pod: pod, index: i}
		random := rand.New(rand.NewPCG(s.Seed, uint64(i)))
		switch s.Kind {
		case Gauge, Threshold:
			s.gauge(p, random)
		case Share:
			s.share(p, random)
		default:
			s.counters(p, o)
			s.flow(p, random)
		}
		list[i] = p
	}
	return list
}

func (s *Scenario) labels(p *process, more ...string) map[string]string {
	labels := map[string]string{"job": "checkout", "pod": string(rune('a' + p.index)), "region": region(p.Region)}
	for i := 0; i < len(more); i += 2 {
		labels[more[i]] = more[i+1]
	}
	return labels
}

// counters makes the two series of a pod. Of ratios and events they count bad
// and good events, of latencies all and fast ones.
func (s *Scenario) counters(p *process, o *slo.Objective) {
	first, second := p.counter(), p.counter()
	names := [2]map[string]string{}
	switch s.Kind {
	case Native:
		p.all, p.second = first, second
		s.native(p)
		return
	case Latency:
		names[0] = s.labels(p, "__name__", "request_duration_seconds_count")
		names[1] = s.labels(p, "__name__", "request_duration_seconds_bucket", "le", "0.3")
		p.all = first
	case Events:
		for i, result := range []string{"bad", "good"} {
			names[i] = map[string]string{"__name__": rules.MetricEvents, "slo": o.ID.String(), "sli": o.SLI(), "result": result, "job": "headroom"}
		}
		p.bad = first
	default:
		names[0] = s.labels(p, "__name__", "http_requests_total", "code", "500")
		names[1] = s.labels(p, "__name__", "http_requests_total", "code", "200")
		p.bad = first
	}
	p.second = second
	for i, c := range []*truth.Counter{first, second} {
		p.sources = append(p.sources, &source{labels: names[i], read: func(at time.Time) (float64, bool) {
			v, ok := c.Value(at)
			return v, ok && (v > 0 || !p.Lazy)
		}})
	}
}

func (p *process) counter() *truth.Counter {
	c := &truth.Counter{}
	if p.Born > 0 {
		c.Born = at(p.Born)
	}
	if p.Dies > 0 {
		c.Dies = at(p.Dies)
	}
	for _, d := range p.Resets {
		c.Reset(at(d))
	}
	return c
}

// flow lets events happen, at most once in half a scrape interval.
func (s *Scenario) flow(p *process, random *rand.Rand) {
	slot := s.Scrape / 2
	end := s.steps(s.Length)
	if p.Dies > 0 {
		end = min(end, p.Dies)
	}
	for d := p.Born; d < end; d += slot {
		errors, traffic := s.weather(d)
		n := poisson(random, s.Rate/2*traffic)
		bad := 0.0
		for range int(n) {
			if random.Float64() < errors {
				bad++
			}
		}
		when := at(d + time.Duration(random.Int64N(int64(slot/time.Millisecond)))*time.Millisecond + 1)
		switch {
		case n == 0:
			continue
		case p.all != nil:
			p.all.Add(when, n)
		case bad > 0:
			p.bad.Add(when, bad)
		}
		if n > bad {
			p.second.Add(when, n-bad)
		}
	}
}

// weather is the share of bad events and the factor of traffic at a time.
func (s *Scenario) weather(d time.Duration) (errors, traffic float64) {
	errors, traffic = s.Errors, 1
	for _, i := range s.Incidents {
		if i.holds(d) {
			errors, traffic = i.Errors, i.Traffic
		}
	}
	return errors, traffic
}

// gauge makes the series of a pod whose samples are events.
func (s *Scenario) gauge(p *process, random *rand.Rand) {
	values := [2]float64{1, 0}
	labels := s.labels(p, "__name__", "probe_success")
	shown := func(t int64) int64 { return t }
	if s.Kind == Threshold {
		values, labels = [2]float64{100, 100.5}, s.labels(p, "__name__", "queue_depth")
		// It is looked at in steps, and seen at the end of the one that it is in.
		step := max((s.Resolution / 30).Truncate(time.Second), time.Second).Milliseconds()
		shown = func(t int64) int64 { return (t + step - 1) / step * step }
	}
	p.sources = []*source{{labels: labels, read: func(now time.Time) (float64, bool) {
		d := now.Sub(at(0))
		if d < p.Born || p.Dies > 0 && d >= p.Dies {
			return 0, false
		}
		errors, _ := s.weather(d)
		bad := 0.0
		if random.Float64() < errors {
			bad = 1
		}
		p.samples = append(p.samples, truth.Increment{At: shown(now.UnixMilli()), Bad: truth.Exactly(bad), Total: truth.Exactly(1)})
		return values[int(bad)], true
	}}}
}

// poisson draws the number of events where mean are expected.
func poisson(random *rand.Rand, mean float64) float64 {
	if mean > 30 {
		return math.Max(0, math.Round(mean+math.Sqrt(mean)*random.NormFloat64()))
	}
	limit, product, n := math.Exp(-mean), random.Float64(), 0.0
	for product > limit {
		product *= random.Float64()
		n++
	}
	return n
}
