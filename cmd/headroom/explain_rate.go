package main

import (
	"context"
	"fmt"
	"time"

	"headroom/rules"
	"headroom/slo"
)

// observed is how far back the rate of events is measured, at most.
const observed = 24 * time.Hour

// observe measures how many events per second each objective had lately, those
// of the group that had the fewest where it is grouped. One without any events
// has no rate.
func observe(ctx context.Context, store *prometheusFlags, target string, objectives []*slo.Objective) (map[slo.ID]float64, error) {
	client, err := store.client()
	if err != nil {
		return nil, err
	}
	defer client.Close()
	rates := map[slo.ID]float64{}
	now := time.Now()
	for _, o := range objectives {
		over := min(observed, o.Window.Rolling)
		_, total := rules.Raw(o, rules.Dialect(target), over)
		series, err := client.Instant(ctx, total, now)
		if err != nil {
			return nil, fmt.Errorf("measure the rate of %s: %w", o.ID, err)
		}
		for _, s := range series {
			if len(s.Points) == 0 {
				continue
			}
			rate := s.Points[len(s.Points)-1].V / over.Seconds()
			if lowest, known := rates[o.ID]; !known || rate < lowest {
				rates[o.ID] = rate
			}
		}
	}
	return rates, nil
}
