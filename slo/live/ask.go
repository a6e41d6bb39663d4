package live

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"headroom/budget"
)

// asker asks every question once; objectives of one service share many.
type asker struct {
	server Server
	now    time.Time

	mu      sync.Mutex
	answers map[string]*answer
	names   struct {
		once sync.Once
		list []string
	}
}

type answer struct {
	once   sync.Once
	series []budget.Series
	texts  []string
	err    error
}

func (a *asker) answer(key string) *answer {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.answers[key] == nil {
		a.answers[key] = &answer{}
	}
	return a.answers[key]
}

// text evaluates an expression now.
func (a *asker) text(ctx context.Context, expr string) ([]budget.Series, error) {
	found := a.answer(expr)
	found.once.Do(func() { found.series, found.err = a.server.Instant(ctx, expr, a.now) })
	return found.series, found.err
}

func (a *asker) vector(ctx context.Context, expr parser.Expr) ([]budget.Series, error) {
	return a.text(ctx, expr.String())
}

// number evaluates an expression of one value; nothing is 0.
func (a *asker) number(ctx context.Context, expr parser.Expr) (float64, error) {
	series, err := a.vector(ctx, expr)
	if err != nil || len(series) == 0 || len(series[0].Points) == 0 {
		return 0, err
	}
	return series[0].Points[0].V, nil
}

// count returns how many series a selector matches now.
func (a *asker) count(ctx context.Context, selector *parser.VectorSelector) (int, error) {
	n, err := a.number(ctx, aggregate(parser.COUNT, selector))
	return int(n), err
}

// seen reports whether a selector matched anything in so much time up to now.
func (a *asker) seen(ctx context.Context, selector *parser.VectorSelector, back time.Duration) (bool, error) {
	found := a.answer("seen " + back.String() + " " + selector.String())
	found.once.Do(func() {
		found.texts, found.err = a.server.LabelValues(ctx, "__name__", selector.String(), a.now.Add(-back), a.now)
	})
	return len(found.texts) > 0, found.err
}

// labelsOf returns the names of the labels that a selector's series have.
func (a *asker) labelsOf(ctx context.Context, selector *parser.VectorSelector) []string {
	found := a.answer("labels " + selector.String())
	found.once.Do(func() {
		found.texts, found.err = a.server.LabelNames(ctx, selector.String(), a.now.Add(-time.Hour), a.now)
	})
	return found.texts
}

// types returns the types of a metric, none when they are not known.
func (a *asker) types(ctx context.Context, metric string) []string {
	found := a.answer("type " + metric)
	found.once.Do(func() { found.texts, found.err = a.server.MetricTypes(ctx, metric) })
	return found.texts
}

// metrics returns the names of all metrics of the last hour, none when the
// server does not tell.
func (a *asker) metrics(ctx context.Context) []string {
	a.names.once.Do(func() {
		a.names.list, _ = a.server.LabelValues(ctx, "__name__", "", a.now.Add(-time.Hour), a.now) // without it there is no suggestion
	})
	return a.names.list
}
