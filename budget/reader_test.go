package budget_test

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"headroom/budget"
	"headroom/slo"
)

const day = 24 * time.Hour

// usual is a shop that was there long before the epoch, with an outage, and the
// objective on it.
func usual() (*shop, *flow, *slo.Objective) {
	o := objective("availability", "99%", day, 5*time.Minute)
	f := &flow{born: -40 * day, total: 600, outage: [2]time.Duration{90 * time.Minute, 110 * time.Minute}}
	return &shop{flows: []*flow{f}, rules: []*slo.Objective{o}, phase: 73 * time.Second}, f, o
}

func TestTilesBecomeSlices(t *testing.T) {
	s, f, o := usual()
	k := newKeeper(t, s, o)
	k.run(0, 5*time.Hour)
	k.wantTruth(t, o, f, -day, 5*time.Hour)
	if first := k.slices(o, nil)[0].Start; first < after(-day-o.Resolution).UnixMilli() {
		t.Errorf("history was read from %s, before the window", time.UnixMilli(first).UTC())
	}
	sources := map[budget.Source]int{}
	for _, sl := range k.slices(o, nil) {
		sources[sl.Source]++
		if sl.Duration() < o.Resolution/2 {
			t.Errorf("a slice of %s: too few scrapes to be read from raw", sl.Duration())
		}
	}
	if sources[budget.SourceTile] < 55 {
		t.Errorf("slices by source %v: want five hours of tiles", sources)
	}
	status := only(t, k.ledger, o, after(5*time.Hour))
	bad, total, _ := f.increase(status.Balance.Start.UnixMilli(), status.Balance.End.UnixMilli())
	if status.Data != budget.DataOK || *status.Balance.Coverage != 1 || math.Abs(*status.Balance.Bad-bad) > 1 || *status.Balance.Total != total {
		t.Errorf("status %+v, want all of the window, %v bad of %v", status, bad, total)
	}
}

func TestLateTilesAreTakenAsTheyAre(t *testing.T) {
	s, f, o := usual()
	s.late = 9 * time.Minute
	k := newKeeper(t, s, o)
	k.run(0, 5*time.Hour)
	k.wantTruth(t, o, f, -day, 5*time.Hour-s.late)
	for _, sl := range k.slices(o, nil) {
		if sl.Source != budget.SourceTile && sl.Start > after(15*time.Minute).UnixMilli() {
			t.Errorf("%s was read from raw", time.UnixMilli(sl.End).UTC())
		}
	}
}

func TestMissedEvaluationsAreReadFromRaw(t *testing.T) {
	for _, missed := range []int{1, 2, 5, 30} {
		t.Run(strconv.Itoa(missed), func(t *testing.T) {
			s, f, o := usual()
			s.missed = func(at time.Time) bool {
				return at.After(after(80*time.Minute)) && !at.After(after(80*time.Minute+time.Duration(missed)*o.Resolution))
			}
			k := newKeeper(t, s, o)
			k.run(0, 6*time.Hour)
			k.wantTruth(t, o, f, -day, 6*time.Hour)
		})
	}
}

func TestLedgerDoesNotDependOnDisturbances(t *testing.T) {
	s, _, o := usual()
	calm := newKeeper(t, s, o)
	calm.run(0, 8*time.Hour)
	want := calm.slices(o, nil)
	disturbances := map[string]func(k *keeper, minute int){
		"restarts": func(k *keeper, minute int) {
			if minute%37 == 0 {
				k.restart(after(time.Duration(minute) * time.Minute))
			}
		},
		"metrics store away": func(k *keeper, minute int) { k.shop.failing = minute > 85 && minute < 230 },
		"raw series away":    func(k *keeper, minute int) { k.shop.broken = during(minute > 2 && minute < 60, "total ") },
		"tiles away":         func(k *keeper, minute int) { k.shop.broken = during(minute > 100 && minute < 200, "{") },
		"full disk":          func(k *keeper, minute int) { k.store.refuse = minute > 3 && minute < 300 },
		"duplicate ticks": func(k *keeper, minute int) {
			_ = k.reader.Tick(t.Context(), after(time.Duration(minute)*time.Minute))
		},
		"two replicas":  func(k *keeper, _ int) { k.shop.twice = true },
		"declared anew": func(k *keeper, minute int) { declare(t, k.ledger, after(time.Duration(minute)*time.Minute), o) },
	}
	for name, disturb := range disturbances {
		t.Run(name, func(t *testing.T) {
			s, _, _ := usual()
			k := newKeeper(t, s, o)
			for minute := 1; minute <= 8*60; minute++ {
				disturb(k, minute)
				err := k.reader.Tick(t.Context(), after(time.Duration(minute)*time.Minute))
				if err != nil && !errors.Is(err, errAway) && !errors.Is(err, errRefused) {
					t.Fatal(err)
				}
			}
			wantSame(t, k.slices(o, nil), want)
		})
	}
}

func during(yes bool, prefix string) func(string) bool {
	return func(expr string) bool { return yes && strings.HasPrefix(expr, prefix) }
}

// wantSame compares the events of two ledgers; where they begin and how they
// are cut may differ by the first steps.
func wantSame(t *testing.T, got, want []budget.Slice) {
	t.Helper()
	from := max(got[0].Start, want[0].Start)
	cut := func(list []budget.Slice) []budget.Slice {
		i := slices.IndexFunc(list, func(s budget.Slice) bool { return s.Start >= from })
		list = slices.Clone(list[i:])
		for i := range list {
			list[i].Source = 0
		}
		return list
	}
	g, w := cut(got), cut(want)
	if !slices.Equal(g, w) {
		for i := range min(len(g), len(w)) {
			if g[i] != w[i] {
				t.Fatalf("slice %d of %d is %+v, undisturbed %+v of %d", i, len(g), g[i], w[i], len(w))
			}
		}
		t.Fatalf("%d slices, undisturbed %d", len(g), len(w))
	}
}

// A gap that was read but could not be kept is not read better before what came
// before and after it is in the ledger.
func TestGapsThatWereNotKept(t *testing.T) {
	s, f, o := usual()
	s.missed = func(at time.Time) bool {
		return at.Equal(after(30*time.Minute+s.phase)) || at.Equal(after(45*time.Minute+s.phase))
	}
	k := newKeeper(t, s, o)
	k.run(0, 28*time.Minute)
	k.store.refuse = true
	if err := k.reader.Tick(t.Context(), after(53*time.Minute)); !errors.Is(err, errRefused) {
		t.Fatal(err)
	}
	k.store.refuse, s.broken = false, during(true, "{")
	if err := k.reader.Tick(t.Context(), after(60*time.Minute)); !errors.Is(err, errAway) {
		t.Fatal(err)
	}
	s.broken = nil
	k.run(61*time.Minute, 90*time.Minute)
	k.wantTruth(t, o, f, 90*time.Minute-day, 90*time.Minute)
}

// Whatever happens, the slices are true and whole in the end.
func TestLedgerIsTrueAfterAnything(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s, f, o := usual()
		s.phase = time.Duration(rapid.IntRange(0, 299).Draw(rt, "phase")) * time.Second
		missed := map[time.Time]bool{}
		s.missed = func(at time.Time) bool { return missed[at] }
		k := newKeeper(t, s, o)
		end := 6 * time.Hour
		for now := time.Duration(0); now < end; {
			now += time.Duration(rapid.IntRange(10, 600).Draw(rt, "wait")) * time.Second
			switch rapid.IntRange(0, 11).Draw(rt, "what") {
			case 0:
				k.restart(after(now))
			case 1:
				s.failing = !s.failing
			case 2:
				k.store.refuse = !k.store.refuse
			case 3:
				now += time.Duration(rapid.IntRange(0, 120).Draw(rt, "away")) * time.Minute
			case 4:
				first := after(now).Add(s.phase).Truncate(o.Resolution)
				for i := range rapid.IntRange(1, 20).Draw(rt, "missed") {
					missed[first.Add(time.Duration(i)*o.Resolution).Add(s.phase)] = true
				}
			case 5:
				s.broken = during(s.broken == nil, rapid.SampledFrom([]string{"total ", "bad ", "{"}).Draw(rt, "broken"))
			}
			if err := k.reader.Tick(t.Context(), after(now)); err != nil && !errors.Is(err, errAway) && !errors.Is(err, errRefused) {
				rt.Fatal(err)
			}
		}
		s.failing, k.store.refuse, s.broken = false, false, nil
		clear(missed)
		k.run(12*time.Hour, 13*time.Hour)
		k.wantTruth(rt, o, f, 13*time.Hour-day, 13*time.Hour)
	})
}
