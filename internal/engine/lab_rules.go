package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/rules"
)

// labFile is the name under which a Lab's rules are known: that of an Engine, so
// that both evaluate a group at the same phase.
const labFile = rulesFile

// defaultInterval is the interval of a group that names none, as in an
// unconfigured Prometheus.
const defaultInterval = time.Minute

func labURL() *url.URL { return &url.URL{Scheme: "http", Host: "headroom.example"} }

// RuleKey names a rule: its group and its record or alert name. Rules of one
// group that share a name share a key.
type RuleKey struct {
	Group, Rule string
}

// labGroup is a group with its place in the schedule.
type labGroup struct {
	*rules.Group
	next time.Time
}

// memoryLoader gives the rules manager the text that Load was called with.
type memoryLoader struct {
	logger *slog.Logger
	text   []byte
	order  []string
}

var _ rules.GroupLoader = (*memoryLoader)(nil)

func (m *memoryLoader) parser() parser.Parser { return newParser() }

// Load implements rules.GroupLoader.
func (m *memoryLoader) Load(_ string, ignoreUnknown bool, scheme model.ValidationScheme) (*rulefmt.RuleGroups, []error) {
	parsed, errs := rulefmt.Parse(m.text, ignoreUnknown, scheme, m.parser(), m.logger)
	if len(errs) > 0 {
		return nil, errs
	}
	m.order = m.order[:0]
	for _, g := range parsed.Groups {
		m.order = append(m.order, g.Name)
	}
	return parsed, nil
}

// Parse implements rules.GroupLoader.
func (m *memoryLoader) Parse(query string) (parser.Expr, error) { return m.parser().ParseExpr(query) }

// Load replaces the rules by those of one rule file. As on a reload of
// Prometheus, a group of the same name keeps the state of its alerts, and the
// series of what is gone end at the next evaluation. A file that Prometheus
// would refuse is refused with every reason, and changes nothing.
func (l *Lab) Load(ruleFile []byte) error {
	l.loader.text = ruleFile
	loaded, errs := l.manager.LoadGroups(defaultInterval, labels.EmptyLabels(), labURL().String(), nil, false, labFile)
	if len(errs) > 0 {
		return fmt.Errorf("load rules: %w", errors.Join(errs...))
	}
	former := map[string]*rules.Group{}
	for _, g := range l.groups {
		former[g.Name()] = g.Group
	}
	l.groups = l.groups[:0:0]
	for _, name := range l.loader.order {
		g := loaded[rules.GroupKey(labFile, name)]
		if old, ok := former[name]; ok {
			g.CopyState(old)
			delete(former, name)
		}
		markRestored(g)
		l.groups = append(l.groups, &labGroup{Group: g})
	}
	for _, old := range former {
		l.removed = append(l.removed, l.emptied(old))
	}
	return nil
}

// markRestored lets alerting rules write their series at once: there is no
// state of an earlier process to wait for.
func markRestored(g *rules.Group) {
	for _, r := range g.AlertingRules() {
		r.SetRestored(true)
	}
}

// emptied returns a group without rules that ends the series of a removed one
// when it is evaluated.
func (l *Lab) emptied(old *rules.Group) *rules.Group {
	g := rules.NewGroup(rules.GroupOptions{
		Name: old.Name(), File: old.File(), Interval: old.Interval(),
		Opts: &rules.ManagerOptions{AppendableV2: l.db, Queryable: l.db, Logger: l.loader.logger},
	})
	g.CopyState(old)
	return g
}

// queryForRule evaluates an expression for a rule, or for a template of one,
// and counts the samples that it read.
func (l *Lab) queryForRule(ctx context.Context, expr string, at time.Time) (promql.Vector, error) {
	q, err := l.reader.promql.NewInstantQuery(ctx, l.db, nil, expr, at)
	if err != nil {
		return nil, err
	}
	defer q.Close()
	result := q.Exec(ctx)
	if result.Err != nil {
		return nil, result.Err
	}
	read := q.Stats().Samples.TotalSamples
	l.samples.Add(read)
	l.byRule[RuleKey{Group: groupFrom(ctx), Rule: rules.FromOriginContext(ctx).Name}] += read
	switch v := result.Value.(type) {
	case promql.Vector:
		return v, nil
	case promql.Scalar:
		return promql.Vector{{T: v.T, F: v.V}}, nil
	default:
		return nil, errors.New("rule result is not a vector or scalar")
	}
}

// Samples returns how many samples rule evaluations have read since the Lab was
// opened, as the PromQL engine counts them (TotalSamples), the queries of alert
// templates included.
func (l *Lab) Samples() int64 { return l.samples.Load() }

// SamplesByRule splits Samples by rule.
func (l *Lab) SamplesByRule() map[RuleKey]int64 { return maps.Clone(l.byRule) }

type groupContext struct{}

func withGroup(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, groupContext{}, name)
}

func groupFrom(ctx context.Context) string {
	name, _ := ctx.Value(groupContext{}).(string)
	return name
}
