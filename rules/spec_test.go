package rules_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"headroom/internal/truth"
	"headroom/rules"
	"headroom/slo"
	"headroom/slo/manifest"
)

// spec reads an objective with a window of 30 days from YAML.
func spec(t testing.TB, indicator string) *slo.Objective {
	t.Helper()
	text := "headroom: v1\nservice: shop/checkout\nobjectives:\n  availability:\n    target: 99.9%\n    window: 30d\n" + indicator
	documents, problems := manifest.Parse("slo.yaml", []byte(text))
	if len(problems) > 0 || len(documents) != 1 || len(documents[0].Objectives) != 1 {
		t.Fatalf("%s\n%v", text, problems)
	}
	return documents[0].Objectives[0]
}

// told is a story about an objective that is read from YAML.
type told struct {
	dialects []rules.Dialect // besides the embedded one
	story    func(w *world) []judge
}

func specStories() map[string]told {
	return map[string]told{
		"threshold of a gauge":                    {[]rules.Dialect{rules.Prometheus242}, queueDepth},
		"a gauge that must be a number":           {nil, equal},
		"an error ratio, absent and NaN at times": {nil, errorRatio},
		"joined with the labels of pods":          {[]rules.Dialect{rules.VictoriaMetrics}, joinedPods},
		"good by query, absent in an outage":      {nil, absentGoodQuery},
		"a fast error is not good":                {nil, fastErrors},
		"a threshold between two buckets":         {nil, betweenBuckets},
		"UTF-8 names of OpenTelemetry":            {nil, openTelemetryNames},
		"platform events":                         {nil, platformEvents},
	}
}

// TestSpecsTellTheTruth goes from YAML to evaluated numbers, of the rules and
// of the ledger's raw expressions.
func TestSpecsTellTheTruth(t *testing.T) {
	for name, told := range specStories() {
		t.Run(name, func(t *testing.T) { live(t, rules.Embedded, told.story, exact) })
		for _, d := range told.dialects {
			t.Run(name+"/"+string(d), func(t *testing.T) { live(t, d, told.story, 0.03) })
		}
	}
}

// checkRaw compares the ledger's raw counts of the last hours with the truth.
func (j judge) checkRaw(w *world, d rules.Dialect, tolerance float64) {
	w.t.Helper()
	if j.o.Indicator.Kind() == "events" {
		return // the ledger counts them from the store
	}
	tile := w.now.Truncate(j.o.Resolution)
	for _, r := range []time.Duration{j.o.Resolution, time.Hour, 3 * time.Hour} {
		bad, total := rules.Raw(j.o, d, r)
		for expr, counters := range map[string][]*truth.Counter{bad: j.in.Bad, total: j.in.Total} {
			want := truth.Sum(counters, tile.Add(-r), tile)
			if all := truth.Sum(j.in.Total, tile.Add(-r), tile); all == 0 {
				continue
			}
			got := j.queryAt(w, expr, tile)
			if math.IsNaN(got) {
				got = 0 // absent: no bad series
			}
			if !(math.Abs(got-want) <= tolerance*math.Abs(want)+1e-9+tolerance*math.Sqrt(want)) {
				w.t.Errorf("raw %s over %s at %s is %v, want %v", expr, r, tile, got, want)
			}
		}
	}
}

// queryAt returns the value of the judge's group.
func (j judge) queryAt(w *world, expr string, at time.Time) float64 {
	w.t.Helper()
	list, err := w.lab.Instant(w.t.Context(), expr, at)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, s := range list {
		if j.group == "" || j.inGroup(s.Labels) {
			return s.Points[0].V
		}
	}
	return math.NaN()
}

func (j judge) inGroup(labels map[string]string) bool {
	for name, value := range labels {
		if j.group == fmt.Sprintf("%s=%q", name, value) || j.group == fmt.Sprintf("%q=%q", name, value) {
			return true
		}
	}
	return false
}

// sampled adds a gauge whose samples are events, which are bad where bad says.
func (w *world) sampled(value func(at time.Time) (float64, bool), bad func(v float64) bool, labels ...string) truth.Indicator {
	in := truth.Indicator{Bad: []*truth.Counter{{}}, Total: []*truth.Counter{{}}}
	w.counter(labels...)
	w.targets[len(w.targets)-1].read = func(at time.Time) (float64, bool) {
		v, ok := value(at)
		if !ok {
			return 0, false
		}
		in.Total[0].Add(at, 1)
		if bad(v) {
			in.Bad[0].Add(at, 1)
		}
		return v, true
	}
	return in
}

func queueDepth(w *world) []judge {
	o := spec(w.t, "    group: [queue]\n    gauge: {selector: 'queue_depth{job=\"checkout\"}', good: '<= 100'}\n")
	tooMany := func(v float64) bool { return v > 100 }
	steady := w.sampled(func(at time.Time) (float64, bool) {
		if d := at.Sub(epoch); d > 3*time.Hour && d <= 3*time.Hour+40*time.Minute {
			return 100.5, true
		}
		return 100, true
	}, tooMany, "__name__", "queue_depth", "job", "checkout", "queue", `a"}\`)
	// This one appears late, and cannot be scraped for a while: its last sample
	// must not be counted on.
	i := len(w.targets)
	late := w.sampled(func(at time.Time) (float64, bool) {
		d := at.Sub(epoch)
		if d < 67*time.Minute || d > 3*time.Hour && d < 3*time.Hour+22*time.Minute {
			w.targets[i].alive = false
			return 0, false
		}
		return 90 + float64(at.Minute())/2, true
	}, tooMany, "__name__", "queue_depth", "job", "checkout", "queue", "b")
	return []judge{{o: o, in: steady, group: `queue="a\"}\\"`}, {o: o, in: late, group: `queue="b"`}}
}

func equal(w *world) []judge {
	o := spec(w.t, "    gauge: {selector: replicas_missing, good: '== 0'}\n")
	return []judge{{o: o, in: w.sampled(func(at time.Time) (float64, bool) {
		return float64(at.Minute() / 50), true
	}, func(v float64) bool { return v != 0 }, "__name__", "replicas_missing")}}
}

func errorRatio(w *world) []judge {
	o := spec(w.t, "    group: [region]\n    raw: {error_ratio: 'errors:ratio{job=\"checkout\"} / on (region) group_left () enabled'}\n")
	var judges []judge
	for _, region := range []string{"eu", "us"} {
		in := truth.Indicator{Bad: []*truth.Counter{{}}, Total: []*truth.Counter{{}}}
		ratio := func(at time.Time) (v float64, ok bool) {
			d := at.Sub(epoch)
			switch {
			case region == "us" && d < time.Hour:
				return 0, false // not there yet
			case d > 2*time.Hour && d <= 2*time.Hour+10*time.Minute:
				return math.NaN(), true
			case d > 3*time.Hour && d <= 3*time.Hour+20*time.Minute:
				return 3, true // counts as 1
			case d > 5*time.Hour && d <= 6*time.Hour:
				return -1, true // counts as 0
			}
			return 0.25, true
		}
		w.counter("__name__", "errors:ratio", "job", "checkout", "region", region)
		w.targets[len(w.targets)-1].read = ratio
		w.counter("__name__", "enabled", "region", region)
		w.targets[len(w.targets)-1].read = func(time.Time) (float64, bool) { return 1, true }
		for d := time.Duration(0); d <= 8*time.Hour; d += time.Minute {
			if v, ok := ratio(after(d)); ok && !math.IsNaN(v) {
				in.Total[0].Add(after(d), slo.RawWeight)
				in.Bad[0].Add(after(d), slo.RawWeight*min(max(v, 0), 1))
			}
		}
		judges = append(judges, judge{o: o, in: in, group: `region="` + region + `"`})
	}
	return judges
}

func joinedPods(w *world) []judge {
	o := spec(w.t, `    group: [team]
    query:
      bad: |
        sum by (team) (increase(http_requests_total{code=~"5.."}[$range]) * on (pod) group_left (team) max by (pod, team) (kube_pod_labels))
      total: sum by (team) (increase(http_requests_total[$range]) * on (pod) group_left (team) max by (pod, team) (kube_pod_labels))
`)
	var judges []judge
	for i, team := range []string{"red", "blue"} {
		var good, bad []*truth.Counter
		for _, replica := range []string{"a", "b"} {
			pod := team + "-" + replica
			ok, failed := w.requests("200", "pod", pod), w.requests("500", "pod", pod)
			w.flow(ok, 0, 8*time.Hour, 100)
			w.flow(failed, 0, 3*time.Hour, 1)
			w.flow(failed, 3*time.Hour, 4*time.Hour, float64(20*(i+1)))
			w.flow(failed, 4*time.Hour, 8*time.Hour, 2)
			ok.Reset(after(100 * time.Minute))
			failed.Reset(after(100 * time.Minute))
			w.counter("__name__", "kube_pod_labels", "pod", pod, "team", team)
			w.targets[len(w.targets)-1].read = func(time.Time) (float64, bool) { return 1, true }
			good, bad = append(good, ok), append(bad, failed)
		}
		judges = append(judges, judge{o: o, in: truth.Indicator{Bad: bad, Total: append(good, bad...)}, group: `team="` + team + `"`})
	}
	return judges
}

func absentGoodQuery(w *world) []judge {
	judges := absentGood(w)
	judges[0].o = spec(w.t, `    query:
      good: sum(increase(http_requests_total{job="checkout",code!~"5.."}[$range]))
      total: sum without (code) (increase(http_requests_total{job="checkout"}[$range]))
`)
	return judges
}

// warned is spec where lint warns.
func warned(t testing.TB, indicator string) *slo.Objective {
	t.Helper()
	text := "headroom: v1\nservice: shop/checkout\nobjectives:\n  availability:\n    target: 99.9%\n    window: 30d\n" + indicator
	documents, problems := manifest.Parse("slo.yaml", []byte(text))
	if len(problems) != 1 || problems[0].Check != "latency-bucket" || len(documents[0].Objectives) != 1 {
		t.Fatalf("%s\n%v", text, problems)
	}
	return documents[0].Objectives[0]
}

func platformEvents(w *world) []judge {
	o := spec(w.t, "    events: {kind: pipeline, where: 'branch == \"main\"', good: 'outcome == \"success\" && ran_for < 600.0', ignore: [user]}\n")
	bad, good := w.replica(o, "a", 0)
	margin := min(o.Resolution/10, 10*time.Second)
	in := truth.Indicator{Bad: []*truth.Counter{{}}, Total: []*truth.Counter{{}, {}}}
	for d := 10 * time.Minute; d < 8*time.Hour; d += 7 * time.Minute {
		good.Add(after(d), 3)
		in.Total[0].Add(after(d+margin), 3)
		if d > 2*time.Hour && d < 3*time.Hour {
			bad.Add(after(d), 1)
			in.Bad[0].Add(after(d+margin), 1)
			in.Total[1].Add(after(d+margin), 1)
		}
	}
	return []judge{{o: o, in: in}}
}
