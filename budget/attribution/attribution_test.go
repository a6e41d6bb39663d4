package attribution_test

import (
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	"headroom/budget"
	"headroom/budget/attribution"
	"headroom/internal/engine"
	"headroom/rules"
	"headroom/slo"
)

var epoch = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// shop is an hour of requests: of /pay a tenth fails, of /list one in a
// thousand, /home works. The ledger has counted it, too.
type shop struct {
	lab    *engine.Lab
	ledger *budget.Ledger
	o      *slo.Objective
}

func newShop(t *testing.T) shop {
	t.Helper()
	lab, err := engine.NewLab(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lab.Close() })
	add := func(route, code string, each float64) {
		var points []budget.Point
		for m := range 121 {
			points = append(points, budget.Point{T: epoch.Add(time.Duration(m) * 30 * time.Second).UnixMilli(), V: float64(m) * each / 2})
		}
		if err := lab.Append(map[string]string{"__name__": "http_requests_total", "job": "shop", "route": route, "code": code, "pod": "shop-1"}, points...); err != nil {
			t.Fatal(err)
		}
	}
	add("/pay", "200", 90)
	add("/pay", "500", 10)
	add("/list", "200", 9990)
	add("/list", "500", 10)
	add("/home", "200", 1000)
	s := shop{lab: lab, o: &slo.Objective{
		ID: slo.ID{Namespace: "default", Service: "shop", Objective: "test"}, Target: slo.MustTarget("99.8%"),
		Window: slo.Window{Rolling: time.Hour}, Resolution: time.Minute,
		Indicator: slo.Ratio{Bad: slo.MustCounter(`http_requests_total{job="shop",code="500"}`), Total: slo.MustCounter(`http_requests_total{job="shop"}`)},
	}}
	if s.ledger, err = budget.OpenLedger(t.Context(), budget.LedgerOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := s.ledger.SetObjectives(t.Context(), []*slo.Objective{s.o}, epoch); err != nil {
		t.Fatal(err)
	}
	slice := budget.Slice{Start: epoch.UnixMilli(), End: epoch.Add(time.Hour).UnixMilli(), Bad: budget.CountOf(1200), Total: budget.CountOf(666000), Source: budget.SourceRaw}
	if _, err := s.ledger.Add(t.Context(), budget.Key{SLO: s.o.ID, SLI: s.o.SLI()}, epoch, slice); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s shop) options(by string) attribution.Options {
	return attribution.Options{
		Objective: s.o, By: by, From: epoch.Add(30 * time.Minute), To: epoch.Add(time.Hour),
		Dialect: rules.Embedded, Querier: s.lab, Ledger: s.ledger,
	}
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-6*max(1, math.Abs(want)) {
		t.Errorf("%s is %g, want %g", what, got, want)
	}
}

func TestAttribution(t *testing.T) {
	s := newShop(t)
	o := s.options("route")
	o.Limit = 1
	a, err := attribution.Of(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "bad", a.Bad, 600)
	near(t, "total", a.Total, 333_000)
	near(t, "counted", *a.Counted, 600)
	near(t, "spent", *a.Spent, 600./(0.002*666_000))
	if len(a.Values) != 1 || a.Half != 1 {
		t.Fatalf("%+v", a)
	}
	near(t, "bad of the top and of the rest", a.Values[0].Bad+a.Rest.Bad, 600)
	near(t, "excess of the top and of the rest", a.Values[0].Excess+a.Rest.Excess, 600-0.002*333_000)

	o.Limit = 0
	if a, err = attribution.Of(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if len(a.Values) != 2 || a.Rest.Bad != 0 {
		t.Fatalf("%+v", a)
	}
	for _, v := range a.Values {
		if v.Value == "/pay" {
			near(t, "excess of /pay", v.Excess, 300-0.002*3000)
			near(t, "share of all events of /pay", v.TotalShare, 3000./333_000)
		} else {
			near(t, "excess of /list", v.Excess, 300-0.002*300_000)
		}
		near(t, "share of "+v.Value, v.BadShare, 0.5)
	}
}

func TestConcentrated(t *testing.T) {
	s := newShop(t)
	s.o.Indicator = slo.Ratio{Bad: slo.MustCounter(`http_requests_total{job="shop",code="500",route!="/list"}`), Total: slo.MustCounter(`http_requests_total{job="shop"}`)}
	a, err := attribution.Of(t.Context(), s.options("route"))
	if err != nil {
		t.Fatal(err)
	}
	if !a.Concentrated || a.Half != 1 || a.Values[0].Value != "/pay" {
		t.Errorf("%+v, want /pay to stand out", a)
	}
	if a.Counted != nil {
		t.Errorf("the ledger knows nothing of this indicator, and said %v", *a.Counted)
	}
	// One pod has all of both: nothing stands out.
	if a, err = attribution.Of(t.Context(), s.options("pod")); err != nil || a.Concentrated {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestAttributionSaysWhatItCannot(t *testing.T) {
	s := newShop(t)
	if _, err := attribution.Of(t.Context(), s.options("le")); !errors.Is(err, rules.ErrNotAttributable) {
		t.Errorf("by bucket: %v", err)
	}
	o := s.options("route")
	o.From, o.To = epoch.Add(-2*time.Hour), epoch.Add(-time.Hour)
	if _, err := attribution.Of(t.Context(), o); !errors.Is(err, attribution.ErrNothingRead) {
		t.Errorf("before there was anything: %v", err)
	}
}

func TestCandidates(t *testing.T) {
	s := newShop(t)
	list, err := attribution.Candidates(t.Context(), s.lab, s.o, epoch.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if want := []attribution.Candidate{{"route", 3}, {"code", 2}}; !slices.Equal(list, want) {
		t.Errorf("%+v, want %+v", list, want)
	}
}
