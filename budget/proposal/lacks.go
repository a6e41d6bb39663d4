package proposal

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"headroom/budget"
	"headroom/slo/catalog"
)

// Lacks is what the series of a match do not have of what its template reads.
// Several libraries use the same metric with labels of their own, so a metric
// alone does not tell whose it is.
type Lacks struct {
	Labels []string // without which no event would be bad, or none good
	Bucket bool     // of the threshold, without which nothing is measured
	Others []string // labels by which nothing is left out then
}

// Compare orders what lacks less first.
func (l Lacks) Compare(other Lacks) int {
	return cmp.Or(
		cmp.Compare(len(l.Labels), len(other.Labels)),
		cmp.Compare(flag(l.Bucket), flag(other.Bucket)),
		cmp.Compare(len(l.Others), len(other.Others)),
	)
}

func flag(is bool) int {
	if is {
		return 1
	}
	return 0
}

// Lacks asks a metrics store what the series of a match do not have. Of several
// selectors that are added up, the one that lacks least counts.
func (m Match) Lacks(ctx context.Context, q budget.Querier, c *catalog.Catalog, now time.Time) (Lacks, error) {
	resolved, err := c.Resolve(m.Template.Name, m.Values)
	if err != nil {
		return Lacks{}, fmt.Errorf("resolve the template %s: %w", m.Template.Name, err)
	}
	exprs := resolved.Indicator.Exprs()
	if len(exprs) < 2 {
		return Lacks{}, nil // the total is all there is, and was found
	}
	var list []Lacks
	common := shared(exprs)
	for _, selector := range parser.ExtractSelectors(exprs[0]) {
		p := part{store: q, now: now, selector: selector, common: common}
		l, err := p.lacks(ctx)
		if err != nil {
			return Lacks{}, fmt.Errorf("look for labels that the template %s reads: %w", m.Template.Name, err)
		}
		list = append(list, l)
	}
	if len(list) == 0 {
		return Lacks{}, nil
	}
	return slices.MinFunc(list, Lacks.Compare), nil
}

// shared returns the matchers that every selector has, which say whose series
// are meant.
func shared(exprs []parser.Expr) []*labels.Matcher {
	var all [][]*labels.Matcher
	for _, e := range exprs {
		all = append(all, parser.ExtractSelectors(e)...)
	}
	var list []*labels.Matcher
	for _, m := range all[0] {
		everywhere := !slices.ContainsFunc(all, func(selector []*labels.Matcher) bool { return !contains(selector, m) })
		if m.Name != model.MetricNameLabel && everywhere {
			list = append(list, m)
		}
	}
	return list
}

func contains(selector []*labels.Matcher, m *labels.Matcher) bool {
	return slices.ContainsFunc(selector, func(other *labels.Matcher) bool {
		return other.Name == m.Name && other.Type == m.Type && other.Value == m.Value
	})
}

// part is one selector of what counts bad or good events.
type part struct {
	store            budget.Querier
	now              time.Time
	selector, common []*labels.Matcher
}

func (p part) lacks(ctx context.Context) (Lacks, error) {
	base := slices.Clone(p.common)
	var bounds, own []*labels.Matcher
	for _, m := range p.selector {
		switch {
		case m.Name == model.MetricNameLabel:
			base = append(base, m)
		case m.Name == model.BucketLabel:
			bounds = append(bounds, m)
		case !contains(p.common, m):
			own = append(own, m)
		}
	}
	var l Lacks
	if there, err := p.exists(ctx, base); err != nil || !there {
		return l, err // without any series, nothing is known of their labels
	}
	var err error
	if len(bounds) > 0 {
		if l.Bucket, err = p.missing(ctx, base, bounds...); err != nil {
			return l, err
		}
		// Of a histogram one bucket is as good as all.
		base = append(base, labels.MustNewMatcher(labels.MatchEqual, model.BucketLabel, "+Inf"))
	}
	for _, m := range own {
		needed := !m.Matches("")
		if !needed && m.Type == labels.MatchRegexp {
			continue // a pattern for anything asks for nothing
		}
		absent, err := p.missing(ctx, base, labels.MustNewMatcher(labels.MatchNotEqual, m.Name, ""))
		switch {
		case err != nil:
			return l, err
		case absent && needed:
			l.Labels = append(l.Labels, m.Name)
		case absent:
			l.Others = append(l.Others, m.Name)
		}
	}
	return l, nil
}

func (p part) missing(ctx context.Context, base []*labels.Matcher, more ...*labels.Matcher) (bool, error) {
	there, err := p.exists(ctx, slices.Concat(base, more))
	return !there, err
}

func (p part) exists(ctx context.Context, matchers []*labels.Matcher) (bool, error) {
	expr := &parser.AggregateExpr{Op: parser.COUNT, Expr: &parser.VectorSelector{LabelMatchers: matchers}}
	found, err := p.store.Instant(ctx, expr.String(), p.now)
	return len(found) > 0 && len(found[0].Points) > 0, err
}
