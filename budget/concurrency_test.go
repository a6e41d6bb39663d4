package budget_test

import (
	"sync"
	"testing"
	"time"

	"headroom/budget"
)

// Readers of the ledger see whole states while it changes: what one balance
// says adds up.
func TestStatusesWhileTheLedgerChanges(t *testing.T) {
	s, _, o := usual()
	other := objective("latency", "95%", day, 5*time.Minute)
	s.rules = append(s.rules, other)
	k := newKeeper(t, s, o, other)
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				for _, status := range k.ledger.Statuses(after(3 * time.Hour)) {
					b := status.Balance
					if b.Total != nil && b.Measured > 0 && *b.Total != 10*b.Measured.Seconds() {
						t.Errorf("%v events in %s, want ten a second", *b.Total, b.Measured)
						return
					}
				}
			}
		})
	}
	for d := time.Minute; d <= 3*time.Hour; d += time.Minute {
		k.tick(after(d))
		if d%(10*time.Minute) == 0 {
			declare(t, k.ledger, after(d), o, other)
			add(t, k.ledger, budget.Key{SLO: other.ID, SLI: "00000000"}, at(int(d.Minutes()), int(d.Minutes())+1, 0, 1, budget.SourceRaw))
		}
	}
	close(done)
	readers.Wait()
}
