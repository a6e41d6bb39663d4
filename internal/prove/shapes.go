package prove

import (
	"math/rand/v2"
	"time"

	"github.com/prometheus/prometheus/model/histogram"

	"headroom/internal/truth"
)

// native makes the one series of a pod that is a native histogram: fast requests
// took 0.1 s, slow ones 1 s, and none of them lies in the bucket of the
// threshold, so that there is nothing to interpolate.
func (s *Scenario) native(p *process) {
	read := func(at time.Time) (float64, bool) {
		v, ok := p.all.Value(at)
		return v, ok && (v > 0 || !p.Lazy)
	}
	p.sources = []*source{{
		labels: s.labels(p, "__name__", "request_duration_seconds"), read: read,
		shape: func(at time.Time) *histogram.FloatHistogram {
			all, _ := p.all.Value(at)
			fast, _ := p.second.Value(at)
			return &histogram.FloatHistogram{
				Count: all, Sum: 0.1*fast + (all - fast),
				// The buckets up to 1/8 s and up to 1 s.
				PositiveSpans:   []histogram.Span{{Offset: -3, Length: 1}, {Offset: 2, Length: 1}},
				PositiveBuckets: []float64{fast, all - fast},
			}
		},
	}}
}

// nativeSeries are the bad and all events of a pod's histogram: they are
// extrapolated alike.
func (p *process) nativeSeries(s *Scenario) (bad, all truth.Series) {
	for _, in := range s.increments(p) {
		bad.At, bad.Increase = append(bad.At, in.At), append(bad.Increase, in.Bad.AtLeastZero())
		all.At, all.Increase = append(all.At, in.At), append(all.Increase, in.Total)
	}
	return bad, all
}

// seenShare is a sample of a share of errors.
type seenShare struct {
	at    int64
	value float64
}

// eighths are into how many parts a share of errors is divided, so that every
// sum of them is exact.
const eighths = 8

// share makes the series of a pod that tells the share of errors.
func (s *Scenario) share(p *process, random *rand.Rand) {
	p.sources = []*source{{labels: s.labels(p, "__name__", "error_share"), read: func(now time.Time) (float64, bool) {
		d := now.Sub(at(0))
		if d < p.Born || p.Dies > 0 && d >= p.Dies {
			return 0, false
		}
		errors, _ := s.weather(d)
		value := 0.0
		for range eighths {
			if random.Float64() < errors {
				value += 1.0 / eighths
			}
		}
		p.looks = append(p.looks, seenShare{at: now.UnixMilli(), value: value})
		return value, true
	}}}
}

// looked is what is seen of the share of errors of some pods, one look in each
// short step: the mean of what each pod said last, at most five minutes ago.
func (w *world) looked(processes []*process) []truth.Increment {
	step := min(w.Resolution, time.Minute)
	var list []truth.Increment
	for d := time.Duration(0); d <= w.steps(w.Length); d += step {
		sum, n := 0.0, 0.0
		for _, p := range processes {
			if v, ok := p.lastSaid(d); ok {
				sum, n = sum+v, n+1
			}
		}
		if n > 0 {
			list = append(list, truth.Increment{At: at(d).UnixMilli(), Bad: truth.Exactly(lookWeight * sum / n), Total: truth.Exactly(lookWeight)})
		}
	}
	return list
}

// lastSaid is what a pod said last by a time, unless that is too old or its
// series ended after it.
func (p *process) lastSaid(d time.Duration) (float64, bool) {
	now := at(d).UnixMilli()
	for i := len(p.looks) - 1; i >= 0; i-- {
		said := p.looks[i]
		if said.at > now {
			continue
		}
		return said.value, now-said.at < 300_000 && !endedBetween(p, said.at, now)
	}
	return 0, false
}

// endedBetween reports whether a scrape in (from, to] says that the series of a
// pod ended.
func endedBetween(p *process, from, to int64) bool {
	for _, one := range p.sources[0].ends {
		if one > from && one <= to {
			return true
		}
	}
	return false
}
