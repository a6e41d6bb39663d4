package rules

import (
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/rogpeppe/go-internal/txtar"
	"pgregory.net/rapid"
)

// TestPrintsGoldenRules prints every rule of every golden file, and compares
// with the parser's printer.
func TestPrintsGoldenRules(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("find golden files: %v %v", files, err)
	}
	printed := 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range txtar.Parse(data).Files {
			parsed, errs := rulefmt.Parse(part.Data, false, model.UTF8Validation, parser.NewParser(parser.Options{}), slog.New(slog.DiscardHandler))
			if len(errs) > 0 {
				t.Fatalf("read %s in %s: %v", part.Name, file, errs)
			}
			for _, g := range parsed.Groups {
				for _, r := range g.Rules {
					same(t, r.Expr)
					printed++
				}
			}
		}
	}
	if printed < 100 {
		t.Errorf("only %d rules were compared", printed)
	}
}

func same(t interface {
	Helper()
	Errorf(format string, args ...any)
}, expr string,
) {
	t.Helper()
	e, err := parser.NewParser(parser.Options{}).ParseExpr(expr)
	if err != nil {
		t.Errorf("parse %s: %v", expr, err)
		return
	}
	if got := textOf(e); got != e.String() || got != expr {
		t.Errorf("printed\n%s\nthe parser prints\n%s\nof\n%s", got, e, expr)
	}
}

// TestPrintsWhatNoRuleHas leaves nothing out where the printer is not its own.
func TestPrintsWhatNoRuleHas(t *testing.T) {
	for _, expr := range []string{
		"1", "-1", "1e-7", "NaN", "+Inf", "1m30s", `"a\"b\\\n"`, "-a", "a", "a offset 5m", "a offset -5m", "a @ 12.000", "a @ start()", "a @ end() offset 1m",
		"rate(a[5m] @ 12.000 offset 1m)", "rate(a[5m:30s] offset 1m)", "sum(a)", "topk by (x) (3, a)", `count_values without (x, "y.z") ("v", a)`,
		"quantile(0.9, a)", `{"http.requests"}`, `{"http.requests", "a.b"="c"}`, `{__name__=~"a.*"}`, `{__name__="a", __name__="b"}`, `a{z="1", b="2", aa!="3", a!~"4"}`,
		"a + on () b", "a * on (x) group_left (y) b", "a / ignoring (x) group_right () b", "a and on (x) b", "a unless b", "a > bool 1", "a or b or c", "(a or b) and c",
		"rate(a[5m] smoothed)", "increase(a[5m] anchored)", "rate(a[1y2d3h4m5s6ms])", "rate(a[1w])", "rate(a[8d])", "rate(a[90s] offset -1h1ms)",
		"time()", "vector(1)", `label_replace(a, "x", "$1", "y", "(.*)")`, "a{é=\"ü\"}", "absent(a{b=\"\"})",
	} {
		e, err := parser.NewParser(parser.Options{EnableExperimentalFunctions: true}).ParseExpr(expr)
		if err != nil {
			if !strings.Contains(expr, "é") {
				t.Errorf("parse %s: %v", expr, err)
			}
			continue
		}
		if got := textOf(e); got != e.String() {
			t.Errorf("printed %s, the parser prints %s", got, e)
		}
	}
}

// TestPrinterIsTheParsers compares random trees.
func TestPrinterIsTheParsers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := anyExpr(3).Draw(t, "expr")
		if got, want := textOf(e), e.String(); got != want {
			t.Fatalf("printed\n%s\nthe parser prints\n%s", got, want)
		}
	})
}

// TestQuotedIsStrconvs compares random texts.
func TestQuotedIsStrconvs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[ -~]{0,20}`), rapid.StringMatching(`["\\a]{0,5}`)).Draw(t, "text")
		if got, want := quoted(text), strconv.Quote(text); got != want {
			t.Fatalf("quoted %s, want %s", got, want)
		}
	})
}

// anyName is a plain name, or any text at all.
func anyName() *rapid.Generator[string] {
	return rapid.OneOf(rapid.StringMatching(`[a-z_:][a-z0-9_:]{0,3}`), rapid.StringN(1, 5, -1))
}

func anyVector() *rapid.Generator[*parser.VectorSelector] {
	return rapid.Custom(func(t *rapid.T) *parser.VectorSelector {
		vs := &parser.VectorSelector{
			Name:           rapid.SampledFrom([]string{"", "a", "slo:bad:tile"}).Draw(t, "name"),
			OriginalOffset: time.Duration(rapid.Int64Range(-1e16, 1e16).Draw(t, "offset")) / 2 * rapid.SampledFrom([]time.Duration{0, 1}).Draw(t, "with"),
			Anchored:       rapid.Bool().Draw(t, "anchored"),
			Smoothed:       rapid.IntRange(0, 9).Draw(t, "smoothed") == 0,
		}
		for range rapid.IntRange(0, 10).Draw(t, "matchers") {
			name := rapid.OneOf(anyName(), rapid.Just("__name__")).Draw(t, "label")
			value := rapid.OneOf(rapid.String(), rapid.Just("a"), rapid.Just("")).Draw(t, "value")
			vs.LabelMatchers = append(vs.LabelMatchers, &labels.Matcher{Type: labels.MatchType(rapid.IntRange(0, 3).Draw(t, "type")), Name: name, Value: value})
		}
		return vs
	})
}

func anyExpr(depth int) *rapid.Generator[parser.Expr] {
	return rapid.Custom(func(t *rapid.T) parser.Expr {
		if depth == 0 || rapid.IntRange(0, 4).Draw(t, "leaf") == 0 {
			return anyLeaf(t)
		}
		below := anyExpr(depth - 1)
		names := rapid.SliceOfN(anyName(), 0, 3)
		switch rapid.IntRange(0, 4).Draw(t, "kind") {
		case 0:
			return &parser.ParenExpr{Expr: below.Draw(t, "inner")}
		case 1:
			args := rapid.SliceOfN(below, 0, 3).Draw(t, "args")
			return &parser.Call{Func: parser.Functions["clamp"], Args: args}
		case 2:
			return &parser.AggregateExpr{
				Op: parser.SUM, Expr: below.Draw(t, "of"), Grouping: names.Draw(t, "by"), Without: rapid.Bool().Draw(t, "without"),
			}
		case 3:
			return reuse(below.Draw(t, "written"))
		default:
			return anyBinary(t, below, names)
		}
	})
}

func anyBinary(t *rapid.T, below *rapid.Generator[parser.Expr], names *rapid.Generator[[]string]) parser.Expr {
	b := &parser.BinaryExpr{
		Op:  rapid.SampledFrom([]parser.ItemType{parser.ADD, parser.LOR, parser.LAND, parser.GTR, parser.LUNLESS}).Draw(t, "op"),
		LHS: below.Draw(t, "lhs"), RHS: below.Draw(t, "rhs"), ReturnBool: rapid.Bool().Draw(t, "bool"),
	}
	if rapid.Bool().Draw(t, "matching") {
		b.VectorMatching = &parser.VectorMatching{
			Card: parser.VectorMatchCardinality(rapid.IntRange(0, 3).Draw(t, "card")),
			On:   rapid.Bool().Draw(t, "on"), MatchingLabels: names.Draw(t, "labels"), Include: names.Draw(t, "include"),
		}
	}
	return b
}

func anyLeaf(t *rapid.T) parser.Expr {
	switch rapid.IntRange(0, 3).Draw(t, "leaf kind") {
	case 0:
		return &parser.NumberLiteral{Val: rapid.Float64().Draw(t, "number"), Duration: rapid.IntRange(0, 9).Draw(t, "duration") == 0}
	case 1:
		return &parser.StringLiteral{Val: rapid.String().Draw(t, "string")}
	case 2:
		return anyVector().Draw(t, "vector")
	default:
		return &parser.MatrixSelector{
			VectorSelector: anyVector().Draw(t, "matrix"),
			Range:          time.Duration(rapid.OneOf(rapid.Int64Range(-1e10, 1e17), rapid.SampledFrom([]int64{0, 1e9, 3600e9, 7 * 86400e9, 365 * 86400e9})).Draw(t, "range")),
		}
	}
}
