package rules_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"headroom/alerting"
	"headroom/rules"
	"headroom/slo"
)

// FuzzValuesStayInTheirMatchers writes a label value into every place of every
// indicator that has matchers, as a spec does, and looks for it in the compiled
// rules and in the ledger's raw expressions.
func FuzzValuesStayInTheirMatchers(f *testing.F) {
	for _, s := range []string{
		"", "plain", `"`, "'", "`", `\`, `\"`, "\n", "\r\n\t", "{", "}", `"} or vector(1) #`, `"}[5m]) or up{x="`, "$range", "[$range]", "[10h23m31s]", "#", "# $range\n",
		"${metric}", "{{ .Labels }}", "\u2028\ufeff", "é😀", "\x00\x1b\x7f", "%s%d%q", ",le=\"1\"", "a|b", ".*",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			return
		}
		for name, in := range hostileIndicators(t, s) {
			for _, d := range rules.Dialects() {
				o := checkout(func(o *slo.Objective) { o.Indicator = in })
				if rules.Check(o, d) == nil {
					checkMatchers(t, name, o, d, s)
				}
			}
		}
	})
}

// hostileIndicators are all indicators with matchers for a value.
func hostileIndicators(t *testing.T, value string) map[string]slo.Indicator {
	t.Helper()
	matcher := "path=" + strconv.Quote(value)
	where, err := slo.ParseMatchers("{" + matcher + "}")
	if err != nil {
		t.Fatal(err)
	}
	selector, err := slo.ParseSelector("queue_depth{" + matcher + "}")
	if err != nil {
		t.Fatal(err)
	}
	ranged := must(t, slo.ParseCounts, "sum(increase(a_total{"+matcher+"}[$range]) * on (pod) group_left () info{"+matcher+"})")
	looked := must(t, slo.ParseCounts, "sum(sum_over_time((a{"+matcher+"} > bool 1)[$range:30s]))")
	latency := slo.Latency{Histogram: requestDuration, Where: where, Under: time.Second, Unit: time.Second}
	native, failing := latency, latency
	native.Native = true
	failing.GoodWhere = []*labels.Matcher{labels.MustNewMatcher(labels.MatchNotEqual, "code", value)}
	return map[string]slo.Indicator{
		"ratio":   slo.Ratio{Good: must(t, slo.ParseCounter, "a{"+matcher+"} + b{"+matcher+"}"), Total: must(t, slo.ParseCounter, "c{"+matcher+"}")},
		"latency": latency, "native": native, "fast errors": failing,
		"gauge":     slo.Gauge{Selector: selector},
		"threshold": slo.Gauge{Selector: selector, Good: slo.Comparison{Op: "<=", Value: -5}},
		"raw":       slo.Raw{ErrorRatio: must(t, slo.ParseInstant, "sum(rate(a{"+matcher+"}[5m])) / sum(rate(b{"+matcher+"}[5m]))")},
		"query":     slo.Query{Bad: ranged, Total: looked},
	}
}

func must[T any](t *testing.T, parse func(string) (T, error), s string) T {
	t.Helper()
	v, err := parse(s)
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return v
}

func checkMatchers(t *testing.T, name string, o *slo.Objective, d rules.Dialect, value string) {
	t.Helper()
	var exprs []string
	for _, g := range compile(t, o, d, rules.Options{}) {
		for _, r := range g.Rules {
			exprs = append(exprs, r.Expr)
		}
	}
	bad, total := rules.Raw(o, d, time.Hour)
	found := 0
	for _, expr := range append(exprs, bad, total) {
		found += matchersOf(t, name, expr, value)
	}
	if found < 6 {
		t.Errorf("%s: the value stands in %d selectors", name, found)
	}
	if len(alerting.NewPlan(o).Tiers) == 0 {
		t.Errorf("%s: no plan", name)
	}
}

// matchersOf counts the raw selectors of an expression, each of which must have
// the value and nothing that a value could have smuggled in.
func matchersOf(t *testing.T, name, expr, value string) int {
	t.Helper()
	e, err := parser.NewParser(parser.Options{}).ParseExpr(expr)
	if err != nil {
		t.Fatalf("%s: %s: %v", name, expr, err)
	}
	found := 0
	parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
		vs, ok := n.(*parser.VectorSelector)
		if !ok || strings.HasPrefix(vs.Name, "slo:") {
			return nil
		}
		found++
		known := 0
		for _, m := range vs.LabelMatchers {
			switch {
			case m.Name == "path" && m.Type == labels.MatchEqual && m.Value == value, m.Name == "code" && m.Value == value:
				known++
			case slices.Contains([]string{"__name__", "le"}, m.Name):
				known++
			}
		}
		if known != len(vs.LabelMatchers) || !slices.ContainsFunc(vs.LabelMatchers, func(m *labels.Matcher) bool { return m.Name == "path" }) {
			t.Errorf("%s: matchers %v of %s, want path = %q", name, vs.LabelMatchers, expr, value)
		}
		return nil
	})
	return found
}
