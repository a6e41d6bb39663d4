package main

import (
	"fmt"
	"time"
)

// Names of the other tools' contenders.
const (
	slothName     = "Sloth"
	pyrraName     = "Pyrra"
	pyrraPerfName = "Pyrra, performance mode"
)

// peers returns the other tools' rules for the same objective.
func peers() ([]contender, error) {
	sloth, err := embedded("sloth.yaml")
	if err != nil {
		return nil, err
	}
	pyrra, err := embedded("pyrra.yaml")
	if err != nil {
		return nil, err
	}
	perf, err := embedded("pyrra-perf-short.yaml", "pyrra-perf-long.yaml")
	if err != nil {
		return nil, err
	}
	return []contender{
		{
			name: slothName, groups: sloth,
			history:   []string{"slo:sli_error:ratio_rate5m"},
			remaining: slothRemaining,
			direct:    time.Minute,
		},
		{
			name: pyrraName, groups: pyrra,
			remaining: pyrraRemaining(`increase(http_requests_total{job="api"%s}[30d])`),
			direct:    150 * time.Second,
		},
		{
			// The subquery reads the recorded increase at multiples of 5 minutes.
			name: pyrraPerfName, groups: perf,
			history:   []string{"http_requests:increase5m"},
			thin:      5 * time.Minute,
			remaining: pyrraRemaining(`sum_over_time(http_requests:increase5m{job="api"%s}[30d:5m])`),
			direct:    150 * time.Second,
		},
	}, nil
}

// slothRemaining is Sloth's slo:period_error_budget_remaining:ratio with the
// expressions of the rules it reads in the place of their records.
const slothRemaining = `1 - sum_over_time(slo:sli_error:ratio_rate5m{sloth_id="api-availability"}[30d])` +
	` / count_over_time(slo:sli_error:ratio_rate5m{sloth_id="api-availability"}[30d]) / (1 - 0.999)`

// pyrraRemaining is the error budget as Pyrra's pages ask for it, with the
// expression of the rule in the place of its record http_requests:increase30d.
// Increase has the matchers of the bad requests in the place of %s.
func pyrraRemaining(increase string) string {
	bad, total := fmt.Sprintf(increase, `,code=~"5.."`), fmt.Sprintf(increase, "")
	return "((1 - 0.999) - (sum(" + bad + ") or vector(0)) / sum(" + total + ")) / (1 - 0.999)"
}
