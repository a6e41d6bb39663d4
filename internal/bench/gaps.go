package main

import (
	"context"
	"hash/fnv"
	"io"
	"strconv"
	"time"

	"headroom/internal/sim"
)

// missedShare is the share of evaluations that the worst run misses, in
// percent.
const missedShare = 20

// measureGaps repeats the comparison of headroom's rules while evaluations are
// missed.
func measureGaps(ctx context.Context, s settings, stdout io.Writer, p *progress) error {
	contenders, err := headroomContenders()
	if err != nil {
		return err
	}
	var rows []gapRow
	for _, scenario := range []struct {
		name string
		set  func(*trial)
	}{
		{"no rule evaluated for 30 min around the outage", func(t *trial) { t.missed = inGap(t.traffic) }},
		{"Prometheus down for 30 min around the outage", func(t *trial) {
			t.missed = inGap(t.traffic)
			t.unscraped = func(at time.Time) bool { return t.missed("", at) }
		}},
		{"20 % of all evaluations missed, at random", func(t *trial) { t.missed = atRandom(s.seed) }},
	} {
		p.say("%s", scenario.name)
		err := withTrial(contenders, 10, s.seed, p, func(t *trial) error {
			t.truthSpan = sampled
			scenario.set(t)
			if _, err := t.run(ctx, p); err != nil {
				return err
			}
			errs, err := t.compare(ctx, p)
			for _, m := range errs {
				rows = append(rows, gapRow{scenario: scenario.name, measured: m})
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return writeGaps(stdout, rows)
}

// inGap reports whether a time lies between 5 minutes before the outage and 5
// minutes after it.
func inGap(traffic *sim.Service) func(string, time.Time) bool {
	from, to, _ := traffic.Incident(sim.Outage)
	return func(_ string, at time.Time) bool {
		return at.After(from.Add(-5*time.Minute)) && !at.After(to.Add(5*time.Minute))
	}
}

// atRandom misses a share of the evaluations, each group by itself.
func atRandom(seed uint64) func(string, time.Time) bool {
	return func(group string, at time.Time) bool {
		h := fnv.New64a()
		_, _ = io.WriteString(h, strconv.FormatUint(seed, 10)+group+strconv.FormatInt(at.UnixNano(), 10))
		return mix(h.Sum64())%100 < missedShare
	}
}

// mix spreads a hash whose low bits follow its last input, by the finaliser of
// SplitMix64.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
