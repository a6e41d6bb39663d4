package insight

import (
	"context"
	"sync"

	"headroom/budget"
)

// turns lets one costly question at a time be asked of each metrics store, so
// that one that is slow or dead delays questions about its own objectives alone.
type turns struct {
	mu sync.Mutex
	of map[budget.Querier]chan struct{}
}

func (t *turns) at(q budget.Querier) chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.of == nil {
		t.of = map[budget.Querier]chan struct{}{}
	}
	if t.of[q] == nil {
		t.of[q] = make(chan struct{}, 1)
	}
	return t.of[q]
}

// ask waits for its turn to ask a metrics store something costly. What it returns
// bounds the wait and the question together.
func (i *Insight) ask(ctx context.Context, q budget.Querier) (release func(), bounded context.Context, err error) {
	ctx, cancel := context.WithTimeout(ctx, i.Patience)
	turn := i.turns.at(q)
	select {
	case turn <- struct{}{}:
		return func() { <-turn; cancel() }, ctx, nil
	case <-ctx.Done():
		cancel()
		return nil, nil, ctx.Err()
	}
}
