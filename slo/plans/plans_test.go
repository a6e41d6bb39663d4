package plans_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"headroom/slo"
	"headroom/slo/diag"
	"headroom/slo/plans"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestNobodyAlertsByABrokenPlan keeps half of a tier from those who compute with
// plans before they have looked at the problems.
func TestNobodyAlertsByABrokenPlan(t *testing.T) {
	set, problems := plans.Parse("plan.yaml", []byte("headroom: v1\nplan: odd\ntiers:\n  - {severity: page, burn: \"0.5\", over: 6h}\n  - {severity: ticket, budget: 5%, over: 1d}\n"))
	if !diag.HasErrors(problems) {
		t.Fatalf("problems %v", problems)
	}
	if plan, found := set.Find("odd"); !found || len(plan.Tiers) > 0 {
		t.Errorf("found %t: %+v, want a plan of that name that changes nothing", found, plan)
	}
}

// TestEachAlertHasAName gives alerts the names of others.
func TestEachAlertHasAName(t *testing.T) {
	for text, want := range map[string]string{
		"page: {alert: Burns}\nticket: {alert: Burns}":                       "",
		"page: {alert: Burns, severity: ticket}\nticket: {alert: Burns}":     "page and ticket are both called Burns",
		"page: {alert: SLODataAbsent}":                                       "page and alerts.absent are both called SLODataAbsent",
		"page: {alert: SLODataAbsent}\nalerts: {absent: {off: true}}":        "",
		"page: {alert: SLOSeriesChanged}":                                    "",
		"page: {alert: SLOSeriesChanged}\nalerts: {integrity: {off: false}}": "page and alerts.integrity are both called SLOSeriesChanged",
		"alerts: {absent: {alert: X}, exhausted: {alert: X}}":                "alerts.exhausted and alerts.absent are both called X",
	} {
		_, problems := plans.Parse("plan.yaml", []byte("headroom: v1\nplan: p\n"+text+"\n"))
		switch {
		case want == "" && len(problems) > 0:
			t.Errorf("%s: %v", text, problems)
		case want != "" && (len(problems) != 1 || problems[0].Check != "plan-value" || problems[0].Message != want):
			t.Errorf("%s: %v, want %s", text, problems, want)
		}
	}
}

func TestParse(t *testing.T) {
	set, problems := plans.Parse("plan.yaml", []byte(`headroom: v1
plan: quiet
description: Few pages.
tiers:
  - {severity: page, budget: 5%, over: 6h}
  - {severity: page, sparse: true, over: 1d}
  - {severity: ticket, burn: "1.5", over: 1d}
guard: {page: "9", dispersion: "3"}
materiality: 1%
page:
  severity: critical
  alert: Burning
  labels: {pager: "yes"}
  annotations: {dashboard: "https://grafana.example/{{ x }}"}
  keep_firing_for: 45m
ticket: {shadow: true}
alerts:
  exhausted: {severity: page, alert: BudgetGone, keep_firing_for: 1h}
  forecast: {off: true}
  integrity: {off: false}
---
headroom: v1
plan: loud
without: [{severity: ticket}, {severity: page, over: 6h}]
guard: {off: true}
`))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if diff := cmp.Diff([]string{"loud", "quiet"}, set.Names()); diff != "" {
		t.Error(diff)
	}
	quiet, _ := set.Find("quiet")
	want := &slo.AlertPlan{
		Name: "quiet",
		Tiers: []slo.TierWish{
			{Severity: "page", Share: "0.05", Long: 6 * time.Hour},
			{Severity: "page", Sparse: true, Long: 24 * time.Hour},
			{Severity: "ticket", Burn: "1.5", Long: 24 * time.Hour},
		},
		Guard: slo.GuardWish{Page: "9", Dispersion: "3"}, Materiality: "0.01",
		Page: slo.NoticeWish{
			Severity: "critical", Alert: "Burning", Labels: map[string]string{"pager": "yes"},
			Annotations: map[string]string{"dashboard": "https://grafana.example/{{ x }}"}, Keep: 45 * time.Minute,
		},
		Ticket: slo.NoticeWish{Shadow: true},
		Others: map[string]slo.OtherWish{
			"exhausted": {NoticeWish: slo.NoticeWish{Severity: "page", Alert: "BudgetGone", Keep: time.Hour}},
			"forecast":  {Off: true},
			"integrity": {On: true},
		},
	}
	if diff := cmp.Diff(want, quiet); diff != "" {
		t.Error(diff)
	}
	loud, _ := set.Find("loud")
	want = &slo.AlertPlan{
		Name: "loud", Guard: slo.GuardWish{Off: true},
		Without: []slo.TierWish{{Severity: "ticket"}, {Severity: "page", Long: 6 * time.Hour}},
	}
	if diff := cmp.Diff(want, loud); diff != "" {
		t.Error(diff)
	}
	if other, _ := plans.Parse("plan.yaml", []byte("headroom: v1\nplan: loud\n")); other.Hash() == set.Hash() || other.Hash() == "" {
		t.Errorf("hash %q of other plans", other.Hash())
	}
	var none *plans.Set
	if _, found := none.Find("quiet"); found || none.Hash() != "" || len(none.Names()) > 0 {
		t.Error("a set of nothing has something")
	}
}

// TestProblems loads the files of an archive; its last section is what
// diag.Write says of them.
func TestProblems(t *testing.T) {
	file, err := filepath.Abs("testdata/problems.txtar")
	if err != nil {
		t.Fatal(err)
	}
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	inputs := archive.Files[:len(archive.Files)-1]
	for _, f := range inputs {
		if err := os.MkdirAll(filepath.Dir(f.Name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(f.Name, f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, problems := plans.Load(strings.Fields(string(archive.Comment)))
	var out bytes.Buffer
	if err := diag.Write(&out, problems); err != nil {
		t.Fatal(err)
	}
	if *update {
		archive.Files[len(inputs)] = txtar.File{Name: "want", Data: out.Bytes()}
		if err := os.WriteFile(file, txtar.Format(archive), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(archive.Files[len(archive.Files)-1].Data), out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestExamplesOfChecks asks of each page on plans that its bad example triggers
// the check and its good example does not.
func TestExamplesOfChecks(t *testing.T) {
	for _, id := range []string{"duplicate-plan", "plan-value"} {
		page, err := os.ReadFile("../../docs/checks/" + id + ".md")
		if err != nil {
			t.Fatal(err)
		}
		blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(page), -1)
		if len(blocks) != 2 {
			t.Fatalf("%s: %d examples, want a bad and a good one", id, len(blocks))
		}
		if _, problems := plans.Parse("plan.yaml", []byte(blocks[0][1])); !slices.ContainsFunc(problems, func(p diag.Problem) bool { return p.Check == id }) {
			t.Errorf("%s: the bad example has the problems %v", id, problems)
		}
		if _, problems := plans.Parse("plan.yaml", []byte(blocks[1][1])); len(problems) > 0 {
			t.Errorf("%s: the good example has the problems %v", id, problems)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("headroom: v1\nplan: quiet\ntiers:\n  - {severity: page, budget: 2%, over: 1h}\n"))
	f.Fuzz(func(_ *testing.T, data []byte) { plans.Parse("plan.yaml", data) })
}
