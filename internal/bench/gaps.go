package main

import (
	"context"
	"hash/fnv"
	"io"
	"runtime"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"headroom/internal/sim"
)

// missedShare is the share of evaluations that the worst run misses, in
// percent.
const missedShare = 20

// disturbance is a way to miss evaluations.
type disturbance struct {
	name   string
	wanted float64 // mean error, percentage points
	set    func(*trial, uint64)
}

func disturbances() []disturbance {
	return []disturbance{
		{"no rule evaluated for 30 min around the outage", maxGapError, func(t *trial, _ uint64) { t.missed = inGap(t.traffic) }},
		{"Prometheus down for 30 min around the outage", maxGapError, func(t *trial, _ uint64) {
			t.missed = inGap(t.traffic)
			t.unscraped = func(at time.Time) bool { return t.missed("", at) }
		}},
		{"20 % of all evaluations missed, at random", maxMissError, func(t *trial, seed uint64) { t.missed = atRandom(seed) }},
	}
}

// measureGaps repeats the comparison of headroom's rules while evaluations are
// missed, without the rules that what is left does not rest on.
func measureGaps(ctx context.Context, s settings, stdout io.Writer, p *progress) error {
	contenders, err := headroomContenders()
	if err != nil {
		return err
	}
	contenders = plain(contenders)
	list := disturbances()
	var mu sync.Mutex
	all := make([][]measured, len(list))
	trials, ctx := errgroup.WithContext(ctx)
	trials.SetLimit(runtime.GOMAXPROCS(0))
	for i, d := range list {
		for _, seed := range s.seeds() {
			trials.Go(func() error {
				p.say("%s", d.name)
				return withTrial(contenders, 10, seed, p, func(t *trial) error {
					t.truthSpan = sampled
					d.set(t, seed)
					if _, err := t.run(ctx, p); err != nil {
						return err
					}
					errs, err := t.compare(ctx, p)
					mu.Lock()
					defer mu.Unlock()
					p.say("%s, seed %d: %+v", d.name, seed, errs)
					all[i] = append(all[i], errs...)
					return err
				})
			})
		}
	}
	if err := trials.Wait(); err != nil {
		return err
	}
	var rows []gapRow
	for i, d := range list {
		for _, c := range contenders {
			rows = append(rows, gapRow{scenario: d.name, wanted: d.wanted, measured: worst(c.name, all[i])})
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
