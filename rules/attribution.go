package rules

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"

	"headroom/slo"
)

// ErrNotAttributable is wrapped by the errors about indicators and labels that
// bad events cannot be split by.
var ErrNotAttributable = errors.New("not attributable")

// PartLabel tells the parts of the answer to an Attribution apart, by one of the
// values below.
const PartLabel = "headroom_part"

// The parts.
const (
	PartBad      = "bad"       // bad events of each of the top values
	PartTotal    = "total"     // all events of the same values
	PartAllBad   = "all_bad"   // bad events of all values
	PartAllTotal = "all_total" // all events of all values
)

// MaxAttributed is how many values an Attribution may ask for.
const MaxAttributed = 100

// AttributionQuery says what to split the bad events of an objective by.
type AttributionQuery struct {
	By    string        // label of the raw series
	Group slo.Group     // zero for all groups together
	Range time.Duration // before the time of the evaluation
	Limit int           // values, 1 to MaxAttributed
}

// Attribution returns one expression that tells, from raw series, which values
// of a label had the most bad events of a range, told apart by PartLabel. Its
// answer has at most 2·Limit + 2 series however many values there are; to answer,
// the store reads the bad events three times and all events twice. Its error
// wraps ErrNotAttributable.
func Attribution(o *slo.Objective, d Dialect, q AttributionQuery) (string, error) {
	if err := q.check(o, d); err != nil {
		return "", fmt.Errorf("split the bad events of %s by %q: %w", o.ID, q.By, err)
	}
	split := *o
	split.GroupBy = []string{q.By}
	own := groupNames(q.Group)
	split.GroupBy = append(split.GroupBy, own...)
	slices.Sort(split.GroupBy)
	count := newCounter(&split, d.features())
	all := count.total(q.Range)
	bad, total := above(count.bad(q.Range, all, zero(all)), number("0")), count.judged(q.Range)
	if len(own) > 0 {
		group := groupVector(q.Group)
		bad, total = bothOn(own, bad, group), bothOn(own, total, group)
	}
	bad, total = reuse(bad), reuse(total)
	top := reuse(&parser.AggregateExpr{Op: parser.TOPK, Expr: bad, Param: number(strconv.Itoa(q.Limit))})
	return either(
		part(PartBad, top),
		part(PartTotal, bothOn(split.GroupBy, total, top)),
		part(PartAllBad, sumBy(nil, bad)),
		part(PartAllTotal, sumBy(nil, total)),
	).String(), nil
}

func (q AttributionQuery) check(o *slo.Objective, d Dialect) error {
	switch {
	case q.Limit < 1 || q.Limit > MaxAttributed:
		return fmt.Errorf("%w: %d values are asked for, which is not 1 to %d", ErrNotAttributable, q.Limit, MaxAttributed)
	case q.Range < time.Second:
		return fmt.Errorf("%w: %s is too short a time", ErrNotAttributable, q.Range)
	case len(groupNames(q.Group)) > 0 && slices.Contains(o.GroupBy, q.By):
		return fmt.Errorf("%w: the group has one value of it", ErrNotAttributable)
	}
	if err := checkAttributable(o); err != nil {
		return err
	}
	valid := model.LegacyValidation.IsValidLabelName(q.By) || d.features().utf8Names && model.UTF8Validation.IsValidLabelName(q.By)
	switch {
	case !valid || q.By == PartLabel:
		return fmt.Errorf("%w: it is no label name of the metrics store", ErrNotAttributable)
	case q.By == model.MetricNameLabel:
		return fmt.Errorf("%w: the name of a metric does not tell events apart", ErrNotAttributable)
	case q.By == model.BucketLabel:
		return fmt.Errorf("%w: each event is in many buckets", ErrNotAttributable)
	}
	return nil
}

func checkAttributable(o *slo.Objective) error {
	switch o.Indicator.(type) {
	case slo.Raw:
		return fmt.Errorf("%w: the indicator is an error ratio, whose events are not known", ErrNotAttributable)
	case slo.Events:
		return fmt.Errorf("%w: it counts platform events, which headroom keeps itself and not as raw series", ErrNotAttributable)
	}
	return nil
}

func groupNames(g slo.Group) []string {
	var names []string
	for name := range g.Labels() {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// groupVector is one series with the labels of a group.
func groupVector(g slo.Group) parser.Expr {
	labels := g.Labels()
	e := call("vector", number("1"))
	for _, name := range groupNames(g) {
		e = labelled(e, name, labels[name])
	}
	return e
}

func part(name string, e parser.Expr) parser.Expr { return labelled(e, PartLabel, name) }

// labelled gives every series of a vector a label.
func labelled(e parser.Expr, name, value string) parser.Expr {
	// A dollar sign in a replacement names a part of what matched.
	value = strings.ReplaceAll(value, "$", "$$")
	return call("label_replace", e, &parser.StringLiteral{Val: name}, &parser.StringLiteral{Val: value}, &parser.StringLiteral{}, &parser.StringLiteral{})
}

// sampleSeries is how many series of each selector LabelSample reads.
const sampleSeries = 50

// LabelSample returns one expression that shows some of the raw series of an
// objective with all their labels: at most 50 of each of its selectors. Its error
// wraps ErrNotAttributable.
func LabelSample(o *slo.Objective) (string, error) {
	if err := checkAttributable(o); err != nil {
		return "", fmt.Errorf("look for labels of %s: %w", o.ID, err)
	}
	var samples []parser.Expr
	seen := map[string]bool{}
	for _, e := range o.Indicator.Exprs() {
		for _, s := range parser.ExtractSelectors(e) {
			vs := &parser.VectorSelector{LabelMatchers: s}
			if text := vs.String(); !seen[text] {
				seen[text] = true
				samples = append(samples, &parser.AggregateExpr{Op: parser.TOPK, Expr: vs, Param: number(strconv.Itoa(sampleSeries))})
			}
		}
	}
	if len(samples) == 0 {
		return "", fmt.Errorf("look for labels of %s: %w: it has no selectors", o.ID, ErrNotAttributable)
	}
	return either(samples...).String(), nil
}

// Alerts returns the expression that selects when alerts of an objective fire,
// as the metrics store that evaluates them records it.
func Alerts(o *slo.Objective) string {
	return selector("ALERTS", Label{Name: "alertstate", Value: "firing"}, Label{Name: "slo", Value: o.ID.String()}).String()
}
