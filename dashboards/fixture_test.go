package dashboards_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"headroom/alerting"
	"headroom/api"
	"headroom/budget"
	"headroom/dashboards"
	"headroom/internal/engine"
	"headroom/rules"
	"headroom/slo"
)

const day = 24 * time.Hour

// The time of the world: rules and scrapes run from start to end.
var (
	start  = time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	change = start.Add(70 * time.Minute) // of an indicator
	end    = start.Add(140 * time.Minute)
)

func objective(id, target string, change ...func(*slo.Objective)) *slo.Objective {
	parsed, err := slo.ParseID(id)
	if err != nil {
		panic(err)
	}
	o := &slo.Objective{
		ID: parsed, Owner: "team-" + parsed.Service,
		Target: slo.MustTarget(target), Window: slo.Window{Rolling: 28 * day}, Resolution: 5 * time.Minute,
		Indicator: slo.Ratio{
			Bad:   slo.MustCounter(`requests_total{job="` + parsed.Service + `",code="500"}`),
			Total: slo.MustCounter(`requests_total{job="` + parsed.Service + `"}`),
		},
	}
	for _, f := range change {
		f(o)
	}
	return o
}

func grouped(names ...string) func(*slo.Objective) {
	return func(o *slo.Objective) { o.GroupBy = names }
}

// earlier is an indicator that counts the same events in other words.
func earlier(o *slo.Objective) {
	o.Indicator = slo.Ratio{
		Good:  slo.MustCounter(`requests_total{job="checkout",code!="500"}`),
		Total: slo.MustCounter(`requests_total{job="checkout"}`),
	}
}

// The objectives of the world. What is left in the end, as the rules have it:
// checkout 0.5, gateway -9 in eu and 0.5 in us, pipelines 0.2, search 0.5,
// portal nothing. The ledger does not keep pipelines, and does not know portal
// and search in eu.
func checkout() *slo.Objective { return objective("default/checkout/availability", "99.9%") }

func gateway() *slo.Objective   { return objective("default/gateway/errors", "99.9%", grouped("region")) }
func pipelines() *slo.Objective { return objective("platform/pipelines/success", "98%") }
func search() *slo.Objective {
	return objective("default/search/ranking", "99.9%", grouped("region"), func(o *slo.Objective) { o.Window.Rolling = 7 * day })
}

func portal() *slo.Objective {
	return objective("platform/portal/reachable", "99%", func(o *slo.Objective) { o.Owner = "" })
}

func world() []*slo.Objective {
	return []*slo.Objective{checkout(), gateway(), pipelines(), search(), portal()}
}

// errorsPerMille is the error ratio of a service in a region.
func errorsPerMille(service, region string) float64 {
	switch service + region {
	case "gatewayeu":
		return 10
	case "pipelineseu", "pipelinesus":
		return 16
	default:
		return 0.5
	}
}

// statuses are what the ledger knows.
func statuses() []budget.Status {
	return []budget.Status{
		status(checkout(), nil, 0.6, budget.StateHealthy),
		status(gateway(), map[string]string{"region": "eu"}, -8.5, budget.StateExhausted),
		status(gateway(), map[string]string{"region": "us"}, 0.55, budget.StateHealthy),
		status(search(), map[string]string{"region": "eu"}, 0.99, budget.StateUnknown),
		status(search(), map[string]string{"region": "us"}, 0.9, budget.StateHealthy),
		{Objective: portal(), At: end, Data: budget.DataAbsent, State: budget.StateUnknown},
	}
}

func status(o *slo.Objective, group map[string]string, left float64, state budget.State) budget.Status {
	burn := 2.5
	return budget.Status{
		Objective: o, Group: slo.NewGroup(group), At: end, Data: budget.DataOK, State: state,
		Balance: budget.Balance{Remaining: &left, Burn: map[time.Duration]*float64{3 * day: &burn}},
	}
}

// lab runs the compiled rules of the world over two hours, beside scrapes of
// raw counters and of the ledger's gauges.
func lab(t *testing.T) *engine.Lab {
	t.Helper()
	l, err := engine.NewLab(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	registry := prometheus.NewRegistry()
	registry.MustRegister(api.NewGauges(statuses))
	scraped := start
	before := func(at time.Time) error {
		for ; scraped.Before(at); scraped = scraped.Add(30 * time.Second) {
			if err := scrape(l, registry, scraped.Add(30*time.Second)); err != nil {
				return err
			}
		}
		return nil
	}
	was := world()
	earlier(was[0])
	run := func(objectives []*slo.Objective, from, to time.Time) {
		if err := l.Load(ruleFile(t, objectives)); err != nil {
			t.Fatal(err)
		}
		if err := l.Run(context.Background(), from, to, engine.RunOptions{Before: before}); err != nil {
			t.Fatal(err)
		}
	}
	run(was, start, change)
	run(world(), change, end)
	return l
}

func ruleFile(t *testing.T, objectives []*slo.Objective) []byte {
	t.Helper()
	groups, err := rules.All(objectives, rules.Embedded, rules.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := rules.Write(&file, groups); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// scrape appends raw counters of every service but the portal, and the gauges.
func scrape(l *engine.Lab, gauges prometheus.Gatherer, at time.Time) error {
	var samples []engine.LabSample
	add := func(value float64, labels map[string]string) {
		samples = append(samples, engine.LabSample{Series: l.Series(labels), V: value})
	}
	seconds := at.Sub(start).Seconds()
	for _, service := range []string{"checkout", "gateway", "pipelines", "search"} {
		for _, region := range []string{"eu", "us"} {
			bad := 100 * seconds * errorsPerMille(service, region) / 1000
			labels := func(code string) map[string]string {
				return map[string]string{"__name__": "requests_total", "job": service, "region": region, "code": code}
			}
			add(bad, labels("500"))
			add(100*seconds-bad, labels("200"))
		}
	}
	families, err := gauges.Gather()
	if err != nil {
		return err
	}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			labels := map[string]string{"__name__": family.GetName(), "job": "headroom", "instance": "headroom:8080"}
			for _, pair := range m.GetLabel() {
				labels[pair.GetName()] = pair.GetValue()
			}
			add(m.GetGauge().GetValue(), labels)
		}
	}
	return l.AppendAt(at, samples...)
}

// all draws every dashboard of the world.
func all(t *testing.T, objectives []*slo.Objective, o dashboards.Options) []dashboards.Dashboard {
	t.Helper()
	var list []dashboards.Dashboard
	for d, err := range dashboards.All(objectives, o) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, d)
	}
	return list
}

func draw(t *testing.T, o *slo.Objective, options dashboards.Options) dashboards.Dashboard {
	t.Helper()
	d, err := dashboards.Objective(o, alerting.NewPlan(o), options)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
