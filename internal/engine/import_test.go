package engine_test

import (
	"testing"
	"time"

	"headroom/budget"
	"headroom/internal/engine"
)

func TestImportedHistoryIsThereAtTheStart(t *testing.T) {
	dir := t.TempDir()
	now := time.Now().Truncate(time.Second)
	var points []budget.Point
	for i := range 400 {
		points = append(points, budget.Point{T: now.Add(time.Duration(i-400) * 10 * time.Second).UnixMilli(), V: float64(i)})
	}
	history := []budget.Series{
		{Labels: map[string]string{"__name__": "requests_total", "code": "200"}, Points: points},
		{Labels: map[string]string{"__name__": "requests_total", "code": "500"}, Points: points[200:]},
	}
	if err := engine.Import(t.Context(), dir, history...); err != nil {
		t.Fatal(err)
	}
	if err := engine.Import(t.Context(), dir, budget.Series{Labels: history[0].Labels, Points: []budget.Point{{T: now.Add(-24 * time.Hour).UnixMilli(), V: 1}}}); err == nil {
		t.Error("a sample a day before the others was taken without a word")
	}
	e, err := engine.New(engine.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	got, err := e.Instant(t.Context(), `sum by (code) (increase(requests_total[20m] anchored))`, now.Add(-10*time.Second))
	if err != nil || len(got) != 2 {
		t.Fatalf("ask for what was imported: %v %v", got, err)
	}
	for _, s := range got {
		if s.Points[0].V != 120 {
			t.Errorf("%v: %v increases in 20 minutes, want 120", s.Labels, s.Points[0].V)
		}
	}
}
