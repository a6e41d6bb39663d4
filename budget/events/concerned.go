package events

import (
	"context"
	"fmt"

	"headroom/slo"
	"headroom/slo/event"
)

// Concerned returns the objectives that reports would count for, or do already:
// those whose numbers Record may change.
func (r *Recorder) Concerned(ctx context.Context, reports ...event.Event) ([]*slo.Objective, error) {
	keys := make([]event.Key, len(reports))
	for i, e := range reports {
		keys[i] = e.Key()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	stored, err := r.o.Store.Find(ctx, keys)
	if err != nil {
		return nil, fmt.Errorf("find what events concern: %w", err)
	}
	counted := map[Target]bool{}
	for _, s := range stored {
		for _, o := range s.Outcomes {
			counted[o.Target] = true
		}
	}
	var concerned []*slo.Objective
	for _, t := range r.tracked {
		concerns := counted[t.target]
		for _, e := range reports {
			if concerns {
				break
			}
			result, err := t.classifier.Classify(e)
			concerns = err != nil || result != event.Ignored
		}
		if concerns {
			concerned = append(concerned, t.objective)
		}
	}
	return concerned, nil
}
