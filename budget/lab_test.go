package budget_test

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"headroom/alerting"
	"headroom/budget"
	"headroom/internal/engine"
	"headroom/internal/truth"
	"headroom/rules"
	"headroom/slo"
)

// lab is a real metrics store with the real compiled rules, scraping processes
// whose events are known, and a ledger that reads it.
type lab struct {
	t        *testing.T
	lab      *engine.Lab
	dialect  rules.Dialect
	counters map[*truth.Counter]*engine.LabSeries
	scraped  time.Time
	now      time.Time
	down     func(at time.Time) bool // neither scrapes nor evaluates nor answers
	stalled  func(at time.Time) bool // does not evaluate
	keeper   *keeper
	every    time.Duration // between ticks
	interval time.Duration // between scrapes
}

func newLab(t *testing.T, d rules.Dialect, objectives ...*slo.Objective) *lab {
	t.Helper()
	inner, err := engine.NewLab(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := inner.Close(); err != nil {
			t.Error(err)
		}
	})
	never := func(time.Time) bool { return false }
	l := &lab{t: t, lab: inner, dialect: d, counters: map[*truth.Counter]*engine.LabSeries{}, scraped: epoch, now: epoch, down: never, stalled: never, every: time.Minute, interval: 15 * time.Second}
	l.load(objectives...)
	l.keeper = &keeper{t: t, store: newMemory(), objectives: objectives}
	return l
}

func (l *lab) load(objectives ...*slo.Objective) {
	l.t.Helper()
	var groups []rules.Group
	for _, o := range objectives {
		list, err := rules.Compile(o, alerting.NewPlan(o), l.dialect, rules.Options{})
		if err != nil {
			l.t.Fatal(err)
		}
		groups = append(groups, list...)
	}
	var file bytes.Buffer
	if err := rules.Write(&file, slices.Values(groups)); err != nil {
		l.t.Fatal(err)
	}
	if err := l.lab.Load(file.Bytes()); err != nil {
		l.t.Fatal(err)
	}
}

// counter adds a process's counter of requests of one status code.
func (l *lab) counter(code, region string) *truth.Counter {
	c := &truth.Counter{Labels: map[string]string{"__name__": "http_requests_total", "code": code}}
	if region != "" {
		c.Labels["region"] = region
	}
	l.counters[c] = l.lab.Series(c.Labels)
	return c
}

// flow lets events happen each second in (from, to].
func flowOf(c *truth.Counter, from, to time.Duration, perSecond float64) {
	for d := from; d < to; d += time.Second {
		c.Add(after(d+500*time.Millisecond), perSecond)
	}
}

// scrape reads every counter up to a time.
func (l *lab) scrape(until time.Time) error {
	for at := l.scraped.Add(l.interval); !at.After(until); at = at.Add(l.interval) {
		l.scraped = at
		if l.down(at) {
			continue
		}
		var samples []engine.LabSample
		for c, series := range l.counters {
			if v, ok := c.Value(at); ok {
				samples = append(samples, engine.LabSample{Series: series, V: v})
			}
		}
		if err := l.lab.AppendAt(at, samples...); err != nil {
			return err
		}
	}
	return nil
}

// restart starts the ledger again from its store.
func (l *lab) restart() {
	l.t.Helper()
	k := l.keeper
	k.ledger = openLedger(l.t, k.store)
	declare(l.t, k.ledger, l.now, k.objectives...)
	k.reader = newReader(l.t, budget.ReaderOptions{
		Ledger: k.ledger, Querier: l.lab, SettleDelay: l.interval, Continuity: rules.Continuity,
		Raw: func(o *slo.Objective, r time.Duration) (bad, total string) { return rules.Raw(o, l.dialect, r) },
	})
}

// run goes on to a time after the epoch tick by tick.
func (l *lab) run(to time.Duration) {
	l.t.Helper()
	for l.now.Before(after(to)) {
		next := l.now.Add(l.every)
		err := l.lab.Run(l.t.Context(), l.now, next, engine.RunOptions{
			Before: l.scrape, HashPhase: true,
			Skip: func(_ string, at time.Time) bool { return l.down(at) || l.stalled(at) },
		})
		if err != nil {
			l.t.Fatal(err)
		}
		if err := l.scrape(next); err != nil {
			l.t.Fatal(err)
		}
		l.now = next
		if !l.down(next) && l.keeper.reader != nil {
			l.keeper.tick(next)
		}
	}
}

// wantBalance compares the balance with what happened, within a share.
func (l *lab) wantBalance(o *slo.Objective, g map[string]string, in truth.Indicator, share float64) {
	l.t.Helper()
	for _, s := range l.keeper.ledger.Status(o.ID, l.now) {
		if s.Group != slo.NewGroup(g) {
			continue
		}
		b := s.Balance
		start := b.Start
		if b.Since.After(start) {
			start = b.Since
		}
		if *b.Coverage != 1 {
			l.t.Errorf("coverage %v, want 1", *b.Coverage)
		}
		near(l.t, "total", *b.Total, truth.Sum(in.Total, start, b.End), share)
		near(l.t, "bad", *b.Bad, truth.Sum(in.Bad, start, b.End), share)
		if b.End.Before(l.now.Add(-3*o.Resolution)) || s.Data == budget.DataRulesMissing {
			l.t.Errorf("the window ends at %s, now is %s, data is %s", b.End, l.now, s.Data)
		}
		return
	}
	l.t.Errorf("no status of group %v", g)
}

func near(t *testing.T, name string, got, want, share float64) {
	t.Helper()
	if math.Abs(got-want) > share*want {
		t.Errorf("%s = %v, want %v (%+.2f%%)", name, got, want, 100*(got/want-1))
	}
}

func between(from, to time.Duration) func(time.Time) bool {
	return func(at time.Time) bool { return at.After(after(from)) && !at.After(after(to)) }
}

// labObjective counts HTTP 500 of all requests over five hours.
func labObjective(groupBy ...string) *slo.Objective {
	o := objective("availability", "99%", 5*time.Hour, 5*time.Minute)
	o.GroupBy = groupBy
	return o
}

func TestRealRulesGiveATrueLedger(t *testing.T) {
	disturbances := map[string]func(l *lab){
		"none":                        func(*lab) {},
		"prometheus is away":          func(l *lab) { l.down = between(80*time.Minute, 110*time.Minute) },
		"rules stall":                 func(l *lab) { l.stalled = between(85*time.Minute, 95*time.Minute) },
		"rules stall beyond catch-up": func(l *lab) { l.stalled = between(60*time.Minute, 200*time.Minute) },
		"every fifth evaluation is missed": func(l *lab) {
			l.stalled = func(at time.Time) bool { return at.Unix()/300%5 == 0 }
		},
	}
	for _, d := range []rules.Dialect{rules.Prometheus3, rules.Embedded} {
		for name, disturb := range disturbances {
			t.Run(fmt.Sprint(d, "/", name), func(t *testing.T) {
				o := labObjective()
				l := newLab(t, d, o)
				ok, failed := l.counter("200", ""), l.counter("500", "")
				flowOf(ok, 0, 6*time.Hour, 20)
				flowOf(failed, 0, 90*time.Minute, 0.1)
				flowOf(failed, 90*time.Minute, 100*time.Minute, 8) // the outage
				flowOf(failed, 100*time.Minute, 6*time.Hour, 0.1)
				for _, c := range []*truth.Counter{ok, failed} {
					c.Reset(after(112 * time.Minute)) // a deployment
				}
				disturb(l)
				l.restart()
				l.run(97 * time.Minute)
				l.restart()
				l.run(4 * time.Hour)
				l.wantBalance(o, nil, truth.Indicator{Bad: []*truth.Counter{failed}, Total: []*truth.Counter{ok, failed}}, 0.01)
				l.run(5*time.Hour + 30*time.Minute)
				l.wantBalance(o, nil, truth.Indicator{Bad: []*truth.Counter{failed}, Total: []*truth.Counter{ok, failed}}, 0.01)
			})
		}
	}
}

// While there are no samples the counters of processes that run on count, and
// what is measured afterwards has all of it. Of processes that began anew nobody
// knows what they counted before, so that the time is not measured.
func TestTimeWithoutSamples(t *testing.T) {
	const from, to = 80 * time.Minute, 130 * time.Minute
	for _, d := range []rules.Dialect{rules.Prometheus3, rules.Embedded} {
		for name, test := range map[string]struct {
			restarts []time.Duration // of the processes
			measured bool
		}{
			"all run on":         {[]time.Duration{0, 0, 0, 0}, true},
			"one of four begins": {[]time.Duration{115 * time.Minute, 0, 0, 0}, true},
			"all begin anew":     {[]time.Duration{115 * time.Minute, 90 * time.Minute, 100 * time.Minute, 128 * time.Minute}, false},
		} {
			t.Run(fmt.Sprint(d, "/", name), func(t *testing.T) {
				o := labObjective()
				l := newLab(t, d, o)
				var all []*truth.Counter
				for i, at := range test.restarts {
					c := l.counter("200", fmt.Sprint("r", i))
					flowOf(c, 0, 4*time.Hour, 10)
					if at > 0 {
						c.Reset(after(at))
					}
					all = append(all, c)
				}
				l.down = between(from, to)
				l.restart()
				l.run(3 * time.Hour)
				l.wantTold(o, all, from, to)
				l.wantMissing(o, from, to, test.measured)
				l.restart()
				l.run(4 * time.Hour)
				l.wantMissing(o, from, to, test.measured)
			})
		}
	}
}

// wantTold compares what every slice holds with what happened in it: within 2 %,
// and a quarter of what happened in a time without samples. In a step at either
// end of it, when that is a slice of its own, there were few samples.
func (l *lab) wantTold(o *slo.Objective, all []*truth.Counter, from, to time.Duration) {
	l.t.Helper()
	list := l.keeper.ledger.Slices(budget.Key{SLO: o.ID, SLI: o.SLI()}, epoch, l.now)
	if len(list) < 20 {
		l.t.Errorf("%d slices", len(list))
	}
	for _, sl := range list[1:] {
		begin, end := time.UnixMilli(sl.Start), time.UnixMilli(sl.End)
		share := 0.02
		if begin.Before(after(to)) && end.After(after(from)) {
			if end.Sub(begin) <= o.Resolution {
				continue
			}
			share = 0.25
		}
		near(l.t, fmt.Sprintf("total of %v", sl), sl.Total.Events(), truth.Sum(all, begin, end), share)
	}
}

// wantMissing demands that a time is measured, or is not but for a step at
// either end.
func (l *lab) wantMissing(o *slo.Objective, from, to time.Duration, measured bool) {
	l.t.Helper()
	var within time.Duration
	for _, sl := range l.keeper.ledger.Slices(budget.Key{SLO: o.ID, SLI: o.SLI()}, epoch, l.now) {
		within += max(0, time.Duration(min(sl.End, after(to).UnixMilli())-max(sl.Start, after(from).UnixMilli()))*time.Millisecond)
	}
	if whole := to - from; measured && within != whole || !measured && within > 2*o.Resolution {
		l.t.Errorf("%s of %s without samples are measured, want all: %v", within, whole, measured)
	}
}

func TestRealHistoryIsRead(t *testing.T) {
	o := labObjective()
	l := newLab(t, rules.Embedded)
	ok, failed := l.counter("200", ""), l.counter("500", "")
	flowOf(ok, 0, 8*time.Hour, 20)
	flowOf(failed, 0, 8*time.Hour, 0.2)
	l.run(7 * time.Hour)
	l.load(o)
	l.keeper.objectives = []*slo.Objective{o}
	l.restart()
	l.keeper.tick(l.now)
	l.wantBalance(o, nil, truth.Indicator{Bad: []*truth.Counter{failed}, Total: []*truth.Counter{ok, failed}}, 0.005)
	l.run(8 * time.Hour)
	l.wantBalance(o, nil, truth.Indicator{Bad: []*truth.Counter{failed}, Total: []*truth.Counter{ok, failed}}, 0.005)
}

func TestRealGroupsAreKeptApart(t *testing.T) {
	o := labObjective("region")
	l := newLab(t, rules.Embedded, o)
	eu, us := truth.Indicator{}, truth.Indicator{}
	for _, code := range []string{"200", "500"} {
		c, late := l.counter(code, "eu"), l.counter(code, "us")
		late.Born = after(100 * time.Minute)
		rate := map[string]float64{"200": 20, "500": 1}[code]
		flowOf(c, 0, 4*time.Hour, rate)
		flowOf(late, 100*time.Minute, 4*time.Hour, rate/2)
		eu.Total, us.Total = append(eu.Total, c), append(us.Total, late)
		if code == "500" {
			eu.Bad, us.Bad = eu.Total[1:], us.Total[1:]
		}
	}
	l.restart()
	l.run(4 * time.Hour)
	l.wantBalance(o, map[string]string{"region": "eu"}, eu, 0.01)
	l.wantBalance(o, map[string]string{"region": "us"}, us, 0.01)
}

// A new service with a new metrics store has a true budget within a minute.
func TestFirstMinute(t *testing.T) {
	o := objective("availability", "99%", time.Hour, 10*time.Second)
	l := newLab(t, rules.Embedded, o)
	l.every, l.interval = time.Second, 2*time.Second
	ok, failed := l.counter("200", ""), l.counter("500", "")
	flowOf(ok, 0, 2*time.Minute, 50)
	flowOf(failed, 0, 2*time.Minute, 1)
	l.restart()
	l.run(3 * time.Second)
	if s := only(t, l.keeper.ledger, o, l.now); s.State != budget.StateUnknown {
		t.Errorf("before anything was measured the budget is %s", s.State)
	}
	l.run(40 * time.Second)
	s := only(t, l.keeper.ledger, o, l.now)
	if s.Data != budget.DataYoung || s.State != budget.StateExhausted {
		t.Errorf("after 40 s: data %s, budget %s: want young and exhausted: %s", s.Data, s.State, s.Reason)
	}
	l.run(2 * time.Minute)
	l.wantBalance(o, nil, truth.Indicator{Bad: []*truth.Counter{failed}, Total: []*truth.Counter{ok, failed}}, 0.05)
}
