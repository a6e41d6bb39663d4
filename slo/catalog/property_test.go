package catalog_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"headroom/slo"
	"headroom/slo/catalog"
	"headroom/slo/diag"
	"headroom/slo/event"
	"headroom/slo/manifest"
)

const probed = `headroom: v1
template: probed-promql
title: PromQL
description: Every place of PromQL where a text may stand.
parameters:
  text: {type: string, doc: A text., example: x}
  list: {type: list, doc: Texts., example: [x]}
indicator:
  ratio:
    bad: '{"a_total", same="${text}", part="<${text}>", like=~"${text}", parted=~"x${text}y", one=~"${list}", several=~"x(${list})y"} or b_total{not!="${text}"}'
    total: a_total{same="${text}"}
---
headroom: v1
template: probed-latency
title: Latency
description: Matchers alone.
parameters:
  text: {type: string, doc: A text., example: x}
indicator:
  latency: {histogram: x_seconds, under: 1s, where: '{same="${text}", like=~"${text}.*"}'}
---
headroom: v1
template: probed-yaml
title: YAML
description: A value that stands alone.
parameters:
  name: {type: metric, doc: A name., example: x_seconds}
indicator:
  latency: {histogram: "${name}", under: 1s}
---
headroom: v1
template: probed-cel
title: CEL
description: Every place of CEL where a text may stand.
parameters:
  text: {type: string, doc: A text., example: x}
  list: {type: list, doc: Texts., example: [x]}
indicator:
  events:
    kind: pipeline
    where: branch == "${text}" && branch != 'is ${text}' && branch in ["${list}", "y"] && subject.matches("^${text}$") && !run.matches("${list}")
`

func probes(t *testing.T) *catalog.Catalog {
	t.Helper()
	templates, problems := catalog.Parse("probes.yaml", []byte(probed), manifest.DecodeIndicator)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return catalog.New(manifest.DecodeIndicator, templates)
}

// hostile makes a text of what means something in YAML, PromQL, CEL or a
// regular expression, and of what none of them prints as it is.
func hostile(r *rand.Rand) string {
	pieces := []string{
		`"`, `'`, "`", `\`, "\n", "\r", "\t", "{", "}", "[", "]", "(", ")", "$", "${text}", "${", "$${", "|", "||", "&&",
		`" or up or x{a="`, `"} or vector(1) or {x="`, `" || true || "`, `\"`, `\\`, `\Q`, `\E`, `(?i)`, ".*", ".+", "^", "#",
		": ", "- ", "---\n", "\x00", "\x01", "\x7f", "\u0085", "\u2028", "\ufeff", "\uffff", "\U0001F600", "é", "a", "B", "0", " ", "%s", "%!", "*", "&x", "!!int",
	}
	var b strings.Builder
	for range 1 + r.IntN(6) {
		b.WriteString(pieces[r.IntN(len(pieces))])
	}
	return b.String()
}

// TestNoValueBreaksOut resolves templates with hostile values and asks that the
// indicator has the structure that it has with a harmless one, and the value in
// every place where it belongs.
func TestNoValueBreaksOut(t *testing.T) {
	c := probes(t)
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a test that shall be the same each time
	harmless := catalog.Values{"text": catalog.Text("v"), "list": catalog.ListOf("v", "w")}
	for range 1000 {
		text, other := hostile(r), hostile(r)
		values := catalog.Values{"text": catalog.Text(text), "list": catalog.ListOf(text, other)}
		checkPromQL(t, resolve(t, c, "probed-promql", harmless), resolve(t, c, "probed-promql", values), text, other)
		checkLatency(t, resolve(t, c, "probed-latency", catalog.Values{"text": values["text"]}), text)
		checkYAML(t, c, text)
		checkCEL(t, resolve(t, c, "probed-cel", harmless), resolve(t, c, "probed-cel", values), text, other)
		if t.Failed() {
			t.Fatalf("with the text %q and %q", text, other)
		}
	}
}

func resolve(t *testing.T, c *catalog.Catalog, name string, values catalog.Values) slo.Indicator {
	t.Helper()
	resolved, err := c.Resolve(name, values)
	if err != nil {
		t.Fatalf("%s with %v: %v", name, values, err)
	}
	return resolved.Indicator
}

func checkPromQL(t *testing.T, harmless, got slo.Indicator, text, other string) {
	t.Helper()
	want := map[string]string{
		"same": text, "part": "<" + text + ">", "not": text,
		"like": regexp.QuoteMeta(text), "parted": "x" + regexp.QuoteMeta(text) + "y",
		"one":     regexp.QuoteMeta(text) + "|" + regexp.QuoteMeta(other),
		"several": "x((?:" + regexp.QuoteMeta(text) + "|" + regexp.QuoteMeta(other) + "))y",
	}
	for i, expr := range got.Exprs() {
		// The text is what Prometheus gets, so it is read again.
		again, err := parser.NewParser(parser.Options{}).ParseExpr(expr.String())
		if err != nil {
			t.Errorf("%s: %v", expr, err)
			return
		}
		if a, b := shape(harmless.Exprs()[i]), shape(again); a != b {
			t.Errorf("%s has the structure %s, want %s", expr, b, a)
		}
		parser.Inspect(again, func(n parser.Node, _ []parser.Node) error {
			if s, ok := n.(*parser.VectorSelector); ok {
				checkMatchers(t, s.LabelMatchers, want)
			}
			return nil
		})
	}
}

func checkMatchers(t *testing.T, matchers []*labels.Matcher, want map[string]string) {
	t.Helper()
	for _, m := range matchers {
		if value, known := want[m.Name]; m.Name != "__name__" && (!known || m.Value != value) {
			t.Errorf("matcher %s, want the value %q", m, value)
		}
	}
}

// shape is an expression without the values of its matchers.
func shape(expr parser.Expr) string {
	var b strings.Builder
	parser.Inspect(expr, func(n parser.Node, _ []parser.Node) error {
		fmt.Fprintf(&b, "%T ", n)
		if s, ok := n.(*parser.VectorSelector); ok {
			var names []string
			for _, m := range s.LabelMatchers {
				names = append(names, m.Name+m.Type.String())
			}
			slices.Sort(names)
			fmt.Fprintf(&b, "%s%v ", slo.MetricName(s), names)
		}
		return nil
	})
	return b.String()
}

func checkLatency(t *testing.T, got slo.Indicator, text string) {
	t.Helper()
	in, ok := got.(slo.Latency)
	if !ok || len(in.Where) != 2 {
		t.Errorf("%#v is not what the template says", got)
		return
	}
	checkMatchers(t, in.Where, map[string]string{"same": text, "like": regexp.QuoteMeta(text) + ".*"})
}

// checkYAML asks that a name is either no metric's or the histogram's.
func checkYAML(t *testing.T, c *catalog.Catalog, text string) {
	t.Helper()
	resolved, err := c.Resolve("probed-yaml", catalog.Values{"name": catalog.Text(text)})
	if err != nil {
		if !strings.HasSuffix(err.Error(), "cannot name a metric") {
			t.Error(err)
		}
		return
	}
	if in, ok := resolved.Indicator.(slo.Latency); !ok || in.Histogram != text {
		t.Errorf("%#v is not what the template says", resolved.Indicator)
	}
}

func checkCEL(t *testing.T, harmless, got slo.Indicator, text, other string) {
	t.Helper()
	quoted := regexp.QuoteMeta(text)
	want := []string{text, "is " + text, text, other, "y", "^" + quoted + "$", quoted + "|" + regexp.QuoteMeta(other)}
	structure, texts := literals(t, harmless)
	structure2, texts2 := literals(t, got)
	if structure != structure2 || len(texts) != len(want) || !slices.Equal(texts2, want) {
		t.Errorf("condition %s has the structure %s and texts %q, want %s and %q", got.Canonical(), structure2, texts2, structure, want)
	}
}

// literals returns a condition without its texts, and its texts in order.
func literals(t *testing.T, in slo.Indicator) (structure string, texts []string) {
	t.Helper()
	events, ok := in.(slo.Events)
	if !ok {
		t.Fatalf("%#v are no events", in)
	}
	if err := event.CheckCondition(events.Where); err != nil {
		t.Errorf("%s: %v", events.Where, err)
	}
	structure, err := event.Rewrite(events.Where, func(l event.Literal) ([]string, error) {
		texts = append(texts, l.Text)
		return []string{""}, nil
	})
	if err != nil {
		t.Errorf("%s: %v", events.Where, err)
	}
	return structure, texts
}

// FuzzParse asks that no document makes the loader panic, and that a template
// without an error resolves with its own examples.
func FuzzParse(f *testing.F) {
	f.Add([]byte(probed))
	f.Add([]byte("headroom: v1\ntemplate: a\ntitle: A\ndescription: A.\nindicator: {gauge: up}\n"))
	f.Add([]byte("headroom: v1\ntemplate: a\ntitle: A\ndescription: A.\nparameters: {a: {type: choice, doc: A., default: a, choices: {a: {b: c}}}}\nmetrics: [\"${b}\"]\nindicator: {gauge: '{\"${b}\", x=~\"${a}\"}'}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		templates, problems := catalog.Parse("a.yaml", data, manifest.DecodeIndicator)
		if len(templates) == 0 && !diag.HasErrors(problems) {
			t.Error("neither a template nor an error")
		}
		for _, each := range templates {
			c := catalog.New(manifest.DecodeIndicator, []*catalog.Template{each})
			if _, err := c.Resolve(each.Name, each.Examples()); err != nil {
				t.Errorf("template %s: %v", each.Name, err)
			}
			each.Metrics(nil)
		}
	})
}

// FuzzValue asks that a value is either refused or stands where it belongs.
func FuzzValue(f *testing.F) {
	for _, seed := range []string{"a", `"`, "\\Q", "${text}", "a\nb", `x" or up{a="`, "\u2028"} {
		f.Add(seed, seed)
	}
	templates, problems := catalog.Parse("probes.yaml", []byte(probed), manifest.DecodeIndicator)
	if len(problems) > 0 {
		f.Fatal(problems)
	}
	c := catalog.New(manifest.DecodeIndicator, templates)
	f.Fuzz(func(t *testing.T, text, other string) {
		values := catalog.Values{"text": catalog.Text(text), "list": catalog.ListOf(text, other)}
		resolved, err := c.Resolve("probed-promql", values)
		if err != nil {
			return
		}
		harmless := resolve(t, c, "probed-promql", catalog.Values{"text": catalog.Text("v"), "list": catalog.ListOf("v", "w")})
		checkPromQL(t, harmless, resolved.Indicator, text, other)
	})
}
