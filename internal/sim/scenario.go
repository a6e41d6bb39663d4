package sim

import (
	"fmt"
	"math/rand/v2"
	"time"
)

const day = 24 * time.Hour

// Names of the incidents of Scenario.
const (
	Blip     = "blip"      // 10 min at 20 %
	SlowBurn = "slow-burn" // 3 days at 0.3 %
	Outage   = "outage"    // 20 min at 40 %, at the weekly peak
	Night    = "night"     // 6 h at 1.5 %, in the trough of a weekend
)

// Scenario returns the service that the benchmark measures: 35 days from a
// Monday, 500 requests a second at the weekly peak and a tenth of it at night,
// weekends at 0.7, 0.02 % errors, four incidents, a deploy on every weekday
// and a restart of each pod every five days. The outage and the night incident
// lie in the last five days; the seed shifts each incident by up to five
// minutes, so that it falls anywhere between two evaluations. Series is the number of raw series, a multiple of
// 5: pods times five status codes. The counter is http_requests_total with
// job="api", as in the rule files of the other tools.
func Scenario(series int, seed uint64) (Options, error) {
	codes := []Code{
		{Code: 200, Share: 0.90},
		{Code: 201, Share: 0.07},
		{Code: 404, Share: 0.03},
		{Code: 500, Bad: true, Share: 0.6},
		{Code: 503, Bad: true, Share: 0.4},
	}
	if series < len(codes) || series%len(codes) != 0 {
		return Options{}, fmt.Errorf("scenario of %d series: want a multiple of %d", series, len(codes))
	}
	incidents := []Incident{
		{Name: Blip, From: 10*day + 9*time.Hour + 20*time.Minute, For: 10 * time.Minute, ErrorRatio: 0.2},
		{Name: SlowBurn, From: 17*day + 6*time.Hour, For: 3 * day, ErrorRatio: 0.003},
		{Name: Outage, From: 31*day + 13*time.Hour + 48*time.Minute, For: 20 * time.Minute, ErrorRatio: 0.4},
		{Name: Night, From: 33*day + 23*time.Hour, For: 6 * time.Hour, ErrorRatio: 0.015},
	}
	jitter := rand.New(rand.NewPCG(seed, 0))
	for i := range incidents {
		incidents[i].From += time.Duration(jitter.Int64N(int64(5*time.Minute/Tick))) * Tick
	}
	return Options{
		Seed:      seed,
		Start:     time.Date(2026, time.January, 5, 0, 0, 0, 0, time.UTC),
		Length:    35 * day,
		Scrape:    30 * time.Second,
		Metric:    "http_requests_total",
		Labels:    map[string]string{"job": "api"},
		Pods:      series / len(codes),
		Codes:     codes,
		PeakRate:  500,
		Trough:    0.1,
		Weekend:   0.7,
		Baseline:  0.0002,
		Incidents: incidents,
		Restarts:  5 * day,
		Deploys:   weekdays(35, 10*time.Hour+30*time.Minute),
	}, nil
}

// weekdays returns the given time of each weekday, from a Monday on.
func weekdays(days int, at time.Duration) []time.Duration {
	var list []time.Duration
	for d := range days {
		if d%7 < 5 {
			list = append(list, time.Duration(d)*day+at)
		}
	}
	return list
}
