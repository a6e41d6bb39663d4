package figure_test

import (
	"testing"

	"headroom/api/figure"
	"headroom/slo"
)

func TestFiguresNeverLookBetterThanTheyAre(t *testing.T) {
	for _, test := range []struct {
		name  string
		write func(*float64) string
		in    float64
		want  string
	}{
		{"remaining", figure.Remaining, 0.7129, "71.2%"},
		{"float noise is not rounded down", figure.Remaining, 0.57, "57.0%"},
		{"nearly all is not all", figure.Remaining, 0.99996, "99.9%"},
		{"all", figure.Remaining, 1, "100%"},
		{"nothing", figure.Remaining, 0, "0%"},
		{"just over", figure.Remaining, -0.0001, "-0.1%"},
		{"over", figure.Remaining, -1.346, "-134.6%"},
		{"far over", figure.Remaining, -12.34567, "-1235%"},
		{"absurdly over", figure.Remaining, -999, "<-9999%"},
		{"share", figure.Share, 0.000288123, "0.0288%"},
		{"share of a tenth", figure.Share, 0.1, "10%"},
		{"tiny share", figure.Share, 1e-9, "<0.0001%"},
		{"no share", figure.Share, 0, "0%"},
		{"nearly everything", figure.Share, 0.99999, ">99.9%"},
		{"everything", figure.Share, 1, "100%"},
		{"spent", figure.Spent, 0.2361, "23.6%"},
		{"all spent", figure.Spent, 1, "100%"},
		{"more than all spent", figure.Spent, 1.3987, "140%"},
		{"burn", figure.Burn, 0.4217, "0.42"},
		{"burn at the digit's edge", figure.Burn, 9.996, "10.0"},
		{"fast burn", figure.Burn, 14.41, "14.4"},
		{"very fast burn", figure.Burn, 1000, "1000"},
		{"slow burn", figure.Burn, 0.001, "<0.01"},
		{"no burn", figure.Burn, 0, "0"},
		{"fraction of an event", figure.Count, 0.333, "0.33"},
		{"some events", figure.Count, 12.51, "12.5"},
		{"whole events", figure.Count, 12, "12"},
		{"thousands", figure.Count, 1234.4, "1,234"},
		{"many thousands", figure.Count, 999_949, "999,949"},
		{"millions", figure.Count, 999_950, "1M"},
		{"more millions", figure.Count, 1_234_567, "1.23M"},
		{"thousand millions", figure.Count, 25.4e9, "25.4G"},
		{"no events", figure.Count, 0, "0"},
	} {
		if got := test.write(&test.in); got != test.want {
			t.Errorf("%s: %v is written %q, want %q", test.name, test.in, got, test.want)
		}
	}
}

func TestUnknownIsADash(t *testing.T) {
	for name, write := range map[string]func(*float64) string{
		"Remaining": figure.Remaining, "Share": figure.Share, "Spent": figure.Spent, "Burn": figure.Burn, "Count": figure.Count,
	} {
		if got := write(nil); got != figure.Unknown {
			t.Errorf("%s(nil) = %q, want %q", name, got, figure.Unknown)
		}
	}
}

func TestObjectiveLeavesTheDefaultNamespaceOut(t *testing.T) {
	for in, want := range map[slo.ID]string{
		{Namespace: "default", Service: "checkout", Objective: "latency"}:   "checkout/latency",
		{Namespace: "platform", Service: "pipelines", Objective: "success"}: "platform/pipelines/success",
	} {
		if got := figure.Objective(in); got != want {
			t.Errorf("Objective(%v) = %q, want %q", in, got, want)
		}
	}
}
