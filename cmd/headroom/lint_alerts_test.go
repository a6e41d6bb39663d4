package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"headroom/slo"
	"headroom/slo/manifest"
)

// TestContradicted gives an objective a plan whose longer page waits for more.
func TestContradicted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "slo.yaml")
	write(t, path, "headroom: v1\nservice: probe\nobjectives:\n  reachable: {target: 99%, gauge: probe_success}\n")
	result := manifest.Load(t.Context(), []string{path}, manifest.Options{})
	if problems := contradicted(result); len(problems) > 0 {
		t.Errorf("headroom's own alerts: %v", problems)
	}
	result.Objectives()[0].Plan = &slo.AlertPlan{Name: "own", Tiers: []slo.TierWish{
		{Severity: "page", Burn: "6", Long: time.Hour}, {Severity: "page", Burn: "14", Long: 6 * time.Hour}, {Severity: "ticket", Burn: "3", Long: 24 * time.Hour},
	}}
	problems := contradicted(result)
	if len(problems) != 1 || problems[0].Line != 4 || !strings.Contains(problems[0].Message, "plan own of default/probe/reachable: the page over 6h waits for a burn of 14") {
		t.Errorf("%v", problems)
	}
}

// TestUnheard gives an objective a plan with a page that it can have, then one
// whose page it cannot have.
func TestUnheard(t *testing.T) {
	path := filepath.Join(t.TempDir(), "slo.yaml")
	write(t, path, "headroom: v1\nservice: probe\nobjectives:\n  reachable: {target: 99%, gauge: probe_success}\n")
	result := manifest.Load(t.Context(), []string{path}, manifest.Options{})
	if problems := unheard(result); len(problems) > 0 {
		t.Errorf("headroom's own alerts: %v", problems)
	}
	o := result.Objectives()[0]
	for long, want := range map[time.Duration]string{time.Hour: "", 10 * time.Minute: "objective default/probe/reachable gets no page alert"} {
		o.Plan = &slo.AlertPlan{Name: "own", Tiers: []slo.TierWish{
			{Severity: "page", Share: "0.02", Long: long}, {Severity: "ticket", Share: "0.1", Long: 24 * time.Hour},
		}}
		problems := unheard(result)
		if want == "" && len(problems) > 0 {
			t.Errorf("a page over %v: %v", long, problems)
		}
		if want != "" && (len(problems) != 1 || problems[0].Message != want || problems[0].Line != 4 || !strings.Contains(problems[0].Excerpt, "reachable")) {
			t.Errorf("a page over %v: %v", long, problems)
		}
	}
}
