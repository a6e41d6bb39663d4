package proposal_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"headroom/budget/proposal"
	"headroom/internal/engine"
	"headroom/internal/truth"
	"headroom/rules"
	"headroom/slo"

	"headroom/budget"
)

var start = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

func shop() *slo.Objective {
	return &slo.Objective{
		ID: slo.ID{Namespace: "default", Service: "shop", Objective: "availability"}, Target: slo.MustTarget("99.9%"),
		Window: slo.Window{Rolling: slo.DefaultWindow}, Resolution: slo.DefaultResolution,
		Indicator: slo.Ratio{Bad: slo.MustCounter(`requests_total{code="500"}`), Total: slo.MustCounter("requests_total")},
	}
}

func raw(o *slo.Objective, r time.Duration) (bad, total string) {
	return rules.Raw(o, rules.Embedded, r)
}

// feed scrapes counters each minute into a lab.
func feed(t *testing.T, lab *engine.Lab, counters []*truth.Counter, days int) {
	t.Helper()
	for _, c := range counters {
		var points []budget.Point
		for at := start; !at.After(start.AddDate(0, 0, days)); at = at.Add(time.Minute) {
			if v, ok := c.Value(at); ok {
				points = append(points, budget.Point{T: at.UnixMilli(), V: v})
			}
		}
		if err := lab.Append(c.Labels, points...); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRead(t *testing.T) {
	good := &truth.Counter{Labels: map[string]string{"__name__": "requests_total", "code": "200"}, Born: start}
	bad := &truth.Counter{Labels: map[string]string{"__name__": "requests_total", "code": "500"}, Born: start}
	const days = 3
	for at := start.Add(30 * time.Second); at.Before(start.AddDate(0, 0, days)); at = at.Add(time.Minute) {
		good.Add(at, 60)
		if at.Sub(start) > 24*time.Hour && at.Sub(start) < 26*time.Hour {
			bad.Add(at, 6)
		}
	}
	good.Reset(start.Add(30 * time.Hour))
	lab, err := engine.NewLab(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lab.Close() })
	feed(t, lab, []*truth.Counter{good, bad}, days)

	var told []int
	end := start.AddDate(0, 0, days)
	h, err := proposal.Read(t.Context(), shop(), proposal.Options{
		Querier: lab, Raw: raw, Now: end.Add(59 * time.Minute), Span: 5 * 24 * time.Hour,
		Progress: func(read, all int) { told = append(told, read, all) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(told) != 10 || told[0] != 1 || told[9] != 5 {
		t.Errorf("progress %v, want each of five days once", told)
	}
	wantBad := truth.Sum([]*truth.Counter{bad}, start, end)
	wantTotal := truth.Sum([]*truth.Counter{good, bad}, start, end)
	if got := h.Bad(); math.Abs(got-wantBad) > 1e-6*wantBad {
		t.Errorf("%v bad events, want %v", got, wantBad)
	}
	// The very first scrape has no predecessor, so its minute is lost.
	if got := h.Total(); math.Abs(got-wantTotal) > 61 {
		t.Errorf("%v events, want %v", got, wantTotal)
	}
	if got, want := h.Measured(), 72*time.Hour; got != want {
		t.Errorf("measured %v, want %v", got, want)
	}
	worst, ok := h.Worst()
	if !ok || !worst.Start.Equal(start.AddDate(0, 0, 1)) || worst.Hours != 24 {
		t.Errorf("worst day %+v, %v, want the second", worst, ok)
	}
	if first := h.Days[0]; !first.Start.Equal(start.AddDate(0, 0, -2)) || first.Hours != 0 || first.Total != 0 {
		t.Errorf("the day before the first data is %+v, want nothing measured", first)
	}
}

type broken struct{}

func (broken) Instant(context.Context, string, time.Time) ([]budget.Series, error) {
	return nil, errors.New("down")
}

func (broken) Range(context.Context, string, time.Time, time.Time, time.Duration) ([]budget.Series, error) {
	return nil, errors.New("down")
}

func TestReadSaysWhatItReads(t *testing.T) {
	_, err := proposal.Read(t.Context(), shop(), proposal.Options{Querier: broken{}, Raw: raw, Now: start, Span: 48 * time.Hour})
	if err == nil || err.Error() != "count the events of 2026-02-28: down" {
		t.Errorf("got %v", err)
	}
}

func history(bad, total float64) proposal.History {
	return proposal.History{Days: []proposal.Day{{Start: start, Bad: bad, Total: total, Hours: 24}}}
}

func TestCandidates(t *testing.T) {
	list := proposal.Candidates(history(5, 10_000), 28*24*time.Hour)
	for _, c := range list {
		if c.Target == slo.MustTarget("99.9%") {
			if math.Abs(c.Remaining-0.5) > 1e-9 || math.Abs(c.Allowed-280) > 1e-6 {
				t.Errorf("99.9%%: %+v, want half left and 280 allowed", c)
			}
		}
		if c.Target == slo.MustTarget("99.95%") && math.Abs(c.Remaining) > 1e-9 {
			t.Errorf("99.95%%: %+v, want nothing left", c)
		}
	}
	if got := proposal.Candidates(proposal.History{}, time.Hour); got != nil {
		t.Errorf("nothing was measured, and got %v", got)
	}
}

func TestPropose(t *testing.T) {
	tests := []struct {
		name       string
		bad, total float64
		want       string
	}{
		{"a quarter must be left", 4, 10_000, "99.9%"},
		{"never above what a person can defend", 0, 1e9, "99.95%"},
		{"few events ask for a lower target", 0, 10, "90%"},
		{"a fifth left where nothing better allows enough", 4, 10, "50%"},
		{"fewer than twenty allowed are better than none", 0, 1, "80%"},
		{"too few events", 0, 0.1, ""},
		{"half of all is bad", 6000, 10_000, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := proposal.Propose(proposal.Candidates(history(tt.bad, tt.total), 28*24*time.Hour))
			if text := got.Target.String(); ok != (tt.want != "") || ok && text != tt.want {
				t.Errorf("got %s (%v), want %q", text, ok, tt.want)
			}
		})
	}
}
