package budget_test

import (
	"strings"
	"testing"
	"time"

	"headroom/budget"
	"headroom/slo"
)

// TestReadersOfSeveralStoresShareALedger asks each store for its own objectives
// alone, once a tick.
func TestReadersOfSeveralStoresShareALedger(t *testing.T) {
	l := openLedger(t, nil)
	here, there := objective("here", "99%", time.Hour, time.Minute), objective("there", "99%", time.Hour, time.Minute)
	declare(t, l, epoch, here, there)
	stores := map[string]*asked{"here": {}, "there": {}}
	for name, q := range stores {
		r, err := budget.NewReader(budget.ReaderOptions{
			Ledger: l, Querier: q,
			Raw: func(o *slo.Objective, _ time.Duration) (bad, total string) {
				return "bad_" + o.ID.Objective, "total_" + o.ID.Objective
			},
			Reads: func(o *slo.Objective) bool { return o.ID.Objective == name },
		})
		if err != nil {
			t.Fatal(err)
		}
		if n := r.Pending(epoch); n != 1 {
			t.Errorf("%s waits for the history of %d objectives, want its own", name, n)
		}
		if err := r.Tick(t.Context(), epoch); err != nil {
			t.Fatal(err)
		}
		raw := 0
		for _, query := range q.queries {
			if strings.HasPrefix(query, "total_") {
				raw++
				if query != "total_"+name {
					t.Errorf("%s was asked %s", name, query)
				}
			}
		}
		if raw == 0 {
			t.Errorf("%s was not asked for its raw series: %q", name, q.queries)
		}
	}
	for _, s := range l.Statuses(epoch.Add(time.Hour)) {
		if s.Data != budget.DataRulesMissing {
			t.Errorf("%s is %s: no reader looked for its rules", s.Objective.ID, s.Data)
		}
	}
}
