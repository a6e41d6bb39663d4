package budget_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"headroom/budget"
	"headroom/slo"
)

// balancer sends each query to one of several replicas that answers.
type balancer struct {
	t        *testing.T
	random   *rand.Rand
	replicas []*shop
}

func (b *balancer) pick(at time.Time) (*shop, error) {
	now := at.UnixMilli()
	if p := b.replicas[0].present; p != nil {
		now = *p
	}
	var up []*shop
	for _, s := range b.replicas {
		s.advance(now)
		if !s.away(now) {
			up = append(up, s)
		}
	}
	if len(up) == 0 {
		return nil, errAway
	}
	return up[b.random.IntN(len(up))], nil
}

func (b *balancer) Instant(ctx context.Context, expr string, at time.Time) ([]budget.Series, error) {
	s, err := b.pick(at)
	if err != nil {
		return nil, err
	}
	return s.Instant(ctx, expr, at)
}

func (b *balancer) Range(ctx context.Context, expr string, start, end time.Time, step time.Duration) ([]budget.Series, error) {
	s, err := b.pick(end)
	if err != nil {
		return nil, err
	}
	return s.Range(ctx, expr, start, end, step)
}

// TestReplicasWithHoles has two metrics stores behind one balancer, each of which
// was away at other times and has no samples of them. No slice ever says more
// than happened, and in the end each says all of it, and none is missing.
func TestReplicasWithHoles(t *testing.T) {
	for seed := range uint64(8) {
		_, f, o := usual()
		k, b := newReplicas(t, seed, f, o)
		for minute := 1; minute <= 10*60; minute++ {
			at := after(time.Duration(minute) * time.Minute)
			*b.replicas[0].present = at.UnixMilli()
			if err := k.reader.Tick(t.Context(), at); err != nil && !errors.Is(err, errAway) {
				t.Fatal(err)
			}
			if minute%60 == 30 {
				k.restartReader(b, at)
			}
			for _, s := range k.slices(o, nil) {
				bad, total, _ := f.increase(s.Start, s.End)
				if s.Bad > budget.CountOf(bad) || s.Total > budget.CountOf(total) {
					t.Fatalf("seed %d: at minute %d %s – %s says %v of %v, it was %v of %v", seed, minute,
						time.UnixMilli(s.Start).UTC(), time.UnixMilli(s.End).UTC(), s.Bad.Events(), s.Total.Events(), bad, total)
				}
			}
		}
		k.wantTruth(t, o, f, -day, 10*time.Hour)
		if t.Failed() {
			t.Fatalf("seed %d: holes %v and %v", seed, b.replicas[0].holes, b.replicas[1].holes)
		}
	}
}

// newReplicas makes two replicas with holes of up to 40 minutes in the first eight
// hours, so that of every step one of them has all.
func newReplicas(t *testing.T, seed uint64, f *flow, o *slo.Objective) (*keeper, *balancer) {
	t.Helper()
	b := &balancer{t: t, random: rand.New(rand.NewPCG(seed, 1)), replicas: []*shop{
		{flows: []*flow{f}, rules: []*slo.Objective{o}, phase: 73 * time.Second},
		{flows: []*flow{f}, rules: []*slo.Objective{o}, phase: 73 * time.Second},
	}}
	for n, at := 0, 20*time.Minute; at < 8*time.Hour; n++ {
		long := time.Duration(1+b.random.IntN(40))*time.Minute + 7*time.Second
		s := b.replicas[n%2]
		s.holes = append(s.holes, span{at, at + long})
		at += long + time.Duration(6+b.random.IntN(30))*time.Minute
	}
	present := new(int64)
	for _, s := range b.replicas {
		s.present = present
	}
	k := &keeper{t: t, store: newMemory(), shop: b.replicas[0], objectives: []*slo.Objective{o}}
	k.restartReader(b, epoch)
	return k, b
}

// restartReader begins anew from the store, reading from the balancer.
func (k *keeper) restartReader(b *balancer, now time.Time) {
	k.t.Helper()
	k.ledger = openLedger(k.t, k.store)
	declare(k.t, k.ledger, now, k.objectives...)
	k.reader = newReader(k.t, budget.ReaderOptions{Ledger: k.ledger, Querier: b, Raw: raw, SettleDelay: 10 * time.Second})
}
