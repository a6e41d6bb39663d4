package rules_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"text/template"
	"unicode/utf8"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"

	"headroom/alerting"
	"headroom/rules"
	"headroom/slo"
)

// FuzzTextsStayTexts puts a text in every place that a team can write to. It
// must come out as it went in: from the matchers of the PromQL, from the YAML
// and from the templates of alerts.
func FuzzTextsStayTexts(f *testing.F) {
	for _, s := range []string{
		"", "plain", `"`, "'", "`", `\`, "\n", "\r\n", "a: b", "- x", "#", "{{", "}}", "{", "{{{", "{{ .Labels }}", "{{- end -}}", "%{HOME}", `\%{HOME}`,
		`"} or vector(1) #`, "${x}", "$value", "\u2028\ufeff\u0085", "é😀", "\x00\x1b\x7f", " lead", "trail ", "on", "null", "1", "~", "%s%d%q%",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			return
		}
		for _, d := range rules.Dialects() {
			checkHostile(t, d, s)
		}
	})
}

func checkHostile(t *testing.T, d rules.Dialect, s string) {
	t.Helper()
	matcher := labels.MustNewMatcher(labels.MatchEqual, "path", s)
	o := checkout(func(o *slo.Objective) {
		o.Indicator = slo.Ratio{Bad: slo.NewSelector("errors_total", matcher), Total: slo.NewSelector("requests_total", matcher)}
		o.Owner, o.Runbook, o.Description = s, s, s
		o.Labels = map[string]string{"note": s}
	})
	groups, err := rules.Compile(o, alerting.NewPlan(o), d, rules.Options{ExternalURL: s})
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := rules.Write(&file, slices.Values(groups)); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(file.String(), "%{") {
		t.Errorf("vmalert would put an environment variable into:\n%s", file.String())
	}
	raw := 0
	for _, g := range readBack(t, file.Bytes()).Groups {
		for _, r := range g.Rules {
			raw += rawSelectors(t, r.Expr, s)
			checkTexts(t, d, r, s)
		}
	}
	if raw < 6 {
		t.Errorf("%d raw selectors, want the text in each", raw)
	}
}

// rawSelectors counts the raw selectors of an expression, all of which must
// have the matcher as it was written.
func rawSelectors(t *testing.T, expr, value string) int {
	t.Helper()
	e, err := parser.NewParser(parser.Options{}).ParseExpr(expr)
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
		vs, ok := n.(*parser.VectorSelector)
		if !ok || strings.HasPrefix(vs.Name, "slo:") {
			return nil
		}
		count++
		if len(vs.LabelMatchers) != 2 || !slices.ContainsFunc(vs.LabelMatchers, func(m *labels.Matcher) bool {
			return m.Name == "path" && m.Type == labels.MatchEqual && m.Value == value
		}) {
			t.Errorf("matchers %v, want path = %q", vs.LabelMatchers, value)
		}
		return nil
	})
	return count
}

func checkTexts(t *testing.T, d rules.Dialect, r rulefmt.Rule, s string) {
	t.Helper()
	wrote := func(where, text, want string) {
		t.Helper()
		if text != want {
			t.Errorf("%s%s: %s is %q, want %q", r.Record, r.Alert, where, text, want)
		}
	}
	switch {
	case r.Record == rules.MetricInfo:
		want := s
		if d == rules.VictoriaMetrics {
			want = strings.ReplaceAll(s, "{{", "{ {")
		}
		wrote("label note", r.Labels["note"], want)
		wrote("label owner", r.Labels["owner"], want)
	case r.Alert == alerting.RulesMissed.Alert(): // of the service: none of the objective's own texts
		wrote("label owner", expand(t, r.Labels["owner"]), s)
	case r.Alert != "":
		wrote("label note", expand(t, r.Labels["note"]), s)
		wrote("label owner", expand(t, r.Labels["owner"]), s)
		wrote("runbook", expand(t, r.Annotations["runbook_url"]), s)
		if got := expand(t, r.Annotations["description"]); s != "" && !strings.HasSuffix(got, "The objective: "+s) {
			t.Errorf("description %q does not end in %q", got, s)
		}
	}
}

// expand expands a template as an alert does, over a store without data.
func expand(t *testing.T, text string) string {
	t.Helper()
	parsed, err := template.New("").Funcs(template.FuncMap{
		"query": func(string) []string { return nil },
		"first": func([]string) string { return "" },
		"label": func(string, string) string { return "" },

		"humanizePercentage": func(float64) string { return "" },
		"value":              func(string) float64 { return 0 },
		"humanizeDuration":   func(any) string { return "" },
	}).Parse(`{{ $labels := .Labels }}{{ $value := .Value }}` + text)
	if err != nil {
		t.Fatalf("parse template %q: %v", text, err)
	}
	var b strings.Builder
	if err := parsed.Execute(&b, map[string]any{"Labels": map[string]string{}, "Value": 1.0}); err != nil {
		t.Fatalf("expand %q: %v", text, err)
	}
	return b.String()
}
