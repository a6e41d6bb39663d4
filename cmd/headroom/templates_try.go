package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/prometheus/prometheus/promql/parser"
	"github.com/spf13/cobra"

	"headroom/budget"
	"headroom/internal/config"
	"headroom/rules"
	"headroom/slo"
)

func newTemplatesTry() *cobra.Command {
	var (
		f          templateFlags
		prometheus prometheusFlags
		target     string
		over       time.Duration
		asJSON     bool
	)
	cmd := &cobra.Command{
		Use:   "try NAME",
		Short: "Count with a template, on made-up series or on those of a Prometheus",
		Long: `Count with a template, on made-up series or on those of a Prometheus.

Without --prometheus, series that match are made up, and an hour of traffic of
which a tenth is bad goes through the compiled rules in headroom's own engine.
With --prometheus, it is asked how many series each
selector matches and what was counted in the last hour. The exit code is 1 when
nothing was counted.`,
		Example: "  headroom templates try http-availability --set job=checkout\n  headroom templates try http-availability --set job=checkout --prometheus http://prometheus:9090",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf("target", target, config.Targets()); err != nil {
				return err
			}
			if over < time.Minute || over > 24*time.Hour {
				return usagef("--over %v is out of bounds: write a time from 1m to 24h", over)
			}
			c, err := f.choose(cmd, args[0])
			if err != nil {
				return err
			}
			o, err := c.objective()
			if err != nil {
				return err
			}
			var t templateTrial
			if prometheus.given() {
				t, err = tryOnPrometheus(cmd.Context(), o, &prometheus, rules.Dialect(target), over)
			} else {
				t, err = tryOnSamples(cmd.Context(), o)
			}
			if err != nil {
				return fmt.Errorf("try the template %s: %w", c.Name, err)
			}
			return t.print(cmd.OutOrStdout(), asJSON)
		},
	}
	f.register(cmd)
	flags := cmd.Flags()
	flags.BoolVar(&asJSON, "json", false, "print an object instead of text")
	flags.DurationVar(&over, "over", time.Hour, "`TIME` to count over, with --prometheus")
	flags.StringVar(&target, "target", config.DefaultTarget, "`TARGET` that --prometheus names: "+strings.Join(config.Targets(), ", "))
	prometheus.register(flags, "to count on its series")
	_ = cmd.RegisterFlagCompletionFunc("target", words(config.Targets())) // fails for an unknown flag only
	return cmd
}

// objective is one that the template counts.
func (c *chosenTemplate) objective() (*slo.Objective, error) {
	resolved, err := c.catalog.Resolve(c.Name, c.values())
	if err != nil {
		return nil, usagef("--set: %s", err)
	}
	target, err := c.target()
	if err != nil {
		return nil, err
	}
	return &slo.Objective{
		ID:     slo.ID{Namespace: slo.DefaultNamespace, Service: "try", Objective: "try"},
		Target: target, Window: slo.Window{Rolling: slo.DefaultWindow}, Resolution: slo.DefaultResolution,
		Indicator: resolved.Indicator, Template: resolved.Template,
	}, nil
}

// templateTrial is what a template counted.
type templateTrial struct {
	Template  slo.Template    `json:"-"`
	Name      string          `json:"template"`
	Data      string          `json:"data"` // "made-up series", or the address of the Prometheus
	Over      string          `json:"over"`
	Selectors []triedSelector `json:"selectors"`
	// Bad, Total and ErrorRatio are null when nothing was counted.
	Bad        *float64 `json:"bad"`
	Total      *float64 `json:"total"`
	ErrorRatio *float64 `json:"error_ratio"`
	// Sent is the share of made-up events that was bad.
	Sent *float64 `json:"sent_error_ratio,omitempty"`
	Note string   `json:"note,omitempty"`
}

// triedSelector is a selector with the number of series that it matches.
type triedSelector struct {
	Selector string   `json:"selector"`
	Count    int      `json:"series"`
	Examples []string `json:"examples"`
}

// tryOnPrometheus counts series and events in a metrics store.
func tryOnPrometheus(ctx context.Context, o *slo.Objective, flags *prometheusFlags, d rules.Dialect, over time.Duration) (templateTrial, error) {
	if _, ok := o.Indicator.(slo.Events); ok {
		return templateTrial{}, errors.New("it counts platform events, which no Prometheus has: leave --prometheus out")
	}
	client, err := flags.client()
	if err != nil {
		return templateTrial{}, err
	}
	defer client.Close()
	t := templateTrial{Template: o.Template, Name: o.Template.Name, Data: flags.url, Over: slo.FormatDuration(over)}
	now := time.Now()
	for _, selector := range selectorsOf(o.Indicator) {
		tried, err := countSeries(ctx, client, selector, now)
		if err != nil {
			return templateTrial{}, err
		}
		t.Selectors = append(t.Selectors, tried)
	}
	bad, total := rules.Raw(o, d, over)
	if t.Total, err = sumOf(ctx, client, total, now); err != nil || t.Total == nil {
		return t, err
	}
	if t.Bad, err = sumOf(ctx, client, bad, now); err != nil {
		return t, err
	}
	t.divide()
	return t, nil
}

// divide computes the ratio, which is null without traffic.
func (t *templateTrial) divide() {
	if t.Bad != nil && t.Total != nil && *t.Total > 0 {
		ratio := *t.Bad / *t.Total
		t.ErrorRatio = &ratio
	}
}

// selectorsOf lists the selectors of an indicator, each once.
func selectorsOf(in slo.Indicator) []string {
	var list []string
	seen := map[string]bool{}
	for _, expr := range in.Exprs() {
		parser.Inspect(expr, func(n parser.Node, _ []parser.Node) error {
			if s, ok := n.(*parser.VectorSelector); ok && !seen[s.String()] {
				seen[s.String()] = true
				list = append(list, s.String())
			}
			return nil
		})
	}
	return list
}

// countSeries asks how many series a selector matches, and for one of them.
func countSeries(ctx context.Context, q budget.Querier, selector string, now time.Time) (triedSelector, error) {
	tried := triedSelector{Selector: selector, Examples: []string{}}
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(selector)
	if err != nil {
		return tried, err
	}
	count := (&parser.AggregateExpr{Op: parser.COUNT, Expr: expr}).String()
	list, err := q.Instant(ctx, count, now)
	if err != nil || len(list) == 0 || len(list[0].Points) == 0 {
		return tried, err
	}
	tried.Count = int(list[0].Points[0].V)
	one := (&parser.AggregateExpr{Op: parser.TOPK, Param: &parser.NumberLiteral{Val: 1}, Expr: expr}).String()
	list, err = q.Instant(ctx, one, now)
	for _, s := range list {
		tried.Examples = append(tried.Examples, seriesText(s.Labels))
	}
	return tried, err
}

// sumOf adds up the groups of an expression, nil when there are none.
func sumOf(ctx context.Context, q budget.Querier, expr string, at time.Time) (*float64, error) {
	list, err := q.Instant(ctx, expr, at)
	if err != nil {
		return nil, err
	}
	var sum *float64
	for _, s := range list {
		for _, p := range s.Points {
			if math.IsNaN(p.V) || math.IsInf(p.V, 0) {
				continue
			}
			if sum == nil {
				sum = new(float64)
			}
			*sum += p.V
		}
	}
	return sum, nil
}

func (t *templateTrial) print(w io.Writer, asJSON bool) error {
	if asJSON {
		if err := writeJSON(w, t); err != nil {
			return err
		}
	} else if err := t.write(w); err != nil {
		return err
	}
	if t.ErrorRatio == nil {
		return errNothingCounted
	}
	return nil
}

// errNothingCounted ends a trial that found no data.
var errNothingCounted = errors.New("nothing was counted: see which selector matches no series, and whether there was traffic")
