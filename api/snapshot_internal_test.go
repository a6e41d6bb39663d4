package api

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"headroom/api/v1"
	"headroom/budget"
)

// TestScrapesFindGaugesReady demands that what takes long is made aside, with
// the gauges where somebody scrapes them, and without where nobody does.
func TestScrapesFindGaugesReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var revision atomic.Uint64
		o := Options{
			Statuses: func() []budget.Status { time.Sleep(2 * patience); return nil }, Now: time.Now,
			Revision: revision.Load, SnapshotAge: time.Minute,
		}
		s := newSnapshots(o, func(budget.Status) []v1.Freeze { return nil })
		rendered := func() bool { return s.gauges.last != nil }
		ask := func() {
			t.Helper()
			if _, err := s.get(); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			time.Sleep(3 * patience)
			synctest.Wait()
		}
		ask()
		revision.Add(1)
		time.Sleep(2 * pause)
		ask()
		if rendered() {
			t.Fatal("gauges are rendered that nobody asked for")
		}
		if _, err := s.scrape(); err != nil {
			t.Fatal(err)
		}
		s.gauges.last = nil
		revision.Add(1)
		time.Sleep(2 * pause)
		before := s.current.Load()
		ask()
		if s.current.Load() == before || !rendered() {
			t.Error("the gauges of the next snapshot are not ready for the next scrape")
		}
		s.gauges.last = nil
		revision.Add(1)
		time.Sleep(50 * time.Second)
		ask()
		time.Sleep(scraping)
		revision.Add(1)
		ask()
		s.gauges.last = nil
		revision.Add(1)
		time.Sleep(2 * pause)
		ask()
		if rendered() {
			t.Error("gauges are rendered long after the last scrape")
		}
	})
}
