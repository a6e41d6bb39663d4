package dashboards

import (
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"headroom/alerting"
	"headroom/rules"
	"headroom/slo"
)

// estate is all objectives that the overview's variables choose, as queries see
// them: one row for each objective, which of its groups is the worst one.
type estate struct {
	info    string          // selects slo:info of the chosen objectives
	windows []time.Duration // that error ratios are recorded over
}

// freshFor is how long a sample of a tile group may be old: three steps of the
// longest resolution.
const freshFor = 3 * slo.MaxResolution

func newEstate(objectives []*slo.Objective) estate {
	e := estate{info: selector(rules.MetricInfo,
		chosen("namespace", "namespace"), chosen("owner", "owner"), chosen("service", "service"))}
	for _, o := range objectives {
		e.windows = append(e.windows, windows(alerting.NewPlan(o))...)
	}
	slices.Sort(e.windows)
	e.windows = slices.Compact(e.windows)
	return e
}

// current keeps recorded series of chosen objectives with the indicator that
// they have now.
func (e estate) current(expr string) string { return expr + " and on (slo, sli) " + e.info }

// known keeps gauges of chosen objectives.
func (e estate) known(expr string) string { return expr + " and on (slo) " + e.info }

// facts are the labels that tell objectives apart. detail is one more copy of
// the id, which the table turns into a link.
func (e estate) facts() string {
	names := []string{"slo", "namespace", "service", "objective", "owner", "target", "window"}
	return `label_replace(` + by("max", names, e.info) + `, "detail", "$1", "slo", "(.*)")`
}

// estimate is what the rules say is left.
func (e estate) estimate() string {
	return by("min", []string{"slo"}, e.current(selector(rules.MetricRemaining)))
}

// ledger is what the ledger says is left. A group that is unknown makes an
// objective unknown, unless another group shows trouble.
func (e estate) ledger() string {
	unknown := selector(gaugeState, equal("state", stateUnknown)) + " == 1"
	left := by("min", []string{"slo"},
		e.known("("+selector(gaugeRemaining)+" unless ignoring (state) ("+unknown+"))"))
	return "(" + left + " < " + cautionRemaining + ") or (" + left + " unless on (slo) (" + unknown + "))"
}

// remaining is the number: what the ledger says, or what the rules say for
// objectives that no ledger keeps.
func (e estate) remaining() string {
	return "(" + e.ledger() + ") or (" + e.estimate() + " unless on (slo) " + selector(gaugeTarget) + ")"
}

// source is 1 where a ledger keeps the objective and 0 where only rules do.
func (e estate) source() string {
	kept := by("group", []string{"slo"}, e.known(selector(gaugeTarget)))
	return kept + " or (0 * " + by("group", []string{"slo"}, e.info) + ")"
}

// burn is the burn rate over a lookback as the rules have it, or as the ledger
// does where the objective's plan has no such window.
func (e estate) burn(lookback time.Duration) string {
	identity := []string{"slo", "sli"}
	ratio := by("max", identity, over("last_over_time", e.ratios(lookback), fresh(lookback)))
	budget := "(1 - " + by("max", identity, selector(rules.MetricTarget)) + ")"
	live := by("max", []string{"slo"}, e.current("("+ratio+" / "+budget+")"))
	kept := by("max", []string{"slo"},
		e.known(selector(gaugeBurn, equal("window", slo.FormatDuration(lookback)))))
	return live + " or " + kept
}

// fresh is how long a sample of the error ratio over a lookback may be old.
func fresh(lookback time.Duration) time.Duration {
	return max(freshFor, 3*rules.Interval(&slo.Objective{Resolution: slo.MaxResolution}, lookback))
}

// ratios selects the error ratios over a lookback and over windows that differ
// from it by a tenth at most: a window of 28 days makes 2.8 days of 3.
func (e estate) ratios(lookback time.Duration) string {
	names := []string{rules.MetricErrorRatio(lookback)}
	for _, w := range e.windows {
		if w != lookback && (w-lookback).Abs() <= lookback/10 {
			names = append(names, rules.MetricErrorRatio(w))
		}
	}
	if len(names) == 1 {
		return selector(names[0])
	}
	return selector("", &labels.Matcher{Type: labels.MatchRegexp, Name: model.MetricNameLabel, Value: strings.Join(names, "|")})
}

// in counts the objectives whose budget is in a state; 0 when there is none.
func (e estate) in(state string) string {
	left := "(" + e.remaining() + ")"
	var list string
	switch state {
	case stateExhausted:
		list = left + " <= 0"
	case stateCaution:
		list = "(" + left + " > 0) < " + cautionRemaining
	case stateHealthy:
		list = left + " >= " + cautionRemaining
	default:
		list = by("group", []string{"slo"}, e.info) + " unless on (slo) " + left
	}
	return "count(" + list + ") or vector(0)"
}
