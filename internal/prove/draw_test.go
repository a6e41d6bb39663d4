package prove_test

import (
	"time"

	"pgregory.net/rapid"

	"headroom/internal/prove"
	"headroom/rules"
)

// draw invents a scenario. What it draws first matters most, and everything
// shrinks towards an undisturbed life.
func draw(t *rapid.T) *prove.Scenario {
	s := &prove.Scenario{
		Kind:       rapid.SampledFrom(append(prove.Kinds(), prove.RatioBad, prove.RatioGood)).Draw(t, "kind"),
		Dialect:    rapid.SampledFrom([]rules.Dialect{rules.Embedded, rules.Embedded, rules.Embedded, rules.Prometheus3, rules.Prometheus242}).Draw(t, "dialect"),
		Target:     rapid.SampledFrom([]string{"99%", "99.9%", "90%", "99.95%", "50%"}).Draw(t, "target"),
		Resolution: rapid.SampledFrom([]time.Duration{time.Minute, 10 * time.Second, 15 * time.Second, 30 * time.Second, 2 * time.Minute, 5 * time.Minute}).Draw(t, "resolution"),
		Window:     rapid.IntRange(60, 250).Draw(t, "window"),
		History:    rapid.IntRange(1, 20).Draw(t, "history"),
	}
	d := drawing{t: t, s: s, books: rapid.IntRange(0, 2).Draw(t, "books") == 2}
	d.window()
	if d.books {
		// Hours pass, and what is known of them changes.
		s.Resolution, s.Dialect = 5*time.Minute, rules.Embedded
		s.Kind = rapid.SampledFrom([]prove.Kind{prove.RatioBad, prove.RatioGood, prove.Latency}).Draw(t, "kind of books")
	}
	s.Length = s.History + rapid.IntRange(20, min(s.Window+60, 1000)).Draw(t, "length")
	switch {
	case d.books: // a step has five minutes
		if rapid.IntRange(0, 2).Draw(t, "by night") == 2 {
			s.History = rapid.IntRange(int(summer/s.Resolution)-20, int(summer/s.Resolution)).Draw(t, "history of the night")
		}
		s.Length = s.History + rapid.SampledFrom([]int{30, 60, 100}).Draw(t, "steps of books")
	case s.Window > 1000: // its windows fill slowly
		s.Length = min(s.Length, s.History+150)
	}
	s.Scrape = scrape(t, s.Resolution)
	s.HashPhase = s.Dialect != rules.Prometheus242 && rapid.Bool().Draw(t, "hash phase")
	s.Rate = rapid.SampledFrom([]float64{20, 1, 0.05, 300}).Draw(t, "rate")
	s.Errors = rapid.SampledFrom([]float64{0, 0.001, 0.02, 0.2, 1}).Draw(t, "errors")
	s.Seed = uint64(rapid.IntRange(0, 1000).Draw(t, "seed"))
	if s.Kind != prove.Events {
		s.Regions = rapid.SampledFrom([]int{0, 0, 1, 2}).Draw(t, "regions")
	}
	d.pods()
	if s.Kind.Sided() && rapid.IntRange(0, 3).Draw(t, "one-sided") == 3 {
		// One of the two series never comes into being.
		s.Errors = rapid.SampledFrom([]float64{0, 1}).Draw(t, "errors of all")
		for i := range s.Pods {
			s.Pods[i].Lazy = true
		}
	}
	for range rapid.IntRange(0, 3).Draw(t, "incidents") {
		s.Incidents = append(s.Incidents, prove.Incident{
			Span:    d.span("incident", 40),
			Errors:  rapid.SampledFrom([]float64{1, 0.5, 0.1, 0.01, 0}).Draw(t, "errors of incident"),
			Traffic: rapid.SampledFrom([]float64{1, 0, 0.1, 10}).Draw(t, "traffic of incident"),
		})
	}
	for range rapid.IntRange(0, 2).Draw(t, "gaps") {
		s.Gaps = append(s.Gaps, prove.Gap{
			Span: d.span("gap", 8), Pod: rapid.IntRange(-1, len(s.Pods)-1).Draw(t, "pod of gap"), Stale: rapid.Bool().Draw(t, "stale"),
		})
	}
	for range rapid.IntRange(0, 2).Draw(t, "stalls") {
		s.Stalls = append(s.Stalls, d.span("stall", 16))
	}
	for range rapid.IntRange(0, 3).Draw(t, "missed") {
		s.Missed = append(s.Missed, prove.Miss{
			Group: rapid.SampledFrom([]string{"tile", "short"}).Draw(t, "group of missed"),
			Step:  rapid.IntRange(s.History, s.Length).Draw(t, "step of missed"),
		})
	}
	if rapid.IntRange(0, 2).Draw(t, "own plan") > 0 {
		s.Plan = &prove.Choice{
			Unguarded:  rapid.Bool().Draw(t, "unguarded"),
			Dispersion: rapid.SampledFrom([]string{"", "1", "2.5"}).Draw(t, "dispersion"),
			Material:   rapid.SampledFrom([]string{"", "", "0.05"}).Draw(t, "material"),
			Long:       rapid.SampledFrom(longTiers(s.Window)).Draw(t, "long"),
		}
	}
	if s.Kind != prove.Events && (d.books || rapid.Bool().Draw(t, "ledger")) {
		d.ledger()
	}
	return s
}

// window sometimes is one of those that presets are made for, and sometimes so
// many steps that windows are recorded seldom.
func (d drawing) window() {
	switch days := rapid.SampledFrom([]int{0, 0, 0, 0, 0, 1, 7, 28, 90, 365, -1}).Draw(d.t, "days of window"); {
	case days > 0:
		d.s.Resolution = 5 * time.Minute
		d.s.Window = days * 288
	case days < 0:
		d.s.Resolution = 10 * time.Second
		d.s.Window = rapid.IntRange(600, 900).Draw(d.t, "many steps")
	}
}

// longTiers are how long a tier of an own plan may be, in steps; 0 for none.
func longTiers(window int) []int {
	if window < 600 {
		return []int{0, 0, 24, 36}
	}
	return []int{0, 300, 576, 600}
}

// scrape is an interval of which four fit into a resolution and two into a
// minute's short count.
func scrape(t *rapid.T, resolution time.Duration) time.Duration {
	parts := rapid.SampledFrom([]time.Duration{10, 4, 20, 5}).Draw(t, "scrapes in a step")
	return max(resolution/parts, time.Second)
}

type drawing struct {
	t     *rapid.T
	s     *prove.Scenario
	books bool // it is about a ledger in trouble
}

// moment is a time of the world, in tenths of a second.
func (d drawing) moment(what string) time.Duration {
	tenths := int(time.Duration(d.s.Length) * d.s.Resolution / (100 * time.Millisecond))
	return time.Duration(rapid.IntRange(1, tenths).Draw(d.t, what)) * 100 * time.Millisecond
}

func (d drawing) span(what string, longest int) prove.Span {
	from := d.moment(what)
	tenths := int(time.Duration(longest) * d.s.Resolution / (100 * time.Millisecond))
	return prove.Span{From: from, To: from + time.Duration(rapid.IntRange(1, tenths).Draw(d.t, "length of "+what))*100*time.Millisecond}
}

func (d drawing) pods() {
	regions := max(d.s.Regions, 1)
	n := regions * rapid.IntRange(1, 2).Draw(d.t, "pods of a region")
	if d.s.Kind == prove.Events {
		n = 1
	}
	for i := range n {
		p := prove.Pod{Region: i % regions}
		tenths := int(d.s.Scrape/(100*time.Millisecond)) - 1
		p.Offset = time.Duration(rapid.IntRange(0, tenths).Draw(d.t, "offset")) * 100 * time.Millisecond
		if d.s.Kind != prove.Events {
			d.fate(&p)
		}
		d.s.Pods = append(d.s.Pods, p)
	}
}

// fate lets a pod be born late, restart and vanish.
func (d drawing) fate(p *prove.Pod) {
	if rapid.IntRange(0, 2).Draw(d.t, "late") == 2 {
		p.Born = d.moment("born")
	}
	if rapid.IntRange(0, 2).Draw(d.t, "mortal") == 2 {
		p.Dies = p.Born + d.moment("dies")
	}
	if d.s.Kind.Sided() || d.s.Kind == prove.Latency || d.s.Kind == prove.Native {
		last := p.Born
		for range rapid.IntRange(0, 2).Draw(d.t, "resets") {
			last += d.moment("reset") / 2
			p.Resets = append(p.Resets, last)
		}
	}
	if d.s.Kind.Sided() {
		p.Lazy = rapid.Bool().Draw(d.t, "lazy")
	}
}
