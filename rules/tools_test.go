package rules_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"headroom/rules"
	"headroom/slo"
)

// debian returns the path of a program of a Debian package.
func debian(t *testing.T, program, pkg string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Fatalf("find %s: %v; install it with: apt-get install -y %s", program, err, pkg)
	}
	return path
}

// allForms are the objectives of all forms under ids of their own.
func allForms() []*slo.Objective {
	var list []*slo.Objective
	for _, o := range forms() {
		list = append(list, o)
	}
	slices.SortFunc(list, func(a, b *slo.Objective) int {
		return slices.Compare([]byte(a.SpecHash()), []byte(b.SpecHash()))
	})
	for i, o := range list {
		o.ID.Objective = "o" + string(rune('a'+i))
		o.Description = "Hostile: {{ .Labels }} %{HOME} 'x' \"y\" \\ \n\t{{{"
		o.Labels = map[string]string{"on": "yes", "note": "{{ end }} %{PATH}"}
	}
	return list
}

func writeRules(t *testing.T, d rules.Dialect, objectives ...*slo.Objective) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(path, render(t, d, objectives...), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPrometheus242AcceptsItsDialect(t *testing.T) {
	promtool := debian(t, "promtool", "prometheus")
	path := writeRules(t, rules.Prometheus242, known(rules.Prometheus242, allForms())...)
	if out, err := exec.Command(promtool, "check", "rules", path).CombinedOutput(); err != nil {
		t.Errorf("promtool check rules: %v\n%s", err, out)
	}
}

func TestVMAlertAcceptsItsDialect(t *testing.T) {
	vmalert := debian(t, "vmalert", "victoria-metrics")
	path := writeRules(t, rules.VictoriaMetrics, known(rules.VictoriaMetrics, allForms())...)
	if out, err := exec.Command(vmalert, "-dryRun", "-rule="+path).CombinedOutput(); err != nil {
		t.Errorf("vmalert -dryRun: %v\n%s", err, out)
	}
}

// promtool's unit tests run every group at one interval, so the resolution is
// a minute. Its engine has closed ranges: a window or a gauge that counted a
// sample on a border twice would show.
const unitTest = `evaluation_interval: 1m
rule_files: [rules.yaml]
tests:
- interval: 15s
  input_series:
  - {series: 'http_requests_total{job="checkout",code="200"}', values: '0+9x960'}
  - {series: 'http_requests_total{job="checkout",code="500"}', values: '0+0x479 0+1x480'}
  - {series: 'probe_success{job="checkout"}', values: '1x479 0x480'}
  - {series: 'queue_depth{job="checkout"}', values: '100x479 101x480'}
  - {series: 'availability{job="checkout"}', values: '1x479 0.25x480'}
  promql_expr_test:
  - expr: 'round(sum_over_time(slo:total:tile{slo="shop/checkout/probe"}[60m30s]))'
    eval_time: 3h
    exp_samples: [{labels: '{sli="SLI-PROBE",slo="shop/checkout/probe"}', value: 244}]
  - expr: 'sum by (slo) (sum_over_time(slo:total:tile{slo=~"shop/checkout/(queue|share)"}[60m30s]))'
    eval_time: 3h
    exp_samples:
    - {labels: '{slo="shop/checkout/queue"}', value: 244}
    - {labels: '{slo="shop/checkout/share"}', value: 61000}
  - expr: 'sum by (slo) (slo:bad:tile{slo=~"shop/checkout/(queue|share)"})'
    eval_time: 3h
    exp_samples:
    - {labels: '{slo="shop/checkout/queue"}', value: 4}
    - {labels: '{slo="shop/checkout/share"}', value: 750}
  - expr: 'round(slo:error:ratio_period{slo!~".*/(queue|share)"}, 0.001)'
    eval_time: 3h
    exp_samples:
    - {labels: '{sli="SLI-RATIO",slo="shop/checkout/availability"}', value: 0.053}
    - {labels: '{sli="SLI-PROBE",slo="shop/checkout/probe"}', value: 0.502}
  - expr: 'round(slo:bad:tile{slo!~".*/(queue|share)"} + 0.001)'
    eval_time: 3h
    exp_samples:
    - {labels: '{sli="SLI-RATIO",slo="shop/checkout/availability"}', value: 4}
    - {labels: '{sli="SLI-PROBE",slo="shop/checkout/probe"}', value: 4}
  alert_rule_test:
  - alertname: SLOErrorBudgetBurnPage
    eval_time: 1h
`

func TestPrometheus242EvaluatesItsDialect(t *testing.T) {
	promtool := debian(t, "promtool", "prometheus")
	ratio := checkout(quick(2*time.Hour, time.Minute))
	probe := checkout(gaugeForm, quick(2*time.Hour, time.Minute), func(o *slo.Objective) { o.ID.Objective = "probe" })
	queue := checkout(thresholdForm, quick(2*time.Hour, time.Minute), func(o *slo.Objective) { o.ID.Objective = "queue" })
	share := checkout(rawForm, quick(2*time.Hour, time.Minute), func(o *slo.Objective) { o.ID.Objective = "share" })
	path := writeRules(t, rules.Prometheus242, ratio, probe, queue, share)
	test := filepath.Join(filepath.Dir(path), "test.yaml")
	text := strings.NewReplacer("SLI-RATIO", ratio.SLI(), "SLI-PROBE", probe.SLI()).Replace(unitTest)
	if err := os.WriteFile(test, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(promtool, "test", "rules", test).CombinedOutput(); err != nil {
		t.Errorf("promtool test rules: %v\n%s", err, out)
	}
}
