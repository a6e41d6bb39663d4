package rules_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"headroom/alerting"
	"headroom/rules"
	"headroom/slo"
)

const day = 24 * time.Hour

// checkout is the objective that tests change: bad of total.
func checkout(change ...func(*slo.Objective)) *slo.Objective {
	o := &slo.Objective{
		ID:         slo.ID{Namespace: "shop", Service: "checkout", Objective: "availability"},
		Owner:      "team-payments",
		Labels:     map[string]string{"tier": "1"},
		Target:     slo.MustTarget("99.9%"),
		Window:     slo.Window{Rolling: 30 * day},
		Resolution: 5 * time.Minute,
		Indicator: slo.Ratio{
			Bad:   slo.MustCounter(`http_requests_total{job="checkout",code=~"5.."}`),
			Total: slo.MustCounter(`http_requests_total{job="checkout"}`),
		},
	}
	for _, f := range change {
		f(o)
	}
	return o
}

func goodForm(o *slo.Objective) {
	o.Indicator = slo.Ratio{
		Good:  slo.MustCounter(`http_requests_total{job="checkout",code!~"5.."}`),
		Total: slo.MustCounter(`http_requests_total{job="checkout"}`),
	}
}

func sumForm(o *slo.Objective) {
	o.Indicator = slo.Ratio{
		Bad:   slo.MustCounter(`http_errors_total{job="checkout"} + (grpc_errors_total - (grpc_ignored_total or grpc_skipped_total))`),
		Total: slo.MustCounter(`http_requests_total + grpc_requests_total`),
	}
}

func latencyForm(o *slo.Objective) {
	o.Indicator = slo.Latency{
		Histogram: "http_request_duration_seconds",
		Where:     []*labels.Matcher{labels.MustNewMatcher(labels.MatchEqual, "job", "checkout")},
		Under:     time.Second, Unit: time.Second,
	}
}

func gaugeForm(o *slo.Objective) {
	selector, err := slo.ParseSelector(`probe_success{job="checkout"}`)
	if err != nil {
		panic(err)
	}
	o.Indicator = slo.Gauge{Selector: selector}
}

func nativeForm(o *slo.Objective) {
	latencyForm(o)
	in := o.Indicator.(slo.Latency) //nolint:forcetypeassert // latencyForm makes it
	in.Native = true
	o.Indicator = in
}

func fastErrorsForm(o *slo.Objective) {
	latencyForm(o)
	in := o.Indicator.(slo.Latency) //nolint:forcetypeassert // latencyForm makes it
	in.GoodWhere = []*labels.Matcher{labels.MustNewMatcher(labels.MatchNotRegexp, "code", "5..")}
	o.Indicator = in
}

func thresholdForm(o *slo.Objective) {
	o.Indicator = slo.Gauge{Selector: slo.MustCounter(`queue_depth{job="checkout"}`), Good: slo.Comparison{Op: "<=", Value: 100}}
}

func rawForm(o *slo.Objective) {
	ratio, err := slo.ParseInstant(`1 - avg(availability{job="checkout"})`)
	if err != nil {
		panic(err)
	}
	o.Indicator = slo.Raw{ErrorRatio: ratio}
}

func queryForm(o *slo.Objective) {
	counts := func(s string) slo.Counts {
		c, err := slo.ParseCounts(s)
		if err != nil {
			panic(err)
		}
		return c
	}
	o.Indicator = slo.Query{
		Bad:   counts(`sum by (team) (increase(errors_total[$range]) * on (pod) group_left (team) kube_pod_labels)`),
		Total: counts(`sum by (team) (increase(requests_total[$range]) * on (pod) group_left (team) kube_pod_labels)`),
	}
}

func eventsForm(o *slo.Objective) {
	o.Indicator = slo.Events{EventKind: "pipeline", Source: "github", Ignore: []string{"user"}}
}

func grouped(names ...string) func(*slo.Objective) {
	return func(o *slo.Objective) { o.GroupBy = names }
}

// quick makes a window short enough to live through in a test.
func quick(window, resolution time.Duration) func(*slo.Objective) {
	return func(o *slo.Objective) { o.Window.Rolling, o.Resolution = window, resolution }
}

// forms are all indicators, in all shapes.
func forms() map[string]*slo.Objective {
	return map[string]*slo.Objective{
		"bad":            checkout(),
		"good":           checkout(goodForm),
		"sums":           checkout(sumForm),
		"latency":        checkout(latencyForm),
		"gauge":          checkout(gaugeForm),
		"events":         checkout(eventsForm),
		"native":         checkout(nativeForm, grouped("region")),
		"fast errors":    checkout(fastErrorsForm),
		"threshold":      checkout(thresholdForm, grouped("region")),
		"raw":            checkout(rawForm),
		"query":          checkout(queryForm, grouped("team")),
		"bad grouped":    checkout(grouped("region", "zone")),
		"good grouped":   checkout(goodForm, grouped("region")),
		"sums grouped":   checkout(sumForm, grouped("headroom_term", "region")),
		"gauge grouped":  checkout(gaugeForm, grouped("region")),
		"fast":           checkout(quick(10*time.Minute, 10*time.Second)),
		"odd resolution": checkout(quick(10*day, 13*time.Second)),
	}
}

// known are the objectives that a dialect can express.
func known(d rules.Dialect, list []*slo.Objective) []*slo.Objective {
	return slices.DeleteFunc(slices.Clone(list), func(o *slo.Objective) bool { return rules.Check(o, d) != nil })
}

func compile(t testing.TB, o *slo.Objective, d rules.Dialect, options rules.Options) []rules.Group {
	t.Helper()
	groups, err := rules.Compile(o, alerting.NewPlan(o), d, options)
	if err != nil {
		t.Fatal(err)
	}
	return groups
}

// render compiles objectives into a rule file.
func render(t testing.TB, d rules.Dialect, objectives ...*slo.Objective) []byte {
	t.Helper()
	var groups []rules.Group
	for _, o := range objectives {
		groups = append(groups, compile(t, o, d, rules.Options{ExternalURL: "https://headroom.example/"})...)
	}
	var b bytes.Buffer
	if err := rules.Write(&b, slices.Values(groups)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
