package budget_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"headroom/budget"
	"headroom/slo"
)

// sluggish takes half a minute for every raw read of some objectives, and then
// does not answer, as a metrics store does that times out.
type sluggish struct {
	*shop
	slow func(expr string) bool
}

var errTimeout = errors.New("no answer in time")

func (s *sluggish) Instant(ctx context.Context, expr string, at time.Time) ([]budget.Series, error) {
	if s.slow(expr) {
		time.Sleep(30 * time.Second)
		return nil, errTimeout
	}
	return s.shop.Instant(ctx, expr, at)
}

func (s *sluggish) Range(ctx context.Context, expr string, start, end time.Time, step time.Duration) ([]budget.Series, error) {
	if s.slow(expr) {
		time.Sleep(30 * time.Second)
		return nil, errTimeout
	}
	return s.shop.Range(ctx, expr, start, end, step)
}

// TestSlowObjectivesHoldUpNoOther has 40 objectives whose raw reads time out when
// an evaluation was missed, and one whose history does. One that has the same gap
// gets its turn, four at a time; one that has none is current all the time; and
// a tick ends soon.
func TestSlowObjectivesHoldUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, f, o := usual()
		for i := range 40 {
			s.rules = append(s.rules, objective(fmt.Sprintf("slow-%d", i), "99%", day, 5*time.Minute))
		}
		steady := objective("steady", "99%", day, 10*time.Minute)
		s.rules = append(s.rules, steady)
		k := newKeeper(t, s, s.rules...)
		q := &sluggish{shop: s, slow: func(string) bool { return false }}
		k.reader = newReader(t, budget.ReaderOptions{Ledger: k.ledger, Querier: q, Raw: raw, SettleDelay: 10 * time.Second})
		k.run(0, time.Hour)
		k.objectives = append(k.objectives, objective("slow-new", "99%", day, 5*time.Minute))
		s.rules = k.objectives
		declare(t, k.ledger, after(time.Hour), k.objectives...)
		q.slow = func(expr string) bool { return strings.Contains(expr, "/slow-") && !strings.HasPrefix(expr, "{") }
		s.missed = between(75*time.Minute, 77*time.Minute) // no evaluation of the steady one
		for now := time.Hour; now < 3*time.Hour; {
			began := time.Now()
			now += time.Minute
			if err := k.reader.Tick(t.Context(), after(now)); err != nil && !errors.Is(err, errTimeout) {
				t.Fatal(err)
			}
			took := time.Since(began)
			if took > 2*time.Minute {
				t.Fatalf("the tick at %s took %s", now, took)
			}
			for late, o := range map[time.Duration]*slo.Objective{20 * time.Minute: o, 0: steady} {
				list := k.slices(o, nil)
				if end := list[len(list)-1].End; end < after(now-o.Resolution-3*time.Minute-late).UnixMilli() {
					t.Fatalf("at %s the last slice of %s ends at %s", now, o.ID, time.UnixMilli(end).UTC())
				}
			}
			now += took.Truncate(time.Second)
		}
		k.wantTruth(t, o, f, -day, 3*time.Hour)
		q.slow = func(string) bool { return false }
		k.run(3*time.Hour, 4*time.Hour)
		for _, o := range k.objectives {
			k.wantTruth(t, o, f, -day+3*time.Hour+o.Resolution, 4*time.Hour)
		}
	})
}

// TestPageThatCannotBeReadAgainHoldsUpNoOther has a corrupt page of an objective
// whose raw reads are refused.
func TestPageThatCannotBeReadAgainHoldsUpNoOther(t *testing.T) {
	s, f, o := usual()
	torn := objective("torn", "99%", day, 5*time.Minute)
	s.rules = append(s.rules, torn)
	k := newKeeper(t, s, o, torn)
	k.run(0, 2*time.Hour)
	for _, data := range k.store.pages[keyOf(torn, nil)] {
		data[11] ^= 0x40
	}
	k.restart(after(2 * time.Hour))
	s.broken = func(expr string) bool { return strings.Contains(expr, "/torn ") }
	for minute := 121; minute <= 180; minute++ {
		if err := k.reader.Tick(t.Context(), after(time.Duration(minute)*time.Minute)); !errors.Is(err, errAway) {
			t.Fatalf("the tick returned %v", err)
		}
	}
	k.wantTruth(t, o, f, -day, 3*time.Hour)
	if n := k.ledger.Damaged(); n == 0 {
		t.Error("the damage is forgotten before it is mended")
	}
	s.broken = nil
	k.run(3*time.Hour, 4*time.Hour)
	k.wantTruth(t, torn, f, -day, 4*time.Hour)
	if n := k.ledger.Damaged(); n > 0 {
		t.Errorf("%d pages are still damaged", n)
	}
}
