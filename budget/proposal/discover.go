package proposal

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"headroom/budget"
	"headroom/slo"
	"headroom/slo/catalog"
)

// Match is a template with values under which a metrics store has series.
type Match struct {
	Template *catalog.Template
	Values   catalog.Values
	Series   int // that count its events
}

// Discover looks in a metrics store for what the templates of a catalog
// measure: one match for each template and value of its labels, those with the
// most series of a template first. Templates that need more than the values of
// labels, or that count platform events, are left out. It stops at the first
// error.
func Discover(ctx context.Context, q budget.Querier, c *catalog.Catalog, now time.Time) ([]Match, error) {
	probes := probesOf(c)
	present, err := families(ctx, q, probes, now)
	if err != nil {
		return nil, fmt.Errorf("look for known metrics: %w", err)
	}
	var list []Match
	for _, p := range probes {
		if !slices.ContainsFunc(p.families, func(name string) bool { return present[name] }) {
			continue
		}
		found, err := p.matches(ctx, q, now)
		if err != nil {
			return nil, fmt.Errorf("look for series of the template %s: %w", p.template.Name, err)
		}
		list = append(list, found...)
	}
	return list, nil
}

// probe is a template with one combination of its choices.
type probe struct {
	template *catalog.Template
	values   catalog.Values // of the choices
	families []string
	total    *parser.VectorSelector // of its events, without the matchers of labels
	labels   map[string]string      // parameter by label
}

// stand is what takes the place of a parameter's value until it is known.
const stand = "headroom stands for "

func probesOf(c *catalog.Catalog) []probe {
	var list []probe
	for _, t := range c.All() {
		for _, values := range choices(t) {
			p := probe{template: t, values: values, families: t.Metrics(values)}
			if len(p.families) > 0 && p.resolve(c) {
				list = append(list, p)
			}
		}
	}
	return list
}

// choices returns every combination of the choices that name metrics.
func choices(t *catalog.Template) []catalog.Values {
	list := []catalog.Values{{}}
	for i := range t.Parameters {
		p := &t.Parameters[i]
		if p.Type != catalog.Choice || len(p.Choices) == 0 || len(p.Choices[0].Sets) == 0 {
			continue
		}
		var more []catalog.Values
		for _, values := range list {
			for _, option := range p.Choices {
				with := maps.Clone(values)
				with[p.Name] = catalog.Text(option.Name)
				more = append(more, with)
			}
		}
		list = more
	}
	return list
}

// resolve finds which labels the required parameters are about, and reports
// whether that is all they are.
func (p *probe) resolve(c *catalog.Catalog) bool {
	values := maps.Clone(p.values)
	var wanted []string
	for i := range p.template.Parameters {
		param := &p.template.Parameters[i]
		if has(values, param.Name) || !param.Required {
			continue
		}
		if param.Type != catalog.String {
			return false
		}
		wanted = append(wanted, param.Name)
		values[param.Name] = catalog.Text(stand + param.Name)
	}
	resolved, err := c.Resolve(p.template.Name, values)
	if err != nil {
		return false
	}
	exprs := resolved.Indicator.Exprs()
	if len(exprs) == 0 {
		return false
	}
	p.labels = map[string]string{}
	p.total = p.strip(exprs[len(exprs)-1])
	return p.total != nil && len(p.labels) == len(wanted)
}

// strip takes the matchers of parameters out of the first selector.
func (p *probe) strip(expr parser.Expr) *parser.VectorSelector {
	selectors := parser.ExtractSelectors(expr)
	if len(selectors) == 0 {
		return nil
	}
	vs := &parser.VectorSelector{}
	for _, m := range selectors[0] {
		name, isParameter := strings.CutPrefix(m.Value, stand)
		if !isParameter {
			vs.LabelMatchers = append(vs.LabelMatchers, m)
			continue
		}
		p.labels[m.Name] = name
		vs.LabelMatchers = append(vs.LabelMatchers, labels.MustNewMatcher(labels.MatchNotEqual, m.Name, ""))
	}
	return vs
}

// matches asks for the values of the labels.
func (p *probe) matches(ctx context.Context, q budget.Querier, now time.Time) ([]Match, error) {
	names := slices.Sorted(maps.Keys(p.labels))
	expr := &parser.AggregateExpr{Op: parser.COUNT, Expr: p.total, Grouping: names}
	found, err := q.Instant(ctx, expr.String(), now)
	if err != nil {
		return nil, err
	}
	var list []Match
	for _, s := range found {
		if len(s.Points) == 0 {
			continue
		}
		m := Match{Template: p.template, Values: maps.Clone(p.values), Series: int(s.Points[0].V)}
		for _, name := range names {
			m.Values[p.labels[name]] = catalog.Text(s.Labels[name])
		}
		list = append(list, m)
	}
	slices.SortFunc(list, func(a, b Match) int {
		return cmp.Or(cmp.Compare(b.Series, a.Series), cmp.Compare(a.text(), b.text()))
	})
	return list, nil
}

func (m Match) text() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(m.Values)) {
		b.WriteString(name + "=" + m.Values[name].String() + "\n")
	}
	return b.String()
}

// familiesPerQuery bounds the length of a query.
const familiesPerQuery = 50

// families returns which of the probes' metric families exist.
func families(ctx context.Context, q budget.Querier, probes []probe, now time.Time) (map[string]bool, error) {
	var names []string
	for _, p := range probes {
		for _, name := range p.families {
			names = append(names, regexp.QuoteMeta(name))
		}
	}
	slices.Sort(names)
	present := map[string]bool{}
	for part := range slices.Chunk(slices.Compact(names), familiesPerQuery) {
		selector := &parser.VectorSelector{LabelMatchers: []*labels.Matcher{
			labels.MustNewMatcher(labels.MatchRegexp, model.MetricNameLabel, strings.Join(part, "|")),
		}}
		expr := &parser.AggregateExpr{Op: parser.COUNT, Expr: selector, Grouping: []string{model.MetricNameLabel}}
		found, err := q.Instant(ctx, expr.String(), now)
		if err != nil {
			return nil, err
		}
		for _, s := range found {
			present[s.Labels[model.MetricNameLabel]] = true
		}
	}
	return present, nil
}

// Mentions reports whether one of the match's values is a name: "checkout" for
// the job "checkout" or "payments/checkout".
func (m Match) Mentions(name string) bool {
	for _, v := range m.Values {
		for _, text := range v.Texts {
			if text == name || slices.Contains(strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("/.@:", r) }), name) {
				return true
			}
		}
	}
	return false
}

// Objective makes an objective of the match, with a name and a target.
func (m Match) Objective(c *catalog.Catalog, id slo.ID, target slo.Target) (*slo.Objective, error) {
	resolved, err := c.Resolve(m.Template.Name, m.Values)
	if err != nil {
		return nil, fmt.Errorf("resolve the template %s: %w", m.Template.Name, err)
	}
	return &slo.Objective{
		ID: id, Target: target, Window: slo.Window{Rolling: slo.DefaultWindow}, Resolution: slo.DefaultResolution,
		Indicator: resolved.Indicator,
	}, nil
}

func has(values catalog.Values, name string) bool {
	_, found := values[name]
	return found
}
