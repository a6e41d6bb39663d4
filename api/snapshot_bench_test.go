package api

import (
	"fmt"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"headroom/api/apitest"
	"headroom/api/v1"
	"headroom/budget"
	"headroom/slo"
)

// BenchmarkTick makes what is served of 10,000 objectives after a tick: the JSON
// of each, and the gauges.
func BenchmarkTick(b *testing.B) {
	kinds := apitest.Statuses()
	list := make([]budget.Status, 10_000)
	now := apitest.Now()
	for i := range list {
		list[i] = kinds[i%len(kinds)]
		o := *list[i].Objective
		o.ID = slo.ID{Namespace: "shop", Service: fmt.Sprintf("service-%05d", i), Objective: "availability"}
		list[i].Objective = &o
	}
	o := Options{
		Registry: prometheus.NewRegistry(),
		Now:      func() time.Time { return now }, Revision: func() uint64 { return 0 },
		Statuses: func() []budget.Status {
			now = now.Add(30 * time.Second)
			for i := range list {
				list[i].At = now
				if bad := list[i].Balance.Bad; bad != nil {
					more := *bad + float64(now.Unix()%1000)
					list[i].Balance.Bad = &more
				}
			}
			return append([]budget.Status{}, list...)
		},
	}
	o, err := o.withDefaults()
	if err != nil {
		b.Fatal(err)
	}
	s := newSnapshots(o, func(budget.Status) []v1.Freeze { return nil })
	for _, part := range []struct {
		name   string
		gauges bool
	}{{"statuses", false}, {"statuses and gauges", true}} {
		b.Run(part.name, func(b *testing.B) {
			for b.Loop() {
				made, err := s.make()
				if err != nil {
					b.Fatal(err)
				}
				if part.gauges {
					if _, err := made.gauges(); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
