package alarms

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"headroom/alerting"
	"headroom/slo"
)

// Options say what is simulated.
type Options struct {
	Objective *slo.Objective
	Traffic   Traffic
	Baseline  float64 // burn rate while all is well
	Months    int     // in which false alerts are counted
	Trials    int     // of each burn
	Seed      uint64
}

// Figures are what a simulation found.
type Figures struct {
	FalsePages   float64 // separate ones, in 30 days
	FalseTickets float64
	PageAt20     time.Duration // median until a page at a burn of 20, or of all events; Never when most trials end without
	AlertAt5     time.Duration // median until a page or a ticket at a burn of 5
}

// Never stands for a burn that is not noticed within the time of a trial.
const Never = time.Duration(math.MaxInt64)

const (
	month  = 30 * minutesPerDay
	warmUp = 28 * minutesPerDay // what the longest window and the dispersion look back at
	// trialLength ends a trial.
	trialLength = 14 * minutesPerDay
	// apart is how many minutes an alert must have been silent to be another
	// one.
	apart = 5
)

// Simulate takes about 10 ms for each month and each trial.
func Simulate(o Options) Figures {
	j := alerting.NewJudge(alerting.NewPlan(o.Objective))
	random := rand.New(rand.NewPCG(o.Seed, 0))
	var f Figures
	for range o.Months {
		pages, tickets := o.quiet(j, random)
		f.FalsePages += float64(pages) / float64(o.Months)
		f.FalseTickets += float64(tickets) / float64(o.Months)
	}
	f.PageAt20 = o.median(j, random, 20, alerting.Page)
	f.AlertAt5 = o.median(j, random, 5, alerting.Page, alerting.Ticket)
	return f
}

// ratio is the error ratio of a burn.
func (o Options) ratio(burn float64) float64 { return min(burn*o.Objective.Target.Budget(), 1) }

// quiet counts the separate alerts in a month at the baseline.
func (o Options) quiet(j *alerting.Judge, random *rand.Rand) (pages, tickets int) {
	c := o.Traffic.draw(random, warmUp+month, func(int) float64 { return o.ratio(o.Baseline) })
	last := map[alerting.Severity]int{alerting.Page: -apart, alerting.Ticket: -apart}
	fired := map[alerting.Severity]int{}
	for minute := warmUp; minute <= warmUp+month; minute++ {
		if c.still(minute) {
			continue
		}
		for _, severity := range alerting.Severities() {
			if len(j.Judge(severity, c.before(minute), c.dispersionAt(minute)).Fires) == 0 {
				continue
			}
			if minute-last[severity] > apart {
				fired[severity]++
			}
			last[severity] = minute
		}
	}
	return fired[alerting.Page], fired[alerting.Ticket]
}

// median is the time that half of the trials of a burn take to be noticed.
func (o Options) median(j *alerting.Judge, random *rand.Rand, burn float64, severities ...alerting.Severity) time.Duration {
	times := make([]time.Duration, 0, o.Trials)
	for range o.Trials {
		onset := warmUp + o.onset(random)
		c := o.Traffic.draw(random, onset+trialLength, func(minute int) float64 {
			if minute < onset {
				return o.ratio(o.Baseline)
			}
			return o.ratio(burn)
		})
		times = append(times, noticed(j, c, onset, severities))
	}
	slices.Sort(times)
	return times[len(times)/2]
}

// onset is a minute of a day, and of working hours where there are such.
func (o Options) onset(random *rand.Rand) int {
	if o.Traffic.WorkingHours {
		return 8*60 + random.IntN(10*60)
	}
	return random.IntN(minutesPerDay)
}

func noticed(j *alerting.Judge, c *counts, onset int, severities []alerting.Severity) time.Duration {
	for minute := onset; minute < onset+trialLength; minute++ {
		if c.still(minute) {
			continue
		}
		for _, severity := range severities {
			if len(j.Judge(severity, c.before(minute), c.dispersionAt(minute)).Fires) > 0 {
				return time.Duration(minute-onset) * time.Minute
			}
		}
	}
	return Never
}
