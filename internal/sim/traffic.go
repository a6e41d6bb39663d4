package sim

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// deployStep is how long a deploy waits between two pods.
const deployStep = 2 * Tick

// plan computes the rate and the error ratio of every tick.
func (s *Service) plan(ticks int) {
	s.rate = make([]float64, ticks)
	s.ratio = make([]float64, ticks)
	for i := range ticks {
		after := time.Duration(i) * Tick
		s.rate[i] = s.options.rateAt(s.options.Start.Add(after).UTC())
		s.ratio[i] = s.options.ratioAt(after)
	}
}

// rateAt is a cosine over the day between trough and peak.
func (o Options) rateAt(t time.Time) float64 {
	hour := float64(t.Hour()) + float64(t.Minute())/60 + float64(t.Second())/3600
	wave := math.Cos(2 * math.Pi * (hour - PeakHour) / 24)
	rate := o.PeakRate * ((1+o.Trough)/2 + (1-o.Trough)/2*wave)
	if day := t.Weekday(); day == time.Saturday || day == time.Sunday {
		rate *= o.Weekend
	}
	return rate
}

func (o Options) ratioAt(after time.Duration) float64 {
	for _, in := range o.Incidents {
		if after >= in.From && after < in.From+in.For {
			return in.ErrorRatio
		}
	}
	return o.Baseline
}

// simulatePod draws the events of one pod and what its scrapes see. Counts per
// code are independent Poisson numbers: a Poisson stream split at random is
// again Poisson.
func (s *Service) simulatePod(pod int) {
	o := s.options
	random := rand.New(rand.NewPCG(o.Seed, uint64(pod)))
	restarts := o.restarts(pod, random)
	phase := time.Duration(pod) * Tick % o.Scrape
	counters := make([]counter, len(o.Codes))
	first := len(s.series)
	for _, code := range o.Codes {
		s.series = append(s.series, series{labels: o.seriesLabels(pod, code), phase: phase})
	}
	for i := range s.rate {
		after := time.Duration(i) * Tick
		if after >= phase && (after-phase)%o.Scrape == 0 {
			for c := range counters {
				s.series[first+c].values = append(s.series[first+c].values, counters[c].scrape(o.LateErrors && o.Codes[c].Bad))
			}
		}
		if len(restarts) > 0 && restarts[0] <= i {
			s.restart(counters)
			for len(restarts) > 0 && restarts[0] <= i {
				restarts = restarts[1:]
			}
		}
		s.step(i, counters, random)
	}
}

// counter is one counter in a pod.
type counter struct {
	value  int64
	unseen int64 // since the last scrape
}

func (c *counter) scrape(late bool) float64 {
	c.unseen = 0
	if late && c.value == 0 {
		return math.NaN()
	}
	return float64(c.value)
}

func (s *Service) restart(counters []counter) {
	for c := range counters {
		s.lostTotal += counters[c].unseen
		if s.options.Codes[c].Bad {
			s.lostBad += counters[c].unseen
		}
		counters[c] = counter{}
	}
}

func (s *Service) step(i int, counters []counter, random *rand.Rand) {
	requests := s.rate[i] * Tick.Seconds() / float64(s.options.Pods)
	for c, code := range s.options.Codes {
		mean := requests * (1 - s.ratio[i]) * code.Share
		if code.Bad {
			mean = requests * s.ratio[i] * code.Share
		}
		n := poisson(random, mean)
		counters[c].value += n
		counters[c].unseen += n
		s.total[i+1] += n
		if code.Bad {
			s.bad[i+1] += n
		}
	}
}

// restarts returns the ticks at whose begin a pod starts anew, in order.
func (o Options) restarts(pod int, random *rand.Rand) []int {
	var at []int
	if o.Restarts > 0 {
		for t := 0.0; ; {
			t += random.ExpFloat64() * float64(o.Restarts)
			if t >= float64(o.Length) {
				break
			}
			at = append(at, int(time.Duration(t)/Tick))
		}
	}
	for _, deploy := range o.Deploys {
		at = append(at, int((deploy+time.Duration(pod)*deployStep)/Tick))
	}
	slices.Sort(at)
	return at
}
