package rules_test

import (
	"fmt"
	"io"
	"runtime"
	"testing"

	"headroom/rules"
	"headroom/slo"
)

// thousand are objectives of all forms but with ids of their own.
func thousand() []*slo.Objective {
	kinds := []func(*slo.Objective){func(*slo.Objective) {}, goodForm, latencyForm, gaugeForm}
	var list []*slo.Objective
	for i := range 1000 {
		list = append(list, checkout(kinds[i%len(kinds)], func(o *slo.Objective) {
			o.ID.Service = fmt.Sprintf("service-%03d", i)
		}))
	}
	return list
}

// BenchmarkCompile1000 compiles and renders a thousand objectives.
func BenchmarkCompile1000(b *testing.B) {
	objectives := thousand()
	b.ReportAllocs()
	for b.Loop() {
		groups, err := rules.All(objectives, rules.Prometheus3, rules.Options{})
		if err != nil {
			b.Fatal(err)
		}
		if err := rules.Write(io.Discard, groups); err != nil {
			b.Fatal(err)
		}
	}
}

// Memory must not grow with the number of objectives: one is held at a time.
func TestWriteStreams(t *testing.T) {
	objectives := thousand()
	groups, err := rules.All(objectives, rules.Prometheus3, rules.Options{})
	if err != nil {
		t.Fatal(err)
	}
	live := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before, highest, count := live(), uint64(0), 0
	watched := func(yield func(rules.Group) bool) {
		for g := range groups {
			if count++; count%500 == 0 {
				highest = max(highest, live())
			}
			if !yield(g) {
				return
			}
		}
	}
	if err := rules.Write(io.Discard, watched); err != nil {
		t.Fatal(err)
	}
	if count != 6000 {
		t.Errorf("%d groups, want 6000", count)
	}
	if grown := int64(highest) - int64(before); grown > 1<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
}
