package slo_test

import (
	"errors"
	"testing"

	"headroom/slo"
)

func FuzzParseCounter(f *testing.F) {
	for _, seed := range []string{
		`up`, `a{b="c"} + d - e or f`, `a + b[5m]`, `sum by (x) (rate(a[5m:1m] offset 5m))`, `a @ end()`, `{__name__="a"}`,
		`{"a.b",c=~"d"}`, `a{`, `a + `, `(`, `a or on(x) b`, `-a`, `"x"`, `1`, `# c`, `a # c`, `{job="a"} [5m]`, `a[5m] anchored`, `histogram_quantile(0.9, a)`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		counter, err := slo.ParseCounter(text)
		if err != nil {
			checkFault(t, text, err)
		} else if again, err := slo.ParseCounter(counter.String()); err != nil || again.String() != counter.String() {
			t.Errorf("%q is written %q and read back as %q, %v", text, counter, again, err)
		}
		if matchers, err := slo.ParseMatchers(text); err != nil {
			checkFault(t, text, err)
		} else {
			_ = slo.NewSelector("h", matchers...).String()
		}
		_, _ = slo.ParseSelector(text)
	})
}

func checkFault(t *testing.T, text string, err error) {
	t.Helper()
	var fault *slo.ExprError
	if !errors.As(err, &fault) {
		t.Fatalf("%q: %T %v", text, err, err)
	}
	known := fault.Check == slo.CheckSyntax || fault.Check == slo.CheckRange || fault.Check == slo.CheckForm
	if !known || fault.Message == "" || fault.Hint == "" || fault.Start < 0 || fault.End < fault.Start {
		t.Errorf("%q: %+v", text, fault)
	}
}

func FuzzParseTarget(f *testing.F) {
	for _, seed := range []string{"99.9%", "0.999", "100%", " 5 %", "99.999999999%", "1e5%", "-1%", "%", ".%"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		target, err := slo.ParseTarget(text)
		if err != nil {
			if !errors.Is(err, slo.ErrTarget) || !target.IsZero() {
				t.Errorf("%q: %v, %v", text, target, err)
			}
			return
		}
		if r := target.Ratio(); r <= 0 || r >= 1 || target.Budget() <= 0 || target.Budget() >= 1 {
			t.Errorf("%q: ratio %v, budget %v", text, r, target.Budget())
		}
		if again, err := slo.ParseTarget(target.String()); err != nil || again != target {
			t.Errorf("%q is written %s and read back as %s, %v", text, target, again, err)
		}
	})
}
