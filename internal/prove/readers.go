package prove

import (
	"sort"
	"time"

	"headroom/alerting"
	"headroom/internal/truth"
	"headroom/rules"
)

// group is what one group of the objective consists of.
type group struct {
	name    string // of the region, "" without groups
	reader  truth.Reader
	exact   *truth.Exact
	sources []*source // of all events
}

// groups sorts the processes by the objective's groups.
func (w *world) groups() []*group {
	if w.Regions == 0 {
		return []*group{w.group("", w.processes)}
	}
	var list []*group
	for i := range w.Regions {
		var own []*process
		for _, p := range w.processes {
			if p.Region == i {
				own = append(own, p)
			}
		}
		list = append(list, w.group(region(i), own))
	}
	return list
}

func (w *world) group(name string, processes []*process) *group {
	var increments []truth.Increment
	for _, p := range processes {
		increments = append(increments, w.seenAt(p, w.increments(p))...)
	}
	if w.Kind == Share {
		increments = w.looked(processes)
	}
	g := &group{name: name}
	for _, p := range processes {
		g.sources = append(g.sources, w.ofTotal(p)...)
	}
	if w.Kind == Events {
		events := w.events(increments, processes[0])
		g.reader, g.exact = events, events.Exact
		return g
	}
	g.exact = truth.NewExact(increments)
	g.reader = truth.AtOnce{Exact: g.exact}
	switch {
	case w.Kind == Native || w.Dialect != rules.Embedded && w.Kind.counts() && w.Kind.spansSteps():
		g.reader = w.extrapolated(processes)
	case w.Dialect != rules.Embedded && w.Kind.counts():
		g.reader = &truth.Differences{
			Extrapolated: *w.extrapolated(processes),
			Longest:      2 * w.Resolution.Milliseconds(), Margin: alerting.Step(w.Resolution).Milliseconds(),
		}
	}
	return g
}

// ofTotal are the series of a pod that count all events.
func (w *world) ofTotal(p *process) []*source {
	if w.Kind == Latency {
		return p.sources[:1]
	}
	return p.sources
}

// extrapolated reads the single series as increase does.
func (w *world) extrapolated(processes []*process) *truth.Extrapolated {
	e := &truth.Extrapolated{}
	for _, p := range processes {
		if w.Kind == Native {
			bad, all := p.nativeSeries(w.Scenario)
			e.Bad, e.Total = append(e.Bad, bad), append(e.Total, all)
			continue
		}
		var of [2]truth.Series
		for i, c := range []*truth.Counter{p.sources0(), p.second} {
			src := p.sources[i]
			of[i] = truth.Series{At: src.times, Increase: c.Increase(src.times), Values: valuesOf(c, src.times), Ends: src.ends}
		}
		if w.Kind == Latency {
			e.Total, e.Good = append(e.Total, of[0]), append(e.Good, of[1])
			continue
		}
		e.Bad, e.Total = append(e.Bad, of[0]), append(e.Total, of[0], of[1])
	}
	return e
}

func valuesOf(c *truth.Counter, times []int64) []float64 {
	values := make([]float64, len(times))
	for i, t := range times {
		values[i], _ = c.Value(time.UnixMilli(t))
	}
	return values
}

// sources0 is the counter of a pod's first series.
func (p *process) sources0() *truth.Counter {
	if p.all != nil {
		return p.all
	}
	return p.bad
}

// events are counters that are read as they were a little while ago, at most
// five minutes old, and not at all once their series ended.
type events struct {
	*truth.Exact

	seen []look // in order
}

// look is a change of what can be read: a sample, or the end of the series.
type look struct {
	at    int64
	ended bool
}

// events shifts what scrapes show by how much later it is read. What a scrape
// after a gap shows may be lost where nothing could be read before it.
func (w *world) events(increments []truth.Increment, p *process) *events {
	margin := min(w.Resolution.Milliseconds()/10, 10_000)
	for i := range increments {
		in := &increments[i]
		if in.Before > 0 && in.At-in.Before > w.Scrape.Milliseconds() {
			in.Bad.Lo, in.Total.Lo = 0, 0
		}
		in.At += margin
	}
	e := &events{Exact: truth.NewExact(increments)}
	for d := p.Offset; d < w.steps(w.Length); d += w.Scrape {
		gap, away := w.gap(0, d)
		if !away || gap.Stale {
			e.seen = append(e.seen, look{at(d).UnixMilli() + margin, away})
		}
	}
	return e
}

// Present implements truth.Reader.
func (e *events) Present(_, to int64) bool {
	i := sort.Search(len(e.seen), func(i int) bool { return e.seen[i].at > to }) - 1
	return i >= 0 && !e.seen[i].ended && to-e.seen[i].at < 300_000
}
