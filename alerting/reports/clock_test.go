package reports_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"headroom/alerting/reports"
)

// TestClockThatJumpsMakesNoReportTwice sets the clock a week ahead for an hour,
// and later a day back for an hour, over the time at which a report is due.
func TestClockThatJumpsMakesNoReportTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPost()
		now := func() time.Time {
			at := time.Now().UTC()
			switch {
			case at.After(january(1, 12, 0)) && at.Before(january(1, 13, 0)):
				return at.AddDate(0, 0, 7)
			case at.After(january(10, 8, 30)) && at.Before(january(10, 9, 30)):
				return at.AddDate(0, 0, -1)
			}
			return at
		}
		serve(t, january(18, 0, 0), reports.Options{Outbox: p, Marks: p, Now: now, Reports: []reports.Report{weekly(t, reports.Report{Channel: "#platform"})}})
		want := []string{
			"#platform: error budgets, 27 December 1999 to 2 January 2000",
			"#platform: error budgets, 3 to 9 January 2000", "#platform: error budgets, 10 to 16 January 2000",
		}
		if got := p.titles(); !slices.Equal(got, want) {
			t.Errorf("got %q", got)
		}
	})
}
