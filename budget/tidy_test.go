package budget_test

import (
	"slices"
	"testing"
	"time"

	"headroom/budget"
	"headroom/slo"
)

// TestTidyKeepsSumsAndForgets keeps 12 days of an objective of a day's window:
// fine, then by the hour, then not at all.
func TestTidyKeepsSumsAndForgets(t *testing.T) {
	o := objective("tidy", "90%", 24*time.Hour, 5*time.Minute)
	store, k := newPaged(), keyOf(o, nil)
	now := epoch
	open := func() *budget.Ledger {
		l, err := budget.OpenLedger(t.Context(), budget.LedgerOptions{Store: store, CacheBytes: 2000, Clock: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		declare(t, l, now, o)
		return l
	}
	l := open()
	for m := 0; m < 12*24*60; m += 5 {
		if m%1000 != 0 { // and gaps
			add(t, l, k, at(m, m+5, float64(m%7), 10, budget.SourceTile))
		}
	}
	now = after(12 * 24 * time.Hour)
	before := only(t, l, o, now)
	whole := l.Sum(k, after(5*24*time.Hour), now)
	keep := budget.Keep{Fine: 2 * 24 * time.Hour, Retention: 7 * 24 * time.Hour}
	if err := l.Tidy(t.Context(), now, keep); err != nil {
		t.Fatal(err)
	}
	for name, l := range map[string]*budget.Ledger{"ledger": l, "ledger opened again": open()} {
		if got := text(only(t, l, o, now).Balance); got != text(before.Balance) {
			t.Errorf("%s: the balance is\n%s, was\n%s", name, got, text(before.Balance))
		}
		if got := l.Sum(k, after(5*24*time.Hour), now); got != whole {
			t.Errorf("%s: the week adds up to %+v, did to %+v", name, got, whole)
		}
		if n := len(l.Slices(k, after(6*24*time.Hour), after(7*24*time.Hour))); n < 24 || n > 30 {
			t.Errorf("%s: a coarse day has %d slices", name, n)
		}
		if n := len(l.Slices(k, after(10*24*time.Hour), after(11*24*time.Hour))); n < 280 {
			t.Errorf("%s: a fine day has %d slices", name, n)
		}
		if n := len(l.Slices(k, epoch, after(4*24*time.Hour))); n != 0 {
			t.Errorf("%s: %d slices are not forgotten", name, n)
		}
	}
	reads := store.reads
	if err := l.Tidy(t.Context(), now, keep); err != nil || store.reads != reads {
		t.Errorf("again: %v, %d pages read", err, store.reads-reads)
	}
}

// TestUnreadablePagesMakeBalancesUnknown takes the disk away, and a page.
func TestUnreadablePagesMakeBalancesUnknown(t *testing.T) {
	o := objective("torn", "90%", 48*time.Hour, 5*time.Minute)
	store, k := newPaged(), keyOf(o, nil)
	l, err := budget.OpenLedger(t.Context(), budget.LedgerOptions{Store: store, CacheBytes: 1}) // keeps the latest page alone
	if err != nil {
		t.Fatal(err)
	}
	declare(t, l, epoch, o)
	for m := 0; m < 72*60; m += 5 {
		add(t, l, k, at(m, m+5, 1, 20, budget.SourceTile))
	}
	now := after(72 * time.Hour)
	wantNumber(t, "remaining", only(t, l, o, now).Balance.Remaining, is(0.5))
	add(t, l, k, at(72*60, 72*60+5, 1, 20, budget.SourceTile)) // what balances read is not in the cache any more
	store.unreadable = true
	if s := only(t, l, o, now); s.State != budget.StateUnknown || s.Balance.Remaining != nil || s.Balance.Total != nil {
		t.Errorf("without its disk the ledger says %+v", s)
	}
	if _, err := l.Add(t.Context(), k, now, at(100, 105, 0, 1, budget.SourceRaw)); err == nil {
		t.Error("a page that cannot be read was changed")
	}
	store.unreadable = false
	wantNumber(t, "remaining again", only(t, l, o, now).Balance.Remaining, is(0.5))
	spoilt := store.pages[k][epoch.UnixMilli()/86_400_000+1]
	spoilt[len(spoilt)/2] ^= 1
	add(t, l, k, at(80*60, 80*60+5, 0, 1, budget.SourceTile))
	l.SetCorrections(map[slo.ID]budget.Corrections{o.ID: {Excluded: []budget.Excluded{{From: after(14 * time.Hour).UnixMilli(), To: after(15 * time.Hour).UnixMilli()}}}})
	if s := only(t, l, o, after(80*time.Hour)); s.State != budget.StateUnknown {
		t.Errorf("with a corrupt page the state is %s", s.State)
	}
	add(t, l, k, at(80*60+5, 80*60+10, 0, 1, budget.SourceTile)) // the next change drops it
	if l.Damaged() != 1 || slices.ContainsFunc(l.Slices(k, after(13*time.Hour), after(35*time.Hour)), func(budget.Slice) bool { return true }) {
		t.Errorf("%d pages are damaged", l.Damaged())
	}
}

// TestTidyGivesUpWhatNothingReads finds a page of an objective that is gone
// corrupt while the service runs.
func TestTidyGivesUpWhatNothingReads(t *testing.T) {
	o := objective("gone", "90%", 48*time.Hour, 5*time.Minute)
	store, k := newPaged(), keyOf(o, nil)
	l, err := budget.OpenLedger(t.Context(), budget.LedgerOptions{Store: store, CacheBytes: 1})
	if err != nil {
		t.Fatal(err)
	}
	declare(t, l, epoch, o)
	for m := 0; m < 72*60; m += 5 {
		add(t, l, k, at(m, m+5, 1, 20, budget.SourceTile))
	}
	declare(t, l, after(72*time.Hour))
	spoilt := store.pages[k][epoch.UnixMilli()/86_400_000+1]
	spoilt[len(spoilt)/2] ^= 1
	for range l.Slices(k, after(13*time.Hour), after(35*time.Hour)) {
		continue
	}
	if err := l.Tidy(t.Context(), after(73*time.Hour), budget.Keep{}); err != nil {
		t.Fatal(err)
	}
	if _, kept := store.pages[k][epoch.UnixMilli()/86_400_000+1]; kept || l.Damaged() != 0 {
		t.Errorf("the corrupt page is kept: %v; %d pages wait to be read again", kept, l.Damaged())
	}
}
