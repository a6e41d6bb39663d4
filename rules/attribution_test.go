package rules_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"headroom/budget"
	"headroom/internal/engine"
	"headroom/rules"
	"headroom/slo"
)

// attributed are the parts of an answer by the value of the label.
type attributed map[string]map[string]float64

func attribute(t *testing.T, lab *engine.Lab, o *slo.Objective, q rules.AttributionQuery, at time.Time) attributed {
	t.Helper()
	expr, err := rules.Attribution(o, rules.Embedded, q)
	if err != nil {
		t.Fatal(err)
	}
	series, err := lab.Instant(t.Context(), expr, at)
	if err != nil {
		t.Fatalf("%s: %s", expr, err)
	}
	if len(series) > 2*q.Limit+2 {
		t.Errorf("%d series, want at most %d", len(series), 2*q.Limit+2)
	}
	parts := attributed{}
	for _, s := range series {
		part := s.Labels[rules.PartLabel]
		if parts[part] == nil {
			parts[part] = map[string]float64{}
		}
		parts[part][s.Labels[q.By]] = s.Points[0].V
	}
	return parts
}

// routes counts requests of twenty routes in two regions for an hour: route n
// has 60·(n+1) requests a minute and n errors, and in the region us twice both.
func routes(t *testing.T) (*engine.Lab, time.Time) {
	t.Helper()
	lab, err := engine.NewLab(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lab.Close() })
	for n := range 20 {
		for i, region := range []string{"eu$1", "us"} {
			for code, each := range map[string]int{"200": 60*(n+1) - n, "500": n} {
				var points []budget.Point
				for m := range 121 {
					points = append(points, budget.Point{T: epoch.Add(time.Duration(m) * 30 * time.Second).UnixMilli(), V: float64(m*each*(i+1)) / 2})
				}
				labels := map[string]string{"__name__": "http_requests_total", "job": "checkout", "route": "/" + strconv.Itoa(n), "code": code, "region": region}
				if err := lab.Append(labels, points...); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	return lab, epoch.Add(time.Hour)
}

func TestAttributionCountsTheTopValues(t *testing.T) {
	lab, now := routes(t)
	for name, form := range map[string]func(*slo.Objective){"bad": func(*slo.Objective) {}, "good": goodForm} {
		got := attribute(t, lab, checkout(form), rules.AttributionQuery{By: "route", Range: 30 * time.Minute, Limit: 3}, now)
		if len(got[rules.PartBad]) != 3 || len(got[rules.PartTotal]) != 3 {
			t.Fatalf("%s: %v, want three values", name, got)
		}
		for n := 17; n < 20; n++ {
			route := "/" + strconv.Itoa(n)
			approx(t, name+": bad of "+route, got[rules.PartBad][route], float64(3*30*n), 1e-6)
			approx(t, name+": all of "+route, got[rules.PartTotal][route], float64(3*30*60*(n+1)), 1e-6)
		}
		approx(t, name+": all bad", got[rules.PartAllBad][""], 3*30*190, 1e-6)
		approx(t, name+": all", got[rules.PartAllTotal][""], 3*30*60*210, 1e-6)
	}
}

func TestAttributionOfOneGroup(t *testing.T) {
	lab, now := routes(t)
	o := checkout(grouped("region"))
	group := slo.NewGroup(map[string]string{"region": "eu$1"})
	got := attribute(t, lab, o, rules.AttributionQuery{By: "route", Group: group, Range: 30 * time.Minute, Limit: 1}, now)
	approx(t, "bad", got[rules.PartBad]["/19"], 30*19, 1e-6)
	approx(t, "all bad", got[rules.PartAllBad][""], 30*190, 1e-6)
	// All groups together, split by what tells them apart.
	got = attribute(t, lab, o, rules.AttributionQuery{By: "region", Range: 30 * time.Minute, Limit: 5}, now)
	approx(t, "bad in us", got[rules.PartBad]["us"], 2*30*190, 1e-6)
	approx(t, "bad in eu", got[rules.PartBad]["eu$1"], 30*190, 1e-6)
}

// TestAttributionIsExecutable runs it for every indicator that has events of its
// own, in every dialect that the engine understands.
func TestAttributionIsExecutable(t *testing.T) {
	lab, now := routes(t)
	for name, o := range forms() {
		expr, err := rules.Attribution(o, rules.Embedded, rules.AttributionQuery{By: "pod", Range: time.Hour, Limit: 10})
		if name == "raw" || name == "events" {
			if !errors.Is(err, rules.ErrNotAttributable) {
				t.Errorf("%s: error %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %s", name, err)
			continue
		}
		if _, err := lab.Instant(t.Context(), expr, now); err != nil {
			t.Errorf("%s: %s: %s", name, expr, err)
		}
		sample, err := rules.LabelSample(o)
		if err != nil {
			t.Errorf("%s: %s", name, err)
			continue
		}
		if _, err := lab.Instant(t.Context(), sample, now); err != nil {
			t.Errorf("%s: %s: %s", name, sample, err)
		}
	}
}

func TestAttributionRefuses(t *testing.T) {
	group := slo.NewGroup(map[string]string{"region": "eu"})
	for name, q := range map[string]rules.AttributionQuery{
		"no label":      {Range: time.Hour, Limit: 1},
		"metric name":   {By: "__name__", Range: time.Hour, Limit: 1},
		"bucket":        {By: "le", Range: time.Hour, Limit: 1},
		"own label":     {By: rules.PartLabel, Range: time.Hour, Limit: 1},
		"group's label": {By: "region", Group: group, Range: time.Hour, Limit: 1},
		"no time":       {By: "pod", Limit: 1},
		"no values":     {By: "pod", Range: time.Hour},
		"too many":      {By: "pod", Range: time.Hour, Limit: rules.MaxAttributed + 1},
		"no such name":  {By: "the pod", Range: time.Hour, Limit: 1},
	} {
		d := rules.Embedded
		if name == "no such name" {
			d = rules.Prometheus242
		}
		if _, err := rules.Attribution(checkout(grouped("region")), d, q); !errors.Is(err, rules.ErrNotAttributable) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// FuzzAttribution must not let a label or a group's value out of its literal.
func FuzzAttribution(f *testing.F) {
	f.Add("pod", "eu")
	f.Add("a b\"", `"}) or vector(1) or ({x="`)
	f.Add("p", "$1 ${2} \\ \n")
	p := parser.NewParser(parser.Options{})
	f.Fuzz(func(t *testing.T, by, region string) {
		group := slo.NewGroup(map[string]string{"region": region})
		q := rules.AttributionQuery{By: by, Group: group, Range: time.Hour, Limit: 5}
		expr, err := rules.Attribution(checkout(grouped("region")), rules.Prometheus3, q)
		if err != nil {
			return
		}
		e, err := p.ParseExpr(expr)
		if err != nil {
			t.Fatalf("%s: %s", expr, err)
		}
		plain, err := rules.Attribution(checkout(grouped("region")), rules.Prometheus3, rules.AttributionQuery{By: "pod", Group: slo.NewGroup(map[string]string{"region": "x"}), Range: time.Hour, Limit: 5})
		if err != nil {
			t.Fatal(err)
		}
		want, err := p.ParseExpr(plain)
		if err != nil {
			t.Fatal(err)
		}
		if region != "" && nodes(e) != nodes(want) {
			t.Errorf("%s has %d nodes, want %d", expr, nodes(e), nodes(want))
		}
	})
}

func nodes(e parser.Expr) int {
	n := 0
	parser.Inspect(e, func(parser.Node, []parser.Node) error { n++; return nil })
	return n
}

func TestAlertsSelectsAnObjective(t *testing.T) {
	o := checkout()
	o.ID.Objective = "quote"
	if got := rules.Alerts(o); !strings.Contains(got, `slo="shop/checkout/quote"`) {
		t.Error(got)
	}
}
