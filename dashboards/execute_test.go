package dashboards_test

import (
	"context"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/prometheus/prometheus/promql/parser"

	"headroom/budget"
	"headroom/dashboards"
	"headroom/internal/engine"
	"headroom/slo"
)

// ask executes a query as Grafana would at the end of the world.
func ask(t *testing.T, l *engine.Lab, q target, values map[string]string) []budget.Series {
	t.Helper()
	for _, match := range interpolation.FindAllStringSubmatch(q.expr, -1) {
		name := match[1] + match[2] + match[4]
		if _, ok := values[name]; !ok && name != "1" {
			t.Errorf("panel %q, query %s: Grafana has no variable %s", *q.panel.Title, q.ref, name)
		}
	}
	expr := interpolate(q.expr, values)
	if _, err := parser.NewParser(parser.Options{}).ParseExpr(expr); err != nil {
		t.Fatalf("panel %q, query %s: %v\n%s", *q.panel.Title, q.ref, err, expr)
	}
	var series []budget.Series
	var err error
	if q.instant {
		series, err = l.Instant(context.Background(), expr, end)
	} else {
		series, err = l.Range(context.Background(), expr, start, end, 5*time.Minute)
	}
	if err != nil {
		t.Fatalf("panel %q, query %s: %v", *q.panel.Title, q.ref, err)
	}
	for _, s := range series {
		for _, p := range s.Points {
			if math.IsNaN(p.V) || math.IsInf(p.V, 0) {
				t.Errorf("panel %q, query %s: %v at %d", *q.panel.Title, q.ref, p.V, p.T)
			}
		}
	}
	return series
}

// silent are the queries without an answer, since the ledger knows nothing of
// the objective or there is no event to count.
func silent(id, ref string) bool {
	switch {
	case id == "platform/portal/reachable":
		return ref != "target" && ref != "budget" && !strings.HasPrefix(ref, "tier") && ref != "ledger state"
	case ref == "earlier":
		return id != "default/checkout/availability"
	case ref == "ledger", ref == "ledger state", ref == "ledger stat":
		return id == "platform/pipelines/success" || ref == "ledger stat" && id == "default/search/ranking"
	}
	return false
}

// TestQueriesAnswer executes every query of every dashboard.
func TestQueriesAnswer(t *testing.T) {
	l := lab(t)
	for _, drawn := range all(t, world(), dashboards.Options{}) {
		d := read(t, drawn)
		id := strings.TrimPrefix(*d.Title, "SLO ")
		for _, q := range targets(t, d) {
			series := ask(t, l, q, chooseAll(d))
			ref := q.ref
			switch {
			case q.panel.Type == "state-timeline" && ref == "ledger":
				ref = "ledger state"
			case q.panel.Type == "stat" && ref == "ledger":
				ref = "ledger stat"
			}
			if want := !silent(id, ref); (len(series) > 0) != want {
				t.Errorf("%s, panel %q, query %s: answers: %t, want %t\n%s", id, *q.panel.Title, ref, len(series) > 0, want, q.expr)
			}
		}
		checkVariables(t, l, d)
	}
}

var labelValues = regexp.MustCompile(`^label_values\((.*), (\w+)\)$`)

// checkVariables asks for the values of each variable, and then every query
// for one of them and for all, one by one.
func checkVariables(t *testing.T, l *engine.Lab, d dashboard.Dashboard) {
	t.Helper()
	for _, v := range d.Templating.List {
		if v.Type != "query" {
			continue
		}
		match := labelValues.FindStringSubmatch(*v.Query.String)
		if match == nil {
			t.Fatalf("variable %s asks %q", v.Name, *v.Query.String)
		}
		choices := labelsOf(t, l, interpolate(match[1], chooseAll(d)), match[2])
		if len(choices) == 0 {
			t.Errorf("%s: variable %s has no values", *d.Title, v.Name)
		}
		for _, choice := range [][]string{choices[:1], choices} {
			values := chooseAll(d)
			values[v.Name] = chooseOne(choice...)
			for _, q := range targets(t, d) {
				ask(t, l, q, values)
			}
		}
	}
}

func labelsOf(t *testing.T, l *engine.Lab, selector, label string) []string {
	t.Helper()
	series, err := l.Instant(context.Background(), selector, end)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]bool{}
	for _, s := range series {
		if s.Labels[label] != "" {
			values[s.Labels[label]] = true
		}
	}
	return slices.Sorted(maps.Keys(values))
}

// column returns the values of a query by objective, rounded.
func column(t *testing.T, l *engine.Lab, d dashboard.Dashboard, ref string, values map[string]string) map[string]string {
	t.Helper()
	got := map[string]string{}
	for _, q := range targets(t, d) {
		if q.ref != ref {
			continue
		}
		for _, s := range ask(t, l, q, values) {
			key := s.Labels["slo"]
			if _, twice := got[key]; twice {
				t.Errorf("query %s has two rows for %q", ref, key)
			}
			got[key] = fmt.Sprintf("%.2g", s.Points[len(s.Points)-1].V)
		}
	}
	return got
}

func overview(t *testing.T) dashboard.Dashboard {
	t.Helper()
	drawn, err := dashboards.Overview(world(), dashboards.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return read(t, drawn)
}

// TestOverviewNumbers compares what the overview shows with the world.
func TestOverviewNumbers(t *testing.T) {
	l, d := lab(t), overview(t)
	const (
		checkoutID, gatewayID, pipelinesID = "default/checkout/availability", "default/gateway/errors", "platform/pipelines/success"
		searchID, portalID                 = "default/search/ranking", "platform/portal/reachable"
	)
	want := map[string]map[string]string{
		"exhausted": {"": "1"}, "caution": {"": "1"}, "healthy": {"": "1"}, "unknown": {"": "2"},
		"remaining": {checkoutID: "0.6", gatewayID: "-8.5", pipelinesID: "0.2"},
		"source":    {checkoutID: "1", gatewayID: "1", pipelinesID: "0", searchID: "1", portalID: "1"},
		"estimate":  {checkoutID: "0.5", gatewayID: "-9", pipelinesID: "0.2", searchID: "0.5"},
		"burn1h":    {checkoutID: "0.5", gatewayID: "10", pipelinesID: "0.8", searchID: "0.5"},
		"burn3d":    {checkoutID: "0.5", gatewayID: "10", pipelinesID: "0.8", searchID: "2.5"}, // of 28d, and of the ledger
		"facts":     {checkoutID: "1", gatewayID: "1", pipelinesID: "1", searchID: "1", portalID: "1"},
	}
	for ref, rows := range want {
		if diff := cmp.Diff(rows, column(t, l, d, ref, chooseAll(d))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", ref, diff)
		}
	}
	values := chooseAll(d)
	values["owner"] = chooseOne("team-pipelines", "team-checkout")
	values["namespace"] = chooseOne("platform")
	for ref, rows := range map[string]map[string]string{
		"exhausted": {"": "0"}, "caution": {"": "1"}, "healthy": {"": "0"}, "unknown": {"": "0"},
		"remaining": {pipelinesID: "0.2"}, "source": {pipelinesID: "0"},
	} {
		if diff := cmp.Diff(rows, column(t, l, d, ref, values)); diff != "" {
			t.Errorf("filtered %s (-want +got):\n%s", ref, diff)
		}
	}
}

// TestObjectiveNumbers compares what objectives' dashboards show with the
// world.
func TestObjectiveNumbers(t *testing.T) {
	l := lab(t)
	worst := "exhausted"
	codes := map[string]string{"healthy": "0", "caution": "1", worst: "3", "unknown": "4"}
	type numbers struct{ ledger, estimate, state, estimated string }
	for _, tt := range []struct {
		o     *slo.Objective
		group string // chosen region
		want  numbers
	}{
		{checkout(), "", numbers{"0.6", "0.5", "healthy", "healthy"}},
		{gateway(), "eu", numbers{"-8.5", "-9", worst, worst}},
		{gateway(), "us", numbers{"0.55", "0.5", "healthy", "healthy"}},
		{gateway(), "eu|us", numbers{"-8.5", "-9", worst + " healthy", worst + " healthy"}},
		{pipelines(), "", numbers{"", "0.2", "", "caution"}},
		{search(), "", numbers{"", "0.5", "unknown healthy", "healthy healthy"}},
		{search(), "us", numbers{"0.9", "0.5", "healthy", "healthy"}},
		{search(), "eu", numbers{"", "0.5", "unknown", "healthy"}},
		{portal(), "", numbers{"", "", "unknown", ""}},
	} {
		d := read(t, draw(t, tt.o, dashboards.Options{}))
		values := chooseAll(d)
		if tt.group != "" {
			values["group_region"] = tt.group
		}
		got := map[string][]string{}
		for _, q := range targets(t, d) {
			for _, s := range ask(t, l, q, values) {
				key := q.panel.Type + " " + q.ref
				got[key] = append(got[key], fmt.Sprintf("%.2g", s.Points[len(s.Points)-1].V))
			}
		}
		var states, estimated []string
		for _, s := range strings.Fields(tt.want.state) {
			states = append(states, codes[s])
		}
		for _, s := range strings.Fields(tt.want.estimated) {
			estimated = append(estimated, codes[s])
		}
		for key, want := range map[string]string{
			"stat ledger": tt.want.ledger, "stat estimate": tt.want.estimate,
			"state-timeline ledger": strings.Join(states, " "), "state-timeline estimate": strings.Join(estimated, " "),
		} {
			if text := strings.Join(got[key], " "); text != want {
				t.Errorf("%s %s: %s shows %q, want %q", tt.o.ID, tt.group, key, text, want)
			}
		}
	}
}

// TestEvents counts every event once, whatever the bars' width is. After a
// change of the indicator, up to an hour is there twice.
func TestEvents(t *testing.T) {
	l := lab(t)
	const perSecond = 200
	all, hour := perSecond*end.Sub(start).Seconds(), perSecond*time.Hour.Seconds()
	for _, width := range []time.Duration{5 * time.Minute, 15 * time.Minute} {
		bad, good := bars(t, l, pipelines(), width)
		if math.Abs(bad-0.016*all) > 0.02*0.016*all || math.Abs(good-0.984*all) > 0.02*all {
			t.Errorf("bars of %s hold %g bad and %g good, want 16 per mille of %g", width, bad, good, all)
		}
		bad, good = bars(t, l, checkout(), width)
		if sum := bad + good; sum < 0.98*all || sum > all+hour {
			t.Errorf("after a change of the indicator, bars of %s hold %g events, want %g to %g", width, sum, all, all+hour)
		}
	}
}

// bars adds up the events in an objective's bars of a width.
func bars(t *testing.T, l *engine.Lab, o *slo.Objective, width time.Duration) (bad, good float64) {
	t.Helper()
	d := read(t, draw(t, o, dashboards.Options{}))
	values := chooseAll(d)
	values["__interval"] = slo.FormatDuration(width)
	sums := map[string]float64{}
	for _, q := range targets(t, d) {
		if q.ref != "bad" && q.ref != "good" {
			continue
		}
		series, err := l.Range(context.Background(), interpolate(q.expr, values), start.Add(width), end.Add(width), width)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range series[0].Points {
			sums[q.ref] += p.V
		}
	}
	return sums["bad"], sums["good"]
}
