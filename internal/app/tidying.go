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
	for {
		timer := time.NewTimer(tidyInterval)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
		if err := a.ledger.Tidy(ctx, a.Now(), budget.Keep{Fine: a.Config.Retention.Fine, Retention: a.Config.Retention.Slices}); err != nil && ctx.Err() == nil {
			a.Logger.Error("make old slices of the ledger coarse", "error", err)
		}
	}
}
