package correction_test

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"headroom/budget"
	"headroom/budget/correction"
	"headroom/slo"
)

// TestLedgerEqualsTheNaiveCalculator feeds a ledger with slices around a change
// of clocks, corrects it by recurring, overlapping, pending and revoked
// corrections, and compares with a calculator that looks at the wall clock
// minute by minute.
func TestLedgerEqualsTheNaiveCalculator(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		zone, err := time.LoadLocation("Europe/Berlin")
		if err != nil {
			r.Fatal(err)
		}
		// Both changes of 2026 lie well inside of the three days that are measured.
		begin := rapid.SampledFrom([]time.Time{
			time.Date(2026, 3, 28, 0, 0, 0, 0, time.UTC), time.Date(2026, 10, 24, 0, 0, 0, 0, time.UTC),
		}).Draw(r, "begin")
		now := begin.Add(72 * time.Hour)
		o := &slo.Objective{
			ID: slo.ID{Namespace: "default", Service: "checkout", Objective: "availability"}, Owner: "team", Labels: map[string]string{"tier": "1"},
			Target: slo.MustTarget("99%"), Window: slo.Window{Rolling: slo.DefaultWindow}, Resolution: slo.DefaultResolution, Indicator: slo.Gauge{},
		}
		var list []correction.Correction
		var counts []func(at time.Time) bool
		for range rapid.IntRange(0, 4).Draw(r, "corrections") {
			c, inside := drawCorrection(r, begin, zone)
			switch rapid.IntRange(0, 5).Draw(r, "fate") {
			case 0: // pending
			case 1:
				c.ApprovedAt, c.RevokedAt = begin, now.Add(-time.Hour)
			case 2: // about another service
				c.ApprovedAt = begin
				c.Terms.Objectives.Services = []string{"default/search"}
			default:
				c.ApprovedAt = begin
				counts = append(counts, inside)
			}
			list = append(list, c)
		}
		ledger, slices := fill(r, o, begin, now)
		ledger.SetCorrections(correction.Expand(list, []*slo.Objective{o}, now, now))
		bad, total, measured := naive(slices, counts)
		b := ledger.Status(o.ID, now)[0].Balance
		got := func(f *float64) float64 {
			if f == nil {
				return 0
			}
			return *f
		}
		if got(b.Bad) != bad || got(b.Total) != total || b.Measured != measured {
			r.Fatalf("got %v of %v in %v, want %v of %v in %v, by %+v", got(b.Bad), got(b.Total), b.Measured, bad, total, measured, list)
		}
		if raw, all, _ := naive(slices, nil); got(b.Raw.Bad) != raw || got(b.Raw.Total) != all {
			r.Fatalf("raw: got %v of %v, want %v of %v", got(b.Raw.Bad), got(b.Raw.Total), raw, all)
		}
	})
}

// drawCorrection draws a daily or weekly window of the wall clock, or a single
// interval, and what says by the definition whether an instant lies in it.
func drawCorrection(r *rapid.T, begin time.Time, zone *time.Location) (correction.Correction, func(time.Time) bool) {
	first := begin.AddDate(0, 0, -rapid.IntRange(3, 9).Draw(r, "first")).Add(time.Duration(rapid.IntRange(0, 24*60-1).Draw(r, "at")) * time.Minute)
	length := time.Duration(rapid.IntRange(1, 30*60).Draw(r, "minutes")) * time.Minute
	once := rapid.Bool().Draw(r, "once")
	d := draft(func(d *correction.Draft) {
		d.From, d.To = first.Format("2006-01-02T15:04"), first.Add(length).Format("2006-01-02T15:04")
		d.Repeat = "FREQ=DAILY"
		if once {
			from := begin.Add(first.Sub(begin) + 9*24*time.Hour)
			d.From, d.To, d.Zone, d.Repeat = from.Format(time.RFC3339), from.Add(length).Format(time.RFC3339), "", ""
			first = from
		}
	})
	inside := func(at time.Time) bool { return shown(at, zone, first, length) }
	if once {
		inside = func(at time.Time) bool { return !at.Before(first) && at.Before(first.Add(length)) }
	}
	return correction.Correction{Terms: terms(r, d)}, inside
}

func fill(r *rapid.T, o *slo.Objective, begin, now time.Time) (*budget.Ledger, []budget.Slice) {
	ledger, err := budget.OpenLedger(r.Context(), budget.LedgerOptions{})
	if err == nil {
		err = ledger.SetObjectives(r.Context(), []*slo.Objective{o}, begin)
	}
	if err != nil {
		r.Fatal(err)
	}
	var list []budget.Slice
	for at := begin; at.Before(now); {
		end := at.Add(time.Duration(rapid.SampledFrom([]int{5, 5, 5, 60, 180}).Draw(r, "slice")) * time.Minute)
		if end.After(now) {
			end = now
		}
		total := rapid.Int64Range(0, 1e6).Draw(r, "total")
		list = append(list, budget.Slice{
			Start: at.UnixMilli(), End: end.UnixMilli(), Total: budget.Count(total),
			Bad: budget.Count(rapid.Int64Range(0, total).Draw(r, "bad")), Source: budget.SourceEvent,
		})
		at = end
	}
	if _, err := ledger.Revise(r.Context(), budget.Key{SLO: o.ID, SLI: o.SLI()}, begin, list...); err != nil {
		r.Fatal(err)
	}
	return ledger, list
}

// naive looks at every minute of every slice.
func naive(list []budget.Slice, excluded []func(time.Time) bool) (bad, total float64, measured time.Duration) {
	var b, n, left int64
	for _, s := range list {
		part, whole := int64(0), (s.End-s.Start)/60_000
		for m := range whole {
			at, inside := time.UnixMilli(s.Start+m*60_000).UTC(), false
			for _, in := range excluded {
				inside = inside || in(at)
			}
			if !inside {
				part++
			}
		}
		share := func(c budget.Count) int64 {
			return int64(math.Floor(float64(int64(c)*part*2+whole) / float64(2*whole)))
		}
		b, n, left = b+share(s.Bad), n+share(s.Total), left+part
	}
	return float64(b) / 100, float64(n) / 100, time.Duration(left) * time.Minute
}

// TestAdjustmentsAreSpreadEvenly demands of windows of any length, wherever they
// lie, the share of an amount that the window holds of its interval.
func TestAdjustmentsAreSpreadEvenly(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		from := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
		span := time.Duration(rapid.SampledFrom([]int{1, 60, 3600, 30 * 86_400, 363 * 86_400}).Draw(r, "up to")) * time.Second
		span = time.Duration(rapid.Int64Range(1, int64(span/time.Second)).Draw(r, "seconds")) * time.Second
		bad := rapid.Int64Range(1, 1e9).Draw(r, "bad")
		c := correction.Correction{ApprovedAt: from, Terms: terms(r, draft(func(d *correction.Draft) {
			d.Kind, d.Objectives = "adjust", correction.Selection{IDs: []string{"checkout/availability"}}
			d.From, d.To = from.Format(time.RFC3339), from.Add(span).Format(time.RFC3339)
			d.Adjust = &correction.Amount{Bad: float64(bad) / 100, Total: float64(2*bad) / 100}
		}))}
		begin := from.Add(time.Duration(rapid.Int64Range(-3600, int64(span/time.Second)).Draw(r, "begin")) * time.Second)
		window := time.Duration(rapid.SampledFrom([]int{1, 60, 3600, 28 * 86_400}).Draw(r, "window")) * time.Second
		o := &slo.Objective{
			ID: slo.ID{Namespace: "default", Service: "checkout", Objective: "availability"}, Owner: "team",
			Target: slo.MustTarget("99%"), Window: slo.Window{Rolling: slo.DefaultWindow}, Resolution: slo.DefaultResolution, Indicator: slo.Gauge{},
		}
		ledger, err := budget.OpenLedger(r.Context(), budget.LedgerOptions{})
		if err == nil {
			err = ledger.SetObjectives(r.Context(), []*slo.Objective{o}, from)
		}
		slice := budget.Slice{Start: begin.UnixMilli(), End: begin.Add(window).UnixMilli(), Total: 0, Source: budget.SourceEvent}
		if err == nil {
			_, err = ledger.Revise(r.Context(), budget.Key{SLO: o.ID, SLI: o.SLI()}, begin.Add(window), slice)
		}
		if err != nil {
			r.Fatal(err)
		}
		ledger.SetCorrections(correction.Expand([]correction.Correction{c}, []*slo.Objective{o}, from, from.AddDate(3, 0, 0)))
		seconds := 0 // of the window that lie in the interval, one by one while they are few
		if window <= time.Hour {
			for at := begin; at.Before(begin.Add(window)); at = at.Add(time.Second) {
				if !at.Before(from) && at.Before(from.Add(span)) {
					seconds++
				}
			}
		} else {
			later, earlier := begin, begin.Add(window)
			if from.After(later) {
				later = from
			}
			if from.Add(span).Before(earlier) {
				earlier = from.Add(span)
			}
			seconds = max(0, int(earlier.Sub(later)/time.Second))
		}
		want := float64(bad) / 100 * float64(seconds) / span.Seconds()
		got := ledger.Account(o.ID, slo.Group{}, begin, begin.Add(window))
		if got.Bad == nil || math.Abs(*got.Bad-want) > 0.0051 || math.Abs(*got.Total-2*want) > 0.0051 {
			r.Fatalf("%v seconds of %v hold %v, want %v of %v", seconds, span, got.Bad, want, float64(bad)/100)
		}
	})
}
