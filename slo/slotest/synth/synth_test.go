package synth_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"headroom/slo"
	"headroom/slo/slotest/synth"
)

func objective(in slo.Indicator, groupBy ...string) *slo.Objective {
	return &slo.Objective{ID: slo.ID{Namespace: "default", Service: "s", Objective: "o"}, Indicator: in, GroupBy: groupBy}
}

func ratio(bad, good, total string) slo.Ratio {
	r := slo.Ratio{Total: slo.MustCounter(total)}
	if bad != "" {
		r.Bad = slo.MustCounter(bad)
	}
	if good != "" {
		r.Good = slo.MustCounter(good)
	}
	return r
}

// values lists the series with their values after 100 events, 7 of them bad.
func values(t *testing.T, p synth.Plan) map[string]float64 {
	t.Helper()
	got := map[string]float64{}
	for _, s := range p.Series {
		got[synth.Name(s.Labels)] = s.Sample(synth.Counts{Total: 100, Bad: 7, BadNow: true}).V
	}
	return got
}

func TestSeriesOfIndicators(t *testing.T) {
	where, err := slo.ParseMatchers(`{job="s"}`)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		in   slo.Indicator
		want map[string]float64
	}{
		"bad of total": {
			ratio(`x_total{job="s", code=~"5.."}`, "", `x_total{job="s"}`),
			map[string]float64{`x_total{code="200", job="s"}`: 93, `x_total{code="500", job="s"}`: 7},
		},
		"bad in a metric of its own": {
			ratio(`fails_total`, "", `runs_total`),
			map[string]float64{`fails_total`: 7, `runs_total`: 100},
		},
		"good of total": {
			ratio("", `x_total{outcome=~"hit|miss"}`, `x_total`),
			map[string]float64{`x_total{outcome="hit"}`: 93, `x_total{outcome="ok"}`: 7},
		},
		"good by what it is not": {
			ratio("", `x_total{code!~"5.."}`, `x_total`),
			map[string]float64{`x_total{code="200"}`: 93, `x_total{code="500"}`: 7},
		},
		"sum of bad": {
			ratio(`x_total{rcode="SERVFAIL"} + x_total{rcode="REFUSED"}`, "", `x_total`),
			map[string]float64{`x_total{rcode="SERVFAIL"}`: 7, `x_total{rcode="ok"}`: 93},
		},
		"total is a sum": {
			ratio(`fail_total`, "", `fail_total + success_total`),
			map[string]float64{`fail_total`: 7, `success_total`: 93},
		},
		"bad is a difference": {
			ratio(`all_total - ok_total`, "", `all_total`),
			map[string]float64{`all_total`: 100, `ok_total`: 93},
		},
		"either name": {
			ratio(`new_total{code="500"} or old_total{code="500"}`, "", `new_total or old_total`),
			map[string]float64{`new_total{code="500"}`: 7, `new_total{code="200"}`: 93},
		},
		"UTF-8 names": {
			ratio(`{"http.requests", "http.code"=~"5.."}`, "", `{"http.requests"}`),
			map[string]float64{`http.requests{http.code="500"}`: 7, `http.requests{http.code="200"}`: 93},
		},
		"latency": {
			slo.Latency{Histogram: "d_seconds", Where: where, Under: 300 * time.Millisecond, Unit: time.Second},
			map[string]float64{
				`d_seconds_bucket{job="s", le="0.3"}`: 93, `d_seconds_bucket{job="s", le="+Inf"}`: 100,
				`d_seconds_count{job="s"}`: 100, `d_seconds_sum{job="s"}`: 0.15*93 + 0.6*7,
			},
		},
		"gauge with a threshold": {
			slo.Gauge{Selector: slo.MustCounter(`depth`), Good: slo.Comparison{Op: "<=", Value: 100}},
			map[string]float64{`depth`: 150},
		},
		"gauge": {slo.Gauge{Selector: slo.MustCounter(`up{job=~"a.+"}`)}, map[string]float64{`up{job="a0"}`: 0}},
		"events": {
			slo.Events{EventKind: "pipeline"},
			nil, // the hash of the indicator is in it, see below
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := objective(tt.in)
			plan, err := synth.New(o, slo.Group{})
			if err != nil {
				t.Fatal(err)
			}
			if name == "events" {
				tt.want = map[string]float64{}
				for result, v := range map[string]float64{"bad": 7, "good": 93} {
					tt.want[`headroom_slo_events_total{result="`+result+`", sli="`+o.SLI()+`", slo="default/s/o"}`] = v
				}
			}
			if diff := cmp.Diff(tt.want, values(t, plan), cmp.Comparer(func(a, b float64) bool { return a-b < 1e-9 && b-a < 1e-9 })); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestGroupsAreLabels(t *testing.T) {
	o := objective(ratio(`x_total{code="500"}`, "", `x_total{region=~"eu-.*|us-.*"}`), "region")
	if got := synth.AnyGroup(o).Labels(); got["region"] != "eu-0" && got["region"] != "eu-a" {
		t.Errorf("made up the group %v, want one that total matches", got)
	}
	plan, err := synth.New(o, slo.NewGroup(map[string]string{"region": "us-1"}))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range plan.Series {
		if s.Labels["region"] != "us-1" {
			t.Errorf("%s is not of the group", synth.Name(s.Labels))
		}
	}
}

func TestWhatCannotBeMadeUp(t *testing.T) {
	for name, in := range map[string]slo.Indicator{
		"alike":      ratio(`x_total{a="1"}`, "", `x_total{a="1"}`),
		"no value":   ratio(`x_total{a="1", a="2"}`, "", `x_total{a=~"[^\\x00-\\x{10FFFF}]"}`),
		"group else": ratio(`x_total{region="eu", code="500"}`, "", `x_total{region="eu"}`),
	} {
		_, err := synth.New(objective(in, "region"), slo.NewGroup(map[string]string{"region": "us"}))
		var not *synth.NotPossibleError
		if !errors.As(err, &not) || !strings.Contains(err.Error(), "no traffic can be made up for this ratio") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
