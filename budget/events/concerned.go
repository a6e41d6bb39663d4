package events

import (
	"context"
	"fmt"
	"slices"

	"headroom/slo"
	"headroom/slo/event"
)

// Concerned returns the objectives that Record may change something of, each
// once: those that reports would count for, or do already, and those of the
// services that they name, or named before, since they stand in their history.
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
	services := map[string]bool{}
	for _, e := range reports {
		services[e.Service] = true
	}
	counted := map[Target]bool{}
	for _, s := range stored {
		services[s.Event.Service] = true
		for _, o := range s.Outcomes {
			counted[o.Target] = true
		}
	}
	var concerned []*slo.Objective
	for _, o := range r.objectives {
		if services[o.Service()] {
			concerned = append(concerned, o)
		}
	}
	for _, t := range r.tracked {
		if slices.Contains(concerned, t.objective) {
			continue
		}
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
