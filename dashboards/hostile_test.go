package dashboards_test

import (
	"encoding/json"
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"pgregory.net/rapid"

	"headroom/dashboards"
	"headroom/slo"
)

// hostile draws texts that mean something to JSON, PromQL, Grafana, Markdown
// or HTML.
func hostile() *rapid.Generator[string] {
	piece := rapid.SampledFrom([]string{
		`"`, `'`, "`", `\`, "\n", "\r\n", "\x00", "\x1b[31m", "\xff", "$", "${datasource}", "$datasource", "[[datasource]]",
		"${__user.login}", "$__interval", "{{", "}}", "{{region}}", "{", "}", "](javascript:alert(1))", "![x](https://evil.example/x.png)",
		"<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "&lt;", "&#36;", "|", "\n| a | b |\n", "# ", "---", "**", "_",
		"https://evil.example/?a=1&copy=2", "www.evil.example", "a@evil.example", "\u202e", "\u2028", "é", "日本", ",", "%0a", "-", " ",
	})
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.OneOf(piece, rapid.String()), 0, 6).Draw(t, "pieces"), "")
	})
}

// infest fills in every text that a team chooses.
func infest(t *rapid.T, o *slo.Objective) {
	text := func(name string) string { return hostile().Draw(t, name) }
	o.Description, o.Owner, o.Channel = text("description"), text("owner"), text("channel")
	o.Runbook = rapid.SampledFrom([]string{"", "https://wiki.example/", "https://wiki.example/?q=", "javascript:"}).Draw(t, "scheme") + text("runbook")
	o.Labels = map[string]string{"tier": text("label"), text("label name"): "1"}
}

// facts are the text of a dashboard's only panel with texts of a team, and the
// dashboard without it.
func facts(t *rapid.T, d dashboards.Dashboard) (content string, rest any) {
	var document map[string]any
	if err := json.Unmarshal(d.JSON, &document); err != nil {
		t.Fatal(err)
	}
	panels, _ := document["panels"].([]any)
	for _, p := range panels {
		panel, _ := p.(map[string]any)
		if panel["type"] == "text" {
			options, _ := panel["options"].(map[string]any)
			content, _ = options["content"].(string)
			delete(options, "content")
		}
	}
	return content, document
}

// TestTextsStayInside draws hostile texts: they change nothing but the content
// of one panel, and there each is one cell that reads as the text.
func TestTextsStayInside(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		friendly, o := checkout(), checkout()
		infest(rt, o)
		drawn := draw(t, o, dashboards.Options{})
		content, rest := facts(rt, drawn)
		_, want := facts(rt, draw(t, friendly, dashboards.Options{}))
		if diff := cmp.Diff(want, rest); diff != "" {
			rt.Fatalf("texts change more than their panel (-want +got):\n%s", diff)
		}
		read(t, drawn)
		checkFacts(rt, content, o)
	})
}

var (
	row    = regexp.MustCompile(`^\| \*\*[A-Z][a-z]*( [a-z]+)*\*\* \| .* \|$`)
	cell   = regexp.MustCompile(`^(?:\[([^\]]*)\]\((https?://[^\s)]*)\)|.*)$`)
	harmed = regexp.MustCompile("[$<>\\[\\]{}()`\"'\\\\|*_!#@:/.~]")
	entity = regexp.MustCompile(`&#\d+;`)
)

func checkFacts(t *rapid.T, content string, o *slo.Objective) {
	lines := strings.Split(strings.TrimSuffix(content, "\n"), "\n")
	if lines[0] != "| | |" || lines[1] != "|---|---|" {
		t.Fatalf("no table: %q", content)
	}
	if interpolation.MatchString(content) {
		t.Fatalf("Grafana finds %q in %q", interpolation.FindString(content), content)
	}
	shown := map[string]string{}
	for _, line := range lines[2:] {
		if !row.MatchString(line) {
			t.Fatalf("not a row of two cells: %q", line)
		}
		name, value, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(line, "| **"), " |"), "** | ")
		if link := cell.FindStringSubmatch(value); link[2] != "" {
			if strings.ContainsAny(link[2], "$<>[]{}`\"'\\|* ") {
				t.Fatalf("link to %q", link[2])
			}
			value = link[1]
		}
		ours := name == "Page" || name == "Ticket" || strings.HasPrefix(name, "No ") || name == "Budget" || name == "Burn"
		if rest := entity.ReplaceAllString(value, ""); !ours && harmed.MatchString(rest) {
			t.Fatalf("%s has %q unescaped", name, harmed.FindString(rest))
		}
		shown[name] = html.UnescapeString(value)
	}
	for name, text := range map[string]string{"Description": o.Description, "Owner": o.Owner, "Channel": o.Channel} {
		if words(text) != words(shown[name]) {
			t.Fatalf("%s shows %q, want %q", name, shown[name], text)
		}
	}
}

// words is a text apart from white space and characters that cannot be shown.
func words(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r == utf8.RuneError || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x061c || r == 0x200e || r == 0x200f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, " "))
	return strings.Join(strings.Fields(s), "")
}

// TestGroupNamesStayInside draws objectives with group labels of any name: all
// queries parse, select what they should and hold no variable but ours.
func TestGroupNamesStayInside(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		name := rapid.OneOf(hostile(), rapid.SampledFrom([]string{"region", "window", "state", "k8s.region", "le"})).
			Filter(func(s string) bool { return s != "" && utf8.ValidString(s) }).Draw(rt, "name")
		d := read(t, draw(t, objective("default/checkout/availability", "99.9%", grouped(name)), dashboards.Options{}))
		var known []string
		for _, v := range d.Templating.List {
			known = append(known, v.Name)
		}
		known = append(known, "__interval")
		for _, q := range targets(t, d) {
			for _, match := range interpolation.FindAllStringSubmatch(q.expr, -1) {
				if variable := match[1] + match[2] + match[4]; !slices.Contains(known, variable) {
					rt.Fatalf("query %s has a variable %q that is not ours: %s", q.ref, variable, q.expr)
				}
			}
			checkSelectors(rt, interpolate(q.expr, chooseAll(d)), name)
		}
	})
}

// checkSelectors demands that every selector is of the one objective.
func checkSelectors(t *rapid.T, expr, group string) {
	parsed, err := parser.NewParser(parser.Options{}).ParseExpr(expr)
	if err != nil {
		t.Fatalf("%v\n%s", err, expr)
	}
	parser.Inspect(parsed, func(n parser.Node, _ []parser.Node) error {
		switch n := n.(type) {
		case *parser.VectorSelector:
			if !slices.ContainsFunc(n.LabelMatchers, func(m *labels.Matcher) bool {
				return m.Type == labels.MatchEqual && m.Name == "slo" && m.Value == "default/checkout/availability"
			}) {
				t.Fatalf("%s selects other objectives", n)
			}
		case *parser.AggregateExpr:
			for _, name := range n.Grouping {
				if !slices.Contains([]string{"slo", "sli", group, "group_" + group}, name) {
					t.Fatalf("%s groups by %q", n, name)
				}
			}
		}
		return nil
	})
}

// TestOptionsStayInside lets the operator's own texts do no harm either.
func TestOptionsStayInside(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		o := dashboards.Options{Datasource: hostile().Draw(rt, "datasource"), ExternalURL: "https://slo.example/" + hostile().Draw(rt, "url")}
		for _, drawn := range all(t, []*slo.Objective{checkout()}, o) {
			for _, l := range read(t, drawn).Links {
				if interpolation.MatchString(*l.Url) || strings.ContainsAny(*l.Url, "<>\"' ") {
					rt.Fatalf("link to %q", *l.Url)
				}
			}
		}
	})
}
