package budget_test

import (
	"testing"
	"time"

	"headroom/budget"
)

// TestClockThatJumpsAheadAndBack sets the reader's clock a day ahead for some
// ticks, while the metrics store's own time goes on. Nothing may be lost,
// doubled or late once it is right again.
func TestClockThatJumpsAheadAndBack(t *testing.T) {
	s, f, o := usual()
	k := newKeeper(t, s, o)
	s.present = new(int64)
	for minute := 1; minute <= 8*60; minute++ {
		now := time.Duration(minute) * time.Minute
		*s.present = after(now).UnixMilli()
		if minute > 200 && minute <= 230 {
			now += day
		}
		k.tick(after(now))
		if minute == 250 {
			k.wantTruth(t, o, f, -day, now)
			if st := only(t, k.ledger, o, after(now)); st.Data != budget.DataOK || *st.Balance.Coverage != 1 {
				t.Errorf("20 minutes after the clock was set right the data are %s: %s", st.Data, st.Reason)
			}
		}
	}
	k.wantTruth(t, o, f, -day, 8*time.Hour)
}
