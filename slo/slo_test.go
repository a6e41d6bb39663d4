package slo_test

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"headroom/slo"
)

func genName() *rapid.Generator[string] {
	return rapid.StringMatching(`[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?`)
}

func TestIDRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := slo.ID{Namespace: genName().Draw(t, "namespace"), Service: genName().Draw(t, "service"), Objective: genName().Draw(t, "objective")}
		parsed, err := slo.ParseID(id.String())
		if err != nil || parsed != id {
			t.Fatalf("ParseID(%q) = %v, %v", id, parsed, err)
		}
		short, err := slo.ParseID(id.Service + "/" + id.Objective)
		if err != nil || short != (slo.ID{Namespace: slo.DefaultNamespace, Service: id.Service, Objective: id.Objective}) {
			t.Fatalf("without a namespace: %v, %v", short, err)
		}
		var fromJSON slo.ID
		data, err := json.Marshal(id)
		if err != nil || json.Unmarshal(data, &fromJSON) != nil || fromJSON != id {
			t.Fatalf("JSON %s gives %v, %v", data, fromJSON, err)
		}
	})
}

// TestParseIDAcceptsOnlyNames takes any text: what is accepted has two or three
// valid names, and is written back the same.
func TestParseIDAcceptsOnlyNames(t *testing.T) {
	text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-zA-Z0-9/_-]{0,12}`), rapid.StringMatching(`([a-z-]{1,3}/){0,3}[a-z-]{0,3}`))
	rapid.Check(t, func(t *rapid.T) {
		s := text.Draw(t, "text")
		id, err := slo.ParseID(s)
		valid := strings.Count(s, "/") == 1 || strings.Count(s, "/") == 2
		for _, part := range strings.Split(s, "/") {
			valid = valid && slo.ValidName(part)
		}
		if valid != (err == nil) {
			t.Fatalf("ParseID(%q): %v, %v", s, id, err)
		}
		if err == nil && !strings.HasSuffix(id.String(), s) {
			t.Fatalf("ParseID(%q) = %v", s, id)
		}
	})
}

func TestCompareIDs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(label string) slo.ID {
			name := rapid.SampledFrom([]string{"a", "a-b", "b", "a0"})
			return slo.ID{Namespace: name.Draw(t, label), Service: name.Draw(t, label), Objective: name.Draw(t, label)}
		}
		a, b, c := draw("a"), draw("b"), draw("c")
		if (a.Compare(b) == 0) != (a == b) || a.Compare(b) != -b.Compare(a) {
			t.Fatalf("%v and %v: %d and %d", a, b, a.Compare(b), b.Compare(a))
		}
		if a.Compare(b) <= 0 && b.Compare(c) <= 0 && a.Compare(c) > 0 {
			t.Fatalf("%v <= %v <= %v", a, b, c)
		}
	})
}

// TestTargetIsExact compares a target with exact arithmetic on its digits.
func TestTargetIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		units := rapid.Int64Range(1, 100_000_000_000-1).Draw(t, "billionths of a percent")
		percent := new(big.Rat).SetFrac64(units, 1_000_000_000)
		text := percent.FloatString(9) + "%"
		target, err := slo.ParseTarget(text)
		if err != nil {
			t.Fatal(err)
		}
		ratio := new(big.Rat).Quo(percent, big.NewRat(100, 1))
		for name, got := range map[string]struct {
			text string
			want *big.Rat
		}{
			"percentage": {strings.TrimSuffix(target.String(), "%"), percent},
			"ratio":      {target.RatioString(), ratio},
			"budget":     {target.BudgetString(), new(big.Rat).Sub(big.NewRat(1, 1), ratio)},
		} {
			value, ok := new(big.Rat).SetString(got.text)
			if !ok || value.Cmp(got.want) != 0 {
				t.Fatalf("%s of %s is %s", name, text, got.text)
			}
			if strings.Contains(got.text, ".") && strings.HasSuffix(got.text, "0") {
				t.Fatalf("%s of %s is not short: %s", name, text, got.text)
			}
		}
		if nearest, _ := ratio.Float64(); target.Ratio() != nearest {
			t.Fatalf("%s: ratio %v, want %v", text, target.Ratio(), nearest)
		}
		if again, err := slo.ParseTarget(target.String()); err != nil || again != target {
			t.Fatalf("%s is written %s and read as %s, %v", text, target, again, err)
		}
	})
}

func TestParseTarget(t *testing.T) {
	for text, want := range map[string]string{
		"99.9%": "99.9%", " 99.90 % ": "99.9%", "099%": "99%", "0.000000001%": "0.000000001%", "99.999999999%": "99.999999999%",
		"0%": "", "100%": "", "100.0%": "", "0.0%": "", "101%": "", "1000%": "", "-1%": "", "+1%": "", "1e1%": "", "99.9": "", "0.999": "",
		"%": "", "": "", "99.%": "", ".9%": "", "9.9.9%": "", "99,9%": "", "99.9999999999%": "", "99%%": "", "٩٩%": "", "99 9%": "", "0099%": "",
	} {
		target, err := slo.ParseTarget(text)
		if got := target.String(); want != "" && (err != nil || got != want) || want == "" && err == nil {
			t.Errorf("ParseTarget(%q) = %s, %v", text, got, err)
		}
	}
	for text, want := range map[string]bool{
		"0%": true, "100%": true, "1000%": true, "-5%": true, "-0.5 %": true, "99999999999999999999999%": true,
		"+5%": false, "--5%": false, "-%": false, "-5": false, "-5.%": false, "-0.9999999999%": false,
	} {
		if _, err := slo.ParseTarget(text); !errors.Is(err, slo.ErrTarget) || errors.Is(err, slo.ErrTargetRange) != want {
			t.Errorf("ParseTarget(%q): %v; is out of range: want %t", text, err, want)
		}
	}
	if got := slo.MustTarget("99.9%"); got.Budget() != 0.001 || got.Ratio() != 0.999 {
		t.Errorf("99.9%%: budget %v, ratio %v", got.Budget(), got.Ratio())
	}
}

func TestGroupRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		labels := rapid.MapOf(rapid.StringMatching(`[a-z_]{1,5}|"|,|=|`), rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{`a","b"="c`, `"`, `\`, "\n", "ü", ""}))).Draw(t, "labels")
		group := slo.NewGroup(labels)
		parsed, err := slo.ParseGroup(group.String())
		if err != nil || parsed != group {
			t.Fatalf("ParseGroup(%s) = %s, %v", group, parsed, err)
		}
		want := 0
		for name, value := range labels {
			if value == "" {
				continue
			}
			if want++; group.Labels()[name] != value {
				t.Fatalf("label %q is %q, want %q", name, group.Labels()[name], value)
			}
		}
		if len(group.Labels()) != want || group.IsZero() != (want == 0) {
			t.Fatalf("%q has %d labels, want %d", group, len(group.Labels()), want)
		}
		data, err := json.Marshal(group)
		var fromJSON slo.Group
		if err != nil || json.Unmarshal(data, &fromJSON) != nil || fromJSON != group {
			t.Fatalf("JSON %s gives %s, %v", data, fromJSON, err)
		}
	})
}

func TestParseGroupRefuses(t *testing.T) {
	for _, text := range []string{"a", `"a"`, `"a"=`, `"a"="b" `, `"a"="b""c"="d"`, `"a":"b"`, `"a"="b`, ","} {
		if group, err := slo.ParseGroup(text); err == nil {
			t.Errorf("ParseGroup(%s) = %s", text, group)
		}
	}
}

func TestDurationRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, err := slo.ParseDuration(rapid.StringMatching(`([1-9][0-9]?y)?([1-9]w)?([1-6]d)?([1-9]h)?([1-9]m)?([1-9]s)?([1-9]ms)|[1-9][0-9]{0,4}[smhd]|[1-9][0-9]{0,3}w`).Draw(t, "text"))
		if err != nil {
			t.Fatal(err)
		}
		again, err := slo.ParseDuration(slo.FormatDuration(d))
		if err != nil || again != d {
			t.Fatalf("%v is written %s and read as %v, %v", d, slo.FormatDuration(d), again, err)
		}
	})
}

func TestRatioIsNeverOne(t *testing.T) {
	if got := slo.MustTarget("99.999999999%"); got.Ratio() >= 1 || got.Budget() <= 0 || math.Abs(got.Budget()-1e-11) > 1e-25 {
		t.Errorf("ratio %v, budget %v", got.Ratio(), got.Budget())
	}
}
