package trial

import (
	"time"

	"github.com/prometheus/prometheus/model/value"

	"headroom/internal/engine"
	"headroom/slo"
	"headroom/slo/slotest"
	"headroom/slo/slotest/synth"
)

// beforeLabel marks the series of a history that is made up beside series that
// a test gives, so that the two never mix.
const beforeLabel = "headroom_test"

// feed writes series as scrapes do.
type feed struct {
	interval time.Duration
	next     time.Duration // scrape
	until    time.Duration // the last scrape; the series end after it
	ended    bool
	scrape   func(at time.Duration) []engine.LabSample
	all      []*engine.LabSeries
}

// upTo writes every scrape up to a time.
func (f *feed) upTo(lab *engine.Lab, to time.Duration) error {
	for f.next <= min(to, f.until) {
		if samples := f.scrape(f.next); len(samples) > 0 {
			if err := lab.AppendAt(Start().Add(f.next), samples...); err != nil {
				return err
			}
		}
		f.next += f.interval
	}
	if to >= f.next && !f.ended {
		f.ended = true
		return lab.AppendAt(Start().Add(f.next), stale(f.all)...)
	}
	return nil
}

func stale(series []*engine.LabSeries) []engine.LabSample {
	list := make([]engine.LabSample, len(series))
	for i, s := range series {
		list[i] = engine.LabSample{Series: s, V: engine.StaleMarker()}
	}
	return list
}

// newFeeds makes the series of the case, from a time on.
func (t *trial) newFeeds(from time.Duration) ([]*feed, error) {
	var feeds []*feed
	for _, g := range t.c.Groups {
		if len(t.c.Phases[g]) == 0 && len(t.c.Runs) == 0 {
			continue
		}
		plan, err := synth.New(t.c.Objective, g)
		if err != nil {
			return nil, err
		}
		feeds = append(feeds, t.madeUp(plan, g, roundUp(from, t.c.Interval)))
	}
	if len(t.c.Series) > 0 {
		feeds = append(feeds, t.given())
	}
	return feeds, nil
}

// madeUp feeds the series of one group from what happens to it.
func (t *trial) madeUp(plan synth.Plan, g slo.Group, from time.Duration) *feed {
	f := &feed{interval: t.c.Interval, next: from, until: t.c.Length}
	mark := len(t.c.Series) > 0
	if mark {
		f.until = 0
	}
	for _, s := range plan.Series {
		if mark {
			s.Labels[beforeLabel] = "before"
		}
		f.all = append(f.all, t.lab.Series(s.Labels))
	}
	counts := newCounts(t.c, g)
	counts.until(from - t.c.Interval)
	missing := false
	f.scrape = func(at time.Duration) []engine.LabSample {
		c, phase := counts.until(at), counts.flow.phase(at)
		if phase.Missing {
			if missing {
				return nil
			}
			missing = true
			return stale(f.all)
		}
		missing = false
		samples := make([]engine.LabSample, len(plan.Series))
		for i, s := range plan.Series {
			sample := s.Sample(c)
			samples[i] = engine.LabSample{Series: f.all[i], V: sample.V, H: sample.H}
		}
		return samples
	}
	return f
}

// counts is what happened to one group: phases, and runs.
type counts struct {
	flow *flow
	runs []judged
	next int // run

	runTotal, runBad float64
	last             synth.Counts
}

func newCounts(c *slotest.Case, g slo.Group) *counts {
	flow := newFlow(c.Phases[g])
	_, flow.partly = c.Objective.Indicator.(slo.Raw)
	return &counts{flow: flow, runs: judgedRuns(c)}
}

// until returns what happened up to a time, which never goes back.
func (c *counts) until(at time.Duration) synth.Counts {
	total, bad := c.flow.at(at)
	for c.next < len(c.runs) && c.runs[c.next].at <= at {
		c.runTotal++
		if c.runs[c.next].bad {
			c.runBad++
		}
		c.next++
	}
	all, wrong := total+c.runTotal, bad+c.runBad
	ratio, _ := c.flow.phase(at).Errors.Float64()
	c.last = synth.Counts{Total: all, Bad: wrong, BadNow: wrong > c.last.Bad, Ratio: ratio}
	return c.last
}

// given feeds the series that the test states.
func (t *trial) given() *feed {
	f := &feed{interval: t.c.Interval, until: t.c.Length}
	longest := 0
	for _, s := range t.c.Series {
		f.all = append(f.all, t.lab.Series(s.Labels))
		longest = max(longest, len(s.Values))
	}
	f.scrape = func(at time.Duration) []engine.LabSample {
		i := int(at / t.c.Interval)
		var samples []engine.LabSample
		for k, s := range t.c.Series {
			switch {
			case i == len(s.Values) && i > 0 && !value.IsStaleNaN(s.Values[i-1].Value):
				samples = append(samples, stale(f.all[k:k+1])...)
			case i < len(s.Values) && !s.Values[i].Omitted:
				samples = append(samples, engine.LabSample{Series: f.all[k], V: s.Values[i].Value, H: s.Values[i].Histogram})
			}
		}
		return samples
	}
	return f
}
