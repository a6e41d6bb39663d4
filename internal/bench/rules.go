package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"headroom/internal/sim"
)

const (
	// settle is how long before the cost is measured the rules run that sum
	// over recorded series of up to this age.
	settle = 6 * time.Hour
	// slowest is the interval of headroom's slowest group.
	slowest = 6 * time.Hour
)

// seeds is how many simulations the errors are taken from.
const seeds = 3

// measureRules compares all contenders on the same series in the same runs: the
// cost at 10 and 100 raw series, the error at 10 over several seeds.
func measureRules(ctx context.Context, s settings, stdout io.Writer, p *progress) error {
	contenders, err := headroomContenders()
	if err != nil {
		return err
	}
	if s.quick {
		return measureContenders(ctx, contenders, []int{10}, []uint64{s.seed}, stdout, p)
	}
	others, err := peers()
	if err != nil {
		return err
	}
	var list []uint64
	for i := range uint64(seeds) {
		list = append(list, s.seed+i)
	}
	return measureContenders(ctx, append(others, contenders...), []int{10, 100}, list, stdout, p)
}

func measureContenders(ctx context.Context, contenders []contender, sizes []int, seeds []uint64, stdout io.Writer, p *progress) error {
	costs := map[int]map[string]float64{}
	var errs []measured
	var alerts []alertRow
	for i, seed := range seeds {
		err := withTrial(contenders, sizes[0], seed, p, func(t *trial) error {
			t.truthSpan, t.costSpan, t.slowSpan = sampled, 10*time.Minute, slowest
			cost, err := t.run(ctx, p)
			if err != nil {
				return err
			}
			if i == 0 {
				costs[sizes[0]], alerts = cost, t.outageAlerts()
			}
			more, err := t.compare(ctx, p)
			errs = append(errs, more...)
			return err
		})
		if err != nil {
			return fmt.Errorf("seed %d: %w", seed, err)
		}
	}
	for _, size := range sizes[1:] {
		err := withTrial(contenders, size, seeds[0], p, func(t *trial) (err error) {
			t.truthSpan, t.costSpan, t.slowSpan = settle+slowest, 10*time.Minute, slowest
			costs[size], err = t.run(ctx, p)
			return err
		})
		if err != nil {
			return fmt.Errorf("%d series: %w", size, err)
		}
	}
	return errors.Join(
		writeCosts(stdout, contenders, sizes, costs),
		writeErrors(stdout, contenders, errs),
		writeAlerts(stdout, alerts),
	)
}

// withTrial simulates the scenario, gives its trial to a function and frees it.
func withTrial(contenders []contender, size int, seed uint64, p *progress, use func(*trial) error) (err error) {
	p.say("%d series, seed %d", size, seed)
	o, err := sim.Scenario(size, seed)
	if err != nil {
		return err
	}
	traffic, err := sim.New(o)
	if err != nil {
		return err
	}
	t, err := newTrial(contenders, traffic)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	return use(t)
}
