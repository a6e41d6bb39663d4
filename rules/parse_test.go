package rules_test

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"

	"headroom/rules"
	"headroom/slo"
)

// readBack parses a rule file as strictly as Prometheus does.
func readBack(t *testing.T, file []byte) *rulefmt.RuleGroups {
	t.Helper()
	groups, errs := rulefmt.Parse(file, false, model.UTF8Validation, parser.NewParser(parser.Options{}), slog.New(slog.DiscardHandler))
	for _, err := range errs {
		t.Errorf("%v", err)
	}
	if t.Failed() {
		t.Fatalf("in:\n%s", file)
	}
	return groups
}

func TestEveryFormIsAValidRuleFileInEveryDialect(t *testing.T) {
	for _, d := range rules.Dialects() {
		for name, o := range forms() {
			if len(known(d, []*slo.Objective{o})) == 0 {
				continue
			}
			t.Run(fmt.Sprintf("%s/%s", d, name), func(t *testing.T) {
				groups := readBack(t, render(t, d, o)).Groups
				if len(groups) < 4 {
					t.Fatalf("%d groups, want short, tile, period, health and more", len(groups))
				}
				for _, g := range groups {
					for _, r := range g.Rules {
						expr, err := parser.NewParser(parser.Options{}).ParseExpr(r.Expr)
						if err != nil {
							t.Fatalf("%s%s: %v", r.Record, r.Alert, err)
						}
						if expr.String() != r.Expr {
							t.Errorf("%s%s reads back as\n%s\nnot as\n%s", r.Record, r.Alert, expr, r.Expr)
						}
					}
				}
			})
		}
	}
}

func TestDialectsHaveOnlyWhatTheyKnow(t *testing.T) {
	tests := []struct {
		d                   rules.Dialect
		offset, keep, bound bool
	}{
		{rules.Prometheus242, false, true, false},
		{rules.Prometheus3, true, true, false},
		{rules.Prometheus316, true, true, true},
		{rules.VictoriaMetrics, false, false, false},
		{rules.Embedded, true, true, true},
	}
	for _, tt := range tests {
		groups := compile(t, checkout(), tt.d, rules.Options{QueryOffset: 30 * time.Second})
		var keep, anchored bool
		for _, g := range groups {
			if (g.QueryOffset > 0) != tt.offset {
				t.Errorf("%s: query offset %v", tt.d, g.QueryOffset)
			}
			for _, r := range g.Rules {
				keep = keep || r.KeepFiringFor > 0
				expr, err := parser.NewParser(parser.Options{}).ParseExpr(r.Expr)
				if err != nil {
					t.Fatal(err)
				}
				parser.Inspect(expr, func(n parser.Node, _ []parser.Node) error {
					vs, ok := n.(*parser.VectorSelector)
					anchored = anchored || ok && vs.Anchored
					return nil
				})
			}
		}
		if keep != tt.keep || anchored != tt.bound {
			t.Errorf("%s: keep_firing_for %v, anchored %v", tt.d, keep, anchored)
		}
	}
}
