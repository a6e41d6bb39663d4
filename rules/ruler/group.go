package ruler

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"headroom/rules"
)

// group is a group as a ruler gives it back.
type group struct {
	Name        string         `yaml:"name"`
	Interval    model.Duration `yaml:"interval"`
	QueryOffset model.Duration `yaml:"query_offset"`
	Rules       []rule         `yaml:"rules"`
}

type rule struct {
	Record        string            `yaml:"record"`
	Alert         string            `yaml:"alert"`
	Expr          string            `yaml:"expr"`
	For           model.Duration    `yaml:"for"`
	KeepFiringFor model.Duration    `yaml:"keep_firing_for"`
	Labels        map[string]string `yaml:"labels"`
	Annotations   map[string]string `yaml:"annotations"`
}

func (g group) group() rules.Group {
	own := rules.Group{Name: g.Name, Interval: time.Duration(g.Interval), QueryOffset: time.Duration(g.QueryOffset)}
	for _, r := range g.Rules {
		expr := r.Expr
		if r.For != 0 {
			// No rule of ours has it, so this one is not what was set.
			expr += fmt.Sprintf(" # for %s", r.For)
		}
		own.Rules = append(own.Rules, rules.Rule{
			Record: r.Record, Alert: r.Alert, Expr: expr, KeepFiringFor: time.Duration(r.KeepFiringFor),
			Labels: list(r.Labels), Annotations: list(r.Annotations),
		})
	}
	return own
}

func list(labels map[string]string) []rules.Label {
	var own []rules.Label
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		own = append(own, rules.Label{Name: name, Value: labels[name]})
	}
	return own
}

// normal brings a group into the form in which equal ones are equal: a ruler
// keeps no order of labels and annotations.
func normal(g rules.Group) rules.Group {
	g.Rules = slices.Clone(g.Rules)
	for i := range g.Rules {
		r := &g.Rules[i]
		r.Expr = strings.TrimSpace(r.Expr)
		r.Labels, r.Annotations = ordered(r.Labels), ordered(r.Annotations)
	}
	return g
}

func ordered(labels []rules.Label) []rules.Label {
	if len(labels) == 0 {
		return nil
	}
	return slices.SortedFunc(slices.Values(labels), func(a, b rules.Label) int { return cmp.Compare(a.Name, b.Name) })
}

// body is a group as a ruler takes it: one mapping.
func body(g rules.Group) ([]byte, error) {
	var b bytes.Buffer
	if err := rules.WriteGroups(&b, slices.Values([]rules.Group{g}), rules.Style{}); err != nil {
		return nil, err
	}
	text := b.Bytes()
	copy(text, "  ") // instead of the dash of a list
	return text, nil
}
