package outputs_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"headroom/rules/outputs"
)

// accepted has a program of a Debian package read what a format holds.
func accepted(t *testing.T, format outputs.Format, program, pkg string, arguments ...string) {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Fatalf("find %s: %v; install it with: apt-get install -y %s", program, err, pkg)
	}
	text := write(t, newOutput(t, outputs.Options{Format: format, MaxBytes: outputs.LeastMaxBytes}), shop(20))
	for i, file := range contents(t, format, text) {
		name := filepath.Join(t.TempDir(), "rules.yaml")
		if err := os.WriteFile(name, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		args := append(append([]string{}, arguments...), name)
		if strings.HasSuffix(arguments[len(arguments)-1], "=") {
			args = append(append([]string{}, arguments[:len(arguments)-1]...), arguments[len(arguments)-1]+name)
		}
		if out, err := exec.Command(path, args...).CombinedOutput(); err != nil {
			t.Errorf("%s, file %d: %s %v: %v\n%s", format, i, program, args, err, out)
		}
	}
}

// contents are the rule files as the consumer gets them in the end.
func contents(t *testing.T, format outputs.Format, text []byte) []string {
	t.Helper()
	if !format.Kubernetes() {
		return []string{string(text)}
	}
	var list []string
	for _, document := range strings.Split(string(text), "\n---\n") {
		var o struct {
			Spec any               `yaml:"spec"`
			Data map[string]string `yaml:"data"`
		}
		if err := yaml.Unmarshal([]byte(document), &o); err != nil {
			t.Fatal(err)
		}
		for _, data := range o.Data {
			list = append(list, data)
		}
		if o.Spec != nil {
			spec, err := yaml.Marshal(o.Spec)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, string(spec))
		}
	}
	return list
}

func TestPrometheusAcceptsItsFormats(t *testing.T) {
	for _, format := range []outputs.Format{outputs.Prometheus, outputs.PrometheusRule, outputs.ConfigMap} {
		accepted(t, format, "promtool", "prometheus", "check", "rules")
	}
}

func TestVMAlertAcceptsItsFormats(t *testing.T) {
	for _, format := range []outputs.Format{outputs.VMAlert, outputs.VMRule} {
		accepted(t, format, "vmalert", "victoria-metrics", "-dryRun", "-rule=")
	}
}
