package why_test

import (
	"context"
	"errors"
	"math/big"
	"path/filepath"
	"testing"
	"time"

	"headroom/budget"
	"headroom/budget/correction"
	"headroom/budget/gate"
	"headroom/budget/sqlite"
	"headroom/budget/why"
	"headroom/rules"
	"headroom/slo"
)

var now = time.Date(2026, 3, 30, 12, 2, 0, 0, time.UTC)

// world is an hour that is told about: slices of every source, a gap, a slice
// that crosses the window's begin, and corrections that overlap.
type world struct {
	o           *slo.Objective
	ledger      *budget.Ledger
	corrections []correction.Correction
	teller      *why.Teller
	at          time.Time // the clock
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{at: now, o: &slo.Objective{
		ID: slo.ID{Namespace: "shop", Service: "checkout", Objective: "availability"}, Owner: "payments",
		Target: slo.MustTarget("99.73%"), Window: slo.Window{Rolling: time.Hour}, Resolution: time.Minute,
		Indicator: slo.Ratio{Bad: slo.MustCounter(`http_requests_total{code="500"}`), Total: slo.MustCounter(`http_requests_total`)},
		Place:     slo.Place{File: "checkout/slo.yaml", Line: 7},
	}}
	store, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), "ledger.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	w.ledger, err = budget.OpenLedger(t.Context(), budget.LedgerOptions{Store: store, Clock: func() time.Time { return w.at }})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.ledger.SetObjectives(t.Context(), []*slo.Objective{w.o}, now.Add(-2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	w.teller, err = why.New(why.Options{
		Ledger: w.ledger, Corrections: func() []correction.Correction { return w.corrections }, Dialect: rules.Embedded,
		Now: func() time.Time { return w.at },
		Freezes: func(s budget.Status) []gate.Freeze {
			if s.State == budget.StateExhausted {
				return []gate.Freeze{{Policy: "release"}}
			}
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// add adds the slice of (from, to] minutes before now.
func (w *world) add(t *testing.T, from, to int, bad, total budget.Count, source budget.Source) {
	t.Helper()
	s := budget.Slice{Start: minutes(from).UnixMilli(), End: minutes(to).UnixMilli(), Bad: bad, Total: total, Source: source}
	if n, err := w.ledger.Add(t.Context(), budget.Key{SLO: w.o.ID, SLI: w.o.SLI()}, w.at, s); err != nil || n != 1 {
		t.Fatalf("%d slices taken: %v", n, err)
	}
}

func minutes(before int) time.Time { return now.Add(-time.Duration(before) * time.Minute) }

func (w *world) fill(t *testing.T) {
	t.Helper()
	w.add(t, 63, 56, 10_01, 1000_03, budget.SourceRaw) // 4 of its 7 minutes count
	for m := 56; m > 33; m-- {
		w.add(t, m, m-1, budget.Count(m), 1000_07, budget.SourceTile)
	}
	for m := 30; m > 0; m-- { // after a gap of three minutes
		w.add(t, m, m-1, 51, 999_99, budget.SourceEvent)
	}
}

func (w *world) correct(t *testing.T, id string, d correction.Draft) {
	t.Helper()
	d.Category, d.Reason, d.Objectives = string(correction.WrongData), "because", correction.Selection{IDs: []string{"shop/checkout/availability"}}
	terms, err := d.Terms()
	if err != nil {
		t.Fatal(err)
	}
	w.corrections = append(w.corrections, correction.Correction{
		ID: id, Terms: terms, Author: "ann", CreatedAt: minutes(5), ApprovalNeeded: true, ApprovedBy: "bob", ApprovedAt: minutes(4),
	})
	w.ledger.SetCorrections(correction.Expand(w.corrections, []*slo.Objective{w.o}, w.at, w.at.Add(time.Hour)))
}

func (w *world) one(t *testing.T, q why.Query) why.Chain {
	t.Helper()
	chains, err := w.teller.Tell(t.Context(), w.o, q)
	if err != nil || len(chains) != 1 {
		t.Fatalf("%d chains: %v", len(chains), err)
	}
	return chains[0]
}

func stamp(t time.Time) string { return t.Format(time.RFC3339) }

// TestTheChainAddsUp demands that every link of a chain follows from the ones
// before it, that the calculations as they are printed are right, and that they
// come to what the ledger says.
func TestTheChainAddsUp(t *testing.T) {
	w := newWorld(t)
	w.fill(t)
	w.correct(t, "1", correction.Draft{From: stamp(minutes(20)), To: stamp(minutes(10))})
	w.correct(t, "2", correction.Draft{From: stamp(minutes(15)), To: stamp(minutes(8))})
	w.correct(t, "3", correction.Draft{Kind: "adjust", From: stamp(minutes(40)), To: stamp(minutes(38)), Adjust: &correction.Amount{Bad: -3.21, Total: 7}})
	w.correct(t, "4", correction.Draft{From: stamp(minutes(300)), To: stamp(minutes(299))})
	c := w.one(t, why.Query{})

	// Slices are the raw sum; 4/7 of what crosses the begin of the window.
	var bad, total big.Rat
	slices := 0
	for _, p := range c.Slices {
		bad.Add(&bad, decimal(t, p.Bad))
		total.Add(&total, decimal(t, p.Total))
		slices += p.Slices
	}
	same(t, "bad of the parts", &bad, decimal(t, c.Raw.Bad))
	same(t, "total of the parts", &total, decimal(t, c.Raw.Total))
	if slices != 1+23+30 || len(c.Slices) != 3 || c.Slices[0].Source != "tile" || c.Slices[2].Source != "event" {
		t.Errorf("parts: %+v", c.Slices)
	}
	if c.Cut == nil || c.Cut.CountedBad != 5.72 || c.Cut.CountedTotal != 571.45 {
		t.Errorf("cut: %+v, want 4/7 of 10.01 and 1000.03", c.Cut)
	}
	if c.Gaps.Count != 1 || c.Gaps.Time != "3m" || !c.Gaps.First[0].From.Equal(minutes(33)) || !c.Gaps.First[0].To.Equal(minutes(30)) {
		t.Errorf("gaps: %+v", c.Gaps)
	}

	// Raw without what each correction took out is corrected.
	if len(c.Corrections) != 3 {
		t.Fatalf("corrections: %+v, want those three that touch the window", c.Corrections)
	}
	bad, total = *decimal(t, c.Raw.Bad), *decimal(t, c.Raw.Total)
	for _, a := range c.Corrections {
		bad.Sub(&bad, decimal(t, a.Bad))
		total.Sub(&total, decimal(t, a.Total))
		if a.Author != "ann" || a.ApprovedBy != "bob" || a.Reason != "because" || a.Count != 1 {
			t.Errorf("correction %+v", a)
		}
	}
	same(t, "bad without what was taken out", &bad, decimal(t, c.Corrected.Bad))
	same(t, "total without what was taken out", &total, decimal(t, c.Corrected.Total))
	first, second, third := c.Corrections[0], c.Corrections[1], c.Corrections[2]
	if first.Bad != 5.1 || first.Measured != "10m" || second.Bad != 1.02 || second.Life != "2m" || third.Bad != 3.21 || third.Total != -7 {
		t.Errorf("taken out: %+v", c.Corrections)
	}

	// The printed calculations come to the printed results, and these to the balance.
	balance := w.ledger.Status(w.o.ID, now)[0].Balance
	want := map[string]*float64{
		"coverage": balance.Coverage, "error ratio": balance.ErrorRatio, "budget": balance.Budget, "spent": balance.Spent, "remaining": balance.Remaining,
	}
	if len(c.Arithmetic) != len(want) {
		t.Fatalf("arithmetic: %+v", c.Arithmetic)
	}
	for _, s := range c.Arithmetic {
		computed := evaluate(t, s.Calculation)
		written, ok := new(big.Rat).SetString(s.Result)
		if !ok || want[s.Name] == nil || s.Value == nil || *s.Value != *want[s.Name] {
			t.Fatalf("step %+v, the ledger says %v", s, want[s.Name])
		}
		off := new(big.Rat).Sub(computed, written)
		if s.Exact != (off.Sign() == 0) || off.Abs(off).Cmp(big.NewRat(1, 1_000_000_000_000)) > 0 {
			t.Errorf("%s: %s is %s, not %s (exact: %v)", s.Name, s.Calculation, computed.FloatString(20), s.Result, s.Exact)
		}
		if nearest, _ := computed.Float64(); nearest != *s.Value {
			t.Errorf("%s: %s is nearest to %v, the balance says %v", s.Name, s.Calculation, nearest, *s.Value)
		}
	}
}

func TestWhatFollows(t *testing.T) {
	w := newWorld(t)
	for m := 60; m > 0; m-- {
		w.add(t, m, m-1, 3_00, 1000_00, budget.SourceTile)
	}
	c := w.one(t, why.Query{})
	if c.Verdict.State != budget.StateExhausted || len(c.Verdict.Freezes) != 1 || c.Verdict.Freezes[0] != "release" {
		t.Errorf("verdict: %+v", c.Verdict)
	}
	for _, r := range c.Verdict.Rules {
		if r.Holds != (r.State == budget.StateExhausted) {
			t.Errorf("rule %+v", r)
		}
	}
	if c.Declared.SLI != w.o.SLI() || c.Declared.Since == nil || !c.Declared.Since.Equal(now.Add(-2*time.Hour)) || c.Declared.Place.Line != 7 {
		t.Errorf("declared: %+v", c.Declared)
	}
	want := `sum_over_time(slo:bad:tile{sli="` + w.o.SLI() + `",slo="shop/checkout/availability"}[1h])`
	if c.Recorded.Tiles.Bad != want || c.Recorded.Tile.Bad == "" || c.Recorded.Raw.Total == "" || !c.Recorded.At.Equal(c.Window.End) {
		t.Errorf("recorded: %+v\nwant %s", c.Recorded, want)
	}
}

// TestAsKnown demands that a chain as known at a time leaves out what came
// later: changed slices, and corrections that were not approved yet.
func TestAsKnown(t *testing.T) {
	w := newWorld(t)
	w.fill(t)
	before := w.one(t, why.Query{})
	w.at = now.Add(5 * time.Hour)
	w.add(t, 40, 38, 500_00, 1000_00, budget.SourceEvent)
	w.correct(t, "1", correction.Draft{From: stamp(minutes(20)), To: stamp(minutes(10))})
	w.corrections[0].ApprovedAt = w.at.Add(-time.Hour)
	today := w.one(t, why.Query{At: now})
	then := w.one(t, why.Query{At: now, Known: now.Add(2 * time.Hour)})
	if then.Raw != before.Raw || then.Corrected != before.Raw || len(then.Corrections) != 0 || then.Known == nil {
		t.Errorf("as known then %+v with %d corrections, it was %+v", then.Raw, len(then.Corrections), before.Raw)
	}
	if today.Raw.Bad < 500 || len(today.Corrections) != 1 || today.Corrected == today.Raw {
		t.Errorf("today: %+v with %d corrections", today.Raw, len(today.Corrections))
	}
	if _, err := w.teller.Tell(context.Background(), w.o, why.Query{Known: w.at.Add(time.Second)}); !errors.Is(err, why.ErrFuture) {
		t.Errorf("the future is told: %v", err)
	}
}

// TestAsKnownOfAnotherIndicator demands the slices of what counted then, and that
// it is said what is not of then.
func TestAsKnownOfAnotherIndicator(t *testing.T) {
	w := newWorld(t)
	w.fill(t)
	before, sli := w.one(t, why.Query{}), w.o.SLI()
	changed := *w.o
	changed.Indicator = slo.Ratio{Bad: slo.MustCounter(`http_requests_total{code="503"}`), Total: slo.MustCounter(`http_requests_total`)}
	w.o, w.at = &changed, now.Add(5*time.Hour)
	if err := w.ledger.SetObjectives(t.Context(), []*slo.Objective{w.o}, w.at); err != nil {
		t.Fatal(err)
	}
	today, then := w.one(t, why.Query{At: now}), w.one(t, why.Query{At: now, Known: now.Add(2 * time.Hour)})
	d := then.Declared
	if then.Raw != before.Raw || then.Raw == today.Raw || d.SLI != sli || d.Since == nil || !d.Since.Equal(now.Add(-2*time.Hour)) {
		t.Errorf("as known then %+v of %+v, it was %+v", then.Raw, d, before.Raw)
	}
	if d.Note == "" || d.Kind != "" || len(d.Counts)+len(d.Former) != 0 || then.Recorded.Tile.Total != "" {
		t.Errorf("what it was is made up: %+v, %+v", d, then.Recorded)
	}
	if d := today.Declared; d.SLI == sli || d.Note != "" || len(d.Former) != 1 || today.Recorded.Tile.Total == "" {
		t.Errorf("today: %+v, %+v", d, today.Recorded)
	}
}

func TestNothingIsKnown(t *testing.T) {
	w := newWorld(t)
	c := w.one(t, why.Query{})
	if len(c.Slices) != 0 || c.Verdict.State != budget.StateUnknown || c.Arithmetic[0].Value != nil || c.Arithmetic[0].Result != "" {
		t.Errorf("%+v", c)
	}
	g := slo.NewGroup(map[string]string{"region": "eu"})
	if chains, err := w.teller.Tell(t.Context(), w.o, why.Query{Group: &g}); err != nil || len(chains) != 0 {
		t.Errorf("of a group that is none: %v, %v", chains, err)
	}
}
