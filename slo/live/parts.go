package live

import (
	"context"

	"github.com/prometheus/prometheus/promql/parser"

	"headroom/slo"
	"headroom/slo/diag"
)

// part is one expression of an indicator and where the spec states it.
type part struct {
	role slo.Role
	path []string
	expr parser.Expr
}

// selector is one selector in a part.
type selector struct {
	*parser.VectorSelector
	part
	at       place
	optional bool // it may match nothing: errors may be over, and others of its part match
}

func (s selector) severity() diag.Severity {
	if s.optional {
		return diag.Warning
	}
	return diag.Error
}

// parts lists what the objective reads. What comes of a template is placed
// there.
func (i *inspection) parts() []part {
	in := i.objective.Indicator
	if l, ok := in.(slo.Latency); ok { // good and all requests are of one histogram
		return []part{{role: slo.RoleTotal, path: i.pathOf(slo.RoleTotal), expr: l.Total().Expr()}}
	}
	exprs, stated := in.Exprs(), in.Parts()
	list := make([]part, 0, len(exprs))
	for at, expr := range exprs {
		p := part{role: slo.RoleTotal, expr: expr}
		if len(stated) == len(exprs) && in.Kind() != "raw" {
			p.role = stated[at].Role
		}
		p.path = i.pathOf(p.role)
		list = append(list, p)
	}
	return list
}

// pathOf returns the keys that lead to the expression of a role.
func (i *inspection) pathOf(role slo.Role) []string {
	kind := i.objective.Indicator.Kind()
	for _, path := range [][]string{{kind, string(role)}, {kind, "selector"}, {kind, "error_ratio"}, {kind, "histogram"}, {kind}} {
		if i.site.Text(path...) != "" {
			return path
		}
	}
	return []string{"template"}
}

func (i *inspection) inspect(ctx context.Context, p part) error {
	if l, ok := i.objective.Indicator.(slo.Latency); ok {
		return i.latency(ctx, p, l)
	}
	var list []selector
	found := false
	for _, vs := range selectorsOf(p.expr) {
		s := i.placed(p, vs)
		n, err := i.ask.count(ctx, s.VectorSelector)
		if err != nil {
			return err
		}
		found = found || n > 0
		list = append(list, s)
	}
	for _, s := range list {
		s.optional = found || p.role == slo.RoleBad
		if err := i.selector(ctx, s); err != nil {
			return err
		}
	}
	if i.objective.Indicator.Kind() == "raw" {
		return i.raw(ctx, p)
	}
	return nil
}

// placed finds a selector in the text that the spec gives.
func (i *inspection) placed(p part, vs *parser.VectorSelector) selector {
	s := selector{VectorSelector: plain(vs), part: p, at: place{path: p.path}}
	text := i.site.Text(p.path...)
	start, end := int(vs.PosRange.Start), int(vs.PosRange.End)
	if start < 0 || end <= start || end > len(text) {
		return s
	}
	if c, err := slo.ParseCounter(text[start:end]); err == nil && c.String() == s.String() {
		s.at.start, s.at.end = start, end
	}
	return s
}

// selector checks one selector: that it matches, and matches the right thing.
func (i *inspection) selector(ctx context.Context, s selector) error {
	n, err := i.ask.count(ctx, s.VectorSelector)
	if err != nil {
		return err
	}
	i.series = max(i.series, n)
	if n == 0 {
		return i.absent(ctx, s)
	}
	if err := i.needless(ctx, s); err != nil {
		return err
	}
	switch i.objective.Indicator.Kind() {
	case "gauge":
		return i.gauge(ctx, s)
	case "ratio":
		return i.counter(ctx, s)
	case "query":
		if increases(s.expr, s.VectorSelector) {
			return i.counter(ctx, s)
		}
	}
	return nil
}
