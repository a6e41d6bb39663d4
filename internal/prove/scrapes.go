package prove

import (
	"cmp"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/histogram"

	"headroom/internal/engine"
	"headroom/internal/truth"
)

// scrape is what one scrape of one pod appends.
type scrape struct {
	at      int64
	seen    int64 // when it reaches the metrics store
	samples []sample
}

type sample struct {
	source    *source
	value     float64
	histogram *histogram.FloatHistogram
}

// scrapes reads every pod as often as it is scraped, and notes when.
func (s *Scenario) scrapes(processes []*process) []scrape {
	var list []scrape
	for _, p := range processes {
		seen := int64(0)
		for d := p.Offset; d < s.steps(s.Length); d += s.Scrape {
			gap, away := s.gap(p.index, d)
			if away && !gap.Stale {
				for _, src := range p.sources {
					src.alive = false
				}
				continue
			}
			seen = max(seen, s.arrival(p.index, d))
			one := scrape{at: at(d).UnixMilli(), seen: seen}
			for _, src := range p.sources {
				if v, ok := src.look(at(d), !away); ok {
					one.samples = append(one.samples, sample{src, v, src.shaped(at(d))})
				}
			}
			if len(one.samples) > 0 {
				list = append(list, one)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b scrape) int { return cmp.Compare(a.seen, b.seen) })
	return list
}

// arrival is when a scrape comes that waits for no other.
func (s *Scenario) arrival(pod int, d time.Duration) int64 {
	arrival := d
	for _, l := range s.Late {
		if (l.Pod < 0 || l.Pod == pod) && l.holds(d) {
			arrival = max(arrival, l.To+l.Lag)
		}
	}
	return at(arrival).UnixMilli()
}

// seenAt says of the increments of a pod when they can be read.
func (s *Scenario) seenAt(p *process, list []truth.Increment) []truth.Increment {
	if len(s.Late) == 0 {
		return list
	}
	arrivals, seen := map[int64]int64{}, int64(0)
	for d := p.Offset; d < s.steps(s.Length); d += s.Scrape {
		if gap, away := s.gap(p.index, d); away && !gap.Stale {
			continue
		}
		seen = max(seen, s.arrival(p.index, d))
		arrivals[at(d).UnixMilli()] = seen
	}
	for i := range list {
		list[i].Seen = max(arrivals[list[i].At], list[i].At)
	}
	return list
}

// look reads a series, or says that it ended.
func (src *source) look(now time.Time, reachable bool) (float64, bool) {
	if reachable {
		if v, ok := src.read(now); ok {
			src.alive = true
			src.times = append(src.times, now.UnixMilli())
			return v, true
		}
	}
	ended := src.alive
	src.alive = false
	if ended {
		src.ends = append(src.ends, now.UnixMilli())
	}
	return engine.StaleMarker(), ended
}

// shaped is the histogram that a scrape reads, nil of plain numbers and of the
// end of a series.
func (src *source) shaped(now time.Time) *histogram.FloatHistogram {
	if src.shape == nil || !src.alive {
		return nil
	}
	return src.shape(now)
}

func (s *Scenario) gap(pod int, d time.Duration) (Gap, bool) {
	for _, g := range s.Gaps {
		if (g.Pod < 0 || g.Pod == pod) && g.holds(d) {
			return g, true
		}
	}
	return Gap{}, false
}

// increments are what the scrapes of a pod show. Bad and total of one scrape
// stand in one increment where one cannot be told without the other.
func (s *Scenario) increments(p *process) []truth.Increment {
	switch s.Kind {
	case Gauge, Threshold, Share:
		return p.samples
	case Latency:
		times := p.sources[0].times
		all, fast := p.all.Increase(times), p.second.Increase(p.sources[1].times)
		return merged(times, p.sources[1].times, all, fast)
	case Native:
		times := p.sources[0].times
		return merged(times, times, p.all.Increase(times), p.second.Increase(times))
	default:
		list := single(p.sources[1].times, p.second.Increase(p.sources[1].times), false)
		return append(list, single(p.sources[0].times, p.bad.Increase(p.sources[0].times), true)...)
	}
}

func single(times []int64, increase []truth.Interval, bad bool) []truth.Increment {
	list := make([]truth.Increment, len(times))
	for i, in := range increase {
		list[i] = truth.Increment{At: times[i], Total: in}
		if i > 0 {
			list[i].Before = times[i-1]
		}
		if bad {
			list[i].Bad = in
		}
	}
	return list
}

// merged takes fast events from all events. A lazy bucket may begin later.
func merged(times, fastTimes []int64, all, fast []truth.Interval) []truth.Increment {
	list := make([]truth.Increment, len(times))
	for i, in := range all {
		list[i] = truth.Increment{At: times[i], Bad: in, Total: in}
		if j, found := slices.BinarySearch(fastTimes, times[i]); found {
			list[i].Bad = in.Minus(fast[j])
		}
	}
	return list
}
