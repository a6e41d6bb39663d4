package rules_test

import (
	"fmt"
	"math"
	"strconv"
	"testing"
	"time"

	"headroom/alerting"
	"headroom/internal/truth"
	"headroom/rules"
	"headroom/slo"
)

// judge is an objective beside the events that it is about, in one group.
type judge struct {
	o     *slo.Objective
	in    truth.Indicator
	group string // matchers of the group, such as region="eu"
}

// of selects a recorded series of the objective's group.
func (j judge) of(metric string) string {
	s := metric + "{slo=" + strconv.Quote(j.o.ID.String()) + ",sli=" + strconv.Quote(j.o.SLI())
	if j.group != "" {
		s += "," + j.group
	}
	return s + "}"
}

// shortRatio is the ratio of short counts, taken each step and added up, which
// is how short windows are defined.
func (j judge) shortRatio(window time.Duration, at time.Time, d rules.Dialect) float64 {
	long, step := rules.ShortSpan(j.o, d), alerting.Step(j.o.Resolution)
	var bad, total float64
	for span := long; span <= window; span += step {
		end := at.Add(span - window)
		bad += truth.Sum(j.in.Bad, end.Add(-long), end)
		total += truth.Sum(j.in.Total, end.Add(-long), end)
	}
	return bad / total
}

// check compares every recorded ratio with the truth. The world stands one
// step after a tile. Unseen are events that happened before the rules did.
func (j judge) check(w *world, tolerance float64) {
	w.t.Helper()
	tile := w.now.Truncate(j.o.Resolution)
	for _, t := range alerting.NewPlan(j.o).Tiers {
		for _, window := range []time.Duration{t.Long, t.Short} {
			// The windows of days are recorded more seldom than tiles.
			every := max(rules.Interval(j.o, window), j.o.Resolution)
			end := w.now.Truncate(every)
			want, allowed := j.in.ErrorRatio(end.Add(-window), end), tolerance
			if window < 24*j.o.Resolution {
				want, allowed = j.shortRatio(window, w.now, w.dialect), 5*tolerance
			}
			if edge := end.Add(-window); math.IsNaN(want) && truth.Sum(j.in.Total, edge.Add(-w.scrape), edge) > 0 {
				// What the last scrape before the window did not see yet counts in it.
				want = j.in.ErrorRatio(edge.Add(-w.scrape), end)
			}
			latest := fmt.Sprintf("last_over_time(%s[%ds])", j.of(rules.MetricErrorRatio(window)), int(every.Seconds()))
			approx(w.t, fmt.Sprintf("%s of %s at %s", rules.MetricErrorRatio(window), j.o.ID, w.now), w.query(latest), want, allowed)
		}
	}
	window := j.o.Window.Rolling
	// The window of the objective is recorded with each tile; every other one where rules do not see one another at once.
	second := tile
	if w.dialect == rules.VictoriaMetrics {
		second = w.now.Truncate(2 * j.o.Resolution)
	}
	approx(w.t, fmt.Sprintf("period of %s at %s", j.o.ID, w.now),
		w.query(fmt.Sprintf("last_over_time(%s[%ds])", j.of(rules.MetricPeriod), int(w.now.Sub(second).Seconds())+1)),
		j.in.ErrorRatio(second.Add(-window), second), tolerance)
	remaining := j.in.Remaining(second, window, j.o.Target.Budget())
	if !math.IsNaN(remaining) {
		approx(w.t, fmt.Sprintf("spent of %s at %s", j.o.ID, w.now), 1-w.query(j.of(rules.MetricRemaining)), 1-remaining, tolerance)
	}
	j.checkTilesAt(w, tile, tolerance)
}

// checkTilesAt compares the sum of all tiles up to a time with all events.
func (j judge) checkTilesAt(w *world, tile time.Time, tolerance float64) {
	w.t.Helper()
	if truth.Sum(j.in.Total, time.Time{}, tile) == 0 {
		return
	}
	for metric, counters := range map[string][]*truth.Counter{rules.MetricBadTile: j.in.Bad, rules.MetricTotalTile: j.in.Total} {
		approx(w.t, fmt.Sprintf("sum of %s of %s at %s", metric, j.o.ID, w.now),
			w.query("sum_over_time("+j.of(metric)+"[100d])"), truth.Sum(counters, time.Time{}, tile), tolerance)
	}
}

// exact is the tolerance of dialects with anchored increase, when scrapes and
// evaluations fall together.
const exact = 1e-9

// stories are lives of services, eight hours long, scraped every 30 s.
func stories() map[string]func(w *world) []judge {
	return map[string]func(w *world) []judge{
		"bad of total, pods that restart": func(w *world) []judge {
			good, bad := restartingPods(w)
			return []judge{{o: checkout(), in: truth.Indicator{Bad: bad, Total: append(good, bad...)}}}
		},
		"good of total, pods that restart": func(w *world) []judge {
			good, bad := restartingPods(w)
			return []judge{{o: checkout(goodForm), in: truth.Indicator{Bad: bad, Total: append(good, bad...)}}}
		},
		"good series are absent in an outage":         absentGood,
		"good series never existed":                   neverGood,
		"error series is born late and vanishes":      lateErrors,
		"error series never existed":                  neverBad,
		"two objectives on one metric":                twoObjectives,
		"a group that appears later":                  laterGroup,
		"gauge":                                       probe,
		"latency, le as Prometheus 2 writes it":       func(w *world) []judge { return latency(w, "1") },
		"latency, le as Prometheus 3 writes it":       func(w *world) []judge { return latency(w, "1.0") },
		"a sum of which one term is absent at first":  absentTerm,
		"a difference and an or, grouped":             difference,
		"traffic that ends":                           trafficEnds,
		"a group that is away for twenty-two minutes": awayTarget,
	}
}

func TestRulesTellTheTruth(t *testing.T) {
	for name, story := range stories() {
		t.Run(name, func(t *testing.T) { live(t, rules.Embedded, story, exact) })
	}
}

// Without anchored, increase extrapolates at the borders of its range: sharp
// changes of a rate come out by some percent too low or too high.
func TestPortableRulesTellTheTruth(t *testing.T) {
	for d, names := range map[rules.Dialect][]string{
		rules.Prometheus242:   {"gauge", "good series are absent in an outage"},
		rules.Prometheus3:     {"bad of total, pods that restart", "gauge", "a group that appears later", "a sum of which one term is absent at first"},
		rules.VictoriaMetrics: {"bad of total, pods that restart", "good series are absent in an outage", "latency, le as Prometheus 2 writes it"},
	} {
		for _, name := range names {
			t.Run(string(d)+"/"+name, func(t *testing.T) { live(t, d, stories()[name], 0.03) })
		}
	}
}

// live tells a story and compares at four times.
func live(t *testing.T, d rules.Dialect, story func(*world) []judge, tolerance float64) {
	t.Helper()
	t.Parallel()
	w := newWorld(t, 30*time.Second)
	judges := story(w)
	var objectives []*slo.Objective
	for i, j := range judges {
		if i == 0 || judges[i-1].o != j.o {
			objectives = append(objectives, j.o)
		}
	}
	w.load(d, objectives...)
	for _, at := range []time.Duration{time.Hour, 4*time.Hour + 25*time.Minute, 5 * time.Hour, 8 * time.Hour} {
		w.run(at+time.Minute, nil)
		for _, j := range judges {
			j.check(w, tolerance)
			j.checkRaw(w, d, tolerance)
		}
	}
	w.finite()
}

func restartingPods(w *world) (good, bad []*truth.Counter) {
	for pod, restart := range map[string]time.Duration{"a": 100 * time.Minute, "b": 227 * time.Minute} {
		ok, failed := w.requests("200", "pod", pod), w.requests("500", "pod", pod)
		w.flow(ok, 0, 8*time.Hour, 120)
		w.flow(failed, 0, 3*time.Hour, 1)
		w.flow(failed, 3*time.Hour, 4*time.Hour, 30)
		w.flow(failed, 4*time.Hour, 8*time.Hour, 2)
		ok.Reset(after(restart))
		failed.Reset(after(restart))
		good, bad = append(good, ok), append(bad, failed)
	}
	return good, bad
}

func absentGood(w *world) []judge {
	first, bad, second := w.requests("200"), w.requests("500"), w.requests("200")
	first.Dies, second.Born = after(4*time.Hour+30*time.Second), after(4*time.Hour+20*time.Minute)
	w.flow(first, 0, 4*time.Hour, 100)
	w.flow(bad, 0, 4*time.Hour, 1)
	w.flow(bad, 4*time.Hour, 4*time.Hour+20*time.Minute, 100)
	w.flow(second, 4*time.Hour+20*time.Minute, 8*time.Hour, 100)
	bads := []*truth.Counter{bad}
	return []judge{{o: checkout(goodForm), in: truth.Indicator{Bad: bads, Total: []*truth.Counter{first, second, bad}}}}
}

func neverGood(w *world) []judge {
	bad := w.requests("500")
	w.flow(bad, 0, 8*time.Hour, 10)
	return []judge{{o: checkout(goodForm), in: truth.Indicator{Bad: []*truth.Counter{bad}, Total: []*truth.Counter{bad}}}}
}

func lateErrors(w *world) []judge {
	ok, failed := w.requests("200"), w.requests("500")
	failed.Born, failed.Dies = after(3*time.Hour), after(4*time.Hour+30*time.Second)
	w.flow(ok, 0, 8*time.Hour, 100)
	w.flow(failed, 3*time.Hour, 4*time.Hour, 10)
	return []judge{{o: checkout(), in: truth.Indicator{Bad: []*truth.Counter{failed}, Total: []*truth.Counter{ok, failed}}}}
}

func neverBad(w *world) []judge {
	ok := w.requests("200")
	w.flow(ok, 0, 8*time.Hour, 100)
	return []judge{{o: checkout(), in: truth.Indicator{Total: []*truth.Counter{ok}}}}
}

func twoObjectives(w *world) []judge {
	good, bad := restartingPods(w)
	denied := w.requests("403")
	w.flow(denied, 0, 8*time.Hour, 7)
	total := append(append(good, bad...), denied)
	strict := checkout(func(o *slo.Objective) {
		o.ID.Objective = "authorised"
		o.Indicator = slo.Ratio{
			Bad:   slo.MustCounter(`http_requests_total{job="checkout",code=~"403|5.."}`),
			Total: slo.MustCounter(`http_requests_total{job="checkout"}`),
		}
	})
	return []judge{
		{o: checkout(), in: truth.Indicator{Bad: bad, Total: total}},
		{o: strict, in: truth.Indicator{Bad: append([]*truth.Counter{denied}, bad...), Total: total}},
	}
}

func laterGroup(w *world) []judge {
	o := checkout(grouped("region"))
	var judges []judge
	for region, born := range map[string]time.Duration{"eu": 0, "us": 3*time.Hour + 7*time.Minute} {
		ok, failed := w.requests("200", "region", region), w.requests("500", "region", region)
		ok.Born, failed.Born = after(born), after(born)
		w.flow(ok, born, 8*time.Hour, 100)
		w.flow(failed, born, 8*time.Hour, 3)
		judges = append(judges, judge{o: o, in: truth.Indicator{Bad: []*truth.Counter{failed}, Total: []*truth.Counter{ok, failed}}, group: `region="` + region + `"`})
	}
	return judges
}

func probe(w *world) []judge {
	down := func(at time.Time) float64 {
		if d := at.Sub(epoch); d > 3*time.Hour && d <= 3*time.Hour+40*time.Minute {
			return 0
		}
		return 1
	}
	return []judge{{o: checkout(gaugeForm), in: w.gauge(down, "__name__", "probe_success", "job", "checkout")}}
}

func latency(w *world, le string) []judge {
	fast := w.counter("__name__", "http_request_duration_seconds_bucket", "job", "checkout", "le", le)
	other := w.counter("__name__", "http_request_duration_seconds_bucket", "job", "checkout", "le", "0.5")
	all := w.counter("__name__", "http_request_duration_seconds_count", "job", "checkout")
	slow := &truth.Counter{}
	for d := time.Duration(0); d < 8*time.Hour; d += w.scrape {
		at := after(d + w.scrape/2)
		tooSlow := 1.0
		if d >= 2*time.Hour && d < 3*time.Hour {
			tooSlow = 25
		}
		all.Add(at, 100)
		slow.Add(at, tooSlow)
		fast.Add(at, 100-tooSlow)
		other.Add(at, 10)
	}
	return []judge{{o: checkout(latencyForm), in: truth.Indicator{Bad: []*truth.Counter{slow}, Total: []*truth.Counter{all}}}}
}

func absentTerm(w *world) []judge {
	httpAll := w.counter("__name__", "http_requests_total")
	rpcAll, rpcBad := w.counter("__name__", "grpc_requests_total"), w.counter("__name__", "grpc_errors_total")
	rpcAll.Born, rpcBad.Born = after(3*time.Hour), after(3*time.Hour)
	w.flow(httpAll, 0, 8*time.Hour, 50)
	w.flow(rpcAll, 3*time.Hour, 8*time.Hour, 50)
	w.flow(rpcBad, 3*time.Hour, 8*time.Hour, 5)
	return []judge{{o: checkout(sumForm), in: truth.Indicator{Bad: []*truth.Counter{rpcBad}, Total: []*truth.Counter{httpAll, rpcAll}}}}
}

func difference(w *world) []judge {
	o := checkout(grouped("headroom_term"), func(o *slo.Objective) {
		o.Indicator = slo.Ratio{
			Bad:   slo.MustCounter(`errors_total or faults_total`),
			Total: slo.MustCounter(`requests_total - (health_total + probes_total)`),
		}
	})
	var judges []judge
	for group, name := range map[string]string{"1": "errors_total", "2": "faults_total"} {
		bad := w.counter("__name__", name, "headroom_term", group)
		all := w.counter("__name__", "requests_total", "headroom_term", group)
		health := w.counter("__name__", "health_total", "headroom_term", group)
		counted := &truth.Counter{}
		w.flow(bad, 0, 8*time.Hour, 2)
		w.flow(all, 0, 8*time.Hour, 100)
		w.flow(health, 0, 8*time.Hour, 40)
		w.flow(counted, 0, 8*time.Hour, 60)
		judges = append(judges, judge{o: o, in: truth.Indicator{Bad: []*truth.Counter{bad}, Total: []*truth.Counter{counted}}, group: `headroom_term="` + group + `"`})
	}
	return judges
}

func trafficEnds(w *world) []judge {
	ok, failed := w.requests("200"), w.requests("500")
	w.flow(ok, 0, 4*time.Hour, 100)
	w.flow(failed, 0, 4*time.Hour, 4)
	return []judge{{o: checkout(), in: truth.Indicator{Bad: []*truth.Counter{failed}, Total: []*truth.Counter{ok, failed}}}}
}

// awayTarget is a group that cannot be scraped for a while, and nothing tells
// its series to end. Its process goes on counting. Another group stays.
func awayTarget(w *world) []judge {
	o := checkout(grouped("region"))
	var judges []judge
	for _, region := range []string{"eu", "us"} {
		ok, failed := w.requests("200", "region", region), w.requests("500", "region", region)
		w.flow(ok, 0, 8*time.Hour, 100)
		w.flow(failed, 0, 8*time.Hour, 4)
		judges = append(judges, judge{o: o, in: truth.Indicator{Bad: []*truth.Counter{failed}, Total: []*truth.Counter{ok, failed}}, group: `region="` + region + `"`})
	}
	for _, target := range w.targets[:2] {
		read := target.read
		target.read = func(at time.Time) (float64, bool) {
			if d := at.Sub(epoch); d > 3*time.Hour && d < 3*time.Hour+22*time.Minute {
				target.alive = false
				return 0, false
			}
			return read(at)
		}
	}
	return judges
}
