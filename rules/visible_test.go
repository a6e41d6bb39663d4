package rules_test

import (
	"testing"
	"time"

	"headroom/budget"
	"headroom/rules"
)

// vmalert's results are seen a step later: a window of one step must not be empty
// for that.
func TestAWindowOfOneStepReadsWhatIsSeen(t *testing.T) {
	w := newWorld(t, 30*time.Second)
	o := checkout()
	for _, g := range compile(t, o, rules.VictoriaMetrics, rules.Options{}) {
		for _, r := range g.Rules {
			if r.Record != rules.MetricErrorRatio(5*time.Minute) {
				continue
			}
			for metric, value := range map[string]float64{rules.MetricBadShort: 3, rules.MetricTotalShort: 12} {
				labels := map[string]string{"__name__": metric, "slo": o.ID.String(), "sli": o.SLI()}
				point := budget.Point{T: after(time.Hour - g.Interval).UnixMilli(), V: value}
				if err := w.lab.Append(labels, point); err != nil {
					t.Fatal(err)
				}
			}
			w.now = after(time.Hour)
			approx(t, r.Expr, w.query(r.Expr), 0.25, exact)
			return
		}
	}
	t.Error("no window of five minutes")
}
