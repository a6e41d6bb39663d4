package outputs_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"headroom/rules/outputs"
	"headroom/slo"
)

// where says in which object each group of a text stands.
func where(t testing.TB, text []byte) map[string]string {
	t.Helper()
	place := map[string]string{}
	for _, o := range strict[object](t, text) {
		files := []ruleFile{}
		if o.Spec != nil {
			files = append(files, *o.Spec)
		}
		for _, data := range o.Data {
			files = append(files, strict[ruleFile](t, []byte(data))...)
		}
		for _, name := range names(files...) {
			if other, twice := place[name]; twice {
				t.Errorf("%s stands in %s and %s", name, other, o.Metadata.Name)
			}
			place[name] = o.Metadata.Name
		}
	}
	return place
}

// TestObjectsStayBelowTheirSize measures objects as Kubernetes does.
func TestObjectsStayBelowTheirSize(t *testing.T) {
	for _, format := range []outputs.Format{outputs.PrometheusRule, outputs.VMRule, outputs.ConfigMap} {
		text := write(t, newOutput(t, outputs.Options{Format: format, MaxBytes: outputs.LeastMaxBytes, Namespace: "monitoring"}), shop(60))
		seen := map[string]bool{}
		largest := 0
		for _, document := range strings.Split(string(text), "\n---\n") {
			var o map[string]any
			if err := yaml.Unmarshal([]byte(document), &o); err != nil {
				t.Fatal(err)
			}
			inJSON, err := json.Marshal(o)
			if err != nil {
				t.Fatal(err)
			}
			largest = max(largest, len(inJSON))
			name := strict[object](t, []byte(document))[0].Metadata.Name
			if seen[name] || len(name) > 253 {
				t.Errorf("%s: the name %q stands twice, or is too long", format, name)
			}
			seen[name] = true
		}
		if largest > outputs.LeastMaxBytes || largest < outputs.LeastMaxBytes/4 {
			t.Errorf("%s: the largest object has %d bytes, want at most %d and no waste", format, largest, outputs.LeastMaxBytes)
		}
		if len(seen) < 5 {
			t.Errorf("%s: only %v", format, slices.Collect(maps.Keys(seen)))
		}
	}
}

// TestAChangeMovesNothingElse adds objectives one at a time, to services of all
// sizes and to new ones, and takes them away again. The groups of all others
// stay where they are, but for those of the one object that overflows.
func TestAChangeMovesNothingElse(t *testing.T) {
	for _, format := range []outputs.Format{outputs.PrometheusRule, outputs.ConfigMap} {
		t.Run(string(format), func(t *testing.T) {
			t.Parallel()
			out := newOutput(t, outputs.Options{Format: format, MaxBytes: outputs.LeastMaxBytes})
			base := slices.Concat(shop(60), street(20))
			before := where(t, write(t, out, base))
			moves := 0
			for i := range 8 {
				service := []string{"checkout", "cart", "s-07", "new"}[i%4]
				after := where(t, write(t, out, append(slices.Clone(base), objective("shop", service, fmt.Sprintf("newcomer-%d", i)))))
				left := map[string]bool{}
				for group, place := range before {
					if after[group] != place {
						left[place] = true
					}
				}
				if len(left) > 1 {
					t.Errorf("one more objective of %s moves groups out of %v", service, slices.Sorted(maps.Keys(left)))
				}
				moves += len(left)
			}
			if moves == 0 {
				t.Error("no object overflowed, so nothing was tried")
			}
			if again := where(t, write(t, out, base)); !maps.Equal(again, before) {
				t.Error("what was there before is not there again")
			}
		})
	}
}

// street has n small services.
func street(n int) []*slo.Objective {
	var list []*slo.Objective
	for i := range n {
		list = append(list, objective("shop", fmt.Sprintf("s-%02d", i), "a"))
	}
	return list
}

func TestNamesOfServicesDoNotMeet(t *testing.T) {
	var objectives []*slo.Objective
	for _, id := range [][2]string{{"a-b", "c"}, {"a", "b-c"}, {"a", "b"}, {"a", "b-p0"}} {
		objectives = append(objectives, objective(id[0], id[1], "x"))
	}
	seen := map[string]bool{}
	for _, o := range strict[object](t, write(t, newOutput(t, outputs.Options{Format: outputs.PrometheusRule}), objectives)) {
		seen[o.Metadata.Name] = true
	}
	if len(seen) != len(objectives) {
		t.Errorf("%d names of %d services: %v", len(seen), len(objectives), seen)
	}
}

func TestAnObjectiveTooLargeForAnObject(t *testing.T) {
	o := objective("shop", "checkout", "huge")
	o.Description = strings.Repeat("<", 100_000)
	for _, format := range []outputs.Format{outputs.PrometheusRule, outputs.ConfigMap} {
		out := newOutput(t, outputs.Options{Format: format, MaxBytes: 128 << 10})
		for what, err := range map[string]error{"check": out.Check([]*slo.Objective{o}), "write": out.Write(io.Discard, []*slo.Objective{o})} {
			if !errors.Is(err, outputs.ErrTooLarge) || !strings.Contains(err.Error(), "shop/checkout/huge") {
				t.Errorf("%s, %s: %v", format, what, err)
			}
		}
	}
	if err := newOutput(t, outputs.Options{Format: outputs.Thanos}).Check([]*slo.Objective{o}); err != nil {
		t.Errorf("a file has no bound: %v", err)
	}
}

// TestObjectsAreOfTheServiceAlone writes one service as a file of its own.
func TestObjectsAreOfTheServiceAlone(t *testing.T) {
	out := newOutput(t, outputs.Options{Format: outputs.ConfigMap, Name: "slo.rules", Namespace: "monitoring", Labels: map[string]string{"example.org/role": "rules", "on": "1"}})
	for service := range outputs.Services(shop(2)) {
		var b strings.Builder
		if err := out.WriteService(&b, service); err != nil {
			t.Fatal(err)
		}
		objects := strict[object](t, []byte(b.String()))
		id := service[0].ID
		want := metadata{
			Name: "slo.rules." + id.Namespace + "." + id.Service, Namespace: "monitoring",
			Labels: map[string]string{"app.kubernetes.io/managed-by": "headroom", "example.org/role": "rules", "on": "1"},
		}
		if len(objects) != 1 || objects[0].Metadata.Name != want.Name || objects[0].Metadata.Namespace != want.Namespace || !maps.Equal(objects[0].Metadata.Labels, want.Labels) {
			t.Errorf("%d objects, %+v, want %+v", len(objects), objects[0].Metadata, want)
		}
		key := "headroom." + id.Namespace + "." + id.Service + ".rules.yaml"
		if _, ok := objects[0].Data[key]; !ok || len(objects[0].Data) != 1 {
			t.Errorf("files %v, want %s", slices.Collect(maps.Keys(objects[0].Data)), key)
		}
	}
}
