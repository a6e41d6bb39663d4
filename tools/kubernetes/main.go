// Command kubernetes reads documents of PrometheusRule and ConfigMap from
// standard input strictly, as the types of prometheus-operator and Kubernetes
// have them, and says how many they are.
package main

import (
	"bytes"
	"fmt"
	"io"
	"os"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	core "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

func main() {
	n, err := check(os.Stdin)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(n, "sound objects")
}

func check(r io.Reader) (int, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return 0, err
	}
	documents := bytes.Split(text, []byte("\n---\n"))
	for i, document := range documents {
		var object any = &monitoring.PrometheusRule{}
		if bytes.Contains(document, []byte("\nkind: ConfigMap\n")) {
			object = &core.ConfigMap{}
		}
		if err := yaml.UnmarshalStrict(document, object); err != nil {
			return 0, fmt.Errorf("document %d: %w", i+1, err)
		}
		rule, ok := object.(*monitoring.PrometheusRule)
		if ok && (rule.Kind != monitoring.PrometheusRuleKind || rule.APIVersion != monitoring.SchemeGroupVersion.String() || len(rule.Spec.Groups) == 0) {
			return 0, fmt.Errorf("document %d is %s %s with %d groups", i+1, rule.APIVersion, rule.Kind, len(rule.Spec.Groups))
		}
	}
	return len(documents), nil
}
