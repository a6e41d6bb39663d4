// Package examples holds specs and configurations to copy from, and the shop
// that `make run` measures.
package examples

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"headroom/alerting"
	"headroom/budget/policy"
	"headroom/internal/config"
	"headroom/rules"
	"headroom/slo"
	"headroom/slo/manifest"
)

func load(t *testing.T, path string) []*slo.Objective {
	t.Helper()
	result := manifest.Load(t.Context(), []string{path}, manifest.Options{})
	for _, p := range result.Problems {
		t.Errorf("%s:%d:%d: %s: %s [%s]", p.File, p.Line, p.Column, p.Severity, p.Message, p.Check)
	}
	return result.Objectives()
}

func TestSpecsAreSound(t *testing.T) {
	for path, want := range map[string][]string{
		"specs": {
			"default/shop/availability", "default/shop/latency", "default/shop/pages",
			"platform/headroom/availability", "platform/headroom/latency", "platform/headroom/reachable", "platform/headroom/rules",
		},
		"production": {
			"default/checkout/availability", "default/checkout/latency", "default/checkout/reachable",
			"default/search/availability", "default/search/freshness", "default/search/latency",
			"platform/dns/resolution", "platform/ingress/availability",
		},
	} {
		objectives := load(t, path)
		if len(objectives) != len(want) {
			t.Errorf("%s: %d objectives, want %d", path, len(objectives), len(want))
			continue
		}
		for i, o := range objectives {
			if o.ID.String() != want[i] {
				t.Errorf("%s: objective %d is %s, want %s", path, i, o.ID, want[i])
			}
			for _, d := range rules.Dialects() {
				if _, err := rules.Compile(o, alerting.NewPlan(o), d, rules.Options{}); err != nil {
					t.Errorf("compile %s for %s: %v", o.ID, d, err)
				}
			}
		}
	}
}

// Somebody who tries headroom should not have to wait: what `make run` serves
// has tiles of ten seconds and shows a whole window within the hour.
func TestSpecsToRunAreQuick(t *testing.T) {
	for _, o := range load(t, "specs") {
		if o.Resolution != slo.MinResolution || o.Window.Rolling != time.Hour {
			t.Errorf("%s: window %s at resolution %s, want 1h at 10s", o.ID, o.Window, o.Resolution)
		}
	}
}

func TestSpecsForProductionKeepTheDefaults(t *testing.T) {
	usual := 0
	for _, o := range load(t, "production") {
		if o.Resolution == slo.DefaultResolution && o.Window.Rolling == slo.DefaultWindow {
			usual++
		}
	}
	if usual < 5 {
		t.Errorf("%d objectives with the default window and resolution, want most of them", usual)
	}
}

func TestPoliciesAreSound(t *testing.T) {
	snapshot, err := policy.NewRegistry(nil, policy.Options{}).Update(t.Context(), []string{"policies"})
	if err != nil || len(snapshot.Problems) > 0 || len(snapshot.Policies) != 2 {
		t.Fatalf("%+v, %v", snapshot, err)
	}
	if problems := policy.Unused(snapshot.Policies, load(t, "production")); len(problems) > 0 {
		t.Errorf("%v", problems)
	}
}

func TestConfigurationServesTheShop(t *testing.T) {
	c, problems := config.Load("headroom.yaml")
	for _, p := range problems {
		t.Errorf("%s:%d:%d: %s [%s]", p.File, p.Line, p.Column, p.Message, p.Check)
	}
	if len(c.Specs) != 1 || filepath.Clean(c.Specs[0].Path) != "specs" {
		t.Errorf("specs are %+v, want those in specs", c.Specs)
	}
	shop := slices.IndexFunc(c.Engine.Scrape, func(s config.Scrape) bool { return s.Job == "shop" })
	if shop < 0 {
		t.Fatal("the shop is not scraped")
	}
	if got := c.Engine.Scrape[shop]; !slices.Equal(got.Targets, []string{"127.0.0.1:8080"}) || got.Interval > slo.MinResolution/4 {
		t.Errorf("the shop is scraped as %+v, want its default address four times in a tile", got)
	}
}
