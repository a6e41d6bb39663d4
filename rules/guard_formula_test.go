package rules

import (
	"context"
	"math"
	"strconv"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql/parser"
	"pgregory.net/rapid"

	"headroom/alerting"
	"headroom/internal/engine"
)

// TestEvidenceInPromQLIsThatInGo executes the formula in Prometheus's engine and
// compares it with the function.
func TestEvidenceInPromQLIsThatInGo(t *testing.T) {
	lab, err := engine.NewLab(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := lab.Close(); err != nil {
			t.Error(err)
		}
	}()
	literal := func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
	vector := func(v float64) parser.Expr { return call("vector", number(literal(v))) }
	positive := 0
	rapid.Check(t, func(t *rapid.T) {
		total := rapid.Float64Range(0.5, 1e6).Draw(t, "total")
		budget := math.Pow(10, rapid.Float64Range(-6, -0.2).Draw(t, "budget exponent"))
		bad := total * min(1, budget*math.Pow(10, rapid.Float64Range(-1, 3).Draw(t, "burn exponent")))
		dispersion := rapid.Float64Range(1, 10).Draw(t, "dispersion")
		want := alerting.Nats(bad, total, budget, dispersion)
		if want > 0 {
			positive++
		}
		e := alerting.Evidence(formulas{}, vector(bad), vector(bad/total), number(literal(budget)), number(literal(dispersion)))
		got, err := lab.Instant(context.Background(), textOf(e), time.Unix(1e9, 0))
		if err != nil || len(got) != 1 {
			t.Fatalf("%s: %v, %v", textOf(e), got, err)
		}
		if v := got[0].Points[0].V; math.Abs(v-want) > 1e-9*max(want, 1) {
			t.Errorf("%v bad of %v: %v nats in PromQL, %v in Go", bad, total, v, want)
		}
	})
	if positive == 0 {
		t.Error("no case had evidence")
	}
}
