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
	fires   map[string]truth.Figures        // by severity: Known says whether a tier fires
	alerts  map[alerting.Kind]truth.Figures // that are not about a burn
	tiles   truth.Records
	counts  truth.Records // short ones
}

// shortSteps is the length from which windows are sums of tiles; shorter ones
// are sums of short counts.
const shortSteps = 24

// catchUp is how far tiles look back after missed evaluations, in steps.
const catchUp = 8

func (w *world) expect(g *group) *expected {
	e := &expected{
		w: w, watch: w.watch(), step: w.Resolution.Milliseconds(), short: min(w.Resolution, time.Minute).Milliseconds(),
		figures: map[name]truth.Figures{}, fires: map[string]truth.Figures{}, alerts: map[alerting.Kind]truth.Figures{},
	}
	e.tiles = truth.Tiles(g.reader, e.ticks(rules.MetricTotalTile), e.step, catchUp)
	e.span = e.countSpan()
	e.counts = truth.Counts(g.reader, e.ticks(rules.MetricTotalShort), e.span)
	e.record(rules.MetricBadTile, e.tiles, func(t truth.Tally) truth.Interval { return t.Bad })
	e.record(rules.MetricTotalTile, e.tiles, func(t truth.Tally) truth.Interval { return t.Total })
	e.record(rules.MetricBadShort, e.counts, func(t truth.Tally) truth.Interval { return t.Bad })
	e.record(rules.MetricTotalShort, e.counts, func(t truth.Tally) truth.Interval { return t.Total })
	e.dispersion()
	e.budget()
	e.age(int64(e.w.Window) * e.step)
	e.windows()
	e.judge()
	e.health(g)
	return e
}

// home is the group of rules that records a series, and how often.
type home struct {
	kind  string
	every int64 // milliseconds
}

// ticks are when a series was recorded, if it was known.
func (e *expected) ticks(metric string) []int64 { return e.w.ticks[e.w.homes[metric].kind] }

// latest is the newest figure that a reader of a series in another group finds,
// who forgives two late evaluations.
func (e *expected) latest(n name, metric string, at int64) truth.Figure {
	return e.figures[n].Latest(at, 3*e.w.homes[metric].every, false)
}

// inGroup is the figure that a reader in a group of rules finds: what its own
// group recorded at the same tick, or the latest.
func (e *expected) inGroup(kind string, n name, metric string, at int64) truth.Figure {
	switch home := e.w.homes[metric]; home.kind {
	case kind:
		return e.figures[n].At(at)
	case "short": // which is read no further back than its newest tick
		return e.figures[n].Latest(at, home.every, true)
	}
	return e.latest(n, metric, at)
}

// carried are figures of the objective's window where they are carried on from
// tile to tile: rounded on the way, and told only while there is a sum to start
// from.
func (e *expected) carried(figures truth.Figures) truth.Figures {
	if _, carries := e.w.homes[rules.MetricTotalBase]; !carries {
		return figures
	}
	for i, f := range figures {
		slack := 1e-6 * (1 + f.Value.Hi)
		figures[i].Value = truth.Interval{Lo: f.Value.Lo - slack, Hi: f.Value.Hi + slack}
		figures[i].Known.Must = false
	}
	return figures
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
	for _, at := range e.ticks(rules.MetricDispersion) {
		if f := truth.Dispersion(e.tiles, at, span, e.watch.Weight); f.Known.May {
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
	f := e.latest(name{metric: rules.MetricDispersion}, rules.MetricDispersion, at)
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
	if !e.w.Kind.spansSteps() {
		return e.short
	}
	return e.step
}

func (e *expected) isShort(window int64) bool { return window < shortSteps*e.step }

// windows are the error ratios of every window of a tier, with their evidence.
func (e *expected) windows() {
	for _, t := range e.watch.Tiers {
		for _, window := range []int64{t.Long, t.Short} {
			list, span, step := e.tiles, window, e.step
			if e.isShort(window) {
				list, step = e.counts, e.short
				span = max(window-(e.span-e.short), e.short)
				counts := max((span+step/2)/step, 1)
				list = list.Times(float64(window) / float64(counts*e.span))
			}
			duration := time.Duration(window) * time.Millisecond
			ratio := rules.MetricErrorRatio(duration)
			ticks := e.ticks(ratio)
			e.figures[name{metric: ratio}] = truth.Windows(list, ticks, span, step, truth.Ratios)
			if window != t.Long {
				continue
			}
			if e.watch.Guarded {
				e.evidence(duration, list, span, step)
			}
			e.figures[inner("events", window)] = truth.Windows(list, ticks, span, step, total)
			spent := truth.Windows(list, ticks, span, step, e.spent)
			for i, f := range spent {
				spent[i].Known = f.Known.And(e.period(f.At).Known)
			}
			e.figures[inner("spent", window)] = spent
		}
	}
}

func total(_ int64, t truth.Tally) truth.Interval { return t.Total }

// evidence is what a window proves. That of a day and more is looked at more
// seldom than its error ratio, of which the latest counts.
func (e *expected) evidence(window time.Duration, list truth.Records, span, step int64) {
	ratio, metric := rules.MetricErrorRatio(window), rules.MetricEvidence(window)
	if e.w.homes[ratio] == e.w.homes[metric] {
		e.figures[name{metric: metric}] = truth.Windows(list, e.ticks(metric), span, step, func(at int64, t truth.Tally) truth.Interval {
			return e.watch.Evidence(t, e.dispersionAt(at))
		})
		return
	}
	var figures truth.Figures
	for _, at := range e.ticks(metric) {
		burning := e.latest(name{metric: ratio}, ratio, at)
		if !burning.Known.May {
			continue
		}
		sum, _ := list.Sum(at-max((span+step/2)/step, 1)*step+step/2, at)
		figures = append(figures, truth.Figure{At: at, Value: e.watch.EvidenceAt(sum.Bad, burning.Value, e.dispersionAt(at)), Known: burning.Known})
	}
	e.figures[name{metric: metric}] = figures
}

// inner names what is computed and not compared: it need not be recorded.
func inner(what string, window int64) name {
	return name{metric: what, tier: strconv.FormatInt(window, 10)}
}

// period is how many events there were in the objective's window, as was known
// at a time.
func (e *expected) period(at int64) truth.Figure {
	return e.latest(name{metric: "events"}, rules.MetricPeriod, at)
}

// spent is the share of the budget that a window spent, of a young objective as if
// its traffic had always been as it is. There are events in the
// objective's window whenever there are in a shorter one, though it may not have
// been looked at yet.
func (e *expected) spent(at int64, t truth.Tally) truth.Interval {
	events := e.period(at).Value
	spent := t.Bad.Over(truth.Interval{Lo: events.Lo * e.watch.Budget, Hi: events.Hi * e.watch.Budget})
	aged := e.agedShare(at, int64(e.w.Window)*e.step)
	return truth.Interval{Lo: spent.Lo * aged.Lo, Hi: spent.Hi * aged.Hi}
}

// budget is what happened in the objective's window, and what is left.
func (e *expected) budget() {
	window := int64(e.w.Window) * e.step
	period := e.carried(truth.Windows(e.tiles, e.ticks(rules.MetricPeriod), window, e.step, truth.Ratios))
	e.figures[name{metric: "events"}] = e.carried(truth.Windows(e.tiles, e.ticks(rules.MetricPeriod), window, e.step, total))
	e.figures[name{metric: rules.MetricPeriod}] = period
	var left truth.Figures
	for _, at := range e.ticks(rules.MetricRemaining) {
		f := e.latest(name{metric: rules.MetricPeriod}, rules.MetricPeriod, at)
		spent := truth.Interval{Lo: f.Value.Lo / e.watch.Budget, Hi: f.Value.Hi / e.watch.Budget}
		f.At, f.Value = at, truth.Exactly(1).Minus(spent)
		left = append(left, f)
	}
	e.figures[name{metric: rules.MetricRemaining}] = left
}

// seen is what a group of rules sees at a time.
func (e *expected) seen(kind string, at int64) truth.Seen {
	ratio := func(window int64) string { return rules.MetricErrorRatio(time.Duration(window) * time.Millisecond) }
	return truth.Seen{
		Ratio: func(window int64) truth.Figure {
			return e.inGroup(kind, name{metric: ratio(window)}, ratio(window), at)
		},
		Evidence: func(window int64) truth.Figure {
			metric := rules.MetricEvidence(time.Duration(window) * time.Millisecond)
			return e.inGroup(kind, name{metric: metric}, metric, at)
		},
		Events:     func(window int64) truth.Figure { return e.inGroup(kind, inner("events", window), ratio(window), at) },
		Spent:      func(window int64) truth.Figure { return e.inGroup(kind, inner("spent", window), ratio(window), at) },
		Dispersion: e.dispersionAt(at),
	}
}

// judge says which tiers fire at each time, and which are withheld.
func (e *expected) judge() {
	for _, severity := range alerting.Severities() {
		for _, at := range e.w.ticks[e.w.burns[string(severity)]] {
			e.judgeAt(string(severity), at)
		}
	}
	if !e.watch.Guarded {
		return
	}
	home := e.w.homes[rules.MetricTierWithheld]
	for _, at := range e.w.ticks[home.kind] {
		seen := e.seen(home.kind, at)
		for _, t := range e.watch.Tiers {
			fired := e.figures[name{rules.MetricTierBurn, t.Severity, t.Name}].Latest(at, home.every, true)
			withheld := name{rules.MetricTierWithheld, t.Severity, t.Name}
			e.figures[withheld] = append(e.figures[withheld], truth.Figure{
				At: at, Value: e.burn(seen, t), Known: e.watch.Exceeded(t, seen).And(fired.Known.Not()),
			})
		}
	}
}

// burn is the burn rate over the long window of a tier.
func (e *expected) burn(seen truth.Seen, t truth.Pair) truth.Interval {
	burn := seen.Ratio(t.Long).Value
	return truth.Interval{Lo: burn.Lo / e.watch.Budget, Hi: burn.Hi / e.watch.Budget}
}

// judgeAt says which tiers of a severity fire at a time.
func (e *expected) judgeAt(severity string, at int64) {
	seen, fires := e.seen(e.w.burns[severity], at), truth.Answer{}
	for _, t := range e.watch.Tiers {
		if t.Severity != severity {
			continue
		}
		known := e.watch.Exceeded(t, seen)
		if e.watch.Guarded {
			known = known.And(e.watch.Proven(t, seen))
		}
		n := name{rules.MetricTierBurn, t.Severity, t.Name}
		e.figures[n] = append(e.figures[n], truth.Figure{At: at, Value: e.burn(seen, t), Known: known})
		fires = fires.Or(known)
	}
	e.fires[severity] = append(e.fires[severity], truth.Figure{At: at, Known: fires})
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
		Spent: number(w.plan.Materiality), Nats: map[string]float64{}, Weight: w.Kind.weight(),
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
