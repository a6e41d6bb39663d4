package budget_test

import (
	"strings"
	"testing"
	"time"
)

// TestBackfillIsTold follows the share of a history that is read, over a restart
// in the middle of it.
func TestBackfillIsTold(t *testing.T) {
	s, _, o := usual()
	o.Window.Rolling = 28 * day
	k := newKeeper(t, s, o)
	if told := only(t, k.ledger, o, after(0)).Backfill; told == nil || *told != 0 {
		t.Errorf("before the first tick %v, want 0", told)
	}
	asked := 0
	s.broken = func(expr string) bool {
		if strings.HasPrefix(expr, "total ") {
			asked++
		}
		return asked > 14
	}
	_ = k.reader.Tick(t.Context(), after(30*time.Second)) // it breaks off
	k.restart(after(time.Minute))
	half := only(t, k.ledger, o, after(time.Minute)).Backfill
	if half == nil || *half < 0.2 || *half > 0.8 {
		t.Errorf("in the middle %v", half)
	}
	s.broken = nil
	k.tick(after(time.Minute))
	if told := only(t, k.ledger, o, after(time.Minute)).Backfill; told != nil {
		t.Errorf("in the end %v, want nothing", *told)
	}
}
