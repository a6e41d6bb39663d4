package slo_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"headroom/slo"
)

func TestParseCounter(t *testing.T) {
	for text, canonical := range map[string]string{
		`up`:                          `up`,
		` a{b="c"} +  d `:             `a{b="c"} + d`,
		`(a or b) - c{x=~"5.."}`:      `(a or b) - c{x=~"5.."}`,
		`{__name__="a", b!="c"}`:      `a{b!="c"}`,
		`{"http.requests", job="a"}`:  `{__name__="http.requests",job="a"}`,
		"a # comment\n + b":           `a + b`,
		`((a))`:                       `((a))`,
		`a{job="x"} or ignoring () b`: `a{job="x"} or b`,
	} {
		counter, err := slo.ParseCounter(text)
		if err != nil {
			t.Errorf("ParseCounter(%s): %v", text, err)
			continue
		}
		if got := counter.String(); strings.ReplaceAll(got, " ignoring ()", "") != canonical {
			t.Errorf("ParseCounter(%s) = %s, want %s", text, got, canonical)
		}
		if again, err := slo.ParseCounter(counter.String()); err != nil || again.String() != counter.String() {
			t.Errorf("%s is read back as %s, %v", counter, again, err)
		}
	}
}

// TestParseCounterRefuses marks the part at fault with «».
func TestParseCounterRefuses(t *testing.T) {
	for _, c := range []struct{ text, check, hint string }{
		{`a«[5m]»`, slo.CheckRange, "leave the range out"},
		{`a + b«[5m]»`, slo.CheckRange, "leave the range out"},
		{`(a or (b - c{x="y"}«[5m]»))`, slo.CheckRange, "leave the range out"},
		{`a«[5m:1m]»`, slo.CheckRange, "only selectors"},
		{`«rate(a{b="c"}[5m])»`, slo.CheckForm, `write a{b="c"};`},
		{`«sum by (region) (rate(a[5m]))» + b`, slo.CheckForm, "group: [region]"},
		{`«sum(a + b)»`, slo.CheckForm, "only selectors"},
		{`a + «sum(b{c="d"} offset 5m)»`, slo.CheckForm, "only selectors"},
		{`«a * b»`, slo.CheckForm, "only selectors"},
		{`a + «b / c»`, slo.CheckForm, "only selectors"},
		{`«a - on (x) b»`, slo.CheckForm, "leave the modifier out"},
		{`«a + ignoring (x) group_left (y) b»`, slo.CheckForm, "leave the modifier out"},
		{`a + «5»`, slo.CheckForm, "only selectors"},
		{`«"text"»`, slo.CheckForm, "only selectors"},
		{`«-a»`, slo.CheckForm, "only selectors"},
		{`«a offset 5m»`, slo.CheckForm, "leave the offset out"},
		{`b or «a @ 5»`, slo.CheckForm, "leave the modifier out"},
		{`b or «a @ end()»`, slo.CheckForm, "leave the modifier out"},
		{`«{job="a"}»`, slo.CheckForm, "name one metric"},
		{`«{__name__=~"a|b"}»`, slo.CheckForm, "name one metric"},
		{`a{b="c" «d»}`, slo.CheckSyntax, "mend"},
		{`«»`, slo.CheckSyntax, "name one metric"},
		{`a + «»`, slo.CheckSyntax, "mend"},
		{`«` + strings.Repeat("a+", 10000) + `a»`, slo.CheckForm, "recording rule"},
	} {
		before, rest, _ := strings.Cut(c.text, "«")
		part, after, _ := strings.Cut(rest, "»")
		text := before + part + after
		_, err := slo.ParseCounter(text)
		var fault *slo.ExprError
		if !errors.As(err, &fault) {
			t.Errorf("ParseCounter(%.60s): %v", text, err)
			continue
		}
		if fault.Check != c.check || !strings.Contains(fault.Hint, c.hint) || fault.Message == "" {
			t.Errorf("ParseCounter(%.60s): %+v", text, fault)
		}
		if start, end := len(before), len(before)+len(part); min(fault.Start, len(text)) != start || min(fault.End, len(text)) != end {
			t.Errorf("ParseCounter(%.60s) points at %d to %d, want %d to %d", text, fault.Start, fault.End, start, end)
		}
	}
}

func TestParseSelector(t *testing.T) {
	if c, err := slo.ParseSelector(`((up{job="a"}))`); err != nil || c.String() != `up{job="a"}` {
		t.Errorf("%s, %v", c, err)
	}
	for _, text := range []string{`a + b`, `a or b`, `a[5m]`, `1`, ``} {
		if c, err := slo.ParseSelector(text); err == nil {
			t.Errorf("ParseSelector(%s) = %s", text, c)
		}
	}
}

func TestParseMatchers(t *testing.T) {
	for text, want := range map[string]string{`{}`: "", `{a="b"}`: `a="b"`, `{a=~".*", b!="c",}`: `a=~".*" b!="c"`} {
		matchers, err := slo.ParseMatchers(text)
		var got []string
		for _, m := range matchers {
			got = append(got, m.String())
		}
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("ParseMatchers(%s) = %v, %v", text, got, err)
		}
	}
	for _, text := range []string{``, `a="b"`, `up{a="b"}`, `{a="b"} + x`, `{a="b"}[5m]`, `{a="b"} offset 1m`, `{a="b"} @ 5`, `{le="1"}`, `{__name__="y"}`, `{a="b" c}`, `{`} {
		matchers, err := slo.ParseMatchers(text)
		var fault *slo.ExprError
		if !errors.As(err, &fault) || fault.Start < 0 || fault.End < fault.Start {
			t.Errorf("ParseMatchers(%s) = %v, %+v", text, matchers, err)
		}
	}
	for _, text := range []string{`{__name__="y"}`, `{a="b", __name__=~"y"}`, `{"y"}`} {
		if _, err := slo.ParseMatchers(text); err == nil || err.Error() != "the name of a metric among label matchers" {
			t.Errorf("ParseMatchers(%s): %v", text, err)
		}
	}
}

func TestLatencySelectors(t *testing.T) {
	for _, c := range []struct {
		under, unit time.Duration
		le          string
	}{
		{300 * time.Millisecond, time.Second, `le="0.3"`},
		{time.Second, time.Second, `le=~"1|1\\.0"`},
		{250 * time.Millisecond, time.Millisecond, `le=~"250|250\\.0"`},
		{2000 * time.Second, time.Millisecond, `le=~"2000000|2000000\\.0|2e\\+06"`},
	} {
		l := slo.Latency{Histogram: "h", Under: c.under, Unit: c.unit}
		if got := l.Good().String(); got != "h_bucket{"+c.le+"}" {
			t.Errorf("under %v: %s", c.under, got)
		}
		if got := l.Total().String(); got != "h_count" {
			t.Errorf("total: %s", got)
		}
	}
}

func TestHashes(t *testing.T) {
	base := func() *slo.Objective {
		return &slo.Objective{
			ID: slo.ID{Namespace: "n", Service: "s", Objective: "o"}, Owner: "a", Target: slo.MustTarget("99%"),
			Window: slo.Window{Rolling: slo.DefaultWindow}, Resolution: slo.DefaultResolution,
			Indicator: slo.Ratio{Bad: slo.MustCounter("x"), Total: slo.MustCounter("y")},
		}
	}
	for name, change := range map[string]struct {
		apply     func(o *slo.Objective)
		sli, spec bool
	}{
		"nothing":   {func(*slo.Objective) {}, false, false},
		"owner":     {func(o *slo.Objective) { o.Owner = "b" }, false, true},
		"target":    {func(o *slo.Objective) { o.Target = slo.MustTarget("98%") }, false, true},
		"labels":    {func(o *slo.Objective) { o.Labels = map[string]string{"a": "b"} }, false, true},
		"place":     {func(o *slo.Objective) { o.Place.Line = 5 }, false, false},
		"indicator": {func(o *slo.Objective) { o.Indicator = slo.Gauge{Selector: slo.MustCounter("x")} }, true, true},
		"good": {func(o *slo.Objective) {
			o.Indicator = slo.Ratio{Good: slo.MustCounter("x"), Total: slo.MustCounter("y")}
		}, true, true},
		"spaces": {func(o *slo.Objective) {
			o.Indicator = slo.Ratio{Bad: slo.MustCounter(" x "), Total: slo.MustCounter("y")}
		}, false, false},
		"group": {func(o *slo.Objective) { o.GroupBy = []string{"region"} }, true, true},
	} {
		o := base()
		change.apply(o)
		if got := o.SLI() != base().SLI(); got != change.sli {
			t.Errorf("%s: the hash of the indicator changed: %v", name, got)
		}
		if got := o.SpecHash() != base().SpecHash(); got != change.spec {
			t.Errorf("%s: the hash of the spec changed: %v", name, got)
		}
		if len(o.SLI()) != 8 || len(o.SpecHash()) != 8 {
			t.Errorf("hashes %s and %s", o.SLI(), o.SpecHash())
		}
	}
}
