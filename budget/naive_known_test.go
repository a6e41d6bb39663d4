package budget_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"headroom/budget"
	"headroom/slo"
)

// revise follows the rule in words: refused whole when it overlaps a slice of a
// higher source, else all that it overlaps goes. It makes the series no older
// than the time given.
func (n *naive) revise(since int64, s budget.Slice) {
	overlaps := func(o budget.Slice) bool { return o.Start < s.End && s.Start < o.End }
	if s.End <= s.Start || s.Bad > s.Total || slices.Contains(n.list, s) {
		return
	}
	for _, o := range n.list {
		if overlaps(o) && o.Source > s.Source {
			return
		}
	}
	n.list = append(slices.DeleteFunc(n.list, overlaps), s)
	if n.since == 0 || since < n.since {
		n.since = since
	}
}

// bitemporal is the naive model of what was known when: a copy of everything
// that counts after each change. Other indicators wait until they count again.
type bitemporal struct {
	naive

	copies []moment
	others map[string]naive
}

// count makes another indicator the one that counts.
func (b *bitemporal) count(before, next string) {
	b.others[before] = b.naive
	corrections := b.corrections
	b.naive = b.others[next]
	b.corrections = corrections
}

type moment struct {
	at    int64
	state naive
}

func (b *bitemporal) remember(now time.Time) {
	copied := b.naive
	copied.list = slices.Clone(b.list)
	b.copies = append(b.copies, moment{now.UnixMilli(), copied})
}

// known returns the last copy that was made by a time.
func (b *bitemporal) known(at time.Time) naive {
	var last naive
	for _, c := range b.copies {
		if c.at <= at.UnixMilli() {
			last = c.state
		}
	}
	return last
}

// lives reports whether a balance at a time has anything to tell.
func (n *naive) lives(o *slo.Objective, at int64) bool {
	last := int64(0)
	for _, s := range n.list {
		if s.End <= at {
			last = max(last, s.End)
		}
	}
	return n.since > 0 && n.since < at && last > at-o.Window.Rolling.Milliseconds()
}

// history is a ledger, its store, the time, and the naive model beside it.
type history struct {
	t     *rapid.T
	test  *testing.T
	o     *slo.Objective
	store *paged
	l     *budget.Ledger
	now   time.Time
	plain bitemporal
	began map[string]int // how often each indicator began to count
	gone  bool           // the objective is not declared
}

func (h *history) declared() []*slo.Objective {
	if h.gone {
		return nil
	}
	return []*slo.Objective{h.o}
}

// change counts something else from now on. Of what comes back more than once it
// is not kept when.
func (h *history) change() {
	next := *h.o
	next.Indicator = slo.Ratio{Bad: slo.MustCounter(rapid.SampledFrom([]string{"a_total", "b_total", "c_total"}).Draw(h.t, "counted")), Total: slo.MustCounter("all_total")}
	if h.began[next.SLI()] == 2 || next.SLI() == h.o.SLI() {
		return
	}
	h.began[next.SLI()]++
	h.now = h.now.Add(time.Minute)
	h.plain.count(h.o.SLI(), next.SLI())
	h.o, h.gone = &next, false
	declare(h.test, h.l, h.now, h.o)
}

func (h *history) open() {
	l, err := budget.OpenLedger(h.test.Context(), budget.LedgerOptions{Store: h.store, CacheBytes: 300, Clock: func() time.Time { return h.now }})
	if err != nil {
		h.t.Fatal(err)
	}
	h.l = l
	declare(h.test, l, h.now, h.declared()...)
	l.SetCorrections(map[slo.ID]budget.Corrections{h.o.ID: h.plain.corrections})
	l.SetCorrectionsKnown(func(at time.Time, _ ...slo.ID) map[slo.ID]budget.Corrections {
		return map[slo.ID]budget.Corrections{h.o.ID: h.plain.known(at).corrections}
	})
}

func (h *history) step() {
	h.now = h.now.Add(time.Duration(rapid.IntRange(0, 300).Draw(h.t, "minutes")) * time.Minute)
	key := keyOf(h.o, nil)
	switch rapid.IntRange(0, 12).Draw(h.t, "what") {
	case 0:
		h.open()
	case 1:
		h.plain.corrections = drawCorrections(h.t)
		h.l.SetCorrections(map[slo.ID]budget.Corrections{h.o.ID: h.plain.corrections})
	case 10, 11:
		h.change()
	case 12:
		h.gone = !h.gone
		declare(h.test, h.l, h.now, h.declared()...)
	case 2, 3, 4:
		since, s := epoch.Add(time.Duration(rapid.IntRange(-100, 6000).Draw(h.t, "since"))*time.Minute), drawSlice(h.t)
		if _, err := h.l.Revise(h.test.Context(), key, since, s); err != nil {
			h.t.Fatal(err)
		}
		h.plain.revise(since.UnixMilli(), s)
	default:
		for range rapid.IntRange(1, 4).Draw(h.t, "slices") {
			s := drawSlice(h.t)
			add(h.test, h.l, key, s)
			h.plain.add(s)
		}
	}
	h.plain.remember(h.now)
}

// check asks what was known at a whole hour of a time an hour before it or
// more, so that no slice after it came in time.
func (h *history) check() {
	if h.gone {
		return
	}
	known := epoch.Add(time.Duration(rapid.IntRange(0, int(h.now.Sub(epoch).Hours())+2).Draw(h.t, "known")) * time.Hour)
	at := known.Add(-time.Hour - time.Duration(rapid.IntRange(0, 2*24*3600).Draw(h.t, "before"))*time.Second)
	list, err := h.l.StatusesKnown(h.test.Context(), at, known)
	if err != nil || len(list) != 1 {
		h.t.Fatalf("%d statuses, %v", len(list), err)
	}
	then := h.plain.known(known)
	if !then.lives(h.o, at.UnixMilli()) {
		if list[0].Balance.Total != nil {
			h.t.Fatalf("known at %s of %s: %s, but nothing was", known, at, text(list[0].Balance))
		}
		return
	}
	if got, want := text(list[0].Balance), text(then.balance(h.o, at.UnixMilli())); got != want {
		h.t.Fatalf("known at %s of %s\n got %s\nwant %s", known, at, got, want)
	}
}

func TestKnownStatusesEqualTheBitemporalModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		h := &history{
			t: rt, test: t, store: newPaged(), now: epoch, plain: bitemporal{others: map[string]naive{}}, began: map[string]int{},
			o: objective("availability", "99%", rapid.SampledFrom([]time.Duration{5 * time.Hour, 48 * time.Hour}).Draw(rt, "window"), 5*time.Minute),
		}
		h.open()
		for range rapid.IntRange(0, 40).Draw(rt, "steps") {
			h.step()
			h.check()
		}
	})
}

// A renamed objective keeps what was known of it under its earlier id.
func TestKnownStatusesOutliveARename(t *testing.T) {
	h := &history{test: t, store: newPaged(), now: epoch, o: objective("availability", "90%", 5*time.Hour, 5*time.Minute)}
	clock := func() time.Time { return h.now }
	l, err := budget.OpenLedger(t.Context(), budget.LedgerOptions{Store: h.store, Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	declare(t, l, epoch, h.o)
	h.now = after(time.Hour)
	add(t, l, keyOf(h.o, nil), at(0, 60, 6, 100, budget.SourceTile))
	h.now = after(5 * time.Hour) // late: the truth of the first hour
	add(t, l, keyOf(h.o, nil), at(0, 60, 2, 100, budget.SourceRaw))
	renamed := *h.o
	renamed.ID.Objective, renamed.Formerly = "uptime", []slo.ID{h.o.ID}
	h.now = after(7 * time.Hour)
	declare(t, l, h.now, &renamed)
	for known, want := range map[time.Duration]float64{2 * time.Hour: 6, 6 * time.Hour: 2, 8 * time.Hour: 2} {
		list, err := l.StatusesKnown(t.Context(), after(61*time.Minute), after(known), renamed.ID)
		if err != nil || len(list) != 1 {
			t.Fatalf("%d statuses, %v", len(list), err)
		}
		wantNumber(t, "bad events known after "+known.String(), list[0].Balance.Bad, is(want))
	}
}

// An objective whose indicator changed before it was renamed, or with that, is
// known by what counted under its earlier id.
func TestKnownStatusesOutliveChangesAndARename(t *testing.T) {
	a := *objective("availability", "90%", 48*time.Hour, 5*time.Minute)
	b, renamed := a, a
	b.Indicator = slo.Ratio{Bad: slo.MustCounter("other_bad_total"), Total: slo.MustCounter("other_total")}
	renamed.ID.Objective, renamed.Formerly = "uptime", []slo.ID{a.ID}
	for name, lives := range map[string][]slo.Objective{
		"changed and renamed":               {b, a, renamed},
		"renamed and changed back":          {a, b, renamed},
		"changed, changed back and renamed": {a, b, a, renamed},
	} {
		now := epoch
		l, err := budget.OpenLedger(t.Context(), budget.LedgerOptions{Store: newPaged(), Clock: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		bad := map[string]float64{} // by what was counted
		var want []float64
		for n, o := range lives { // two hours of each, one measured
			declare(t, l, now, &o)
			now = now.Add(time.Hour)
			add(t, l, keyOf(&o, nil), at(120*n, 120*n+60, float64(n+1), 100, budget.SourceTile))
			now = now.Add(time.Hour)
			bad[o.SLI()] += float64(n + 1)
			want = append(want, bad[o.SLI()])
		}
		for n := range lives {
			list, err := l.StatusesKnown(t.Context(), after(time.Duration(2*n+1)*time.Hour), after(time.Duration(2*n+1)*time.Hour+time.Minute), renamed.ID)
			if err != nil || len(list) != 1 {
				t.Fatalf("%s: %d statuses, %v", name, len(list), err)
			}
			wantNumber(t, fmt.Sprintf("%s: bad events known in life %d", name, n), list[0].Balance.Bad, is(want[n]))
		}
	}
}
