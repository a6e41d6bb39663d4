package slo_test

import (
	"errors"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"headroom/slo"
)

// FuzzParseCounts asks that what is accepted is written and read back the same,
// has every range filled in, and that every fault has a place in the text.
func FuzzParseCounts(f *testing.F) {
	for _, seed := range []string{
		`sum(increase(a[$range]))`, `sum(increase(a{b="$range",c="[10h23m31s]"}[ $range ])) # $x`, `increase(a[37411s])`, `increase(a[$range]) * $range`,
		`sum by (t) (increase(a[$range]) * on (p) group_left (t) max by (p, t) (info{x=~"y"}))`, `increase(a[$range]) and on (p) b`,
		`sum_over_time((a > bool 5)[$range:30s])`, `count_over_time(a[$range:])`, `rate(a[$range])`, `a[$range] offset $range`, `increase(a[$range] @ 0)`,
		`histogram_count(sum(increase(h[$range]))) or changes(b[$range])`, `increase({"a.b","c.d"="e"}[$range])`, `-increase(a[$range])`,
		`increase(a[$__range])`, `increase(a[${range}])`, `$range`, "increase(a{b=`$range`}[$range])", `increase(a{b='\'$range'}[$range])`, `"$range`, `[$range]`,
		`sum(sum_over_time(increase(a[$range])[$range:1m]))`, `increase(a10h23m31s[$range])`, `sum(increase(a[$range])) / 2`, `increase(a[$range] anchored)`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		counts, err := slo.ParseCounts(text)
		if err != nil {
			checkFault(t, text, err)
			return
		}
		again, err := slo.ParseCounts(counts.String())
		if err != nil || again.String() != counts.String() {
			t.Errorf("%q is written %q and read back as %q, %v", text, counts, again, err)
		}
		for _, r := range []time.Duration{5 * time.Minute, 37411 * time.Second} {
			over := counts.Over(r)
			parser.Inspect(over, func(n parser.Node, _ []parser.Node) error {
				m, isMatrix := n.(*parser.MatrixSelector)
				q, isSubquery := n.(*parser.SubqueryExpr)
				if isMatrix && m.Range != r || isSubquery && q.Range != r {
					t.Errorf("%q over %s is %s", text, r, over)
				}
				return nil
			})
			if _, err := parser.NewParser(parser.Options{}).ParseExpr(over.String()); err != nil {
				t.Errorf("%q over %s is %s: %v", text, r, over, err)
			}
		}
	})
}

func FuzzParseInstant(f *testing.F) {
	for _, seed := range []string{
		`1 - avg by (r) (up)`, `sum(rate(a[5m])) / sum(rate(b[5m] offset 1h))`, `scalar(a)`, `vector(1)`, `a @ end()`, `a offset -1m`, `max_over_time(a[1h:1m] @ 5)`,
		`a[5m]`, `"x"`, `rate(a[$range])`, `a{b="$range"}`, `{x="y"}`, `{"a.b"}`, `a smoothed`, `absent(a)`, `time() - a > 5`, `1`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		instant, err := slo.ParseInstant(text)
		if err != nil {
			checkFault(t, text, err)
			return
		}
		if again, err := slo.ParseInstant(instant.String()); err != nil || again.String() != instant.String() {
			t.Errorf("%q is written %q and read back as %q, %v", text, instant, again, err)
		}
	})
}

func FuzzParseComparison(f *testing.F) {
	for _, seed := range []string{"<= 100", ">-1.5", "== 0", "!=1e300", "< NaN", "<", "=< 5", ">= +Inf", "<0x1p4", "> 1_0", "<= -0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		comparison, err := slo.ParseComparison(text)
		if err != nil {
			var fault *slo.ExprError
			if !errors.As(err, &fault) || fault.Check != slo.CheckComparison || fault.Message == "" || fault.Hint == "" {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		if again, err := slo.ParseComparison(comparison.String()); err != nil || again != comparison {
			t.Errorf("%q is written %q and read back as %q, %v", text, comparison, again, err)
		}
	})
}

func TestCanonicalOfCountsTellsPlaceholdersFromTexts(t *testing.T) {
	for text, want := range map[string]string{
		`sum(increase(a{b="[10h23m31s]"}[$range]))`:   `sum(increase(a{b="[10h23m31s]"}[$range]))`,
		`increase(a10h23m31s[ $range ])`:              `increase(a10h23m31s[$range])`,
		"sum_over_time((x > bool 1)[$range:30s]) # $": `sum_over_time((x > bool 1)[$range:30s])`,
	} {
		counts, err := slo.ParseCounts(text)
		if err != nil || counts.String() != want {
			t.Errorf("%s is %s, %v", text, counts, err)
		}
	}
}

func TestThresholdOfLatency(t *testing.T) {
	ms := func(n ...time.Duration) []time.Duration {
		for i := range n {
			n[i] *= time.Millisecond
		}
		return n
	}
	for _, test := range []struct {
		in         slo.Latency
		want       time.Duration
		bound, add string
	}{
		{slo.Latency{Under: 300 * time.Millisecond}, 300 * time.Millisecond, "0.3", "Buckets: []float64{0.3}"},
		{slo.Latency{Under: 300 * time.Millisecond, Buckets: ms(250, 500)}, 250 * time.Millisecond, "0.25", "Buckets: []float64{0.25, 0.3, 0.5}"},
		{slo.Latency{Under: 300 * time.Millisecond, Buckets: ms(500, 1000)}, 0, "0", "Buckets: []float64{0.3, 0.5, 1}"},
		{slo.Latency{Under: 300 * time.Millisecond, Buckets: ms(500, 1000), Native: true}, 300 * time.Millisecond, "0.3", "Buckets: []float64{0.3, 0.5, 1}"},
	} {
		test.in.Unit = time.Second
		client, _ := test.in.BucketLines()
		if got := test.in.Threshold(); got != test.want || test.in.Bound() != test.bound || client != test.add {
			t.Errorf("%+v: %s, %s, %s", test.in, got, test.in.Bound(), client)
		}
	}
}
