package prove_test

import (
	"time"

	"pgregory.net/rapid"

	"headroom/internal/prove"
	"headroom/rules"
)

// ledger lets a ledger keep the books, with troubles of its own and of the
// metrics store, scrapes that come late, and corrections.
func (d drawing) ledger() {
	s, t := d.s, d.t
	s.Ledger = &prove.Reading{Every: s.Resolution * time.Duration(rapid.SampledFrom([]int{1, 1, 1, 3}).Draw(t, "steps of a look"))}
	for range rapid.IntRange(0, 2).Draw(t, "pauses") {
		s.Ledger.Pauses = append(s.Ledger.Pauses, d.stretch("pause", 20))
	}
	s.Ledger.Restart = rapid.Bool().Draw(t, "restart")
	for range rapid.IntRange(0, 2).Draw(t, "store away") {
		away := d.stretch("away", rapid.SampledFrom([]int{20, 80}).Draw(t, "longest away"))
		s.Ledger.Away = append(s.Ledger.Away, away)
		if rapid.Bool().Draw(t, "with its rules and scrapes") {
			s.Stalls = append(s.Stalls, away)
			s.Gaps = append(s.Gaps, prove.Gap{Span: away, Pod: -1})
		}
	}
	s.Ledger.Flaky = rapid.SampledFrom([]int{0, 0, 0, 7, 3}).Draw(t, "flaky")
	if s.Dialect == rules.Embedded && (s.Kind.Sided() || s.Kind == prove.Latency || s.Kind == prove.Gauge) {
		d.late()
	}
	for range rapid.IntRange(0, 3).Draw(t, "corrections") {
		s.Corrections = append(s.Corrections, d.correction())
	}
	if rapid.IntRange(0, 2).Draw(t, "adjusted where it is excluded") == 2 {
		d.overlap()
	}
}

// overlap excludes a time and adjusts a part of it, both while the ledger looks.
func (d drawing) overlap() {
	t, s := d.t, d.s
	steps := func(what string, least, most int) time.Duration {
		return s.Resolution * time.Duration(rapid.IntRange(least, most).Draw(t, what))
	}
	seconds := func(what string) time.Duration {
		return time.Duration(rapid.IntRange(0, int(s.Resolution/time.Second)-1).Draw(t, what)) * time.Second
	}
	half := (s.History + s.Length) / 2
	from := steps("excluded from", s.History/2, half) + seconds("excluded from")
	out := prove.Correction{
		Span:     prove.Span{From: from, To: from + steps("excluded for", 1, 20) + seconds("excluded for")},
		Declared: steps("excluded at", s.History, half),
	}
	in := prove.Correction{
		Span:     prove.Span{From: from + steps("adjusted from", -5, 5), To: out.To + steps("adjusted to", 0, 10)},
		Declared: steps("adjusted at", s.History, half),
		Region:   rapid.IntRange(0, max(s.Regions-1, 0)).Draw(t, "region of adjusted"),
		Bad:      float64(rapid.IntRange(-40_000, 40_000).Draw(t, "bad adjusted")) / 100,
		Total:    float64(rapid.IntRange(-100_000, 400_000).Draw(t, "events adjusted")) / 100,
	}
	in.From = max(in.From, 0)
	in.To = max(in.To, in.From+time.Second)
	s.Corrections = append(s.Corrections, out, in)
}

// stretch is a span of steps, give or take a part of one. Small numbers are
// drawn more often than others: those of a span in tenths of a second would
// mostly be too short for anything to happen.
func (d drawing) stretch(what string, longest int) prove.Span {
	step := func(least, most int) time.Duration {
		part := time.Duration(rapid.IntRange(0, int(d.s.Resolution/time.Second)-1).Draw(d.t, what)) * time.Second
		return part + d.s.Resolution*time.Duration(rapid.IntRange(least, most).Draw(d.t, "steps of "+what))
	}
	from := step(d.s.History/2, d.s.Length)
	return prove.Span{From: from, To: from + step(1, longest)}
}

// late lets scrapes come late, mostly within the time that is declared.
func (d drawing) late() {
	least := 0
	if d.books {
		least = 1
	}
	for range rapid.IntRange(least, 2).Draw(d.t, "late scrapes") {
		l := prove.Late{Span: d.stretch("late", 12), Pod: rapid.IntRange(-1, len(d.s.Pods)-1).Draw(d.t, "pod of late")}
		l.Lag = d.s.Resolution * time.Duration(rapid.SampledFrom([]int{0, 1, 5, 20}).Draw(d.t, "lag"))
		d.s.Late = append(d.s.Late, l)
	}
	if len(d.s.Late) > 0 {
		d.s.Ledger.Late = d.s.Resolution * time.Duration(rapid.SampledFrom([]int{0, 30, 20, 3}).Draw(d.t, "late declared"))
	}
}

// correction draws one whose edges often are those of slices.
func (d drawing) correction() prove.Correction {
	t, s := d.t, d.s
	second := func(what string) time.Duration {
		if rapid.IntRange(0, 2).Draw(t, "on an edge") > 0 {
			return s.Resolution * time.Duration(rapid.IntRange(0, s.Length).Draw(t, what))
		}
		return d.moment(what).Truncate(time.Second)
	}
	c := prove.Correction{Declared: d.moment("declared")}
	c.From = second("corrected from")
	c.To = c.From + s.Resolution*time.Duration(rapid.SampledFrom([]int{1, 5, 20, 60, 100}).Draw(t, "corrected steps"))
	if rapid.IntRange(0, 2).Draw(t, "on no edge") == 2 {
		c.To -= time.Duration(rapid.IntRange(1, int(s.Resolution/time.Second)-1).Draw(t, "corrected less")) * time.Second
	}
	switch rapid.IntRange(0, 3).Draw(t, "kind of correction") {
	case 1:
		c.Bad = float64(rapid.IntRange(-40_000, 40_000).Draw(t, "bad added")) / 100
		c.Total = float64(rapid.IntRange(-400_000, 400_000).Draw(t, "events added")) / 100
		c.Region = rapid.IntRange(0, max(s.Regions-1, 0)).Draw(t, "region of correction")
	case 2:
		c.Zone = rapid.SampledFrom([]string{"Europe/Berlin", "America/New_York", "Asia/Kolkata"}).Draw(t, "zone")
		if c.Zone == "Europe/Berlin" && summer < s.Resolution*time.Duration(s.Length) && rapid.Bool().Draw(t, "over the change of clocks") {
			c.From = summer - s.Resolution*time.Duration(rapid.IntRange(1, 36).Draw(t, "before the change"))
			c.To = summer + s.Resolution*time.Duration(rapid.IntRange(0, 10).Draw(t, "after the change"))
			c.From = max(c.From, 0)
		}
		c.To = min(c.To, c.From+16*time.Hour)
	}
	if rapid.Bool().Draw(t, "needs approval") {
		c.Approved = c.Declared + d.moment("approved")
	}
	if rapid.Bool().Draw(t, "is revoked") {
		c.Revoked = c.Declared + d.moment("revoked")
	}
	return c
}
