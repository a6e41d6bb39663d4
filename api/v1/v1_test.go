package v1_test

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"headroom/api/apitest"
	"headroom/api/v1"
	"headroom/budget"
	"headroom/slo"
)

func all() []v1.SLO {
	var slos []v1.SLO
	for _, s := range apitest.Statuses() {
		slos = append(slos, v1.NewSLO(s))
	}
	v1.Sort(slos)
	return slos
}

func TestKeysAreTheContract(t *testing.T) {
	want := map[string][]string{
		"": {
			"at", "bad", "budget", "budget_state", "burn", "coverage", "data", "error_ratio", "formerly", "group", "id",
			"measured", "owner", "reason", "since", "target", "through", "total", "window",
		},
		"budget": {"events", "remaining", "spent"},
		"burn":   {"1h", "3d", "6h"},
	}
	status := apitest.Statuses()[2]
	status.Reason = "because"
	data, err := json.Marshal(v1.NewSLO(status))
	if err != nil {
		t.Fatal(err)
	}
	object := map[string]any{}
	if err := json.Unmarshal(data, &object); err != nil {
		t.Fatal(err)
	}
	for name, keys := range want {
		inner := object
		if name != "" {
			inner = object[name].(map[string]any)
		}
		if got := slices.Sorted(maps.Keys(inner)); !slices.Equal(got, keys) {
			t.Errorf("%q has keys %q, want %q", name, got, keys)
		}
	}
	if object["target"] != "99%" || object["window"] != "28d" {
		t.Errorf("target %v, window %v", object["target"], object["window"])
	}
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	want := all()
	data, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got []v1.SLO
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	exact := cmp.Options{cmp.Comparer(func(a, b slo.Target) bool { return a == b }), cmp.Comparer(func(a, b slo.Group) bool { return a == b }), cmpopts.EquateEmpty()}
	if diff := cmp.Diff(want, got, exact); diff != "" {
		t.Errorf("-written +read:\n%s", diff)
	}
}

func TestNumbersThatJSONCannotSayAreUnknown(t *testing.T) {
	status := apitest.Statuses()[0]
	nan, inf := math.NaN(), math.Inf(1)
	status.Balance.Remaining, status.Balance.Total = &nan, &inf
	s := v1.NewSLO(status)
	if s.Budget.Remaining != nil || s.Total != nil {
		t.Errorf("remaining %v, total %v, want both unknown", *s.Budget.Remaining, *s.Total)
	}
}

// TestExcludedTimeIsMeasured keeps an exclusion from reading as a hole.
func TestExcludedTimeIsMeasured(t *testing.T) {
	status := apitest.Statuses()[0]
	b := &status.Balance
	b.Corrected, b.Raw.Measured = true, status.Objective.Window.Rolling
	b.Measured = b.Raw.Measured - 7*time.Hour
	if s := v1.NewSLO(status); s.Measured != "28 of 28 days measured" {
		t.Errorf("measured %q", s.Measured)
	}
}

func TestFilterIsReadAsItIsWritten(t *testing.T) {
	want := v1.Filter{Namespace: "default", Service: "a&b", Owner: "ü ?", Label: "tier=1,a==b", State: budget.StateCaution, Data: budget.DataYoung}
	got, err := v1.ParseFilter(want.Query())
	if err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	if len(v1.Filter{}.Query()) != 0 {
		t.Error("an empty filter has parameters")
	}
}

func TestFilterErrorsSayWhatIsAllowed(t *testing.T) {
	for query, want := range map[string]string{"state": "exhausted, caution, healthy, unknown", "data": "no_traffic", "services": "use namespace, service"} {
		_, err := v1.ParseFilter(map[string][]string{query: {"x"}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s=x: %v, want %q", query, err, want)
		}
	}
}

func TestIndicators(t *testing.T) {
	good := slo.MustCounter(`ok{job="a"}`)
	for _, test := range []struct {
		in   slo.Indicator
		want v1.Indicator
	}{
		{slo.Ratio{Good: good, Total: slo.MustCounter("all")}, v1.Indicator{Kind: "ratio", Good: `ok{job="a"}`, Total: "all"}},
		{slo.Ratio{Bad: good, Total: slo.MustCounter("all")}, v1.Indicator{Kind: "ratio", Bad: `ok{job="a"}`, Total: "all"}},
		{slo.Gauge{Selector: good}, v1.Indicator{Kind: "gauge", Good: `ok{job="a"} == 1`, Total: `ok{job="a"}`}},
	} {
		o := *apitest.Statuses()[0].Objective
		o.Indicator = test.in
		if got := v1.NewObjective(&o, nil).Indicator; got != test.want {
			t.Errorf("%s: %+v, want %+v", test.in.Canonical(), got, test.want)
		}
	}
}
