package main

import (
	"fmt"
	"strconv"
	"time"

	"headroom/alerting"
	"headroom/rules"
	"headroom/slo"
)

// advice is a doubt about an objective that is allowed all the same.
type advice struct {
	ID      string `json:"id"`
	Message string `json:"message"`
}

// Fewer bad events than these make a budget hard to judge: below one a single
// failure breaks the promise, below five only counts mean something, and from
// twenty on a share does.
const (
	fewestEvents  = 1
	countedEvents = 5
	enoughEvents  = 20
)

// Time that passes between an alert and a person who acts on it.
const (
	notification = 30 * time.Second // Alertmanager's group_wait
	reaction     = 5 * time.Minute
)

// adviceOn lists what is doubtful about an objective.
func adviceOn(o *slo.Objective, plan alerting.Plan, budget allowance) []advice {
	list := []advice{}
	if budget.Events != nil {
		list = append(list, tooFew(o, *budget.Events)...)
	}
	if a, late := tooLate(o, plan, budget); late {
		list = append(list, a)
	}
	return list
}

func tooFew(o *slo.Objective, events float64) []advice {
	const remedy = "lengthen the window, lower the target, or count more events together"
	amount := fmt.Sprintf("The budget is %s events in %s", few(events), o.Window)
	switch {
	case events < fewestEvents:
		return []advice{{"budget-below-one", amount + ": one bad event breaks the promise; " + remedy + "."}}
	case events < countedEvents:
		return []advice{{"budget-below-five", amount + ": judge it by counting bad events, not by shares; " + remedy + "."}}
	case events < enoughEvents:
		return []advice{{"budget-below-twenty", amount + ": single events move it by more than 5%; " + remedy + "."}}
	}
	return nil
}

// tooLate tells whether the budget of a full outage is gone before anybody who
// is paged can do something.
func tooLate(o *slo.Objective, plan alerting.Plan, budget allowance) (advice, bool) {
	tiers := plan.Of(alerting.Page)
	if len(tiers) == 0 {
		return advice{}, false
	}
	delay := alerting.ScrapeInterval(o.Resolution) + alerting.Step(o.Resolution) + notification + reaction
	first := time.Duration(-1)
	for _, t := range tiers {
		if after, fires := firesAfter(o, plan, t, 1); fires && (first < 0 || after < first) {
			first = after
		}
	}
	delay += max(first, 0)
	if budget.OutageExhausts >= delay.Seconds() {
		return advice{}, false
	}
	return advice{"page-too-late", fmt.Sprintf(
		"A page cannot defend %s: a full outage uses up the budget in %s, and about %s pass until somebody acts (scrape, evaluation, detection, %s for the message, %s for the person). Automate the rollback, or lower the target.",
		o.Target, span(budget.OutageExhausts), slo.FormatDuration(delay.Round(time.Second)), slo.FormatDuration(notification), slo.FormatDuration(reaction))}, true
}

// costAdvice says when rules cost much.
func costAdvice(o *slo.Objective, summary ruleSummary, options explainOptions) []advice {
	if summary.Cost.SamplesPerMinute <= manySamples {
		return nil
	}
	return []advice{{"rules-costly", fmt.Sprintf("The rules read about %s samples a minute: %s.",
		whole(summary.Cost.SamplesPerMinute), cheaper(o, rules.Dialect(options.Target), options.Series))}}
}

// few writes a small number with as many digits as say something.
func few(n float64) string {
	if n >= 999.5 { // or else three digits of it were an exponent
		return whole(n)
	}
	return strconv.FormatFloat(n, 'g', 3, 64)
}
