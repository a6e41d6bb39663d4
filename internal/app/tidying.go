package app

import (
	"context"
	"time"

	"headroom/budget"
)

// tidyInterval is how often old slices are made coarse and forgotten.
const tidyInterval = time.Hour

// tidy keeps the ledger's old slices small until the context ends.
func (a *App) tidy(ctx context.Context) error {
	last := a.Now()
	for {
		timer := time.NewTimer(tidyInterval)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
		now := a.Now()
		if now.Sub(last) > 2*tidyInterval { // it may have jumped, and forgotten is forgotten
			a.Logger.Warn("the clock has jumped ahead; old slices are looked at later", "from", last, "to", now)
			last = now
			continue
		}
		last = now
		if err := a.ledger.Tidy(ctx, now, budget.Keep{Fine: a.Config.Retention.Fine, Retention: a.Config.Retention.Slices}); err != nil && ctx.Err() == nil {
			a.Logger.Error("make old slices of the ledger coarse", "error", err)
		}
	}
}
