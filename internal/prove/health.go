package prove

import (
	"time"

	"headroom/alerting"
	"headroom/internal/truth"
	"headroom/rules"
)

// looksForAge is at how many times in the objective's window the first tile is
// looked for.
const looksForAge = 120

// health is what is recorded about the data and the budget, and when the alerts
// that say so fire.
func (e *expected) health(g *group) {
	window := int64(e.w.Window) * e.step
	e.figures[name{metric: rules.MetricTotalPeriod}] = e.carried(truth.Totals(e.tiles, e.ticks(rules.MetricTotalPeriod), window, e.step))
	e.exhausted(window)
	if !e.w.tellsSeries() {
		return
	}
	e.series(g)
	e.absent()
}

// tellsSeries reports whether it is simple to say how many raw series a group
// has: queries and shares of errors say themselves what a group is.
func (w *world) tellsSeries() bool {
	own := w.Kind == QueryBad || w.Kind == QueryGood || w.Kind == Share
	return len(w.Late) == 0 && (!own || w.Regions == 0)
}

// age is for how long there have been tiles: since the first look, of those at
// whole multiples of a part of the window, that found one of late, and that part
// more. What no look finds is a part old, or older where a base bridges rare tiles.
func (e *expected) age(window int64) {
	part := max(window/looksForAge/e.step*e.step, e.step)
	_, carries := e.w.homes[rules.MetricTotalBase]
	var figures truth.Figures
	for _, at := range e.ticks(rules.MetricAge) {
		f, young := truth.Figure{At: at}, e.newborn(at, part, window)
		for look := (at-window)/part*part + part; look <= at; look += part {
			known := e.tiled(look-2*e.step, look)
			if look == at && known.Must {
				known.Must = e.tiled(look-2*e.step, look-1).Must // the group of tiles may come later
			}
			if !known.May {
				continue
			}
			age := min(float64(at-look+part)/1000, float64(window)/1000)
			const digits = 1e-5 // of a time of our days in a float
			f.Value, f.Known = truth.Interval{Lo: age - digits, Hi: age + digits}, known
			break
		}
		switch {
		case !f.Known.May:
			f = young
		case !f.Known.Must && young.Known.May:
			f.Value, f.Known = f.Value.Hull(young.Value), f.Known.Or(young.Known)
		}
		if carries && f.Value.Hi > float64(window)/1000 {
			f.Known.Must = false // that it is as old as its window need not be recorded
		}
		if f.Known.May {
			figures = append(figures, f)
		}
	}
	e.figures[name{metric: rules.MetricAge}] = figures
}

// newborn is the age of what no look finds.
func (e *expected) newborn(at, part, window int64) truth.Figure {
	const digits = 1e-5
	f := truth.Figure{At: at, Value: truth.Interval{Lo: float64(part)/1000 - digits, Hi: float64(part)/1000 + digits}}
	within := max(part, 2*e.step)
	f.Known = e.tiled(at-within, at)
	f.Known.Must = f.Known.Must && e.tiled(at-within+e.step/2, at-1).Must
	if _, carries := e.w.homes[rules.MetricTotalBase]; carries && e.tiled(at-window-part, at).May {
		// A look in the last part may find the base of a group that ended.
		f.Value.Hi, f.Known.May = float64(min(2*part, window))/1000+digits, true
		if e.tiled(at-window-part, at-part).May {
			f.Value.Hi = float64(window)/1000 + digits
		}
	}
	return f
}

// ageAt is the age that a reader in another group finds.
func (e *expected) ageAt(at int64) truth.Figure {
	return e.figures[name{metric: rules.MetricAge}].Latest(at, 6*e.w.homes[rules.MetricAge].every, false)
}

// agedShare is by how much the objective's window is as it would be were it all
// as old as it is: 1 of an old one, and a part of what is not known yet.
func (e *expected) agedShare(at, window int64) truth.Interval {
	age := e.ageAt(at)
	part := truth.Exactly(float64(max(window/looksForAge/e.step*e.step, e.step)) / float64(window))
	if !age.Known.May {
		return part
	}
	share := truth.Interval{Lo: age.Value.Lo * 1000 / float64(window), Hi: age.Value.Hi * 1000 / float64(window)}
	if !age.Known.Must {
		share = share.Hull(part)
	}
	return share
}

// tiled reports whether there is a tile in (from, to].
func (e *expected) tiled(from, to int64) truth.Answer {
	_, n := e.tiles.Sum(from, to)
	return truth.Answer{Must: n > 0, May: n > 0}
}

// exhausted is when nothing is left of the budget of the objective's window,
// were the rest of it without errors where it is young.
func (e *expected) exhausted(window int64) {
	var fires truth.Figures
	for _, at := range e.w.ticks["health"] {
		ratio := e.latest(name{metric: rules.MetricPeriod}, rules.MetricPeriod, at)
		events := e.latest(name{metric: rules.MetricTotalPeriod}, rules.MetricTotalPeriod, at)
		age := e.ageAt(at)
		seconds := float64(window) / 1000
		spent := truth.Interval{Lo: ratio.Value.Lo * age.Value.Lo / seconds, Hi: ratio.Value.Hi * age.Value.Hi / seconds}
		bad := truth.Interval{Lo: ratio.Value.Lo * events.Value.Lo / e.watch.Weight, Hi: ratio.Value.Hi * events.Value.Hi / e.watch.Weight}
		known := ratio.Known.And(events.Known).And(age.Known)
		fires = append(fires, truth.Figure{At: at, Known: known.And(spent.Above(e.watch.Budget)).And(bad.Above(1.5))})
	}
	e.alerts[alerting.Exhausted] = fires
}

// series is how many raw series there are.
func (e *expected) series(g *group) {
	var figures truth.Figures
	for _, at := range e.ticks(rules.MetricSeries) {
		n := 0
		for _, src := range g.sources {
			if src.there(at) {
				n++
			}
		}
		if n > 0 {
			figures = append(figures, truth.Figure{At: at, Value: truth.Exactly(float64(n)), Known: truth.Answer{Must: true, May: true}})
		}
	}
	e.figures[name{metric: rules.MetricSeries}] = figures
}

// there reports whether a reader finds the series at a time: its last sample is
// less than five minutes old, and it did not end after it.
func (src *source) there(at int64) bool {
	last, found := lastBy(src.times, at)
	ended, gone := lastBy(src.ends, at)
	return found && at-last < 300_000 && (!gone || ended < last)
}

func lastBy(times []int64, at int64) (int64, bool) {
	last, found := int64(0), false
	for _, t := range times {
		if t <= at {
			last, found = t, true
		}
	}
	return last, found
}

// absent is when no raw series was found for the time of silence although rules
// were evaluated before it. A group must have been there.
func (e *expected) absent() {
	silence := alerting.Silence(e.w.objective).Milliseconds()
	found := e.figures[name{metric: rules.MetricSeries}]
	some := func(times []int64, from, to int64) bool {
		last, ok := lastBy(times, to)
		return ok && last > from
	}
	times := make([]int64, len(found))
	for i, f := range found {
		times[i] = f.At
	}
	var fires truth.Figures
	for _, at := range e.w.ticks["health"] {
		ruled := true // before the silence, and for some steps
		for _, ago := range []int64{silence, 2 * e.step} {
			ruled = ruled && some(e.ticks(rules.MetricTarget), at-ago-3*e.short, at-ago)
		}
		gone := !some(times, at-silence+e.step/2, at)
		before := e.w.Regions == 0 || some(times, at-(24*time.Hour).Milliseconds(), at)
		is := ruled && gone && before
		fires = append(fires, truth.Figure{At: at, Known: truth.Answer{Must: is, May: is}})
	}
	e.alerts[alerting.Absent] = fires
}
