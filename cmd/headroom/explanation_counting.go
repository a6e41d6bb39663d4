package main

import (
	"fmt"

	"headroom/rules"
	"headroom/slo"
)

func countingOf(in slo.Indicator) counting {
	switch in := in.(type) {
	case slo.Ratio:
		return countRatio(in)
	case slo.Latency:
		return countLatency(in)
	case slo.Gauge:
		return counting{
			Kind: in.Kind(), Good: in.Selector.String() + " == 1", Total: in.Selector.String(),
			Notes: []string{
				"Each sample of the gauge is one event: 1 is good, 0 is bad.",
				"While the gauge is absent nothing is counted: that time is unmeasured, neither good nor bad.",
			},
		}
	case slo.Events:
		return countEvents(in)
	default:
		return counting{Kind: in.Kind(), Total: in.Canonical(), Notes: []string{}}
	}
}

func countRatio(in slo.Ratio) counting {
	c := counting{Kind: in.Kind(), Total: in.Total.String()}
	if in.Good.IsZero() {
		c.Bad = in.Bad.String()
		c.Notes = []string{
			"Where there is traffic and no series of bad events, nothing was bad.",
		}
	} else {
		c.Good = in.Good.String()
		c.Notes = []string{
			"Every event that is not good is bad: where there is traffic and no series of good events, all of it was bad.",
		}
	}
	c.Notes = append(c.Notes,
		"A series counts from its first scrape on: what happened before is not seen, unless the service initialises its counters at 0.",
		"Without traffic nothing is judged.")
	return c
}

func countLatency(in slo.Latency) counting {
	under := slo.FormatDuration(in.Under)
	return counting{
		Kind: in.Kind(), Good: in.Good().String(), Total: in.Total().String(),
		Notes: []string{
			fmt.Sprintf("An event is good when it took at most %s: the histogram needs a bucket le=%q.", under, in.Bound()),
			fmt.Sprintf("How it ended does not count: an error within %s is good, unless where leaves errors out.", under),
		},
	}
}

func countEvents(in slo.Events) counting {
	c := counting{
		Kind: in.Kind(), Good: in.GoodText(), Total: in.Counted(),
		Notes: []string{
			"Each attempt of a run is one event and counts when it has ended, by the time of its end; cancelled and skipped ones never count.",
			"The running service keeps the events: its ledger counts them from there, its rules from the metric " + rules.MetricEvents + ".",
		},
	}
	if in.Duration.To == "finished" {
		c.Notes = append(c.Notes, "A run that failed later than that is late; one that failed within it says nothing about time and does not count.")
	}
	return c
}
