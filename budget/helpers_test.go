package budget_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"headroom/budget"
	"headroom/slo"
)

// epoch is the time at which the tests' stories begin: a Monday noon.
var epoch = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func objective(name, target string, window, resolution time.Duration) *slo.Objective {
	return &slo.Objective{
		ID:     slo.ID{Namespace: "default", Service: "shop", Objective: name},
		Target: slo.MustTarget(target), Window: slo.Window{Rolling: window}, Resolution: resolution,
		Indicator: slo.Ratio{
			Bad:   slo.MustCounter(`http_requests_total{code="500"}`),
			Total: slo.MustCounter(`http_requests_total`),
		},
	}
}

func keyOf(o *slo.Objective, labels map[string]string) budget.Key {
	return budget.Key{SLO: o.ID, SLI: o.SLI(), Group: slo.NewGroup(labels)}
}

// memory is a store that keeps what it was given, and can refuse.
type memory struct {
	tracks map[budget.Key]budget.TrackRecord
	series map[budget.Key]budget.SeriesRecord
	pages  map[budget.Key]map[int64][]byte
	refuse bool
}

var errRefused = errors.New("no space left on device")

func newMemory() *memory {
	return &memory{
		tracks: map[budget.Key]budget.TrackRecord{}, series: map[budget.Key]budget.SeriesRecord{},
		pages: map[budget.Key]map[int64][]byte{},
	}
}

func (m *memory) Load(context.Context) (budget.Content, error) {
	c := budget.Content{Tracks: slices.Collect(maps.Values(m.tracks)), Series: slices.Collect(maps.Values(m.series))}
	for key, days := range m.pages {
		for day, data := range days {
			c.Pages = append(c.Pages, budget.PageRecord{Key: key, Day: day, Data: slices.Clone(data)})
		}
	}
	return c, nil
}

func (m *memory) Commit(_ context.Context, b budget.Batch) error {
	if m.refuse {
		return errRefused
	}
	for _, key := range b.RemoveTracks {
		delete(m.tracks, key)
	}
	for _, key := range b.RemoveSeries {
		delete(m.series, key)
		delete(m.pages, key)
	}
	for _, r := range b.Tracks {
		m.tracks[r.Key] = r
	}
	for _, r := range b.Series {
		m.series[r.Key] = r
	}
	for _, r := range b.Pages {
		if m.pages[r.Key] == nil {
			m.pages[r.Key] = map[int64][]byte{}
		}
		m.pages[r.Key][r.Day] = slices.Clone(r.Data)
		if len(r.Data) == 0 {
			delete(m.pages[r.Key], r.Day)
		}
	}
	return nil
}

func openLedger(t *testing.T, store budget.Store) *budget.Ledger {
	t.Helper()
	l, err := budget.OpenLedger(t.Context(), budget.LedgerOptions{Store: store, CacheBytes: 300})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func declare(t *testing.T, l *budget.Ledger, now time.Time, objectives ...*slo.Objective) {
	t.Helper()
	if err := l.SetObjectives(t.Context(), objectives, now); err != nil {
		t.Fatal(err)
	}
}

func add(t *testing.T, l *budget.Ledger, k budget.Key, list ...budget.Slice) int {
	t.Helper()
	n, err := l.Add(t.Context(), k, epoch, list...)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// only returns the status of an objective that has one.
func only(t *testing.T, l *budget.Ledger, o *slo.Objective, at time.Time) budget.Status {
	t.Helper()
	list := l.Status(o.ID, at)
	if len(list) != 1 {
		t.Fatalf("%d statuses, want 1: %+v", len(list), list)
	}
	return list[0]
}

// wantNumber compares a number that may be unknown exactly.
func wantNumber(t *testing.T, name string, got, want *float64) {
	t.Helper()
	switch {
	case got == nil && want == nil:
	case got == nil || want == nil || *got != *want:
		t.Errorf("%s = %s, want %s", name, show(got), show(want))
	}
}

func show(f *float64) string {
	if f == nil {
		return "unknown"
	}
	return strconv.FormatFloat(*f, 'g', -1, 64)
}

func is(f float64) *float64 { return &f }

// at returns a slice of minutes since the epoch.
func at(from, to int, bad, total float64, source budget.Source) budget.Slice {
	return budget.Slice{
		Start: epoch.Add(time.Duration(from) * time.Minute).UnixMilli(), End: epoch.Add(time.Duration(to) * time.Minute).UnixMilli(),
		Bad: budget.CountOf(bad), Total: budget.CountOf(total), Source: source,
	}
}

func after(d time.Duration) time.Time { return epoch.Add(d) }
