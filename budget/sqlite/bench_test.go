package sqlite_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"headroom/budget"
	"headroom/slo"
)

const (
	benchObjectives = 1000
	benchDays       = 28
)

// many returns objectives with 28 days of slices of five minutes, of about 500
// events a second, in a ledger on disk.
func many(b *testing.B) (string, []*slo.Objective, time.Time) {
	b.Helper()
	path := filepath.Join(b.TempDir(), "ledger.sqlite")
	s := open(b, path)
	var objectives []*slo.Objective
	for i := range benchObjectives {
		o := objective(fmt.Sprintf("o%d", i))
		o.GroupBy = nil
		objectives = append(objectives, o)
	}
	l := ledger(b, s, objectives...)
	random := rand.New(rand.NewPCG(1, 1))
	var list []budget.Slice
	for n := range benchDays * 288 {
		sl := step(n)
		sl.Total = budget.Count(15_000_000 + random.IntN(80_000))
		sl.Bad = budget.Count(random.IntN(6000))
		list = append(list, sl)
	}
	for _, o := range objectives {
		add(b, l, budget.Key{SLO: o.ID, SLI: o.SLI()}, list...)
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	return path, objectives, time.UnixMilli(list[len(list)-1].End)
}

func heap() float64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / (1 << 20)
}

// BenchmarkLedger measures 1,000 objectives of 28 days at 5 minutes: opening,
// memory, disk, the balance of all, and a tick that brings each one tile.
func BenchmarkLedger(b *testing.B) {
	path, objectives, end := many(b)
	before := heap()
	start := time.Now()
	s := open(b, path)
	l := ledger(b, s, objectives...)
	opened := time.Since(start)
	memory := heap() - before
	file, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("balances", func(b *testing.B) {
		for b.Loop() {
			if got := l.Statuses(end); len(got) != benchObjectives || got[7].Data != budget.DataOK {
				b.Fatalf("%d statuses, the first %+v", len(got), got[0])
			}
		}
		b.ReportMetric(opened.Seconds()*1000, "ms/open")
		b.ReportMetric(memory, "MiB/ledger")
		b.ReportMetric(float64(file.Size())/(1<<20), "MiB/disk")
	})
	b.Run("tick", func(b *testing.B) {
		source := &tiles{objectives: objectives}
		r, err := budget.NewReader(budget.ReaderOptions{Ledger: l, Querier: source, Raw: func(*slo.Objective, time.Duration) (string, string) { return "bad", "total" }})
		if err != nil {
			b.Fatal(err)
		}
		now := end
		for b.Loop() {
			now = now.Add(5 * time.Minute)
			if err := r.Tick(b.Context(), now); err != nil {
				b.Fatal(err)
			}
		}
		if got := all(l, budget.Key{SLO: objectives[0].ID, SLI: objectives[0].SLI()}); got[len(got)-1].End != now.UnixMilli() {
			b.Fatalf("the ledger ends at %d, want %d", got[len(got)-1].End, now.UnixMilli())
		}
	})
}

// tiles is a metrics store that has every tile.
type tiles struct{ objectives []*slo.Objective }

func (q *tiles) Instant(_ context.Context, expr string, at time.Time) ([]budget.Series, error) {
	var list []budget.Series
	var length int64
	if _, err := fmt.Sscanf(expr[strings.LastIndex(expr, "[")+1:], "%dms", &length); err != nil {
		return nil, err
	}
	for _, o := range q.objectives {
		for _, name := range []string{"slo:bad:tile", "slo:total:tile"} {
			s := budget.Series{Labels: map[string]string{"__name__": name, "slo": o.ID.String(), "sli": o.SLI(), "spec": o.SpecHash()}}
			for t := at.UnixMilli() / 300_000 * 300_000; t > at.UnixMilli()-length; t -= 300_000 {
				s.Points = append([]budget.Point{{T: t, V: 1000}}, s.Points...)
			}
			list = append(list, s)
		}
	}
	return list, nil
}

func (q *tiles) Range(context.Context, string, time.Time, time.Time, time.Duration) ([]budget.Series, error) {
	return nil, nil
}

var _ budget.Querier = (*tiles)(nil)
