// Package outputs writes compiled rules in the forms that their consumers read:
// rule files of Prometheus, Thanos and vmalert, and the Kubernetes objects of
// prometheus-operator, of VictoriaMetrics's operator and of whoever mounts a
// ConfigMap.
//
// Objects are kept below a size. What does not fit is split by a hash of the
// objectives' ids, so that an objective that comes or goes moves no other one,
// and names stay what they are.
package outputs

import (
	"slices"

	"headroom/rules"
)

// Format names a form of rules.
type Format string

// The formats.
const (
	// Prometheus is the rule file of Prometheus, also of Mimir and Cortex.
	Prometheus Format = "prometheus"
	// PrometheusRule is the object of prometheus-operator,
	// monitoring.coreos.com/v1.
	PrometheusRule Format = "prometheusrule"
	// VMRule is the object of VictoriaMetrics's operator,
	// operator.victoriametrics.com/v1beta1.
	VMRule Format = "vmrule"
	// VMAlert is the rule file of vmalert, from 1.79 on.
	VMAlert Format = "vmalert"
	// Thanos is the rule file of Thanos's ruler: it says for each group what to
	// do when a store does not answer.
	Thanos Format = "thanos"
	// ConfigMap holds rule files of Prometheus.
	ConfigMap Format = "configmap"
)

// Formats returns all formats.
func Formats() []Format {
	return []Format{Prometheus, PrometheusRule, VMRule, VMAlert, Thanos, ConfigMap}
}

// Dialects are those that the consumer of the format evaluates. The first is the
// one to take when nobody says.
func (f Format) Dialects() []rules.Dialect {
	prometheus := []rules.Dialect{rules.Prometheus242, rules.Prometheus3, rules.Prometheus316}
	switch f {
	case VMRule, VMAlert:
		return []rules.Dialect{rules.VictoriaMetrics}
	case PrometheusRule, Thanos:
		return prometheus
	default:
		return append(prometheus, rules.VictoriaMetrics)
	}
}

// Evaluates reports whether the consumer of the format evaluates a dialect.
func (f Format) Evaluates(d rules.Dialect) bool { return slices.Contains(f.Dialects(), d) }

// Suffix ends the names of files of the format, and of no other, so that files
// of several formats can be in one directory.
func (f Format) Suffix() string {
	if f == Prometheus {
		return ".rules.yaml"
	}
	return "." + string(f) + ".yaml"
}

// Kubernetes reports whether the format is an object of Kubernetes.
func (f Format) Kubernetes() bool { return f == PrometheusRule || f == VMRule || f == ConfigMap }

// What Thanos does with a group when a store does not answer.
const (
	// Abort fails the evaluation: a missing store makes no wrong figure.
	Abort = "abort"
	// Warn evaluates what there is.
	Warn = "warn"
)
