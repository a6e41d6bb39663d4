package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"headroom/internal/alarms"
	"headroom/slo"
)

// Sizes of the simulation of alerts.
const (
	alertMonths = 200
	alertTrials = 101
	quickShare  = 10 // how much smaller a quick one is
)

// alertCase is a row of the table of alerts.
type alertCase struct {
	name    string
	target  string
	traffic alarms.Traffic
	wanted  string // of false pages
}

// alertCases are the table of the literature on low traffic, and kinds of
// traffic that are no Poisson process.
func alertCases() []alertCase {
	var list []alertCase
	wanted := map[string]string{"99% 20": "0.05", "99% 100": "0.1", "99% 300": "0.2"}
	for _, target := range []string{"99%", "95%"} {
		for _, perDay := range []float64{20, 100, 300, 2000} {
			key := fmt.Sprintf("%s %v", target, perDay)
			list = append(list, alertCase{"independent", target, alarms.Traffic{PerDay: perDay}, wanted[key]})
		}
	}
	for _, perDay := range []float64{20, 100, 300, 2000} {
		list = append(list, alertCase{"failures in bursts of 3", "99%", alarms.Traffic{PerDay: perDay, Burst: 3}, ""})
	}
	for _, perDay := range []float64{20, 100, 300, 2000} {
		list = append(list, alertCase{"working hours", "99%", alarms.Traffic{PerDay: perDay, WorkingHours: true}, ""})
	}
	return list
}

// measureAlerts simulates how often alerts are false and how late they are,
// without the evidence guard and with it.
func measureAlerts(ctx context.Context, s settings, stdout io.Writer, p *progress) error {
	t := table{
		title: "False pages in a month at half the budget; median time to a page at a burn of 20; to any alert at a burn of 5",
		head:  []string{"failures", "target", "events a day", "without the guard", "with it", "wanted, at most"},
	}
	for _, c := range alertCases() {
		if err := ctx.Err(); err != nil {
			return err
		}
		p.say("%s, %s, %v a day", c.name, c.target, c.traffic.PerDay)
		t.add(c.name, c.target, fmt.Sprint(c.traffic.PerDay),
			c.simulate(s, slo.GuardWish{Off: true}), c.simulate(s, slo.GuardWish{}), c.wanted)
	}
	return t.write(stdout)
}

func (c alertCase) simulate(s settings, guard slo.GuardWish) string {
	o := alarms.Options{
		Objective: &slo.Objective{
			Target: slo.MustTarget(c.target), Window: slo.Window{Rolling: window}, Resolution: slo.DefaultResolution,
			Plan: &slo.AlertPlan{Guard: guard},
		},
		Traffic: c.traffic, Baseline: 0.5, Months: alertMonths, Trials: alertTrials, Seed: s.seed,
	}
	if s.quick {
		o.Months, o.Trials = o.Months/quickShare, o.Trials/quickShare
	}
	f := alarms.Simulate(o)
	return fmt.Sprintf("%.2f; %s; %s", f.FalsePages, hours(f.PageAt20), hours(f.AlertAt5))
}

func hours(d time.Duration) string {
	if d == alarms.Never {
		return "never"
	}
	return fmt.Sprintf("%.1f h", d.Hours())
}
