package rules_test

import (
	"testing"
	"time"

	"headroom/budget"
	"headroom/internal/engine"
	"headroom/rules"
	"headroom/slo"
)

// TestTileSums evaluates what adds up the tiles of one group: those of the
// window and nothing that ends with its begin, nor of another group, objective
// or indicator.
func TestTileSums(t *testing.T) {
	lab, err := engine.NewLab(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lab.Close() })
	o := &slo.Objective{
		ID: slo.ID{Namespace: "shop", Service: "checkout", Objective: "availability"}, Target: slo.MustTarget("99%"),
		Window: slo.Window{Rolling: time.Hour}, Resolution: time.Minute, GroupBy: []string{"region"},
		Indicator: slo.Ratio{Bad: slo.MustCounter(`errors_total`), Total: slo.MustCounter(`requests_total`)},
	}
	end := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	for _, region := range []string{"eu", `u"s`} {
		for metric, value := range map[string]float64{rules.MetricBadTile: 2, rules.MetricTotalTile: 1000} {
			for _, sli := range []string{o.SLI(), "other"} {
				var points []budget.Point
				for m := -90; m <= 10; m++ {
					points = append(points, budget.Point{T: end.Add(time.Duration(m) * time.Minute).UnixMilli(), V: value})
				}
				series := map[string]string{"__name__": metric, "slo": o.ID.String(), "sli": sli, "region": region}
				if err := lab.Append(series, points...); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	bad, total := rules.TileSums(o, slo.NewGroup(map[string]string{"region": `u"s`}), rules.Embedded, o.Window.Rolling)
	for expr, want := range map[string]float64{bad: 2 * 60, total: 1000 * 60} {
		got, err := lab.Instant(t.Context(), expr, end)
		if err != nil || len(got) != 1 || got[0].Points[0].V != want || got[0].Labels["region"] != `u"s` {
			t.Errorf("%s: %v, %v, want one series of %v", expr, got, err, want)
		}
	}
	if closed, _ := rules.TileSums(o, slo.Group{}, rules.Prometheus242, o.Window.Rolling); closed != `sum_over_time(slo:bad:tile{sli="`+o.SLI()+`",slo="shop/checkout/availability"}[59m59s999ms])` {
		t.Errorf("where ranges are closed: %s", closed)
	}
}

func TestTilesAreThoseThatAreRecorded(t *testing.T) {
	o := &slo.Objective{
		ID: slo.ID{Namespace: "shop", Service: "checkout", Objective: "availability"}, Target: slo.MustTarget("99%"),
		Window: slo.Window{Rolling: 28 * 24 * time.Hour}, Resolution: time.Minute,
		Indicator: slo.Ratio{Bad: slo.MustCounter(`errors_total`), Total: slo.MustCounter(`requests_total`)},
	}
	for _, d := range rules.Dialects() {
		bad, total, err := rules.Tiles(o, d)
		if err != nil || bad == "" || total == "" || bad == total {
			t.Errorf("%s: %q, %q, %v", d, bad, total, err)
		}
	}
}
