package rules

import (
	"math"
	"strconv"
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"headroom/alerting"
	"headroom/slo"
)

// healthAnnotations are the words of an alert that is not about a burn.
func (h health) healthAnnotations(other alerting.Other) []Label {
	summary, description := h.words(other.Kind)
	name := h.objective.ID.String() + h.groupText()
	if other.Kind == alerting.RulesMissed {
		name = h.service()
	} else if d := h.objective.Description; d != "" {
		description += " The objective: " + literal(d)
	}
	list := []Label{
		{Name: "summary", Value: name + summary},
		{Name: "description", Value: description},
	}
	return overridden(append(list, h.linksOf(other.Kind)...), other.Annotations)
}

// words are the summary, which goes on after the name of the objective, and the
// description of a kind.
func (h health) words(k alerting.Kind) (summary, description string) {
	switch k {
	case alerting.Exhausted:
		return " has used up its error budget", h.exhaustedText()
	case alerting.Forecast:
		return ` will have used up its error budget in {{ $value | humanizeDuration }}`, h.forecastText()
	case alerting.Absent:
		return " has no data: none of its raw series is there", h.absentText()
	case alerting.Unmeasured:
		return " is not measured, although its raw series are there", h.unmeasuredText()
	case alerting.NoTraffic:
		return " has no traffic at a time at which it used to have some", h.silentText()
	case alerting.RulesMissed:
		return `: {{ $value | humanizePercentage }} of the latest evaluations of its rules were missed`, h.missedText()
	default:
		return ` is measured by {{ $value | printf "%.2f" }} times as many raw series as a day ago`, h.changedText()
	}
}

// groupText is that of the compiler, unless the alert is about the whole objective.
func (h health) groupText() string {
	if !h.orWhole {
		return h.compiler.groupText()
	}
	values := ""
	for _, name := range h.by {
		values += " (index $labels " + strconv.Quote(name) + ")"
	}
	return "{{ if or" + values + " }}" + h.compiler.groupText() + "{{ end }}"
}

// subject names the objective and what it promises.
func (h health) subject() string {
	o := h.objective
	return o.ID.String() + h.groupText() + " (target " + o.Target.String() + " over " + o.Window.String() + ")"
}

func (h health) exhaustedText() string {
	return "Nothing is left of the error budget of " + h.subject() + ": bad events took " +
		h.with1(times(h.spentNow(), number("100")), "%.0f") +
		"% of it, and " +
		h.with1(times(minus(number("1"), h.spentNow()), number("100")), "%.2f") + "% remains, a live estimate up to " + slo.FormatDuration(h.periodStep()) + " old. Of " +
		h.with1(over("last_over_time", h.of(MetricTotalPeriod), h.eventsWithin()), "%.0f") + " events in the window " +
		h.with1(times(over("last_over_time", h.of(MetricPeriod), 3*h.periodStep()), over("last_over_time", h.of(MetricTotalPeriod), h.eventsWithin())), "%.0f") +
		" were bad." + h.burnText() +
		" It comes back only as bad events leave the window: hold risky releases, and see whether it still burns."
}

// spentNow is the share of the budget that is gone.
func (h health) spentNow() parser.Expr {
	return ratio(over("last_over_time", h.of(MetricPeriod), 3*h.periodStep()), number(h.plan.Budget))
}

func (h health) forecastText() string {
	return "At the present burn the error budget of " + h.subject() + " is gone in {{ $value | humanizeDuration }}: it burns " +
		h.with1(h.burnOver(h.horizon.Long), "%.1f") + " times as fast as allowed over " + slo.FormatDuration(h.horizon.Long) + " and " +
		h.with1(h.burnOver(h.horizon.Short), "%.1f") + " times over " + slo.FormatDuration(h.horizon.Short) + ". " +
		h.left() + " What comes back as old errors leave the window is counted. No burn alert has fired in the last " +
		slo.FormatDuration(max(h.horizon.Within/shortsOfHorizon, h.resolution)) + ", so this is slow: find what fails all the time, before nothing is left."
}

func (h health) absentText() string {
	return "No raw series of " + h.subject() + " has been seen for " + slo.FormatDuration(h.silence) + ", so nothing is known of it: neither good nor bad. " +
		"An outage of as long would cost " + h.outageCost() + " of its error budget. Is the service running, is it scraped, and was a metric or label renamed? " + h.left()
}

func (h health) unmeasuredText() string {
	return `{{ $value | printf "%.0f" }} raw series of ` + h.subject() + " are there, and for " + slo.FormatDuration(h.silence) + " no events have been counted from them, so no burn alert can fire. " +
		"An outage of as long would cost " + h.outageCost() + " of its error budget. Are the rules evaluated without errors, and do the series have what the objective reads (a bucket, a label)? " + h.left()
}

func (h health) silentText() string {
	return "The raw series of " + h.subject() + " are there, and no event has happened for " + slo.FormatDuration(h.silence) +
		`; a day ago there were {{ $value | printf "%.0f" }} in the same time. Nothing is bad, since nothing happens: does traffic reach the service? ` +
		"An outage of as long would cost " + h.outageCost() + " of its error budget. " + h.left()
}

func (h health) missedText() string {
	missed := over("last_over_time", h.ofService(MetricMissed), missedWithin)
	return "Up to {{ $value | humanizePercentage }} of the latest evaluations of the rules of " + h.service() + " were missed. Concerned: " +
		h.with1(aggregate(parser.COUNT, nil, missed), "%.0f") + " of its objectives, most of all " +
		h.with(&parser.AggregateExpr{Op: parser.TOPK, Param: number("1"), Expr: missed}) + `{{ . | first | label "slo" }}` + unknown +
		". Alerts come late, and gaps of more than " + strconv.Itoa(catchUpSteps-1) + " steps of the resolution (" +
		slo.FormatDuration((catchUpSteps-1)*h.resolution) + ") are missing in live estimates; the ledger reads them from the raw series. " +
		"Is Prometheus overloaded, was it down, do rule groups take longer than their interval? If other services say the same, it is the whole of it."
}

func (h health) changedText() string {
	return h.subject() + ` is measured by {{ $value | printf "%.2f" }} times as many raw series as a day ago, for ` + slo.FormatDuration(settledSteps*h.resolution) +
		" by now: " + h.with1(over("last_over_time", h.of(MetricSeries), 3*h.resolution), "%.0f") +
		". Numbers may be about a part of the service, or about more than it. Was a label or a metric renamed, are targets no longer scraped? " + h.left()
}

// left says what is left of the budget.
func (h health) left() string {
	return "Budget left, a live estimate: " + h.with(times(over("last_over_time", h.of(MetricRemaining), leftWithin), number("100"))) +
		`{{ . | first | value | printf "%.1f" }}%` + unknown + "."
}

// leftWithin is how old the estimate may be that an alert tells when there is no
// data.
const leftWithin = day

// burnText says how fast it burns now, over the shortest of the long windows.
func (h health) burnText() string {
	for _, t := range h.plan.Tiers {
		if t.Sparse == nil {
			return " The burn rate over " + t.Name() + " is " + h.with1(h.burnOver(t.Long), "%.1f") + "."
		}
	}
	return ""
}

// burnOver is the burn rate over a window, as recorded where it is.
func (h health) burnOver(window time.Duration) parser.Expr {
	budget := number(h.plan.Budget)
	for _, w := range h.windows {
		if w == window {
			return ratio(over("last_over_time", h.of(MetricErrorRatio(w)), 3*h.stepOf(w)), budget)
		}
	}
	span := window - h.resolution/2
	bad, total := over("sum_over_time", h.of(MetricBadTile), span), over("sum_over_time", h.of(MetricTotalTile), span)
	return ratio(ratio(bad, above(total, number("0"))), budget)
}

// outageCost is the share of the budget that an outage as long as the silence
// takes.
func (h health) outageCost() string {
	return percent(float64(h.silence) / float64(h.objective.Window.Rolling) / h.objective.Target.Budget())
}

// percent writes a share with two digits that count.
func percent(share float64) string {
	digits := math.Pow10(max(0, 1-int(math.Floor(math.Log10(100*share)))))
	return strconv.FormatFloat(math.Round(100*share*digits)/digits, 'f', -1, 64) + "%"
}

// eventsWithin is how old the number of events in the window may be.
func (h health) eventsWithin() time.Duration { return 3 * slowParts * h.resolution }

// with1 is the first value of a query in a format.
func (h health) with1(e parser.Expr, format string) string {
	return h.with(e) + `{{ . | first | value | printf "` + format + `" }}` + unknown
}
