package prove

import (
	"cmp"
	"slices"
	"time"

	"headroom/internal/engine"
	"headroom/internal/truth"
)

// scrape is what one scrape of one pod appends.
type scrape struct {
	at      int64
	samples []sample
}

type sample struct {
	source *source
	value  float64
}

// scrapes reads every pod as often as it is scraped, and notes when.
func (s *Scenario) scrapes(processes []*process) []scrape {
	var list []scrape
	for _, p := range processes {
		for d := p.Offset; d < s.steps(s.Length); d += s.Scrape {
			gap, away := s.gap(p.index, d)
			if away && !gap.Stale {
				for _, src := range p.sources {
					src.alive = false
				}
				continue
			}
			one := scrape{at: at(d).UnixMilli()}
			for _, src := range p.sources {
				if v, ok := src.look(at(d), !away); ok {
					one.samples = append(one.samples, sample{src, v})
				}
			}
			if len(one.samples) > 0 {
				list = append(list, one)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b scrape) int { return cmp.Compare(a.at, b.at) })
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
	return engine.StaleMarker(), ended
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
	case Gauge, Threshold:
		return p.samples
	case Latency:
		times := p.sources[0].times
		all, fast := p.all.Increase(times), p.second.Increase(p.sources[1].times)
		return merged(times, p.sources[1].times, all, fast)
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
