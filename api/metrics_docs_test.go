package api_test

import (
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"headroom/api"
	"headroom/budget"
	"headroom/budget/insight"
	"headroom/slo"
)

// overspent serves an objective of which nothing is left.
func overspent(t *testing.T) http.Handler {
	t.Helper()
	now := time.Date(2026, 3, 30, 12, 0, 0, 0, time.UTC)
	o := &slo.Objective{
		ID: slo.ID{Namespace: "shop", Service: "cart", Objective: "availability"}, Target: slo.MustTarget("99%"),
		Window: slo.Window{Rolling: 28 * day}, Resolution: 5 * time.Minute,
		Indicator: slo.Ratio{Bad: slo.MustCounter("bad"), Total: slo.MustCounter("total")},
	}
	ledger, err := budget.OpenLedger(t.Context(), budget.LedgerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := ledger.SetObjectives(t.Context(), []*slo.Objective{o}, now.Add(-28*day)); err != nil {
		t.Fatal(err)
	}
	var list []budget.Slice
	for at := now.Add(-28 * day); at.Before(now); at = at.Add(time.Hour) {
		list = append(list, budget.Slice{Start: at.UnixMilli(), End: at.Add(time.Hour).UnixMilli(), Bad: budget.CountOf(5), Total: budget.CountOf(100), Source: budget.SourceRaw})
	}
	if _, err := ledger.Add(t.Context(), budget.Key{SLO: o.ID, SLI: o.SLI()}, now, list...); err != nil {
		t.Fatal(err)
	}
	clock := func() time.Time { return now }
	in, err := insight.New(insight.Options{Ledger: ledger, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	in.Look(t.Context())
	return newHandler(t, api.Options{Statuses: func() []budget.Status { return ledger.Statuses(now) }, Now: clock, Insight: in})
}

// TestDocumentedMetrics compares the metrics of the API that docs/metrics.md
// tells of with those that are served. What other parts of the program serve is
// compared where the program runs.
func TestDocumentedMetrics(t *testing.T) {
	text, err := os.ReadFile("../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	ours := regexp.MustCompile(`^headroom_(slo_|http_|corrections$)`)
	elsewhere := regexp.MustCompile(`^headroom_slo_events_`)
	documented, served := map[string]bool{}, map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `(headroom_[a-z_]+)` \\| ").FindAllStringSubmatch(string(text), -1) {
		if documented[row[1]] {
			t.Errorf("%s is told twice", row[1])
		}
		if ours.MatchString(row[1]) && !elsewhere.MatchString(row[1]) {
			documented[row[1]] = true
		}
	}
	_, handler := explained(t)
	metrics := get(t, handler, "/metrics").Body.String() + get(t, overspent(t), "/metrics").Body.String()
	for _, row := range regexp.MustCompile(`(?m)^# TYPE (headroom_[a-z_]+) `).FindAllStringSubmatch(metrics, -1) {
		served[row[1]] = true
	}
	for name := range served {
		if !documented[name] {
			t.Errorf("docs/metrics.md does not tell of %s", name)
		}
	}
	for name := range documented {
		if !served[name] {
			t.Errorf("docs/metrics.md tells of %s, which is not served", name)
		}
	}
	if len(served) < 20 {
		t.Errorf("only %d metrics are served: %s", len(served), strings.Join(slices.Sorted(maps.Keys(served)), ", "))
	}
}
