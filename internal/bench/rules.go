package main

import (
	"context"
	"errors"
	"io"
	"runtime"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

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
const seeds = 4

// measureRules compares all contenders on the same series in the same run: the
// cost at 10, 100 and 1,000 raw series, the errors and alerts at 10, and those of
// headroom over several seeds.
func measureRules(ctx context.Context, s settings, stdout io.Writer, p *progress) error {
	own, err := headroomContenders()
	if err != nil {
		return err
	}
	if s.quick {
		return measureContenders(ctx, nil, own, []int{10}, []uint64{s.seed}, stdout, p)
	}
	others, err := peers()
	if err != nil {
		return err
	}
	return measureContenders(ctx, others, own, []int{10, 100}, s.seeds(), stdout, p)
}

// large is how many raw series the last comparison has.
const large = 1000

// measureLarge tells the cost of headroom's rules alone with many raw series:
// the other tools read in proportion to them, some 100 million samples a minute.
func measureLarge(ctx context.Context, s settings, stdout io.Writer, p *progress) error {
	own, err := headroomContenders()
	if err != nil {
		return err
	}
	all := &comparison{costs: map[int]map[string]float64{}}
	if err := withTrial(own, large, s.seed, p, func(t *trial) error { return all.ofSize(ctx, t, large, p) }); err != nil {
		return err
	}
	return writeCosts(stdout, own, []int{large}, all.costs)
}

// seeds are those of the simulations that errors are taken from.
func (s settings) seeds() []uint64 {
	var list []uint64
	for i := range uint64(seeds) {
		list = append(list, s.seed+i)
	}
	return list
}

// comparison collects the figures of trials that run at the same time.
type comparison struct {
	sync.Mutex

	costs  map[int]map[string]float64
	errs   []measured
	alerts []alertRow
}

func measureContenders(ctx context.Context, others, own []contender, sizes []int, seeds []uint64, stdout io.Writer, p *progress) error {
	all := &comparison{costs: map[int]map[string]float64{}}
	contenders := slices.Concat(others, own)
	trials, ctx := errgroup.WithContext(ctx)
	trials.SetLimit(runtime.GOMAXPROCS(0))
	for i, seed := range seeds {
		who := contenders
		if i > 0 {
			who = plain(own)
		}
		trials.Go(func() error {
			return withTrial(who, sizes[0], seed, p, func(t *trial) error {
				t.truthSpan, t.peerAlerts = sampled, len(seeds) > 1
				if i == 0 {
					t.costSpan, t.slowSpan = 10*time.Minute, slowest
				}
				return all.errorsOf(ctx, t, p)
			})
		})
	}
	for _, size := range sizes[1:] {
		trials.Go(func() error {
			return withTrial(contenders, size, seeds[0], p, func(t *trial) error { return all.ofSize(ctx, t, size, p) })
		})
	}
	if err := trials.Wait(); err != nil {
		return err
	}
	return errors.Join(
		writeCosts(stdout, contenders, sizes, all.costs),
		writeErrors(stdout, contenders, all.errs),
		writeAlerts(stdout, all.alerts),
	)
}

// errorsOf takes errors and alerts from a trial, and the costs where they were
// measured.
func (c *comparison) errorsOf(ctx context.Context, t *trial, p *progress) error {
	if err := c.costOf(ctx, t, 10, p); err != nil {
		return err
	}
	errs, err := t.compare(ctx, p)
	c.Lock()
	defer c.Unlock()
	alerts := t.outageAlerts()
	p.say("seed %d: %+v %+v", t.traffic.Options().Seed, errs, alerts)
	c.errs, c.alerts = append(c.errs, errs...), append(c.alerts, alerts...)
	return err
}

// ofSize takes the costs alone, at the end of a history that settled.
func (c *comparison) ofSize(ctx context.Context, t *trial, size int, p *progress) error {
	t.truthSpan, t.costSpan, t.slowSpan = settle+slowest, 10*time.Minute, slowest
	return c.costOf(ctx, t, size, p)
}

func (c *comparison) costOf(ctx context.Context, t *trial, size int, p *progress) error {
	cost, err := t.run(ctx, p)
	if cost == nil || err != nil {
		return err
	}
	c.Lock()
	defer c.Unlock()
	p.say("%d series: %v samples a minute", size, cost)
	c.costs[size] = cost
	return nil
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
