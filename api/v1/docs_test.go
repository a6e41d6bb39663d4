package v1_test

import (
	"encoding/json"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"headroom/api/v1"
)

// TestDocumentedStatus demands that the status in docs/api.md has exactly the
// keys of an SLO, those that may be absent included, and that each is read and
// written as it stands there.
func TestDocumentedStatus(t *testing.T) {
	page, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## One status\n")
	_, sample, _ := strings.Cut(section, "```json\n")
	sample, _, found := strings.Cut(sample, "```")
	if !found {
		t.Fatal("docs/api.md has no sample of a status")
	}
	var documented, written map[string]any
	var status v1.SLO
	for _, target := range []any{&documented, &status} {
		if err := json.Unmarshal([]byte(sample), target); err != nil {
			t.Fatal(err)
		}
	}
	var keys []string
	for field := range reflect.TypeFor[v1.SLO]().Fields() {
		key, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		keys = append(keys, key)
	}
	slices.Sort(keys)
	if diff := cmp.Diff(keys, slices.Sorted(maps.Keys(documented))); diff != "" {
		t.Errorf("keys (-sent +documented):\n%s", diff)
	}
	text, err := json.Marshal(status)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &written); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(written, documented); diff != "" {
		t.Errorf("values (-sent +documented):\n%s", diff)
	}
}

// TestDocumentedFilters demands that docs/api.md names every filter.
func TestDocumentedFilters(t *testing.T) {
	page, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(page)) {
		if !strings.HasPrefix(line, "| `GET /api/v1/slos` |") {
			continue
		}
		for field := range reflect.TypeFor[v1.Filter]().Fields() {
			if name := strings.ToLower(field.Name); !strings.Contains(line, "`?"+name+"=`") {
				t.Errorf("the filter %s is not documented", name)
			}
		}
		return
	}
	t.Error("docs/api.md does not know GET /api/v1/slos")
}
