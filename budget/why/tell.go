package why

import (
	"time"

	"headroom/budget"
	"headroom/budget/correction"
	"headroom/rules"
	"headroom/slo"
)

// maxIntervals is how many intervals of a correction are listed.
const maxIntervals = 100

func (t *Teller) chain(traced budget.Trace, q Query, counted []correction.Correction) Chain {
	s := traced.Status
	c := Chain{
		ID: s.Objective.ID, Group: s.Group, At: s.At.UTC(), Known: instant(q.Known),
		Declared: declared(s.Objective, traced),
		Window:   Window{Start: s.Balance.Start, End: s.Balance.End, Life: instant(s.Balance.Since), Coverage: s.Balance.Coverage},
		Slices:   []Part{}, Gaps: gapsOf(traced), Raw: sumOf(traced.Sums[0]), Corrections: []Applied{},
		Corrected: sumOf(traced.Sums[len(traced.Sums)-1]),
		Verdict:   t.verdict(s),
		Recorded:  t.recorded(traced),
	}
	for _, f := range t.o.Ledger.Former(c.ID) {
		if f.SLI == traced.SLI {
			continue
		}
		c.Declared.Former = append(c.Declared.Former, Former{SLI: f.SLI, Slices: f.Slices, First: f.First, Last: f.Last})
	}
	for _, p := range traced.Parts {
		c.Slices = append(c.Slices, Part{
			Source: p.Source.Name(), Slices: p.Slices, First: p.First, Last: p.Last,
			Measured: length(p.Measured), Bad: p.Bad.Events(), Total: p.Total.Events(),
		})
	}
	if cut := traced.Cut; cut != nil {
		c.Cut = &Cut{
			Start: time.UnixMilli(cut.Slice.Start).UTC(), End: time.UnixMilli(cut.Slice.End).UTC(),
			Bad: cut.Slice.Bad.Events(), Total: cut.Slice.Total.Events(), CountedBad: cut.Bad.Events(), CountedTotal: cut.Total.Events(),
		}
	}
	for i := range counted {
		if a, touches := applied(&counted[i], s, traced.Sums[i], traced.Sums[i+1]); touches {
			c.Corrections = append(c.Corrections, a)
		}
	}
	c.Arithmetic = arithmetic(s, traced.Sums[len(traced.Sums)-1])
	return c
}

func declared(o *slo.Objective, t budget.Trace) Declared {
	d := Declared{
		Place: o.Place, Spec: o.SpecHash(), SLI: t.SLI, Since: instant(t.FirstSeen), Target: o.Target, Window: o.Window.String(),
		Resolution: slo.FormatDuration(o.Resolution), Counts: []Counted{}, Former: []Former{},
	}
	if t.SLI != o.SLI() {
		d.Note = "Since then the indicator has changed, to sli " + o.SLI() + ": the slices are those of the indicator that counted then, of which no more is kept. The place, the spec, the target, the window and the steps are today's."
		return d
	}
	d.Kind = o.Indicator.Kind()
	for _, p := range o.Indicator.Parts() {
		d.Counts = append(d.Counts, Counted{Role: string(p.Role), Text: p.Text})
	}
	return d
}

func gapsOf(t budget.Trace) Gaps {
	g := Gaps{Count: t.GapCount, Time: length(t.GapTime), First: []correction.Interval{}}
	for _, gap := range t.Gaps {
		g.First = append(g.First, correction.Interval{From: gap.From, To: gap.To})
	}
	return g
}

func sumOf(s budget.TraceSum) Sum {
	return Sum{Bad: s.Bad.Events(), Total: s.Total.Events(), Measured: length(s.Measured), Life: length(s.Life)}
}

// applied tells what a correction took out between two sums, and whether it
// touches the window of the group at all.
func applied(c *correction.Correction, s budget.Status, before, after budget.TraceSum) (Applied, bool) {
	terms := &c.Terms
	intervals := terms.Intervals(s.Balance.Start, s.Balance.End)
	if len(intervals) == 0 || terms.Kind == correction.Adjust && terms.Group != s.Group {
		return Applied{}, false
	}
	return Applied{
		ID: c.ID, Name: c.Name, File: c.File, Kind: terms.Kind, Category: terms.Category, Reason: terms.Reason,
		Author: c.Author, CreatedAt: c.CreatedAt, ApprovedBy: c.ApprovedBy, ApprovedAt: c.ApprovedAt,
		Intervals: intervals[:min(len(intervals), maxIntervals)], Count: len(intervals),
		Bad: (before.Bad - after.Bad).Events(), Total: (before.Total - after.Total).Events(),
		Measured: length(before.Measured - after.Measured), Life: length(before.Life - after.Life),
	}, true
}

// recorded writes the queries. An objective that cannot be compiled for the
// dialect has none: its rules are not in the metrics store. Nor has a former
// indicator, since it is not kept what it was.
func (t *Teller) recorded(traced budget.Trace) Recorded {
	s := traced.Status
	o := s.Objective
	name, dialect := t.o.Store(o)
	r := Recorded{Datasource: name, Dialect: string(dialect), At: s.Balance.End}
	if traced.SLI != o.SLI() {
		return r
	}
	var err error
	if r.Tile.Bad, r.Tile.Total, err = rules.Tiles(o, dialect); err != nil {
		return r
	}
	r.Tiles.Bad, r.Tiles.Total = rules.TileSums(o, s.Group, dialect, o.Window.Rolling)
	r.Raw.Bad, r.Raw.Total = rules.Raw(o, dialect, o.Window.Rolling)
	return r
}

// length writes a duration of whole milliseconds: "28d", "1h30m", "0s".
func length(d time.Duration) string {
	if d < 0 {
		return "-" + length(-d)
	}
	if d == 0 {
		return "0s"
	}
	return slo.FormatDuration(d)
}

func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
