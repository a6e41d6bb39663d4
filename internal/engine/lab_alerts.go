package engine

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/rules"
)

// Alert is one firing of one alert, from its start to its end.
type Alert struct {
	Name        string
	Group       string            // of rules
	Labels      map[string]string // alertname included
	Annotations map[string]string // as expanded when it fired
	Value       float64           // of the expression when it fired
	ActiveAt    time.Time         // when the expression began to hold
	FiredAt     time.Time         // ActiveAt plus the rule's for, at an evaluation
	ResolvedAt  time.Time         // zero while it fires
}

// templateError is what rule evaluation puts in the place of an annotation
// whose template does not expand.
const templateError = "<error expanding template:"

type episodeKey struct {
	group, name string
	labels      uint64
}

// Alerts returns every firing that the Lab has seen, in the order of FiredAt,
// group, name and labels. Alerts that were only pending are not in it. A rule that was removed while
// its alert fired leaves that alert without an end.
func (l *Lab) Alerts() []Alert {
	alerts := make([]Alert, len(l.order))
	for i, a := range l.order {
		alerts[i] = *a
	}
	slices.SortStableFunc(alerts, func(a, b Alert) int {
		return cmp.Or(
			a.FiredAt.Compare(b.FiredAt),
			strings.Compare(a.Group, b.Group),
			strings.Compare(a.Name, b.Name),
			labels.Compare(labels.FromMap(a.Labels), labels.FromMap(b.Labels)),
		)
	})
	return alerts
}

// observe takes over the state of a rule's alerts after an evaluation.
func (l *Lab) observe(group string, rule *rules.AlertingRule, at time.Time) error {
	var failed error
	rule.ForEachActiveAlert(func(a *rules.Alert) {
		if err := checkExpanded(a.Annotations); err != nil && failed == nil {
			failed = fmt.Errorf("evaluate alert %s of group %s at %s: %w", rule.Name(), group, at.Format(time.RFC3339Nano), err)
		}
		if a.FiredAt.IsZero() {
			return
		}
		key := episodeKey{group: group, name: rule.Name(), labels: a.Labels.Hash()}
		current := l.active[key]
		if current == nil || !current.FiredAt.Equal(a.FiredAt) {
			current = fired(group, rule.Name(), a)
			l.active[key] = current
			l.order = append(l.order, current)
		}
		current.ResolvedAt = a.ResolvedAt
	})
	return failed
}

func fired(group, name string, a *rules.Alert) *Alert {
	return &Alert{
		Name: name, Group: group, Labels: labelMap(a.Labels), Annotations: labelMap(a.Annotations),
		Value: a.Value, ActiveAt: a.ActiveAt, FiredAt: a.FiredAt,
	}
}

func checkExpanded(annotations labels.Labels) error {
	var failed error
	annotations.Range(func(l labels.Label) {
		if strings.Contains(l.Value, templateError) {
			failed = fmt.Errorf("annotation %s: %s", l.Name, l.Value)
		}
	})
	return failed
}
