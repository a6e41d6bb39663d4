package prove

import (
	"strconv"
	"time"

	"headroom/alerting"
	"headroom/internal/truth"
	"headroom/rules"
)

// name tells the recorded series of one group apart.
type name struct{ metric, severity, tier string }

// expected is what the rules of one group of the objective must have recorded.
type expected struct {
	w       *world
	watch   truth.Watch
	step    int64 // of the resolution, milliseconds
	short   int64 // of the short counts
	span    int64 // of what each of them counts
	figures map[name]truth.Figures
	fires   map[string]truth.Figures // by severity: Known says whether a tier fires
	tiles   truth.Records
	counts  truth.Records // short ones
}

// shortSteps is the length from which windows are sums of tiles; shorter ones
// are sums of short counts.
const shortSteps = 24

// catchUp is how far tiles look back after missed evaluations, in steps.
const catchUp = 10

// dispersionSteps is how often the dispersion is measured, in steps.
const dispersionSteps = 72

func (w *world) expect(g *group) *expected {
	e := &expected{
		w: w, watch: w.watch(), step: w.Resolution.Milliseconds(), short: min(w.Resolution, time.Minute).Milliseconds(),
		figures: map[name]truth.Figures{}, fires: map[string]truth.Figures{},
	}
	tileTicks, shortTicks := w.ticks["tile"], w.ticks["short"]
	e.tiles = truth.Tiles(g.reader, tileTicks, e.step, catchUp)
	e.span = e.countSpan()
	e.counts = truth.Counts(g.reader, shortTicks, e.span)
	e.record(rules.MetricBadTile, e.tiles, func(t truth.Tally) truth.Interval { return t.Bad })
	e.record(rules.MetricTotalTile, e.tiles, func(t truth.Tally) truth.Interval { return t.Total })
	e.record(rules.MetricBadShort, e.counts, func(t truth.Tally) truth.Interval { return t.Bad })
	e.record(rules.MetricTotalShort, e.counts, func(t truth.Tally) truth.Interval { return t.Total })
	e.dispersion()
	e.budget(shortTicks)
	e.windows(tileTicks, shortTicks)
	e.judge(shortTicks)
	return e
}

func (e *expected) record(metric string, list truth.Records, of func(truth.Tally) truth.Interval) {
	var figures truth.Figures
	for _, r := range list {
		figures = append(figures, truth.Figure{At: r.At, Value: of(r.Tally), Known: truth.Answer{Must: true, May: true}})
	}
	e.figures[name{metric: metric}] = figures
}

// dispersion is measured now and then over the window.
func (e *expected) dispersion() {
	span := min(e.w.objective.Window.Rolling, 28*24*time.Hour).Milliseconds() - e.step/2
	var list truth.Figures
	for _, at := range e.w.ticks["dispersion"] {
		if f := truth.Dispersion(e.tiles, at, span); f.Known.May {
			list = append(list, f)
		}
	}
	e.figures[name{metric: rules.MetricDispersion}] = list
}

// dispersionAt is the latest one, and 1 before the first.
func (e *expected) dispersionAt(at int64) truth.Interval {
	if e.watch.Dispersion > 0 {
		return truth.Exactly(e.watch.Dispersion)
	}
	f := e.figures[name{metric: rules.MetricDispersion}].Latest(at, 3*dispersionSteps*e.step, false)
	switch {
	case f.Known.Must:
		return f.Value
	case f.Known.May:
		return f.Value.Hull(truth.Exactly(1))
	default:
		return truth.Exactly(1)
	}
}

// countSpan is what a short count spans: a short step where counts are exact,
// and a whole one of the resolution where ranges are extrapolated.
func (e *expected) countSpan() int64 {
	if e.w.Dialect == rules.Embedded {
		return e.short
	}
	return e.step
}

func (e *expected) isShort(window int64) bool { return window < shortSteps*e.step }

// windows are the error ratios of every window of a tier, with their evidence.
func (e *expected) windows(tileTicks, shortTicks []int64) {
	for _, t := range e.watch.Tiers {
		for _, window := range []int64{t.Long, t.Short} {
			list, ticks, span, step := e.tiles, tileTicks, window, e.step
			if e.isShort(window) {
				list, ticks, step = e.counts, shortTicks, e.short
				span = max(window-(e.span-e.short), e.short)
			}
			duration := time.Duration(window) * time.Millisecond
			e.figures[name{metric: rules.MetricErrorRatio(duration)}] = truth.Windows(list, ticks, span, step, truth.Ratios)
			if window == t.Long && e.watch.Guarded {
				e.figures[name{metric: rules.MetricEvidence(duration)}] = truth.Windows(list, ticks, span, step, e.evidence)
			}
			if window == t.Long {
				e.figures[inner("events", window)] = truth.Windows(list, ticks, span, step,
					func(_ int64, t truth.Tally) truth.Interval { return t.Total })
				e.figures[inner("spent", window)] = truth.Windows(list, ticks, span, step, e.spent)
			}
		}
	}
}

// inner names what is computed and not compared: it need not be recorded.
func inner(what string, window int64) name {
	return name{metric: what, tier: strconv.FormatInt(window, 10)}
}

// spent is the share of the budget that a window spent. There are events in the
// objective's window whenever there are in a shorter one, though it may not have
// been looked at yet.
func (e *expected) spent(at int64, t truth.Tally) truth.Interval {
	events := e.figures[name{metric: "events"}].Latest(at, 3*2*e.step, false).Value
	return t.Bad.Over(truth.Interval{Lo: events.Lo * e.watch.Budget, Hi: events.Hi * e.watch.Budget})
}

func (e *expected) evidence(at int64, t truth.Tally) truth.Interval {
	return truth.Evidence(t, e.watch.Budget, e.dispersionAt(at))
}

// budget is what happened in the objective's window, and what is left.
func (e *expected) budget(shortTicks []int64) {
	window := int64(e.w.Window) * e.step
	period := truth.Windows(e.tiles, e.w.ticks["period"], window, e.step, truth.Ratios)
	e.figures[name{metric: "events"}] = truth.Windows(e.tiles, e.w.ticks["period"], window, e.step,
		func(_ int64, t truth.Tally) truth.Interval { return t.Total })
	var left truth.Figures
	for _, at := range shortTicks {
		f := period.Latest(at, 3*2*e.step, false) // it is recorded every other step
		spent := truth.Interval{Lo: f.Value.Lo / e.watch.Budget, Hi: f.Value.Hi / e.watch.Budget}
		f.Value = truth.Exactly(1).Minus(spent)
		left = append(left, f)
	}
	e.figures[name{metric: rules.MetricPeriod}] = period
	e.figures[name{metric: rules.MetricRemaining}] = left
}

// seen is what the short group sees at a time.
func (e *expected) seen(at int64) truth.Seen {
	latest := func(n name, window int64) truth.Figure {
		if e.isShort(window) {
			return e.figures[n].At(at)
		}
		return e.figures[n].Latest(at, 3*e.step, false)
	}
	return truth.Seen{
		Ratio: func(window int64) truth.Figure {
			return latest(name{metric: rules.MetricErrorRatio(time.Duration(window) * time.Millisecond)}, window)
		},
		Evidence: func(window int64) truth.Figure {
			return latest(name{metric: rules.MetricEvidence(time.Duration(window) * time.Millisecond)}, window)
		},
		Events: func(window int64) truth.Figure {
			return latest(inner("events", window), window)
		},
		Spent:      func(window int64) truth.Figure { return latest(inner("spent", window), window) },
		Dispersion: e.dispersionAt(at),
	}
}

// judge says which tiers fire at each time.
func (e *expected) judge(ticks []int64) {
	for _, at := range ticks {
		seen := e.seen(at)
		fires := map[string]truth.Answer{}
		for _, t := range e.watch.Tiers {
			burn := seen.Ratio(t.Long).Value
			burn = truth.Interval{Lo: burn.Lo / e.watch.Budget, Hi: burn.Hi / e.watch.Budget}
			exceeded, proven := e.watch.Exceeded(t, seen), truth.Answer{Must: true, May: true}
			if e.watch.Guarded {
				proven = e.watch.Proven(t, seen)
				withheld := name{rules.MetricTierWithheld, t.Severity, t.Name}
				e.figures[withheld] = append(e.figures[withheld], truth.Figure{At: at, Value: burn, Known: exceeded.And(proven.Not())})
			}
			known := exceeded.And(proven)
			n := name{rules.MetricTierBurn, t.Severity, t.Name}
			e.figures[n] = append(e.figures[n], truth.Figure{At: at, Value: burn, Known: known})
			fires[t.Severity] = fires[t.Severity].Or(known)
		}
		for severity, known := range fires {
			e.fires[severity] = append(e.fires[severity], truth.Figure{At: at, Known: known})
		}
	}
}

// watch takes over the numbers of the plan.
func (w *world) watch() truth.Watch {
	number := func(decimal string) float64 {
		v, err := strconv.ParseFloat(decimal, 64)
		if err != nil {
			return 0
		}
		return v
	}
	watch := truth.Watch{
		Budget: number(w.plan.Budget), Guarded: !w.plan.Guard.Off, Dispersion: number(w.plan.Guard.Dispersion),
		Spent: number(w.plan.Materiality), Nats: map[string]float64{},
	}
	for _, severity := range alerting.Severities() {
		watch.Nats[string(severity)] = number(w.plan.Guard.Needed(severity))
	}
	for _, t := range w.plan.Tiers {
		pair := truth.Pair{
			Name: t.Name(), Severity: string(t.Severity), Threshold: t.Threshold,
			Long: t.Long.Milliseconds(), Short: t.Short.Milliseconds(),
		}
		if t.Sparse != nil {
			pair.SparseWindow, pair.SparseEvents = t.Sparse.Window.Milliseconds(), number(t.Sparse.Events)
		}
		watch.Tiers = append(watch.Tiers, pair)
	}
	return watch
}
